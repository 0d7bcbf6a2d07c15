// The page: what is open, what is asked, and what the keys do.

import { brokenOff, drawTurn } from "/answer.js";
import { wireCard } from "/card.js";
import { button, count, download, h, limitsInWords, origin, plain, say, toClipboard, written } from "/draw.js";
import * as kept from "/keep.js";
import { openLibrary } from "/library.js";
import { openModel } from "/model.js";
import { drawSide } from "/side.js";
import { get, post, Problem, stream } from "/server.js";
import * as source from "/source.js";

const find = (id) => document.getElementById(id);
const LIMITS = ["publisher", "since", "until", "only", "as_of"];
const page = { about: null, open: kept.find(location.hash.slice(1)) ?? kept.started(), running: null, limits: kept.limits() };

// Asking

async function ask(question, at = page.open.turns.length, asWritten = false) {
  if (page.running) return;
  const talk = page.open; // another may be opened meanwhile
  const turn = { question, limits: limited().limits, shown: [] };
  const past = talk.turns.slice(0, at);
  talk.turns = [...past, turn];
  talk.title ||= question.slice(0, 90);
  kept.keep(talk);
  showPlace();
  page.running = new AbortController();
  source.close();
  if (!find("limits").hidden) toggle("limits-button", "limits");
  redraw();
  toTop();
  say("Searching the articles.");
  const slow = setTimeout(() => say("Still searching."), 8000);
  try {
    await stream("ask", { question, as_written: asWritten, turns: past.filter((one) => one.answer).slice(-4).map(slim), ...limited() },
      (message) => hear(turn, message), page.running.signal);
    if (!turn.answer) Object.assign(turn, brokenOff(turn, limited().mode));
  } catch (error) {
    if (!(error instanceof Problem) && error.name !== "AbortError") throw error;
    turn.problem = error.name === "AbortError" ? "Stopped." : error.message;
    say(turn.problem);
  } finally {
    clearTimeout(slow);
    page.running = null;
    delete turn.shown;
    if (kept.find(talk.id)) kept.keep(talk);
    redraw();
  }
}

function hear(turn, message) {
  if (page.running?.signal.aborted) return;
  if (message.answer) {
    turn.answer = message.answer;
    const { sentences, text, citations } = message.answer;
    say(!sentences.length ? text : `Answer complete, ${count(citations.length, "footnote")}.`);
  } else if (message.shown) {
    turn.shown.push(message.shown);
    say(`${message.shown.sentence.lead} ${message.shown.sentence.text}`);
  }
  redrawLast();
}

// What a follow-up is understood by: the rest of an answer stays here.
const slim = ({ question, answer }) => ({ question, answer: {
  ...answer, text: answer.text.slice(0, 1500), sentences: answer.sentences.slice(0, 3), citations: [], closest: [], more: [], notes: [] } });

function limited() {
  const chosen = LIMITS.filter((name) => page.limits[name]).map((name) => [name, page.limits[name]]);
  const mode = page.about?.model && page.limits.mode !== "extractive" ? "model" : "extractive";
  return { limits: Object.fromEntries(chosen), mode };
}

// The last question is asked in its own place, an earlier one at the end: no answer is lost.
const placeOf = (turn) => (page.open.turns.at(-1) === turn ? page.open.turns.length - 1 : page.open.turns.length);

const acts = {
  ask: (question) => ask(question),
  again: (turn) => ask(turn.question, placeOf(turn)),
  asWritten: (turn) => ask(turn.question, placeOf(turn), true),
  edit: (turn, question) => ask(question, placeOf(turn)),
  widen(turn) {
    setLimits({ mode: page.limits.mode });
    ask(turn.question, placeOf(turn));
  },
  redraw: () => redraw(),
  open: (places, at, what) => source.open(places, at, document.activeElement, what),
  considered: (turn) => post("considered", { question: turn.answer.asked_as, limits: turn.limits ?? {} }),
  async copy(turn, shown) {
    const { text } = await post("render", { answer: turn.answer });
    await toClipboard(text);
    shown.textContent = "Copied";
    say("Copied.");
    setTimeout(() => { shown.textContent = "Copy"; }, 1500);
  },
  async like(turn, liked, place) {
    turn.liked = liked;
    await post("feedback", { liked, answer: turn.answer });
    kept.keep(page.open);
    const box = h("input", { "aria-label": "Comment", maxlength: "2000",
      placeholder: liked ? "What was good? (optional)" : "What was wrong? (optional)" });
    const form = h("form", { class: "comment" }, box, h("button", { class: "primary" }, "Send"));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (box.value.trim()) await post("feedback", { liked, comment: box.value.trim(), answer: turn.answer });
      place.replaceChildren(h("p", { class: "thanks" }, "Thank you. Your comment is saved next to the index, on the machine that serves this page."));
    });
    place.parentElement.querySelectorAll(".thumb").forEach((thumb) => {
      thumb.setAttribute("aria-pressed", String((thumb.textContent === "Helpful") === liked));
    });
    place.replaceChildren(form);
    box.focus();
  },
};

