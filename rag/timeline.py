"""What happened when: the dated sentences that bear on a question which asks how something went on, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from index.english.dates import written_day
from index.english.numbers import read_days
from rag.evidence import Evidence
from rag.extracting import Pick, lead
from rag.question import Question

MAX_ENTRIES = 5
_ASKS = re.compile(
    r"\btimeline\b|\bchronolog|\bhow (?:did|has|have|was|were) .+ (?:develop|unfold|evolve|progress)\w*\b"
    r"|\bwhat (?:has )?happened (?:over|since|between|during)\b|\b(?:course|sequence) of events\b"
    r"|\blist .*\b(?:events|developments|milestones|dates)\b", re.IGNORECASE
)  # fmt: skip
# The day of a statement is not that of what it tells.
SAID_ON = re.compile(r"\b(?:said|says|told|announced|reported|according to)\b[^,.;]{0,25}$")
_TO_BE = re.compile(
    r"\b(?:will|would|shall|may|might|could|expect\w*|due|plan\w*|schedul\w*|forecast\w*|(?:is|are|was|were) to)\b"
)
_NEAR_BEST = 0.6  # share of the best sentence's score that an entry has at least


def is_timeline(question: str) -> bool:
    """Whether a question asks for events in their order.

    >>> is_timeline("How did the dock strike unfold?"), is_timeline("How did he die?")
    (True, False)
    """
    return bool(_ASKS.search(question))


def timeline(question: Question, evidence: Sequence[Evidence]) -> list[tuple[Pick, str]]:
    """At most MAX_ENTRIES sentences with their leads, the earliest event first; empty when fewer than two are dated.

    A lead gives the day of the event, then who reports it and when: "2 May 2023 (Coast Daily, 3 May 2023):".
    """
    found: dict[str, Evidence] = {}
    for item in (item for item in evidence if item.score >= _NEAR_BEST * evidence[0].score):
        when = happened(item)
        is_asked = when and (not question.days or any(days.holds(f"{when}-01"[:10]) for days in question.days))
        if when and is_asked and when not in found and len(found) < MAX_ENTRIES:
            found[when] = item
    if len(found) < 2:
        return []
    return [(Pick(item.article, item.start, item.end, item.text), f"{_spoken(when)} ({lead(item.article)[:-1]}):")
            for when, item in sorted(found.items())]  # fmt: skip


def happened(item: Evidence) -> str | None:
    """The ISO day (or month) of what a sentence tells; relative days are those of its article's date.

    None too where that may be the coming one: a weekday in a sentence about what is to be, a later month of no year.
    """
    published = item.article.published
    days = [day for day in read_days(item.text, published) if not SAID_ON.search(item.text[: day.start])]
    is_to_be = _TO_BE.search(item.text)
    for day in sorted(days, key=lambda day: day.weekday is not None):
        year = day.year or (int(published[:4]) if published and (day.month or 13) <= int(published[5:7]) else None)
        if year and day.month and not (day.weekday is not None and is_to_be):
            try:
                when = date(year, day.month, day.day or 1).isoformat()
            except ValueError:  # 31 June
                continue
            return when if day.day else when[:7]
    return None


def _spoken(when: str) -> str:
    return written_day(when) if len(when) == 10 else f"{date.fromisoformat(f'{when}-01'):%B %Y}"
