"""A live blog: its entries have days of their own, so each day of it is an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.english.dates import MONTH
from index.json_ld import Item
from index.metadata import Content
from index.page_days import MARK, shown_days, stamp_day

_LONGEST_HEADING = 80  # characters of a line that dates the entries below it
_NO_YEAR = re.compile(
    rf"\b([0-9]{{1,2}}(?:st|nd|rd|th)? {MONTH}|{MONTH} [0-9]{{1,2}})(?![0-9]|,? [0-9]{{4}})"
)
UNDATED = "undated"


def by_day(content: Content, marked: Sequence[str], item: Item) -> list[Content]:
    """A live blog as one content for each day of its entries, and one without a day for the rest.

    `marked` are the lines of its text, machine-readable times marked. The day on which the blog
    began dates its first entry only: it is kept where the blog also ended on it.
    """
    lines = [" ".join(MARK.sub("", line).split()) for line in marked]
    year = content.metadata.get("published", "")[:4]
    days: dict[str, list[int]] = {}
    headings: set[int] = set()
    current = UNDATED
    for at, line in enumerate(marked):
        if len(lines[at]) <= _LONGEST_HEADING and (day := _day_of(line, year)):
            current = day
            headings.add(at)
        days.setdefault(current, []).append(at)
    out = content.outside | headings
    parts = []
    for day, where in days.items():
        if any(at not in out for at in where):
            dated = {} if day == UNDATED else {"published": day, "published_from": "entry"}
            outside = frozenset(number for number, at in enumerate(where) if at in out)
            text = "\n".join(lines[at] for at in where)
            metadata = {**undated(content).metadata, **dated}
            parts.append(Content(text, content.encoding, metadata, outside, day))
    if len(parts) > 1:
        return parts
    is_over = stamp_day(item.changed) == content.metadata.get("published")
    whole = replace(content if is_over else undated(content), text=MARK.sub("", content.text))
    return [whole if not parts or parts[0].id == UNDATED else replace(parts[0], id="")]


def undated(content: Content) -> Content:
    """The content with its day of publication stated as unknown, whatever its lines say."""
    unknown = {"published": "", "published_from": ""}
    return replace(content, metadata={**content.metadata, **unknown})


def _day_of(line: str, year: str) -> str:
    """The day that a heading gives; without a year, in that of the day on which the blog began."""
    shown = next(shown_days([line, _NO_YEAR.sub(rf"\1, {year}", line)] if year else [line]), None)
    return shown.day if shown else ""
