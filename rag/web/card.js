// The card that a footnote's chip shows while it is pointed at or focused: who says it, when, in which words.

import { h, origin, quoted } from "/draw.js";

const card = document.getElementById("card");

function show(event) {
  const chip = event.target.closest?.(".chip");
  if (!chip?.place || matchMedia("(hover: none)").matches) return;
  chip.setAttribute("aria-describedby", "card");
  card.replaceChildren(h("span", { class: "origin" }, origin(chip.place, { file: false })), quoted(chip.place.quote));
  card.hidden = false;
  const at = chip.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = card;
  card.style.left = `${Math.max(8, Math.min(at.left - 20, innerWidth - width - 8))}px`;
  card.style.top = `${at.top > height + 16 ? at.top - height - 8 : at.bottom + 8}px`;
}

function hide(event) {
  if (event.target.closest?.(".chip")) card.hidden = true;
}

export function wireCard() {
  document.addEventListener("mouseover", show);
  document.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && show(event));
  for (const kind of ["mouseout", "focusout", "click"]) document.addEventListener(kind, hide);
}
