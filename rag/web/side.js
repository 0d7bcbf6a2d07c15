// The conversations kept in this browser: opened, renamed, deleted.

import { button, h, plain } from "/draw.js";
import * as kept from "/keep.js";

// `opened(conversation)` and `changed()` are told; `current` is the conversation that is shown.
export function drawSide(current, told) {
  const all = kept.conversations().map((one) => drawOne(one, current, told));
  const empty = h("li", { class: "hint" }, "Your conversations will appear here. They stay in this browser.");
  document.getElementById("conversations").replaceChildren(...(all.length ? all : [empty]));
}

function drawOne(one, current, told) {
  const isOpen = one.id === current.id;
  const item = h("li", {},
    button(one.title || "Untitled", () => told.opened(one), { class: "title", "aria-current": isOpen && "true" }),
    button("Rename", () => rename(item, one, current, told), { class: "quiet small", "aria-label": `Rename “${one.title}”` }),
    button("Delete", () => remove(one, current, told), { class: "quiet small", "aria-label": `Delete “${one.title}”` }));
  return item;
}

function rename(item, conversation, current, told) {
  const box = h("input", { "aria-label": "Name of the conversation", maxlength: "90" });
  box.value = conversation.title;
  const done = (event) => {
    event.preventDefault();
    box.removeEventListener("blur", done);
    const title = box.value.trim() || conversation.title;
    kept.rename(conversation.id, title);
    if (current.id === conversation.id) current.title = title;
    told.changed();
  };
  const form = h("form", {}, box);
  form.addEventListener("submit", done);
  box.addEventListener("blur", done);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    box.removeEventListener("blur", done);
    told.changed();
  });
  item.replaceChildren(form);
  box.select();
}

function remove(conversation, current, told) {
  if (!window.confirm(`Delete “${plain(conversation.title)}”? It is not saved anywhere else.`)) return;
  kept.forget(conversation.id);
  if (current.id === conversation.id) told.opened(kept.started());
  else told.changed();
}
