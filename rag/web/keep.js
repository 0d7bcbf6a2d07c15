// Conversations, limits and the look of the page, kept in this browser and nowhere else.

const CONVERSATIONS = "footnote.conversations";
const MOST = 200;

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

// Where the browser's room is used up, the oldest conversations go.
function write(name, value) {
  let rest = value;
  for (;;) {
    try {
      localStorage.setItem(name, JSON.stringify(rest));
      return;
    } catch {
      if (!Array.isArray(rest) || rest.length < 2) return;
      rest = rest.slice(0, -1);
    }
  }
}

const isTurn = (turn) => typeof turn?.question === "string" && (!turn.answer || Array.isArray(turn.answer.sentences));

// Newest first; what another version left behind is not read.
export function conversations() {
  const all = read(CONVERSATIONS, []);
  return (Array.isArray(all) ? all : []).filter((one) => one?.id && Array.isArray(one.turns) && one.turns.every(isTurn));
}

export const find = (id) => conversations().find((one) => one.id === id);

export function keep(conversation) {
  const others = conversations().filter((one) => one.id !== conversation.id);
  write(CONVERSATIONS, [conversation, ...others].slice(0, MOST));
}

export function rename(id, title) {
  write(CONVERSATIONS, conversations().map((one) => (one.id === id ? { ...one, title } : one)));
}

export function forget(id) {
  write(CONVERSATIONS, conversations().filter((one) => one.id !== id));
}

export const started = () => ({ id: crypto.getRandomValues(new Uint32Array(2)).join("-"), title: "", turns: [] });

export const limits = () => read("footnote.limits", {});
export const keepLimits = (chosen) => write("footnote.limits", chosen);

const LOOKS = ["auto", "light", "dark"];

export function look() {
  const chosen = read("footnote.look", "auto");
  return LOOKS.includes(chosen) ? chosen : "auto";
}

export function nextLook() {
  const next = LOOKS[(LOOKS.indexOf(look()) + 1) % LOOKS.length];
  write("footnote.look", next);
  return next;
}
