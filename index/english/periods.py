"""The days that a question names, or means as seen from a day: "in May 2019", "since 2020", "last week"."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from index.english.dates import MONTHS, read_days, with_large_months, written_day
from index.english.numbers import SMALL

FIRST_DAY, LAST_DAY = date.min.isoformat(), date.max.isoformat()  # of a range with an open end
_EARLIEST = 1950  # year that stands alone, and is not a number of something
_MONTH = "|".join(MONTHS)
DATE = rf"(?:(?:\d{{1,2}} )?(?:{_MONTH})(?: \d{{1,2}}\b)?,?(?: (?:19|20)\d\d)?|(?:19|20)\d\d)\b"
_BOUND = re.compile(r"\b(?P<word>before|until|after|since)(?: the (?:end|start|beginning) of)? $", re.IGNORECASE)
_FROM = re.compile(r"\b(?:between|from) $", re.IGNORECASE)
_TO = re.compile(r" *(?:and|to|until|till|through|[–—-]) *", re.IGNORECASE)
_AGO = re.compile(
    r"\b(?P<the>the )?(?:this )?(?P<which>this|last|past|previous) (?:(?P<count>\d{1,2}|[a-z]+) )?"
    rf"(?-i:(?P<unit>day|week|month|year)s?)\b(?!['’]| (?:of|before)\b| in (?:{_MONTH}|\d))"
    r"|\b(?P<near>(?-i:today|yesterday))\b(?!['’])",
    re.IGNORECASE,
)
# "Compared to last year", "later this year", "after this week" are no limits.
_BESIDE = re.compile(r"\b(?:compared (?:to|with)|than|from|later) (?:the )?$", re.IGNORECASE)
_BEYOND = re.compile(r"\b(?:after|before|until) $", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:(?P<now>is|are|has|have|does|do|leads|heads|runs|commands|chairs|governs)|was|were|did|had|will)\b",
    re.IGNORECASE,
)
_LENGTHS = {"day": 1, "week": 7, "month": 31, "year": 366}


@dataclass(frozen=True)
class Days:
    """A range of ISO days, both ends included; "since 2019" ends on LAST_DAY, "before 2019" begins on FIRST_DAY."""

    first: str
    last: str

    def holds(self, day: str | None, *, days_after: int = 0) -> bool:
        """Whether an ISO day lies in the range, or at most `days_after` behind it."""
        if day is None:
            return False
        return self.first <= day <= shifted(self.last, 0 if self.is_open else days_after)

    @property
    def months(self) -> tuple[str, ...]:
        """The names of its months; of a year or more none, for all would fit."""
        first, last = (12 * int(day[:4]) + int(day[5:7]) - 1 for day in (self.first, self.last))
        return tuple(MONTHS[number % 12] for number in range(first, last + 1)[:12]
                     if last - first < 11)  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.first == FIRST_DAY or self.last == LAST_DAY

    def __str__(self) -> str:
        if self.first == FIRST_DAY:
            return f"the time up to {written_day(self.last)}"
        if self.last == LAST_DAY:
            return f"the time since {written_day(self.first)}"
        if self.first == self.last:
            return written_day(self.first)
        if self == _whole(int(self.first[:4]), None):
            return self.first[:4]
        if self == _whole(int(self.first[:4]), int(self.first[5:7])):
            return written_day(self.first).partition(" ")[2]
        return f"the time from {written_day(self.first)} to {written_day(self.last)}"


def shifted(day: str, days: int) -> str:
    """The ISO day so many days later, or the first or last there is."""
    try:
        return (date.fromisoformat(day) + timedelta(days)).isoformat()
    except OverflowError:
        return LAST_DAY if days > 0 else FIRST_DAY


def take_days(text: str) -> tuple[tuple[Days, ...], str]:
    """The ranges of days a question names, and the question without those words.

    >>> take_days("Who won between May 2019 and June 2019?")[0]
    (Days(first='2019-05-01', last='2019-06-30'),)
    """
    found: list[tuple[int, int, Days]] = []
    rest = text
    for day in read_days(with_large_months(text)):
        is_known = day.month is not None or (day.year or 0) >= _EARLIEST
        if day.year is not None and is_known and _is_day(day.year, day.month, day.day):
            days = _whole(day.year, day.month, day.day)
            found.append((day.start, day.end, _bounded(days, _BOUND.search(text[: day.start]))))
            rest = _blanked(rest, day.start, day.end)
    for number, (one, other) in enumerate(zip(found, found[1:], strict=False)):
        if _FROM.search(text[: one[0]]) and _TO.fullmatch(text[one[1] : other[0]]):
            found[number : number + 2] = [(one[0], other[1], Days(one[2].first, max(one[2].last, other[2].last)))]
            break
    return tuple(dict.fromkeys(days for _, _, days in found)), rest


def take_relative(text: str, as_of: str) -> tuple[tuple[Days, ...], str]:
    """The ranges that a question names as seen from an ISO day, and the question without those words.

    What is asked of the present ("Who is mayor today?", "this year") holds no range: it may have been told before.
    """
    ranges = []
    verb = _VERB.search(text)
    for match in list(_AGO.finditer(text)):
        before, which = text[: match.start()], (match["which"] or "").lower()
        is_now = (match["near"] or f"{which} {match['unit']}") in ("today", "this month", "this year")
        is_no_limit = _BESIDE.search(before) or (which == "this" and _BEYOND.search(before))
        if is_no_limit or (is_now and not match["count"] and verb and verb["now"]):
            continue
        if days := _ago(match, date.fromisoformat(as_of)):
            ranges.append(_bounded(days, _BOUND.search(before)))
            text = _blanked(text, *match.span())
    return tuple(dict.fromkeys(ranges)), text


def _blanked(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _whole(year: int, month: int | None, day: int | None = None) -> Days:
    """A day, or all days of a month or year."""
    if month is None:
        return Days(f"{year:04}-01-01", f"{year:04}-12-31")
    last = day or calendar.monthrange(year, month)[1]
    return Days(f"{year:04}-{month:02}-{day or 1:02}", f"{year:04}-{month:02}-{last:02}")


def _ago(match: re.Match[str], today: date) -> Days | None:
    """What "this week" (seven days), "last month" (the one before), "the past two years" (up to today) are."""
    which, unit, count, until = *((match[name] or "").lower() for name in ("which", "unit", "count")), today.isoformat()
    if match["near"]:
        day = shifted(until, -(match["near"] == "yesterday"))
        return Days(day, day)
    number = int(count) if count.isdigit() else (SMALL.get(count, 0) if count != "one" else 0)
    if (count or unit == "day") and not number:  # "this election year", "the last day"
        return None
    if number or match["the"] or which == "past" or (which, unit) == ("this", "week"):
        return Days(shifted(until, -((number or 1) * _LENGTHS[unit] - (which == "this"))), until)
    if unit == "week":
        monday = -(today.weekday() + 7)
        return Days(shifted(until, monday), shifted(until, monday + 6))
    if which == "this":
        return Days(_whole(today.year, today.month if unit == "month" else None).first, until)
    if unit == "month":
        before = date.fromisoformat(shifted(today.replace(day=1).isoformat(), -1))
        return _whole(before.year, before.month)
    return _whole(max(today.year - 1, 1), None)


def _bounded(days: Days, bound: re.Match[str] | None) -> Days:
    match bound["word"].lower() if bound else "":
        case "before":
            return Days(FIRST_DAY, shifted(days.first, -1))
        case "until":
            return Days(FIRST_DAY, days.last)
        case "after":
            return Days(shifted(days.last, 1), LAST_DAY)
        case "since":
            return Days(days.first, LAST_DAY)
    return days


def _is_day(year: int, month: int | None, day: int | None) -> bool:
    try:
        return bool(date(year, month or 1, day or 1))
    except ValueError:
        return False


def without_date(question: str) -> str:
    """A question without the day, month or year that it names, and without its end.

    >>> without_date("Who led the fleet in May 1915?")
    'Who led the fleet'
    """
    return re.sub(rf"\s*\b(?:(?:in|on|during|since|of|before|after|until)\s+)?{DATE}", "", question).rstrip(" ?.")


def without_last_date(question: str) -> str | None:
    """A question without the one day, month or year that ends it; None for any other.

    >>> without_last_date("Who led the fleet in May 1915?"), without_last_date("Who led it in early 1915?")
    ('Who led the fleet', None)
    """
    found = re.fullmatch(rf"(?P<rest>.+?) (?:in|on|during) {DATE}\W*", question)
    return found["rest"] if found and not re.search(DATE, found["rest"]) else None
