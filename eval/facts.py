"""Does a sentence state a fact? Wordings match whatever way numbers, dates, case and quotes are written."""

from __future__ import annotations

import re
import unicodedata

Fact = str | tuple[str, ...]  # a regular expression, or wordings of which one suffices

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join(f"{name}|{name[:4]}|{name[:3]}" for name in _MONTHS)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?(?!-)")
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d|\.\d)")
_SHORT_MONTH = re.compile(rf"\b({'|'.join(name[:3] for name in _MONTHS if name != 'may')}|sept)\.(?= ?\d)")
_ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_SMALL = {
    name: number
    for number, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
} | {name: 10 * tens for tens, name in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_TENS = "|".join(name for name, number in _SMALL.items() if number >= 20)
_ORDINALS = {
    name: number
    for number, name in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        1,
    )
} | {f"{name[:-1]}ieth": number for name, number in _SMALL.items() if number >= 20}
_ORDINAL = re.compile(rf"\b(?:(\d+)(?:st|nd|rd|th)|(?:({_TENS})-)?({'|'.join(_ORDINALS)}))\b")
_BELOW_100 = rf"(?>(?:(?:{_TENS})[ -](?:{'|'.join(list(_SMALL)[1:10])})|{'|'.join(_SMALL)})\b)"
_BELOW_1000 = rf"(?:(?:{_BELOW_100}[ -])?hundred(?:(?: and |[ -]){_BELOW_100})?|{_BELOW_100})"
_LARGE = rf"(?:{_BELOW_1000}[ -])?(?:{'|'.join(list(_SCALES)[1:])})"
_IN_WORDS = re.compile(  # "between one hundred and two hundred" is two numbers
    rf"\b(?:{_LARGE}(?:[ -]{_LARGE})*(?:(?: and |[ -]){_BELOW_1000})?|{_BELOW_1000})\b(?![ -](?:{'|'.join(_SCALES)})\b)"
)
_IN_DIGITS = re.compile(rf"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?:[ -]({'|'.join(_SCALES)})|(m|bn))?\b")
_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:th)?|[^\W\d_]+")


def states(text: str, fact: Fact) -> bool:
    """Whether `text` states the fact.

    >>> states("Twelve people died on Jan. 29, 2024.", ("12 people",)), states("29 January", ("January 29",))
    (True, True)
    """
    if isinstance(fact, str):
        return re.search(fact, plain(text), re.IGNORECASE) is not None
    words = f" {normal(text)} "
    return any(f" {normal(wording)} " in words for wording in fact)


def plain(text: str) -> str:
    """`text` with straight quotes, plain hyphens and single spaces."""
    text = unicodedata.normalize("NFKC", text).translate(str.maketrans("‘’“”‐‑‒–—−", "''\"\"------"))
    return " ".join(text.split())


def normal(text: str) -> str:
    """The words of `text` in lower case without accents; numbers in digits, dates as month, day, year.

    >>> normal("The $2.5 million Qa’ani gave on the 3rd of Sept. 2021 (five per cent)")
    'the 2500000 qaani gave on the september 3th 2021 5 percent'
    """
    text = unicodedata.normalize("NFKD", plain(text).casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"\b((?:[a-z]\.){2,})", lambda match: match[1].replace(".", ""), text)
    text = re.sub(r"'s\b", "", text).replace("'", "").replace("per cent", "percent").replace("%", " percent ")
    text = _ISO_DAY.sub(lambda match: f"{_MONTHS[(int(match[2]) - 1) % 12]} {int(match[3])}th {match[1]}", text)
    text = _DAY_FIRST.sub(lambda match: f"{_month(match[2])} {int(match[1])}th", text)
    text = _MONTH_FIRST.sub(lambda match: f"{_month(match[1])} {int(match[2])}th", text)
    text = _SHORT_MONTH.sub(lambda match: _month(match[1]), text)
    text = _ORDINAL.sub(lambda match: f"{match[1] or _SMALL.get(match[2], 0) + _ORDINALS[match[3]]}th", text)
    text = _IN_DIGITS.sub(_digits, text)
    text = _IN_WORDS.sub(lambda match: _written(_value(re.split(r"[ -]", match[0]))), text)
    return " ".join(_TOKEN.findall(text))


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month[:3] == name[:3])


def _digits(match: re.Match[str]) -> str:
    scale = match[2] or {"m": "million", "bn": "billion"}.get(match[3] or "", "")
    return _written(float(match[1].replace(",", "")) * _SCALES.get(scale, 1))


def _written(value: float) -> str:
    value = round(value, 6)  # 16.1 million is 16,100,000.000000002
    return str(int(value)) if value == int(value) else str(value)


def _value(words: list[str]) -> float:
    total = current = 0
    for word in words:
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word != "and":
            total, current = total + max(current, 1) * _SCALES[word], 0
    return total + current