// Drawing

function redraw() {
  const { turns } = page.open;
  const log = find("log");
  log.replaceChildren(...(turns.length ? turns.map(drawn) : [welcome()]));
  document.body.classList.toggle("empty", !turns.length);
  find("heading").textContent = plain(page.open.title) || "Footnote";
  find("save-menu").hidden = !turns.some((turn) => turn.answer);
  find("send").hidden = Boolean(page.running);
  find("stop").hidden = !page.running;
  drawSide(page.open, told);
}

const told = { opened: openConversation, changed: redraw };

function drawn(turn) {
  const isBusy = Boolean(page.running) && turn === page.open.turns.at(-1) && !turn.answer;
  return drawTurn(turn, acts, { isBusy });
}

function redrawLast() {
  find("log").lastElementChild.replaceWith(drawn(page.open.turns.at(-1)));
}

// A new question stands at the top of the conversation, and stays there while its answer grows below.
function toTop() {
  const log = find("log"); // scrollIntoView would move the page around it, too
  log.scrollTop += log.lastElementChild.getBoundingClientRect().top - log.getBoundingClientRect().top;
}

function welcome() {
  const { about } = page;
  if (!about) return h("div", { class: "welcome" });
  const add = () => library();
  if (!about.articles) {
    return h("div", { class: "welcome" }, h("h2", {}, "No articles yet"),
      h("p", {}, "Footnote answers questions from a folder of articles: text, Markdown, HTML, PDF, Word or JSON files."),
      about.may_change ? button("Add a folder", add, { class: "primary" }) : h("p", {}, "To add a folder, run ", h("code", {}, "rag index FOLDER"), " on the machine that serves this page."));
  }
  return h("div", { class: "welcome" }, h("h2", {}, "Ask about the articles"),
    h("p", {}, "Each sentence of an answer has a footnote to the exact words it rests on."),
    h("ul", { class: "examples" }, about.questions.map((question) => h("li", {}, button(question, () => ask(question))))),
    about.is_sample && h("p", { class: "sample" }, "These are sample articles. ",
      about.may_change ? button("Add a folder of your own", add, { class: "suggestion" }) : "Index your own with rag index."));
}

function openConversation(conversation) {
  stop();
  source.close();
  page.open = conversation;
  showPlace();
  closeSide();
  redraw();
  find("log").scrollTop = 0;
  find("question").focus();
}

// Each conversation has an address, so that reloading and the browser's own "back" find it.
function showPlace() {
  const { id, turns } = page.open;
  if (location.hash.slice(1) !== (turns.length ? id : "")) history.pushState(null, "", turns.length ? `#${id}` : "/");
}

async function save(form) {
  const answers = page.open.turns.map((turn) => turn.answer).filter(Boolean);
  const name = plain(page.open.title).replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60).replace(/^-|-$/g, "") || "conversation";
  if (form === "json") return download(`${name}.json`, "application/json", `${JSON.stringify(answers, null, 2)}\n`);
  const parts = [];
  for (const [turn, answer] of answers.entries()) parts.push(await post("render", { answer, form, turn, export: true }));
  const text = parts[0].begins + parts.map((part) => part.text).join("") + parts[0].ends;
  return form === "html" ? download(`${name}.html`, "text/html", text) : download(`${name}.md`, "text/markdown", text);
}

// Limits, status, theme

function drawLimits() {
  const { about, limits } = page;
  const names = about?.publishers ?? [];
  find("publisher").replaceChildren(h("option", { value: "" }, "All"), ...names.map((name) => h("option", { value: name }, name)));
  for (const name of [...LIMITS, "mode"]) find(name).value = limits[name] ?? (name === "mode" ? "model" : "");
  find("mode-row").hidden = !about?.model;
  const chosen = limitsInWords(limits);
  find("limits-button").textContent = plain(chosen || "All articles");
  find("limits-button").classList.toggle("chosen", Boolean(chosen));
  const own = "Offline · nothing leaves this machine";
  const isWritten = limited().mode === "model";
  find("privacy").textContent = plain(isWritten ? `${about.model} · passages are sent to ${about.host}` : own);
}

function setLimits(limits) {
  page.limits = limits;
  kept.keepLimits(limits);
  drawLimits();
}

async function refresh() {
  try {
    page.about = await get("about");
  } catch (error) {
    find("status").textContent = error.message;
    return;
  }
  const { articles, newest } = page.about;
  find("status").textContent = articles ? `${count(articles, "article")}, newest ${written(newest)}` : "none yet";
  drawLimits();
  if (!page.open.turns.length) redraw();
}

