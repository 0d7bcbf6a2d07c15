"""Does a sentence state a fact? Wordings match whatever way numbers, dates, case and quotes are written."""

from __future__ import annotations

import re
import unicodedata

from index.english.dates import MONTHS, Day, read_days
from index.english.numbers import Figure, read_figures

Fact = str | tuple[str, ...]  # a regular expression, or wordings of which one suffices

_MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b", re.IGNORECASE)
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
    text = _MONTH.sub(lambda name: name[0].title(), plain(text))
    days = read_days(text)
    told = [(day.start, day.end, _day(day)) for day in days if day.year or day.month]
    told += [(figure.start, figure.end, _number(figure)) for figure in read_figures(text, days)]
    for start, end, words in sorted(told, reverse=True):
        text = f"{text[:start]} {words} {text[end:]}"
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"\b((?:[a-z]\.){2,})", lambda match: match[1].replace(".", ""), text)
    text = re.sub(r"'s\b", "", text).replace("'", "").replace("per cent", "percent").replace("%", " percent ")
    return " ".join(_TOKEN.findall(text))


def _day(day: Day) -> str:
    month, number = MONTHS[day.month - 1] if day.month else "", f"{day.day}th" if day.day else ""
    return f"{month} {number} {day.year or ''}"


def _number(figure: Figure) -> str:
    return f"{figure.value:.6f}".rstrip("0").rstrip(".") + "th" * figure.is_ordinal
