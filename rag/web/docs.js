// What programs may ask, drawn from /openapi.json.

import { h } from "/draw.js";

const api = await (await fetch("/openapi.json")).json();
const named = (schema) => schema?.$ref?.split("/").at(-1);
const resolved = (schema) => (named(schema) ? api.components.schemas[named(schema)] : schema ?? {});

function kind(schema) {
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.enum || schema.const) return (schema.enum ?? [schema.const]).map((value) => JSON.stringify(value)).join(" or ");
  if (schema.items) return `list of ${kind(schema.items)}`;
  return named(schema) ?? schema.type ?? "anything";
}

const content = (part) => Object.values(part?.content ?? {})[0]?.schema;

function fields(schema) {
  const { properties = {}, required = [] } = resolved(schema);
  return Object.entries(properties).map(([name, field]) => h("li", {}, h("code", {}, name), ` ${kind(field)}`,
    required.includes(name) && ", required", field.description && `: ${field.description}`));
}

for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, route] of Object.entries(methods)) {
    const sent = content(route.requestBody);
    const asked = (route.parameters ?? []).map((one) => h("li", {}, h("code", {}, one.name), ` ${kind(one.schema)}, in the ${one.in}`));
    const told = content(route.responses["200"]);
    document.getElementById("routes").append(h("section", {},
      h("h2", {}, h("code", {}, `${method.toUpperCase()} ${path}`)), h("p", {}, route.summary),
      h("ul", {}, asked, sent && fields(sent)),
      named(told) && h("details", {}, h("summary", {}, `Answers with ${named(told)}`), h("ul", {}, fields(told)))));
  }
}
