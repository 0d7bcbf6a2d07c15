// The source panel: a whole article beside the conversation, at the words that were quoted.

import { button, h, origin, plain, say, written } from "/draw.js";
import { post } from "/server.js";

const panel = document.getElementById("source");
const state = { places: [], at: 0, opener: null, what: "Footnote" };
const NOTICES = {
  gone: "This article is no longer in the index.",
  changed: "This article has changed since it was quoted.",
};

export const isOpen = () => !panel.hidden;

// Shows `places[at]`; the others are a step away. `what` names them ("Footnote", "Passage").
export async function open(places, at, opener, what = "Footnote") {
  Object.assign(state, { places, at, what, opener: opener ?? state.opener });
  const place = places[at];
  let article;
  try {
    const { root, path, start = 0, end = 0, quote = "", words = "" } = place;
    article = await post("source", { root, path, start, end, quote, words });
  } catch (error) {
    article = { state: "gone", paragraphs: [], problem: error.message };
  }
  if (state.places[state.at] !== place) return;
  panel.replaceChildren(toolbar(), body(place, article));
  panel.hidden = false;
  document.body.classList.add("reading");
  panel.querySelector("h2").focus({ preventScroll: true });
  toMark();
  mark(place);
}

export function close() {
  if (!isOpen()) return;
  panel.hidden = true;
  document.body.classList.remove("reading");
  mark(null);
  if (state.opener?.isConnected) state.opener.focus();
  state.opener = null;
}

export function step(by) {
  const to = state.at + by;
  if (to >= 0 && to < state.places.length) open(state.places, to, null, state.what);
}

function toolbar() {
  const { places, at, what } = state;
  const steps = places.length > 1 && [
    button("‹", () => step(-1), { class: "quiet icon", "aria-label": "Previous footnote", disabled: at === 0 }),
    button("›", () => step(1), { class: "quiet icon", "aria-label": "Next footnote", disabled: at === places.length - 1 }),
  ];
  const place = what === "Article" ? "Article" : `${what} ${at + 1} of ${places.length}`;
  return h("div", { class: "tools" }, h("span", { class: "place" }, place), steps,
    button("Close", close, { class: "quiet" }));
}

function body(place, article) {
  const known = article.state === "gone" ? place : { ...place, ...article };
  const at = place.page ? `#page=${place.page}` : "";
  const file = `/api/file?${new URLSearchParams({ root: place.root, path: place.path })}${at}`;
  const lead = [known.publisher, written(known.published), known.author && `by ${known.author}`];
  return h("div", { class: "article" },
    h("h2", { tabindex: "-1", dir: "auto" }, known.title || place.path),
    h("p", { class: "origin" }, lead.filter(Boolean).map(plain).join(" · ")),
    h("p", { class: "origin links" }, h("bdi", { class: "file" }, place.path), place.page && `page ${place.page}`,
      isWeb(known.url) && h("a", { href: known.url, target: "_blank", rel: "noopener noreferrer" }, "Open original ↗"),
      article.state !== "gone" && h("a", { href: file, target: "_blank", rel: "noopener" }, "Open the file")),
    known.recognized && h("p", { class: "origin" }, `Read from images by text recognition, confidence ${known.recognized.toFixed(2)}`),
    (place.quote || place.words) && (article.problem || NOTICES[article.state]) && [
      h("p", { class: "notice" }, article.problem || NOTICES[article.state], place.quote && " The answer quoted these words:"),
      place.quote && h("blockquote", { dir: "auto" }, place.quote)],
    article.paragraphs.map((pieces) => h("p", { dir: "auto" }, pieces.map(piece))));
}

function piece([kind, words]) {
  if (kind === "quote") return h("mark", {}, words);
  return kind === "boilerplate" ? h("span", { class: "boilerplate" }, words) : words;
}

function isWeb(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

function toMark() {
  const found = panel.querySelector("mark, blockquote");
  const offset = found ? found.getBoundingClientRect().top - panel.getBoundingClientRect().top : 0;
  const top = found ? panel.scrollTop + offset - panel.clientHeight / 3 : 0;
  panel.scrollTo({ top, behavior: "instant" });
}

// The chips and lines that stand for the open source are marked in the conversation.
function mark(place) {
  for (const link of document.querySelectorAll("[data-place]")) {
    link.classList.toggle("current", Boolean(place) && link.dataset.place.split("\n").includes(key(place)));
  }
  if (place) say(`${state.what} ${state.at + 1} opened: ${origin(place)}`);
}

export const key = (place) => JSON.stringify([place.root, place.path, place.start, place.end]);

panel.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
