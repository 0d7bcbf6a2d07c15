"""The day on which a web page was published: stated for machines, or shown above its article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from index.english.stamps import day_of, find_days
from index.notices import ends_sentence

# around the datetime of the <time> that stands before it in a line
MARK = re.compile("\ufdd0([^\ufdd1]*)\ufdd1")
_BESIDE = frozenset(("nav", "aside", "footer", "form", "figure"))
_NAMED_BESIDE = re.compile("comment|related|recommend|sidebar|popular|latest|teaser|promo")
_PUBLISHED = re.compile(
    r"publi(?:sh|cation)|pub_?-?date|issued|sailthru\.date|articledate|post(?:ed)?_?-?date"
    r"|dateposted"
)
_DATED = re.compile(r"date|created|\btime\b")
_CHANGED = re.compile(
    r"modif|updat|revis|expir|valid|embargo|event|start|end_|copyright|crawl|cach|publisher"
)
_PROPERTY = "//*[@itemprop='datePublished']"
_MARKED = """//time | //*[contains(@class, 'date') or contains(@class, 'publish')
    or contains(@class, 'timestamp')]"""
_TIME = re.compile(
    r"[T\s](\d\d):?\d\d(?::?\d\d(?:[.,]\d+)?)?\s*"
    r"(?P<zone>Z|UTC|GMT(?![+-])|(?:GMT|UTC)?[+-]\d\d:?\d\d)?"
)
_UNIVERSAL = re.compile(r"Z|UTC|(?:GMT|UTC)?(?:[+-]00:?00)?")
_IN_ADDRESS = re.compile(
    r"/((?:19|20)\d\d)([/-])(?:[A-Za-z]{4,}/)?(\d\d?|[a-z]{3})\2(\d\d?)(?=[/.-]|$)"
)
_FIRST_SHOWN = "1990"  # a year; older days above an article are of what it tells of
_SAYS_REVISED = re.compile(r"updat|modif|edited|revis|correct|changed|review", re.IGNORECASE)
_SAYS_PUBLISHED = re.compile(r"publi|posted|first|issued", re.IGNORECASE)
_LONGEST_LINE = 200  # characters of a line of the head that gives a day
_WORDS_BESIDE = 8  # in such a line; more make it one that tells of a day
_WORDS_IN_A_SENTENCE = 3


@dataclass(frozen=True)
class Day:
    """A day, where it was found, how it was written, and whether as "published" or "revised"."""

    day: str
    source: str
    text: str = ""
    says: str = ""


def page_published(
    root: Any, head: Sequence[str], meta: Mapping[str, str], described: str, url: str
) -> tuple[str, str]:
    """The day of publication and where it was found; two empty strings where the page gives none.

    Found in "json-ld", "meta", "byline", "time" or "address". `head` are the lines above the
    article, times marked by MARK, `described` what JSON-LD says. The day that the page shows is its
    day, though a stamp in universal time has the next or the last one; a day of change is none.
    """
    shown = list(shown_days(head))
    original = next((day for says in ("published", "") for day in shown if day.says == says), None)
    stamps = [("json-ld", described)]
    stamps += [("meta", text) for name, text in meta.items() if _is_of_publication(name)]
    stamps += [
        ("meta", element.get("datetime") or element.get("content") or "")
        for element in root.xpath(_PROPERTY)
        if not stands_beside(element)
    ]
    stated = [Day(day, source, text) for source, text in stamps if (day := stamp_day(text))]
    found = original or _in_address(url) or _dated(meta, shown) or _marked(root)
    if stated:
        first = _first(stated)
        found = original if original and _is_better(original, first, shown) else first
    return (found.day, found.source) if found else ("", "")


def _is_of_publication(name: str) -> bool:
    return bool(_PUBLISHED.search(name)) and not _CHANGED.search(name)


def stands_beside(element: Any) -> bool:
    """Whether the markup says that an element of the page is no part of its article."""
    for around in (element, *element.iterancestors()):
        if around.tag in _BESIDE:
            return True
        name = f"{around.get('class', '')} {around.get('id', '')}"
        if _NAMED_BESIDE.search(name) and around.find(".//h1") is None:
            return True
    return False


def shown_days(lines: Sequence[str]) -> Iterator[Day]:
    """The days of lines that hold little else; of "4 hours ago" the machine-readable one."""
    label = ""
    for line in lines:
        text = MARK.sub("", line)
        days = list(find_days(text)) if len(text) <= _LONGEST_LINE else []
        beside = len(text.split()) - sum(len(text[start:end].split()) for _, start, end in days)
        if beside > (_WORDS_IN_A_SENTENCE if ends_sentence(text) else _WORDS_BESIDE):
            label = ""
            continue
        ends = [0, *(end for *_, end in days[:-1])] if days else []
        said = [_says(text[at:start], label) for at, (_, start, _) in zip(ends, days, strict=True)]
        if len(days) == 1 and re.match(r"\W*(?:updated|modified)", text[days[0][2] :], re.I):
            said = ["revised"]
        is_range = len({day for day, _, _ in days}) > 1 and not any(said)
        for (day, start, end), says in zip(days, said, strict=True):
            if not is_range and day > _FIRST_SHOWN:
                yield Day(day, "byline", text[start:end], says)
        for stamp in MARK.findall(line) if not days else ():
            if day := stamp_day(stamp):
                yield Day(day, "time", stamp, _says(text, label))
        label = text if not days else ""


def stamp_day(text: str) -> str:
    """The day that a value for machines begins with, however it is written; "" for none.

    >>> stamp_day("20240305T080000Z"), stamp_day("Tue Mar 05 2024 15:21:41 GMT"), stamp_day("2024")
    ('2024-03-05', '2024-03-05', '')
    """
    day, start, _ = next(find_days(text), (day_of(text) or "", 0, 0))
    return "" if re.search(r"\w", text[:start]) else day


def _says(before: str, label: str) -> str:
    """What is said of a day before it, or in the line above: "published", "revised" or ""."""
    said = before if re.search(r"\w", before) else label
    if _SAYS_REVISED.search(said):
        return "revised"
    return "published" if _SAYS_PUBLISHED.search(said) else ""


def _first(stated: Sequence[Day]) -> Day:
    """The earliest, as later days are of changes; the outlet's own time before universal time."""
    first = min(stated, key=lambda one: one.day)
    near = (one for one in stated if first.day in _days_near(one.day, -24, 0))
    return next((one for one in near if _is_local(one.text)), first)


