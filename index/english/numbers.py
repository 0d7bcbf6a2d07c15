"""Numbers, amounts, units and days, read from text so that two wordings of the same figure compare equal."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.english.words import plain

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {
    **{name: value for value, name in enumerate([*_ONES, "seventeen", "eighteen", "nineteen"])},
    **{name: 10 * tens for tens, name in enumerate(_TENS, 2)},
    "dozen": 12,
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
ORDINALS = {
    **{name: value for value, name in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth".split(), 1)},
    **{f"{name[:-1]}ieth": 10 * tens for tens, name in enumerate(_TENS, 2)},
}  # fmt: skip
_NUMBER_WORDS = {word: str(value) for word, value in (SMALL | ORDINALS).items() if value > 1}
_BELOW_100 = rf"(?>(?:(?:{'|'.join(_TENS)})[ -](?:{'|'.join(_ONES[1:10])})|{'|'.join(SMALL)})\b)(?:[ -]dozen\b)?"
_BELOW_1000 = rf"(?:(?:{_BELOW_100}[ -])?hundred(?:(?: and |[ -]){_BELOW_100})?|{_BELOW_100})"
_LARGE = rf"(?:{_BELOW_1000}[ -])?(?:{'|'.join(list(_SCALES)[1:])})"
_NUMBER = re.compile(
    r"(?P<money>(?:US|AU?|C|HK|NZ)?\$|€|£|¥|₹)?\s?"
    r"(?:(?<![\w.,])(?<!\d-)|(?<=[$€£¥₹–-])|(?<=\d[–-]))(?P<digits>\d+(?:,\d+)*(?:\.\d+)?)"
    rf"(?:(?P<ordinal>st|nd|rd|th)\b|(?P<decade>'?s)\b|[\s-]?(?P<scale>{'|'.join(_SCALES)})s?\b"
    r"|\s?(?P<short>k|mn?|bn|b|tn)\b(?![ -]?(?:metre|meter)))?"
    rf"|\b(?:(?P<tens>{'|'.join(_TENS)})-)?(?P<nth>{'|'.join(ORDINALS)})\b(?! of all)"
    rf"|\b(?P<words>{_LARGE}(?:[ -]{_LARGE})*(?:(?: and |[ -]){_BELOW_1000})?|{_BELOW_1000})\b"
    rf"(?![ -](?:{'|'.join(_SCALES)})\b)",  # "between one hundred and two hundred" is two numbers
    re.IGNORECASE,
)
_UNITS = {
    "%": r"%|per ?cent\b|pc\b", "pp": r"(?:percentage|basis) points?\b",
    "$": r"(?:US |U\.S\. |American )?dollars?\b|USD\b|bucks\b", "€": r"euros?\b|EUR\b",
    "£": r"pounds?\b(?! of)|GBP\b", "¥": r"yen\b|yuan\b|renminbi\b", "₹": r"rupees?\b", "riyal": r"ri[yv]?als?\b",
    "rouble": r"rou?bles?\b", "krona": r"kron[ae]r?\b", "km": r"km\b|kilomet(?:re|er)s?\b", "mile": r"miles?\b|mi\b",
    "m": r"met(?:re|er)s?\b|m\b", "cm": r"cm\b|centimet(?:re|er)s?\b", "mm": r"mm\b|millimet(?:re|er)s?\b",
    "foot": r"feet\b|foot\b|ft\b", "inch": r"inch(?:es)?\b", "kg": r"kg\b|kilo(?:gram(?:me)?)?s?\b",
    "g": r"grams?\b|grammes?\b|g\b", "tonne": r"(?:metric )?ton(?:ne)?s?\b", "ounce": r"ounces?\b|oz\b",
    "litre": r"lit(?:re|er)s?\b", "hectare": r"hectares?\b|ha\b",
    "km2": r"(?:square|sq\.?) (?:km|kilomet(?:re|er)s?)\b|km²", "mile2": r"(?:square|sq\.?) miles?\b",
    "m2": r"(?:square|sq\.?) met(?:re|er)s?\b", "foot2": r"(?:square|sq\.?) (?:feet|foot|ft)\b",
    "m3": r"cubic met(?:re|er)s?\b", "mw": r"megawatts?\b|MW\b", "gw": r"gigawatts?\b|GW\b",
    "kw": r"kilowatts?\b|kW\b", "mwh": r"megawatt[ -]hours?\b|MWh\b", "kwh": r"kilowatt[ -]hours?\b|kWh\b",
    "celsius": r"(?:degrees?|°) ?C(?:elsius)?\b", "fahrenheit": r"(?:degrees?|°) ?F(?:ahrenheit)?\b",
    "kmh": r"km/h\b|kph\b|kmh\b", "mph": r"mph\b", "year": r"years?\b|year[ -]olds?\b",
    "century": r"centur(?:y|ies)\b", "gb": r"gigabytes?\b|GB\b", "mb": r"megabytes?\b|MB\b",
    "tb": r"terabytes?\b|TB\b", "time": r"times\b|fold\b",
    **{name: rf"{name}s?\b" for name in (
        "lira dinar franc peso cent crown mark shekel dirham yard lb gallon barrel acre knot second minute "
        "hour day week month decade"
    ).split()},
}  # fmt: skip
_UNIT = re.compile(
    r"[ -]*(?:(?:more|fewer|less|extra|additional) )?(?:"
    + "|".join(f"(?P<u{number}>{form})" for number, form in enumerate(_UNITS.values()))
    + ")"
)
_RATE = re.compile(
    r"[\w ]{0,25}?\b(?:per|an?|each|every) (second|minute|hour|day|week|month|year|night|person|head)\b|/(h|s|day)\b"
)
_ABOUT = re.compile(
    r"\b(?:about|around|approximately|roughly|some|nearly|almost|close to|an estimated|up to|circa|c\.)\s*$", re.I
)
_ABOVE = re.compile(r"\b(?:more than|over|at least|upwards? of|above|exceeding|in excess of)\s*$", re.I)
_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_MONTH_NUMBER = {name[:3]: number for name, number in _MONTHS.items()}
MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_WEEKDAYS = {name: number for number, name in enumerate(calendar.day_name)}
_YEAR = r"(?:1[0-9]|20)\d\d"
_DAY_FORMS = (
    re.compile(r"\b(?P<y>\d{4})-(?P<n>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{MONTH})(?:,? (?P<y>{_YEAR})\b)?"),
    re.compile(rf"\b(?P<m>{MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?![,.]\d|:\d)(?:,? (?P<y>{_YEAR})\b)?"),
    re.compile(rf"\b(?P<m>{MONTH}),?(?: of)? (?P<y>{_YEAR})\b"),
    re.compile(rf"\b(?P<m>{MONTH.replace('|May|', '|').replace('|March|', '|')})(?!\w)"),
    re.compile(r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|of|[Ll]ast|[Nn]ext|[Tt]his|early|late|mid|and|from|to)"
               r"[ -](?P<m>May|March)\b"),
    re.compile(rf"\b(?:(?P<w2>[Ll]ast|[Nn]ext) )?(?P<w>{'|'.join(_WEEKDAYS)})\b"),
    re.compile(r"\b(?P<r>[Yy]esterday|[Tt]oday|[Tt]onight|[Tt]omorrow|(?:[Ll]ast|[Tt]his|[Nn]ext) (?:month|year)"
               r"|[Ee]arlier this (?:month|year)|(?:a|one) (?:month|year) ago|(?:a|the) year earlier"
               r"|(?:[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|\d+) years ago)\b"),
    re.compile(rf"(?<![\w,.$€£¥₹])(?P<y>{_YEAR})\b(?![,.]\d|%| (?:{'|'.join(_SCALES)}|percent|per cent)\b|['’]?s\b)"),
)  # fmt: skip
_RANGE_END = re.compile(rf"\b({_YEAR})[–-](\d\d)\b(?![–-]?\d)")


@dataclass(frozen=True)
class Figure:
    """A number at text[start:end] with its scale applied; `unit` and `rate` ("per day") are "" when not told.

    `slack` says how far off a source may be: 0 exactly this; below 0 about this; above 0 more than this.
    """

    start: int
    end: int
    value: float
    unit: str
    rate: str
    slack: float
    is_ordinal: bool

    def fits(self, other: Figure) -> bool:
        """Whether a source that says `other` bears this number out, whatever the unit."""
        if self.value == other.value:
            return True
        if self.slack < 0:
            return abs(self.value - other.value) <= 0.06 * abs(other.value)
        return self.slack > 0 and self.value < other.value <= 1.2 * self.value

    def unit_differs(self, other: Figure) -> bool:
        """Whether both say a unit (or a rate) and not the same."""
        units = bool(self.unit and other.unit and self.unit != other.unit)
        return units or bool(self.rate and other.rate and self.rate != other.rate)


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


def read_figures(text: str, days: Sequence[Day] = ()) -> tuple[Figure, ...]:
    """The numbers of a text outside `days`, in order.

    >>> [(figure.value, figure.unit) for figure in read_figures("Two men paid $1.5m for 40 kilometres of pipe.")]
    [(2.0, ''), (1500000.0, '$'), (40.0, 'km')]
    """
    taken = {place for day in days for place in range(day.start, day.end)}
    return tuple(
        figure for match in _NUMBER.finditer(text) if match.end() - 1 not in taken and (figure := _figure(match, text))
    )


def numbers_in(text: str) -> tuple[str, ...]:
    """The numbers of a text in digits, each once, ordinals among them; "one" and "first" say too little to count.

    >>> numbers_in("The fifth of 1,200 ships took 2.5 days, the sixth two")
    ('5', '1200', '2.5', '6', '2')
    """
    words = re.findall(r"\d[\d,.]*\d|\d|[a-z]+", plain(text).lower())
    numbers = (word.replace(",", "") if word[0].isdigit() else _NUMBER_WORDS.get(word, "") for word in words)
    return tuple(dict.fromkeys(number for number in numbers if number))


def unit_of(text: str) -> str:
    """The unit that a text begins with, as a Figure holds it; "" if it begins with none."""
    found = _UNIT.match(text)
    return list(_UNITS)[int(found.lastgroup[1:])] if found and found.lastgroup else ""


def _figure(match: re.Match[str], text: str) -> Figure | None:
    value = _value(match)
    if value is None:
        return None
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    before, after = text[max(0, start - 24) : start], text[match.end() : match.end() + 60]
    found = _UNIT.match(after)
    unit = (match["money"] or "").removeprefix("US") or unit_of(after)
    if match["decade"]:
        unit = "s"
    rate = _RATE.match(after[found.end() :] if found else after)
    slack = -1.0 if _ABOUT.search(before) else 1.0 if _ABOVE.search(before) else 0.0
    is_ordinal = bool(match["ordinal"] or match["nth"])
    return Figure(start, match.end(), value, unit, (rate[1] or rate[2]) if rate else "", slack, is_ordinal)


def _value(match: re.Match[str]) -> float | None:
    if match["nth"]:
        return float(SMALL.get((match["tens"] or "").lower(), 0) + ORDINALS[match["nth"].lower()])
    if match["digits"]:
        scale = _SCALES.get((match["scale"] or "").lower(), 1) * _SHORT_SCALES.get((match["short"] or "").lower(), 1)
        return round(float(match["digits"].replace(",", "")) * scale, 4)
    total = current = 0.0
    words = re.split(r"[ -]", match["words"].lower())
    for word in words:
        if word in SMALL:
            current = current * 12 if word == "dozen" and current else current + SMALL[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word != "and":
            total, current = total + max(current, 1) * _SCALES[word], 0
    return total + current if any(word in SMALL for word in words) else None


def _days(match: re.Match[str], today: date | None, text: str) -> Iterator[Day]:
    parts = match.groupdict()
    start, end = match.span()
    if parts.get("w"):
        yield from _weekday(Day(start, end, None, None, None, _WEEKDAYS[parts["w"]]), parts.get("w2"), today)
    elif parts.get("r"):
        yield from _relative(start, end, parts["r"].lower(), today)
    else:
        month = _MONTH_NUMBER[parts["m"][:3]] if parts.get("m") else int(parts["n"]) if parts.get("n") else None
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
    count = re.match(rf"(\d+|{'|'.join(_ONES)})\b", words)
    amount = int(count[1]) if count and count[1].isdigit() else _ONES.index(count[1]) if count else 1
    sign = -amount if "ago" in words or "earlier" in words.split()[-1] or "last" in words else "next" in words
    if "month" in words:
        months = 12 * today.year + today.month - 1 + sign
        yield Day(start, end, months // 12, months % 12 + 1, None)
    else:
        yield Day(start, end, today.year + sign, None, None)
