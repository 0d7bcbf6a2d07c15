"""Days in English news: strict forms only, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = re.compile(
    r"(?:\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s+)?"
    r"(?<![\w/.-])(?:"
    r"(?P<iso>[12][0-9]{3}(?P<mark>[-/])[0-9]{1,2}(?P=mark)[0-9]{1,2})"
    r"|(?P<slashed>[0-9]{1,2}/[0-9]{1,2}/[12][0-9]{3})"
    rf"|(?P<month1>{_MONTH})\s*(?P<day1>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year1>[12][0-9]{{3}})"
    rf"|(?P<day2>[0-9]{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<month2>{_MONTH}),?[\s-]+(?P<year2>[12][0-9]{{3}})"
    r")(?![0-9/])",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[T,\s]*(?:at\s+|[-–|•·]\s*)?(?<![0-9])[0-9]{1,2}(?:[:.][0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\s*(?:[ap]\.?m\b\.?)?"
    r"|\s*[ap]\.?m\b\.?)(?:\s*\(?(?:GMT|UTC|CET|EET|MSK|TRT|[A-Z]{0,2}[SD]T|[ECMP]T|Z)\)?(?![A-Za-z]))?"
    r"(?:\s*[+-]\s*[0-9]{1,2}:?(?:[0-9]{2})?)?",
    re.IGNORECASE,
)


def parse_day(text: str) -> str | None:
    """The ISO day that `text` states and nothing else, with or without weekday and time of day.

    A timestamp keeps the day it was written with. Impossible and ambiguous days (03/04/2023) are None.

    >>> parse_day("Aug. 17, 2023 10:30 am"), parse_day("03/04/2023")
    ('2023-08-17', None)
    """
    text = text.strip()
    day, start, end = next(find_days(text), ("", 0, 0))
    return day if day and (start, end) == (0, len(text)) else None


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
    if match["iso"]:
        year, month, day = map(int, match["iso"].split(match["mark"]))
        return year, month, day
    if match["slashed"]:
        first, second, year = map(int, match["slashed"].split("/"))
        if first == second or second > 12:
            return year, first, second
        return year, second if first > 12 else 0, first
    name, number, year_name = (match[part + "1"] or match[part + "2"] for part in ("month", "day", "year"))
    return int(year_name), _MONTHS.index(name[:3].lower()) + 1, int(number)
