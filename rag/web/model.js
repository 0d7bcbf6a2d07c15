// Who writes the answers: nobody (the articles' own sentences), or a language model, and where the passages go.

import { button, h, put, say } from "/draw.js";
import { post } from "/server.js";

const dialog = document.getElementById("model");

// `changed(about)` is told what the server says after a change.
export function openModel(about, changed) {
  const name = h("input", { id: "model-name", placeholder: "llama3.2", spellcheck: "false" });
  const address = h("input", { id: "model-address", placeholder: "http://127.0.0.1:11434/v1", spellcheck: "false" });
  const problem = h("p", { class: "told", role: "alert" });
  name.value = about.model ?? "";
  const use = async (chosen) => {
    try {
      changed(await post("model", chosen));
      dialog.close();
      say(chosen.name ? `Answers are written by ${chosen.name}.` : "Answers are the articles’ own sentences.");
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  const form = h("form", {}, h("label", { for: "model-name" }, "Name"), name, h("label", { for: "model-address" }, "Address (OpenAI-compatible)"),
    address, problem, h("div", {}, h("button", { class: "primary" }, "Use this model"),
      about.model && button("Use no model", () => use({}), { class: "quiet" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (name.value.trim()) use({ name: name.value, base_url: address.value });
  });
  put(dialog,
    h("header", {}, h("h2", { id: "model-title" }, "Language model"), button("Close", () => dialog.close(), { class: "quiet" })),
    h("p", {}, about.model ? `${about.model} writes the answers; the passages that match a question are sent to ${about.host}. Each sentence is checked against them.`
      : "None: answers are the articles’ own sentences, and nothing leaves this machine."),
    about.may_change ? [h("p", {}, "A model writes more fluently. It receives your question and the passages that match it. The key is read from OPENAI_API_KEY."), form]
      : h("p", {}, "It can only be changed on the machine that serves this page."));
  dialog.showModal();
}
