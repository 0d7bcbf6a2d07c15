"""Numbers, amounts and units, read from text so that two wordings of the same figure compare equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.english.dates import Day
from index.english.words import ONES, SCALES, plain

_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {
    **{name: value for value, name in enumerate([*ONES, "seventeen", "eighteen", "nineteen"])},
    **{name: 10 * tens for tens, name in enumerate(_TENS, 2)},
    "dozen": 12,
}
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
ORDINALS = {
    **{name: value for value, name in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth".split(), 1)},
    **{f"{name[:-1]}ieth": 10 * tens for tens, name in enumerate(_TENS, 2)},
}  # fmt: skip
_NUMBER_WORDS = {word: str(value) for word, value in (SMALL | ORDINALS).items() if value > 1}
_BELOW_100 = rf"(?>(?:(?:{'|'.join(_TENS)})[ -](?:{'|'.join(ONES[1:10])})|{'|'.join(SMALL)})\b)(?:[ -]dozen\b)?"
_BELOW_1000 = rf"(?:(?:{_BELOW_100}[ -])?hundred(?:(?: and |[ -]){_BELOW_100})?|{_BELOW_100})"
_LARGE = rf"(?:{_BELOW_1000}[ -])?(?:{'|'.join(list(SCALES)[1:])})"
_NUMBER = re.compile(
    r"(?P<money>(?:US|AU?|C|HK|NZ)?\$|€|£|¥|₹)?\s?"
    r"(?:(?<![\w.,])(?<!\d-)|(?<=[$€£¥₹–-])|(?<=\d[–-]))(?P<digits>\d+(?:,\d+)*(?:\.\d+)?)"
    rf"(?:(?P<ordinal>st|nd|rd|th)\b|(?P<decade>'?s)\b|[\s-]?(?P<scale>{'|'.join(SCALES)})s?\b"
    r"|\s?(?P<short>k|mn?|bn|b|tn)\b(?![ -]?(?:metre|meter)))?"
    rf"|\b(?:(?P<tens>{'|'.join(_TENS)})-)?(?P<nth>{'|'.join(ORDINALS)})\b(?! of all)"
    rf"|\b(?P<words>{_LARGE}(?:[ -]{_LARGE})*(?:(?: and |[ -]){_BELOW_1000})?|{_BELOW_1000})\b"
    rf"(?![ -](?:{'|'.join(SCALES)})\b)",  # "between one hundred and two hundred" is two numbers
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
    unit = "s" if match["decade"] else (match["money"] or "").removeprefix("US") or unit_of(after)
    rate = _RATE.match(after[found.end() :] if found else after)
    slack = -1.0 if _ABOUT.search(before) else 1.0 if _ABOVE.search(before) else 0.0
    is_ordinal = bool(match["ordinal"] or match["nth"])
    return Figure(start, match.end(), value, unit, (rate[1] or rate[2]) if rate else "", slack, is_ordinal)


def _value(match: re.Match[str]) -> float | None:
    if match["nth"]:
        return float(SMALL.get((match["tens"] or "").lower(), 0) + ORDINALS[match["nth"].lower()])
    if match["digits"]:
        scale = SCALES.get((match["scale"] or "").lower(), 1) * _SHORT_SCALES.get((match["short"] or "").lower(), 1)
        return round(float(match["digits"].replace(",", "")) * scale, 4)
    total = current = 0.0
    words = re.split(r"[ -]", match["words"].lower())
    for word in words:
        if word in SMALL:
            current = current * 12 if word == "dozen" and current else current + SMALL[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word != "and":
            total, current = total + max(current, 1) * SCALES[word], 0
    return total + current if any(word in SMALL for word in words) else None