async function library() {
  if (!page.about) await refresh();
  await openLibrary({ get about() { return page.about; }, get limits() { return page.limits; }, setLimits, refresh,
    open: (article, opener) => source.open([article], 0, opener, "Article") });
}

function showLook(look) {
  document.documentElement.dataset.look = look;
  find("theme").textContent = { auto: "System theme", light: "Light theme", dark: "Dark theme" }[look];
  find("theme").setAttribute("aria-label", `Theme: ${look}. Change`);
}

// Events

const stop = () => page.running?.abort();
const closeSide = () => { document.body.classList.remove("side"); find("menu").setAttribute("aria-expanded", "false"); };
const fresh = () => openConversation(kept.started());

function toggle(button, shown) {
  const isOpen = find(shown).hidden;
  find(shown).hidden = !isOpen;
  find(button).setAttribute("aria-expanded", String(isOpen));
  return isOpen;
}

function wire() {
  const box = find("question");
  const grow = () => { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight, 160)}px`; };
  box.addEventListener("input", () => {
    grow();
    if (box.value.length >= box.maxLength) tell(`Questions are limited to ${box.maxLength.toLocaleString("en")} characters; the rest was cut off.`);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); find("ask").requestSubmit(); }
    if (event.key === "ArrowUp" && !box.value) [...document.querySelectorAll(".edit")].at(-1)?.click();
  });
  find("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const question = box.value.trim();
    if (!question || page.running) return;
    box.value = "";
    grow();
    ask(question);
  });
  find("stop").addEventListener("click", () => { stop(); box.focus(); });
  for (const id of ["fresh", "fresh-small"]) find(id).addEventListener("click", fresh);
  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); box.focus(); });
  find("menu").addEventListener("click", () => {
    find("menu").setAttribute("aria-expanded", String(document.body.classList.toggle("side")));
  });
  find("library-button").addEventListener("click", () => { closeSide(); library(); });
  find("keys-button").addEventListener("click", () => find("keys").showModal());
  find("theme").addEventListener("click", () => showLook(kept.nextLook()));
  find("limits-button").addEventListener("click", () => toggle("limits-button", "limits"));
  find("privacy").addEventListener("click", () => page.about && openModel(page.about, (about) => {
    page.about = { ...page.about, ...about };
    setLimits({ ...page.limits, mode: undefined });
  }));
  find("no-limits").addEventListener("click", () => setLimits({}));
  for (const name of [...LIMITS, "mode"]) {
    find(name).addEventListener("change", () => setLimits({ ...page.limits, [name]: find(name).value || undefined }));
  }
  find("save").addEventListener("click", () => toggle("save", "save-choices"));
  find("save-choices").addEventListener("click", (event) => {
    const { form } = event.target.dataset;
    if (!form) return;
    toggle("save", "save-choices");
    save(form);
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches("[data-close]")) event.target.closest("dialog").close();
    if (!find("save-choices").hidden && !event.target.closest("#save-menu")) toggle("save", "save-choices");
    if (document.body.classList.contains("side") && !event.target.closest("#side, #menu")) closeSide();
  });
  document.addEventListener("keydown", keys);
  wireCard();
}

function keys(event) {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (!find("card").hidden) find("card").hidden = true;
    else if (!find("save-choices").hidden) toggle("save", "save-choices");
    else if (document.body.classList.contains("side")) closeSide();
    else if (page.running) stop();
    else if (source.isOpen()) source.close();
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const wanted = { KeyN: fresh, KeyA: library, KeyL: () => toggle("limits-button", "limits") && find("publisher").focus() }[event.code];
  if (wanted) { event.preventDefault(); wanted(); }
}

// What went wrong outside of a question, for a while, where it can be seen.
function tell(words) {
  find("told").textContent = plain(words);
  find("told").hidden = false;
  setTimeout(() => { find("told").hidden = true; }, 6000);
}

window.addEventListener("unhandledrejection", ({ reason }) => reason instanceof Problem && tell(reason.message));
window.addEventListener("popstate", () => openConversation(kept.find(location.hash.slice(1)) ?? kept.started()));

// Another tab of this browser has kept something: what this one shows must not overwrite it later.
window.addEventListener("storage", () => {
  const newer = kept.find(page.open.id);
  const isWhole = newer?.turns.every((turn) => turn.answer || turn.problem);
  if (page.running || !isWhole || JSON.stringify(newer) === JSON.stringify(page.open)) return drawSide(page.open, told);
  page.open = newer;
  return redraw();
});

showLook(kept.look());
wire();
redraw();
refresh();
if (matchMedia("(hover: hover)").matches) find("question").focus();
