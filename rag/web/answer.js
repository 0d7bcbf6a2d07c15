// Draws one turn: the question, its answer with footnotes, the notes under it, and what can be done with it.

import { button, count, h, limitsInWords, origin, plain, quoted, written } from "/draw.js";
import { key } from "/source.js";

const DOUBTS = { not_shown: "not supported", unchecked: "unchecked" };
const NOTES = {
  dropped: [(n) => (n === 1 ? "A sentence was left out" : `${n} sentences were left out`),
    "Each sentence is checked against the passage it cites. One that contradicts its source, or is about something else, is not shown."],
  not_shown: [(n) => (n === 1 ? "A sentence is not supported" : `${n} sentences are not supported`),
    "No passage found supports it. It is the model’s own claim, so it has no footnote."],
  unchecked: [(n) => (n === 1 ? "A sentence was not checked" : `${n} sentences were not checked`),
    "The check itself failed, so it has no footnote: do not rely on it."],
  conflict: [() => "The articles disagree", "Each version is quoted above with its footnote; the articles do not settle which is right."],
  outdated: [() => "This may have changed since", "It was true when the article was published. To ask about another day, set “As of” under the question box."],
  coverage: [() => "Coverage", "An answer can only be as complete as the articles in the index."],
  missing: [() => "One part is not answered", "None of the passages found answers it. Ask it alone to see the closest ones."],
  stale: [() => "A file has changed since it was indexed", "Add its folder again (under Articles) to update it."],
  left_out: [() => "Articles without a date were left out", "There is no telling whether they are from the time you chose."],
  cut_off: [() => "The answer is incomplete", "Each sentence shown is complete, but the rest of the answer is missing."],
  model_failed: [() => "The language model did not answer", "What is shown instead is quoted word for word from the articles."],
  prompt_shortened: [() => "Not all passages were sent to the model", "The best matches were sent first."],
  as_of: [(_, answer) => `As of ${written(answer.as_of)}`, "You can change the day under the question box."],
};

// `acts` holds what the page does: open, ask, again, edit, widen, copy, like, considered.
export function drawTurn(turn, acts, { isBusy = false } = {}) {
  const { answer } = turn;
  const asked = h("div", { class: "asked" },
    h("h2", { class: `question${turn.question.length > 240 ? " long" : ""}`, dir: "auto" }, turn.question),
    !isBusy && button("Edit", () => edit(asked, turn, acts), { class: "quiet edit", "aria-label": "Edit this question" }));
  const parts = answer ? drawAnswer(turn, acts) : [drawGrowing(turn, acts, isBusy)];
  const limits = limitsInWords({ ...turn.limits, as_of: null }); // that day has a note of its own
  return h("article", { class: "turn", "aria-busy": String(isBusy) }, asked, limits && h("p", { class: "understood" }, "Only ", limits), parts);
}

function drawGrowing(turn, acts, isBusy) {
  const shown = turn.shown ?? [];
  const cited = Object.fromEntries(shown.flatMap((each) => each.citations.map((one) => [one.number, one])));
  const prose = drawProse(shown.map((each) => each.sentence), Object.values(cited), acts);
  return h("div", { class: "answer" }, prose,
    isBusy && h("p", { class: "waiting" }, shown.length ? "…" : "Searching the articles …"),
    !isBusy && h("div", { class: "problem" }, h("p", {}, turn.problem ?? "You left the page before the answer was ready."),
      button("Ask again", () => acts.again(turn), { class: "quiet" })));
}

function drawAnswer(turn, acts) {
  const { answer } = turn;
  const understood = plain(answer.asked_as).trim();
  const isOther = understood && understood !== plain(turn.question).trim();
  return [
    isOther && h("p", { class: "understood" }, "Interpreted as ", quoted(understood), " ",
      button("Ask exactly as written", () => acts.asWritten(turn), { class: "quiet" })),
    !answer.sentences.length ? drawRefusal(turn, acts) : h("div", { class: "answer" },
      drawProse(answer.sentences, answer.citations, acts), drawFootnotes(answer, acts)),
    drawMore(answer, acts),
    drawNotes(answer),
    drawActions(turn, acts),
  ];
}

