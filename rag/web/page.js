// Footnotes open the source panel; the server, which knows the conversation, says what stands in it.
"use strict";

(() => {
  const state = { opener: null, count: 0, wanted: null, questions: 0 };
  const panel = () => document.querySelector("#source");
  const desk = () => document.querySelector("#desk");
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Gradio hears a change of its text box only through the element's own setter and an input event.
  function type(selector, text) {
    const box = document.querySelector(`${selector} textarea`);
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function open(link) {
    if (!link.closest("#source")) state.opener = link;
    const name = link.getAttribute("href").slice(1);
    state.wanted = name.replace("cite", "source");
    if (document.getElementById(state.wanted)) return reveal();
    state.count += 1;
    type("#wanted", `${name} ${state.count}`);
  }

  function reveal() {
    state.wanted = null;
    desk().classList.add("reading");
    panel().setAttribute("role", "complementary");
    panel().setAttribute("aria-label", "Source");
    panel().querySelector(".title").focus({ preventScroll: true });
    const mark = panel().querySelector("mark, blockquote");
    const offset = mark ? mark.getBoundingClientRect().top - panel().getBoundingClientRect().top : 0;
    const top = panel().scrollTop + offset - panel().clientHeight / 3;
    panel().scrollTo({ top, behavior: calm() ? "auto" : "smooth" });
    const name = panel().querySelector(".source").id.replace("source", "#cite");
    document.querySelectorAll("#chat .cite").forEach((link) => {
      link.classList.toggle("current", link.getAttribute("href") === name);
    });
  }

  function close() {
    desk().classList.remove("reading");
    document.querySelectorAll(".cite.current").forEach((link) => link.classList.remove("current"));
    if (state.opener && state.opener.isConnected) state.opener.focus();
  }

  // A new question goes to the top of the conversation, and stays there while its answer grows below.
  function follow() {
    const questions = document.querySelectorAll("#chat .question");
    if (questions.length > state.questions) {
      const last = questions[questions.length - 1];
      const log = last.closest("[role=log]");
      log.scrollTop += last.getBoundingClientRect().top - log.getBoundingClientRect().top - 14;
    }
    state.questions = questions.length;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    if (link.matches(".cite")) open(link);
    if (link.matches(".close")) close();
    if (link.matches(".ask")) {
      type("#question", link.textContent);
      document.querySelector("#question button").click();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  new MutationObserver(() => {
    // Gradio labels each message with its HTML source: a screen reader would read the tags aloud.
    document.querySelectorAll("#chat [data-testid][aria-label*='<']").forEach((message) => {
      message.removeAttribute("aria-label");
    });
    follow();
    if (!panel()) return;
    if (!panel().querySelector(".source")) desk().classList.remove("reading");
    else if (state.wanted && document.getElementById(state.wanted)) reveal();
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
