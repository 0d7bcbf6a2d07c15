"""A live blog: its entries have days of their own, so each day of it is an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.metadata import Content
from index.page_days import shown_days

_LONGEST_HEADING = 80  # characters of a line that dates the entries below it
UNDATED = "undated"


def by_day(content: Content, marked: Sequence[str]) -> list[Content]:
    """A live blog as one content for each day of its entries, and one without a day for the rest.

    `marked` are the lines of its text, machine-readable times marked. The day on which the blog
    began is not kept: it dates the first entry only.
    """
    lines = content.text.split("\n")
    if len(lines) != len(marked):
        return [undated(content)]
    days: dict[str, list[int]] = {}
    headings: set[int] = set()
    current = UNDATED
    for at, line in enumerate(marked):
        is_short = len(lines[at]) <= _LONGEST_HEADING
        if is_short and (found := next(shown_days([line]), None)):
            current = found.day
            headings.add(at)
        days.setdefault(current, []).append(at)
    out = content.outside | headings
    parts = []
    for day, where in days.items():
        if any(at not in out for at in where):
            dated = {} if day == UNDATED else {"published": day, "published_from": "entry"}
            part = replace(
                undated(content),
                text="\n".join(lines[at] for at in where),
                outside=frozenset(number for number, at in enumerate(where) if at in out),
                id=day,
            )
            parts.append(replace(part, metadata={**part.metadata, **dated}))
    return parts if len(parts) > 1 else [replace(part, id="") for part in parts] or [content]


def undated(content: Content) -> Content:
    """The content with its day of publication stated as unknown, whatever its lines say."""
    unknown = {"published": "", "published_from": ""}
    return replace(content, metadata={**content.metadata, **unknown})