// A refusal, or what the catalog says of the articles themselves.
function drawRefusal(turn, acts) {
  const { answer } = turn;
  const isAbout = answer.mode === "catalog";
  const closest = answer.closest.map((place, at) => drawLine([place], at + 1, () => acts.open(answer.closest, at), true));
  return h("div", { class: `answer${answer.refused ? " refused" : ""}` },
    h("p", { class: answer.refused && "refusal", dir: "auto" }, answer.text),
    !isAbout && limitsInWords(turn.limits ?? {}) && h("p", {}, button("Ask all articles", () => acts.widen(turn), { class: "suggestion" })),
    answer.suggestion && h("p", {}, "You could ask: ",
      button(answer.suggestion, () => acts.ask(answer.suggestion), { class: "suggestion" })),
    closest.length > 0 && [h("h3", {}, isAbout ? "Articles" : "Closest passages"), h("ol", { class: "footnotes" }, closest)]);
}

// What was shown before the reader stopped it is an answer that breaks off.
export function brokenOff(turn, mode) {
  if (!turn.shown.length) return { problem: "Stopped." };
  const sentences = turn.shown.map((each) => each.sentence);
  const cited = new Map(turn.shown.flatMap((each) => each.citations).map((one) => [one.number, one]));
  return { answer: {
    question: turn.question, asked_as: turn.question, text: sentences.map((one) => one.text).join(" "), refused: false,
    mode, complete: false, as_of: turn.limits.as_of ?? null, confidence: 0, sentences,
    citations: [...cited.values()].sort((a, b) => a.number - b.number), closest: [], more: [], suggestion: null,
    notes: [{ kind: "cut_off", text: "You stopped this answer." }],
  } };
}

function drawProse(sentences, citations, acts) {
  const paragraphs = [];
  for (const sentence of sentences) {
    if (sentence.lead || !paragraphs.length) paragraphs.push([]);
    paragraphs.at(-1).push(sentence);
  }
  return paragraphs.map((each) => h("p", { dir: "auto" }, each.map((one) => [drawSentence(one, citations, acts), " "])));
}

function drawSentence(sentence, citations, acts) {
  const lead = sentence.lead && [h("span", { class: "lead" }, sentence.lead), " "];
  if (DOUBTS[sentence.support]) {
    return [lead, h("span", { class: "doubt" }, sentence.text), " ", h("em", { class: "verdict" }, DOUBTS[sentence.support])];
  }
  const places = sentence.citations.map((number) => citations.find((one) => one.number === number)).filter(Boolean);
  return [lead, withChips(emphasised(sentence), places.map((place) => drawChip(place, citations, acts)))];
}

// A chip does not begin a line: the last word goes with it.
function withChips(pieces, chips) {
  const last = pieces.at(-1);
  const cut = last.lastIndexOf(" ") + 1;
  if (last.length - cut > 30) return [...pieces, chips];
  return [...pieces.slice(0, -1), last.slice(0, cut), h("span", { class: "together" }, last.slice(cut), chips)];
}

// Offsets count code points, as Array.from does.
function emphasised({ text, emphasis }) {
  const points = Array.from(text);
  const pieces = [];
  let at = 0;
  for (const [start, end] of [...emphasis].sort((a, b) => a[0] - b[0])) {
    if (start < at || end <= start) continue;
    pieces.push(points.slice(at, start).join(""), h("strong", {}, points.slice(start, end).join("")));
    at = end;
  }
  return [...pieces, points.slice(at).join("")];
}

function drawChip(place, citations, acts) {
  const chip = button(String(place.number), () => acts.open(citations, citations.indexOf(place)), {
    class: "chip", "data-place": key(place), "aria-label": `Footnote ${place.number}: ${origin(place, { file: false })}`,
  });
  chip.place = place;
  return chip;
}

function drawFootnotes(answer, acts) {
  const isOwnWords = answer.sentences.every((sentence) => sentence.support === "quoted");
  const groups = new Map(); // of an article's own words each stands above: one line for the page
  for (const place of answer.citations) {
    const name = isOwnWords ? JSON.stringify([place.root, place.path, place.page]) : String(place.number);
    groups.set(name, [...(groups.get(name) ?? []), place]);
  }
  const lines = [...groups.values()].map((places) => {
    const at = answer.citations.indexOf(places[0]);
    return drawLine(places, places.map((place) => place.number).join(" "), () => acts.open(answer.citations, at), !isOwnWords);
  });
  return lines.length > 0 && [h("h3", { class: "unseen" }, "Footnotes"),
    h("ol", { class: `footnotes${groups.size < answer.citations.length ? " grouped" : ""}` }, lines)];
}

// What else the articles say. A conversation kept by an earlier version has none.
function drawMore({ more = [] }, acts) {
  const lines = more.map((place, at) => h("li", {}, button([h("span", { class: "number" }, String(at + 1)),
    h("span", { class: "what" }, quoted(place.quote), h("span", { class: "origin" }, origin(place)))],
  () => acts.open(more, at, "Sentence"), { class: "line", "data-place": key(place) })));
  return lines.length > 0 && h("details", { class: "more" },
    h("summary", {}, `More from the articles (${lines.length})`), h("ol", { class: "footnotes" }, lines));
}

