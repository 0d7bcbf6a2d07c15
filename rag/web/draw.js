// Draws everything as text: no word of an article, a model or a person is ever read as HTML.

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

// Without control characters, turns of direction and what cannot be seen.
export const plain = (text) => String(text ?? "").replace(CONTROLS, "");

// An element: `h("p", {class: "x", onclick: f}, "text", other)`. Strings become text nodes.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : plain(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : plain(child));
  }
  return element;
}

// Gives an element these children, read as `h` reads them, in place of those it has.
export const put = (element, ...children) => element.replaceChildren(...h("div", {}, children).childNodes);

export const button = (words, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, words);

// Words of somebody else in quotation marks; those that begin with a mark have their own.
export const quoted = (text) => h("q", { dir: "auto", class: /^\s*["“‘«„]/.test(text) && "own" }, text);

export function written(day) {
  if (!day) return "undated";
  const known = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(known.getTime())) return plain(day);
  return known.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

// "The Gazette · 17 August 2023 · a.pdf · page 3"; without a name for the file where there is no room for it.
export function origin(place, { file = true } = {}) {
  return [place.publisher, written(place.published), file && place.path, place.page && `page ${place.page}`].filter(Boolean).map(plain).join(" · ");
}

// "The Gazette · from 1 May 2022", or nothing where all articles may be asked.
export const limitsInWords = ({ publisher, since, until, only, as_of: day }) => [publisher, since && `from ${written(since)}`,
  until && `until ${written(until)}`, only && `in ${only}`, day && `as of ${written(day)}`].filter(Boolean).join(" · ");

export const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

// Saves a text as a file of the reader's.
export function download(name, kind, text) {
  const address = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// Browsers give the clipboard only to pages of this machine or over HTTPS.
export async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = h("textarea", { class: "unseen" });
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  return box.remove();
}

export function say(words) {
  const live = document.getElementById("live");
  live.append(h("p", {}, words));
  while (live.childElementCount > 30) live.firstElementChild.remove();
}
