// One article alone, at the words that a link from another program names.

import * as kept from "/keep.js";
import { open } from "/source.js";

const asked = Object.fromEntries(new URLSearchParams(location.search));
const [start, end] = [asked.start, asked.end].map((offset) => Number.parseInt(offset, 10) || 0);

document.documentElement.dataset.look = kept.look();
await open([{ root: asked.root ?? "", path: asked.path ?? "", start, end, words: asked.words }], 0, null, "Source");
document.title = `${document.querySelector("h2").textContent} · Footnote`;