function drawLine(places, number, opened, withQuote) {
  const [place] = places;
  return h("li", {}, button([
    h("span", { class: "number" }, String(number)),
    h("span", { class: "what" }, h("span", { class: "title", dir: "auto" }, place.title || place.path),
      h("span", { class: "origin" }, origin(place)), withQuote && quoted(place.quote))],
  opened, { class: "line", "data-place": places.map(key).join("\n") }));
}

function drawNotes(answer) {
  const grouped = new Map();
  const add = (kind, text) => grouped.set(kind, [...(grouped.get(kind) ?? []), text]);
  answer.notes.forEach((note) => add(note.kind, note.text));
  answer.sentences.forEach((one) => DOUBTS[one.support] && add(one.support, one.text));
  if (answer.as_of) add("as_of", "Articles published later were left out.");
  if (!grouped.size) return false;
  return h("div", { class: "notes" }, [...grouped].map(([kind, texts]) => {
    const [heading, why] = NOTES[kind] ?? [() => plain(kind).replaceAll("_", " ").replace(/^\w/, (sign) => sign.toUpperCase()), ""];
    return h("details", { class: `note ${/^\w+$/.test(kind) ? kind : ""}` }, h("summary", {}, heading(texts.length, answer)),
      texts.map((text) => h("p", { dir: "auto" }, text)), why && h("p", { class: "why" }, why));
  }));
}

function drawActions(turn, acts) {
  const did = h("details", { class: "did" }, h("summary", {}, "Trace"));
  did.addEventListener("toggle", () => did.open && did.childElementCount < 2 && drawDid(did, turn, acts));
  const comment = h("div", {});
  const thumb = (liked, words) => button(words, () => acts.like(turn, liked, comment), {
    class: "quiet thumb", "aria-pressed": String(turn.liked === liked),
  });
  const copy = button("Copy", () => acts.copy(turn, copy), { class: "quiet", "aria-label": "Copy as Markdown with footnotes" });
  return [h("div", { class: "actions" }, copy, button("Ask again", () => acts.again(turn), { class: "quiet" }),
    thumb(true, "Helpful"), thumb(false, "Not helpful")), comment, turn.answer.mode !== "catalog" && did];
}

async function drawDid(did, turn, acts) {
  const { answer } = turn;
  const body = h("div", { class: "steps" }, h("p", { class: "waiting" }, "Loading …"));
  did.append(body);
  try {
    const seen = await acts.considered(turn);
    const places = seen.passages;
    const sure = Math.round(answer.confidence * 100);
    body.replaceChildren(h("dl", {},
      h("dt", {}, "Understood as"), h("dd", {}, quoted(answer.asked_as), ` (${seen.kind.replace("_", " ")})`),
      h("dt", {}, "Searched for"), h("dd", {}, [...seen.names, ...seen.days].join(" · ") || seen.words.join(" · ")),
      h("dt", {}, "Answerable"), h("dd", {}, `${sure}% likely that the articles answer this`),
      h("dt", {}, "Written by"), h("dd", {}, answer.mode === "model" ? "the language model, each sentence checked" : answer.mode === "mixed" ? "the language model as far as the articles support it; the rest is quoted from them" : "no model: quoted from the articles"),
      h("dt", {}, "Left out"), h("dd", {}, count(answer.notes.filter((note) => note.kind === "dropped").length, "sentence"))),
    h("h3", {}, "Passages considered, best first"),
    h("ol", { class: "passages" }, places.map((place, at) => {
      const what = h("span", { class: "what" }, h("span", { class: "title", dir: "auto" }, place.title || place.path),
        h("span", { class: "origin" }, origin(place)));
      return h("li", {}, button([h("span", { class: "score" }, place.score.toFixed(2)), what],
        () => acts.open(places, at, "Passage"), { class: "line", "data-place": key(place) }));
    })));
  } catch (error) {
    body.replaceChildren(h("p", { class: "problem" }, error.message));
  }
}

function edit(asked, turn, acts) {
  const box = h("textarea", { "aria-label": "Edit this question", rows: "2", maxlength: "2000" });
  box.value = turn.question;
  const cancel = () => acts.redraw();
  const form = h("form", { class: "editing" }, box, h("div", {}, h("button", { class: "primary" }, "Send"),
    button("Cancel", cancel, { class: "quiet" })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (box.value.trim()) acts.edit(turn, box.value.trim());
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  asked.replaceChildren(form);
  box.focus();
}
