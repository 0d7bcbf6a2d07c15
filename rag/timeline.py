"""What happened when: the dated sentences that bear on a question which asks how something went on, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rag.answer import written_day
from rag.evidence import Evidence
from rag.extracting import Pick, lead
from rag.figures import Day, read_days

MAX_ENTRIES = 5
_ASKS = re.compile(
    r"\btimeline\b|\bchronolog|\bhow (?:did|has|have|was|were) .+ (?:develop|unfold|evolve|progress)\w*\b"
    r"|\bwhat (?:has )?happened (?:over|since|between|during)\b|\b(?:course|sequence) of events\b"
    r"|\blist .*\b(?:events|developments|milestones|dates)\b", re.IGNORECASE
)  # fmt: skip
# The day of a statement is not that of what it tells.
SAID_ON = re.compile(r"\b(?:said|says|told|announced|reported|according to)\b[^,.;]{0,25}$")
_NEAR_BEST = 0.6  # share of the best sentence's score that an entry has at least


def is_timeline(question: str) -> bool:
    """Whether a question asks for events in their order.

    >>> is_timeline("How did the dock strike unfold?"), is_timeline("How did he die?")
    (True, False)
    """
    return bool(_ASKS.search(question))


def timeline(evidence: Sequence[Evidence]) -> list[tuple[Pick, str]]:
    """At most MAX_ENTRIES sentences with their leads, the earliest event first; empty when fewer than two are dated.

    A lead gives the day of the event, then who reports it and when: "2 May 2023 (Coast Daily, 3 May 2023):".
    """
    found: dict[str, Evidence] = {}
    for item in evidence:
        when = happened(item)
        if when and when not in found and item.score >= _NEAR_BEST * evidence[0].score and len(found) < MAX_ENTRIES:
            found[when] = item
    if len(found) < 2:
        return []
    return [(Pick(item.article, item.start, item.end, item.text), f"{_spoken(when)} ({lead(item.article)[:-1]}):")
            for when, item in sorted(found.items())]  # fmt: skip


def happened(item: Evidence) -> str | None:
    """The ISO day (or month) of what a sentence tells; relative days are those of its article's date."""
    published = item.article.published
    for day in read_days(item.text, published):
        if SAID_ON.search(item.text[: day.start]) or day.month is None:
            continue
        year = day.year or _year(day, published)
        if year is not None:
            return f"{year}-{day.month:02}" + (f"-{day.day:02}" if day.day else "")
    return None


def _year(day: Day, published: str | None) -> int | None:
    """The year of a day told without one: that of the article, or the year before if the day is long after it."""
    if published is None:
        return None
    return int(published[:4]) - ((day.month or 0) > int(published[5:7]) + 1)


def _spoken(when: str) -> str:
    return written_day(when) if len(when) == 10 else f"{date.fromisoformat(f'{when}-01'):%B %Y}"
