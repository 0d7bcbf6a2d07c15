"""Days, months and years that a text tells, and how a day is written; months and weekdays have their names here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.english.words import ONES, SCALES

MONTHS = tuple("January February March April May June July August September October November December".split())
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
CALENDAR = (*MONTHS, *WEEKDAYS)
ABBREVIATED = "|".join(name[:3] for name in MONTHS).replace("Sep", "Sept?")
MONTH = rf"(?:{'|'.join(MONTHS)}|(?:{ABBREVIATED})(?![a-z])\.?)"
WEEKDAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_YEAR = r"(?:1[0-9]|20)\d\d"
_DAY_FORMS = (
    re.compile(r"\b(?P<y>\d{4})-(?P<n>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{MONTH})(?:,? (?P<y>{_YEAR})\b)?"),
    re.compile(rf"\b(?P<m>{MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?![,.]\d|:\d)(?:,? (?P<y>{_YEAR})\b)?"),
    re.compile(rf"\b(?P<m>{MONTH}),?(?: of)? (?P<y>{_YEAR})\b"),
    re.compile(rf"\b(?!(?:May|March)\b)(?P<m>{MONTH})(?!\w)"),
    re.compile(r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|of|[Ll]ast|[Nn]ext|[Tt]his|early|late|mid|and|from|to)"
               r"[ -](?P<m>May|March)\b"),
    re.compile(rf"\b(?:(?P<w2>[Ll]ast|[Nn]ext) )?(?P<w>{'|'.join(WEEKDAYS)})\b"),
    re.compile(r"\b(?P<r>[Yy]esterday|[Tt]oday|[Tt]onight|[Tt]omorrow|(?:[Ll]ast|[Tt]his|[Nn]ext) (?:month|year)"
               r"|[Ee]arlier this (?:month|year)|(?:a|one) (?:month|year) ago|(?:a|the) year earlier"
               r"|(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|\d+) years ago)\b"),
    re.compile(rf"(?<![\w,.$€£¥₹])(?P<y>{_YEAR})\b(?![,.]\d|%| (?:{'|'.join(SCALES)}|percent|per cent)\b|['’]?s\b)"),
)  # fmt: skip
_RANGE_END = re.compile(rf"\b({_YEAR})[–-](\d\d)\b(?![–-]?\d)")


@dataclass(frozen=True)
class Day:
    """A day, month or year named at text[start:end]: the parts that are told, None where they are not.

    `weekday` (0 Monday) stays when no publication date resolves it.
    """

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    weekday: int | None = None

    def agrees(self, other: Day) -> bool:
        """Whether no part that both tell differs and they share one."""
        pairs = [(self.year, other.year), (self.month, other.month), (self.day, other.day)]
        told = [ours == theirs for ours, theirs in pairs if ours is not None and theirs is not None]
        weekdays = [found for day in (self, other) if (found := day.falls_on()) is not None]
        if len(weekdays) == 2 and (self.weekday is not None or other.weekday is not None):
            told.append(weekdays[0] == weekdays[1])
        return bool(told) and all(told)

    def is_told(self, others: Sequence[Day], years: Collection[float], published: str | None) -> bool:
        """Whether a source of these days and years, published then, tells this day: at once, or month and year apart.

        A month without a year is that of an article published within half a year of it.
        """
        fitting = [other for other in others if other.agrees(self) and (self.day is None or other.day is not None)]
        if self.month is None or self.year is None:
            return self.year in years if self.month is None and self.year is not None else bool(fitting)
        if any(other.year is not None and other.month is not None for other in fitting):
            return True
        loose = [other for other in fitting if other.year is None]
        if published is not None:
            away = 12 * (self.year - int(published[:4])) + self.month - int(published[5:7])
            return bool(loose) and abs(away) <= 6
        return bool(loose) and self.year in years

    def falls_on(self) -> int | None:
        if self.weekday is not None or None in (self.year, self.month, self.day):
            return self.weekday
        try:
            return date(self.year or 1, self.month or 1, self.day or 1).weekday()
        except ValueError:
            return None


def read_days(text: str, published: str | None = None) -> tuple[Day, ...]:
    """The days that a text names, in order; relative ones are resolved when `published` (an ISO day) is known."""
    found: list[Day] = []
    taken = [False] * (len(text) + 1)
    today = date.fromisoformat(published[:10]) if published else None
    for form in _DAY_FORMS:
        for match in form.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.extend(_days(match, today, text))
    found += [Day(match.start(2), match.end(2), int(match[1][:2] + match[2]), None, None)
              for match in _RANGE_END.finditer(text) if int(match[1][2:]) < int(match[2])]  # fmt: skip
    return tuple(sorted(found, key=lambda day: day.start))


def with_large_months(text: str) -> str:
    """`text` with its months as they are read: "may 2019" is "May 2019"."""
    return re.sub(rf"\b(?:{'|'.join(MONTHS)})\b", lambda month: month[0].capitalize(), text, flags=re.IGNORECASE)


def month_number(name: str) -> int:
    """1 for "January", "jan" and so on."""
    return [month[:3] for month in MONTHS].index(name[:3].capitalize()) + 1


def written_day(day: str | None) -> str:
    """An ISO day in words ("2023-08-17" is "17 August 2023"); None is "undated"."""
    if day is None:
        return "undated"
    known = date.fromisoformat(day)
    return f"{known.day} {MONTHS[known.month - 1]} {known.year}"


def _days(match: re.Match[str], today: date | None, text: str) -> Iterator[Day]:
    parts = match.groupdict()
    start, end = match.span()
    if parts.get("w"):
        yield from _weekday(Day(start, end, None, None, None, WEEKDAYS.index(parts["w"])), parts.get("w2"), today)
    elif parts.get("r"):
        yield from _relative(start, end, parts["r"].lower(), today)
    else:
        month = month_number(parts["m"]) if parts.get("m") else int(parts["n"]) if parts.get("n") else None
        year = int(parts["y"]) if parts.get("y") else None
        day = int(parts["d"]) if parts.get("d") else None
        yield Day(start, end, year, month, day)


def _weekday(day: Day, which: str | None, today: date | None) -> Iterator[Day]:
    """The days that "Tuesday" may mean in an article of `today`: the last one or, said of the future, the next."""
    if today is None:
        yield day
        return
    back = (today.weekday() - (day.weekday or 0)) % 7
    for offset in {"last": (-back, -back - 7), "next": (7 - back, 14 - back)}.get(
        (which or "").lower(), (-back, 7 - back)
    ):
        meant = today + timedelta(offset)
        yield Day(day.start, day.end, meant.year, meant.month, meant.day, day.weekday)


def _relative(start: int, end: int, words: str, today: date | None) -> Iterator[Day]:
    if today is None:
        return
    near = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
    if words in near:
        meant = today + timedelta(near[words])
        yield Day(start, end, meant.year, meant.month, meant.day)
        return
    count = re.match(rf"(\d+|{'|'.join(ONES)})\b", words)
    amount = int(count[1]) if count and count[1].isdigit() else ONES.index(count[1]) if count else 1
    sign = -amount if "ago" in words or "earlier" in words.split()[-1] or "last" in words else "next" in words
    if "month" in words:
        months = 12 * today.year + today.month - 1 + sign
        yield Day(start, end, months // 12, months % 12 + 1, None)
    else:
        yield Day(start, end, today.year + sign, None, None)
