"""Days as datelines, records and stamps state them: strict forms with a year only, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from index.english.dates import MONTH, WEEKDAY, month_number
from index.english.words import plain

_DAY = re.compile(
    rf"(?:\b{WEEKDAY}\.?,?\s+)?"
    r"(?:\bthe\s+)?(?<![\w/.-])(?:"
    r"(?P<iso>[12][0-9]{3}(?P<mark>[-/.])[0-9]{1,2}(?P=mark)[0-9]{1,2})"
    r"|(?P<compact>(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?=T[0-9]|\b))"
    r"|(?P<east>[12][0-9]{3}\s?[年년]\s?[0-9]{1,2}\s?[月월]\s?[0-9]{1,2}\s?[日일号])"
    r"|(?P<slashed>[0-9]{1,2}(?P<slash>[-/.])[0-9]{1,2}(?P=slash)[12][0-9]{3})"
    r"|(?P<short>[0-9]{1,2}(?P<slash2>[/.])[0-9]{1,2}(?P=slash2)[0-9]{2})"
    rf"|(?P<month1>{MONTH}\.?)[\s/.-]*(?:the\s+)?(?P<day1>[0-9]{{1,2}})(?:st|nd|rd|th)?,?"
    r"(?:\s+[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\s+(?:[+-][0-9]{4}|[A-Z]{3}))?)?[\s/-]+(?P<year1>[12][0-9]{3})"
    rf"|(?P<day2>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?(?:\s+day)?[\s/-]*(?:of\s+)?(?P<month2>{MONTH}\.?)"
    r",?[\s/-]*(?:in\s+)?(?P<year2>[12][0-9]{3})"
    rf"|(?P<year3>[12][0-9]{{3}}),?[\s/-]+(?P<month3>{MONTH}\.?)[\s/-]+(?P<day3>[0-9]{{1,2}})"
    r")(?![0-9/]|[.-][0-9])",
    re.IGNORECASE,
)
_SECONDS = (1e8, 5e9)  # since 1970, from 1973 to 2128
_TIME = re.compile(
    r"T[0-9]{4,6}(?:\.[0-9]+)?Z?|[T,\s]*(?:at\s+|[-–|•·/]\s*)?(?<![0-9])[0-9]{1,2}(?:[:.][0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\s*(?:[ap]\.?m\b\.?)?"
    r"|\s*[ap]\.?m\b\.?)(?:\s*\(?(?:GMT|UTC|CET|EET|MSK|TRT|[A-Z]{0,2}[SD]T|[ECMP]T|Z)\)?(?![A-Za-z]))?"
    r"(?:\s*[+-]\s*[0-9]{1,2}:?(?:[0-9]{2})?)?(?:\s*\([A-Z][A-Za-z ]+ Time\))?",
    re.IGNORECASE,
)


def parse_day(text: str) -> str | None:
    """The ISO day that `text` states and nothing else, with or without weekday and time of day.

    A timestamp keeps the day it was written with. Impossible and ambiguous days (03/04/2023) are None.

    >>> parse_day("Aug. 17, 2023 10:30 am"), parse_day("03/04/2023")
    ('2023-08-17', None)
    """
    text = plain(text).strip()
    day, start, end = next(find_days(text), ("", 0, 0))
    is_whole = end == len(text) and (start == 0 or _TIME.fullmatch(text[:start].rstrip(" ,")))
    return day if day and is_whole else None


def day_of(value: object) -> str | None:
    """The ISO day of a record's value: text that states one, or seconds or milliseconds since 1970 (in UTC).

    >>> day_of(1709625600), day_of("1709625600000"), day_of(20240305), day_of(7)
    ('2024-03-05', '2024-03-05', '2024-03-05', None)
    """
    text = value.strip() if isinstance(value, str) else repr(value)
    if not re.fullmatch(r"[0-9]{9,19}(?:\.[0-9]+)?", text):
        return parse_day(text)
    seconds = next((count for unit in (1, 1e3, 1e6, 1e9) for count in [float(text) / unit] if count < _SECONDS[1]), 0.0)
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds > _SECONDS[0] else None


def find_days(text: str) -> Iterator[tuple[str, int, int]]:
    """Every whole day (with a year) that `text` names, in order: ISO day, start and end of it and its time of day."""
    for match in _DAY.finditer(text):
        try:
            day = date(*_parts(match)).isoformat()
        except ValueError:
            continue
        time = _TIME.match(text, match.end())
        yield day, match.start(), time.end() if time else match.end()


def _parts(match: re.Match[str]) -> tuple[int, int, int]:
    """Year, month and day; a month that cannot be known is 0, which no calendar has."""
    if whole := match["compact"]:
        return int(whole[:4]), int(whole[4:6]), int(whole[6:])
    if written := match["iso"] or match["east"]:
        year, month, day = map(int, re.findall("[0-9]+", written))
        return year, month, day
    if written := match["slashed"] or match["short"]:
        first, second, year = map(int, re.findall("[0-9]+", written))
        if match["short"]:
            year += 1900 if year > 50 else 2000
            second = 0 if match["slash2"] == "." and second > 12 else second  # 1.25.10 is a version
        if first == second or second > 12:
            return year, first, second
        return year, second if first > 12 else 0, first
    name, number, year_name = (
        next(match[part + way] for way in "123" if match[part + way]) for part in ("month", "day", "year")
    )
    return int(year_name), month_number(name), int(number)