def _is_better(shown: Day, stated: Day, days: Sequence[Day]) -> bool:
    """Whether it is the stated day in the outlet's time, or the stated day is that of a change."""
    time = _TIME.search(stated.text)
    hour, ahead = int(time[1]) if time else 0, 13 if time and time["zone"] else 0
    # Outlets' zones are at most 12 hours behind universal time and 13 ahead of it.
    if not _is_local(stated.text) and shown.day in _days_near(stated.day, hour - 12, hour + ahead):
        return shown.day != stated.day
    is_changed = any(one.says == "revised" and one.day == stated.day for one in days)
    return is_changed and shown.says == "published" and shown.day < stated.day


def _days_near(day: str, *hours: int) -> set[str]:
    """The days so many hours from the beginning of a day."""
    began = datetime.fromisoformat(day)
    return {(began + timedelta(hours=hour)).date().isoformat() for hour in hours}


def _is_local(stamp: str) -> bool:
    """Whether a timestamp says that it is not in universal time."""
    time = _TIME.search(stamp)
    return bool(time and time["zone"] and not _UNIVERSAL.fullmatch(time["zone"]))


def _in_address(url: str) -> Day | None:
    match = _IN_ADDRESS.search(url)
    if match is None:
        return None
    year, month, number = match[1], match[3], match[4]
    day = stamp_day(f"{year}-{month}-{number}" if month.isdigit() else f"{number} {month} {year}")
    return Day(day, "address") if day else None


def _marked(root: Any) -> Day | None:
    """The one day that elements made for a date give, wherever they stand; of several days none."""
    texts = (
        f"{element.text_content()} \ufdd0{element.get('title', '')}\ufdd1"
        for element in root.xpath(_MARKED)
        if not stands_beside(element)
    )
    lines = [" ".join(text.split()) for text in texts]
    days = [day for line in lines for day in shown_days([line]) if day.says != "revised"]
    return days[0] if len({day.day for day in days}) == 1 else None


def _dated(meta: Mapping[str, str], shown: Sequence[Day]) -> Day | None:
    """What meta tags give as a date, unless it is that of a change by their or any other words."""
    days = {name: stamp_day(text) for name, text in meta.items()}
    changed = {one.day for one in shown} | {days[name] for name in meta if _CHANGED.search(name)}
    dated = (day for name, day in days.items() if _DATED.search(name) and day not in changed)
    return next((Day(day, "meta") for day in dated if day), None)
