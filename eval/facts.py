"""Does a sentence state a fact? Wordings match whatever way numbers, dates, case and quotes are written."""

from __future__ import annotations

import re

from index.english.dates import MONTHS, Day, read_days, with_large_months
from index.english.numbers import Figure, read_figures
from index.english.words import fold, straight

Fact = str | tuple[str, ...]  # a regular expression, or wordings of which one suffices

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
    return " ".join(straight(text).split())


def normal(text: str) -> str:
    """The words of `text` in lower case without accents; numbers in digits, dates as month, day, year.

    >>> normal("The $2.5 million Qa’ani gave on the 3rd of Sept. 2021 (five per cent)")
    'the 2500000 qaani gave on the september 3th 2021 5 percent'
    """
    text = with_large_months(plain(text))
    days = read_days(text)
    told = [(day.start, day.end, _day(day)) for day in days if day.year or day.month]
    told += [(figure.start, figure.end, _number(figure)) for figure in read_figures(text, days)]
    for start, end, words in sorted(told, reverse=True):
        text = f"{text[:start]} {words} {text[end:]}"
    text = re.sub(r"\b((?:[a-z]\.){2,})", lambda match: match[1].replace(".", ""), fold(text))
    text = re.sub(r"'s\b", "", text).replace("'", "").replace("per cent", "percent").replace("%", " percent ")
    return " ".join(_TOKEN.findall(text))


def _day(day: Day) -> str:
    month, number = MONTHS[day.month - 1] if day.month else "", f"{day.day}th" if day.day else ""
    return f"{month} {number} {day.year or ''}"


def _number(figure: Figure) -> str:
    return f"{figure.value:.6f}".rstrip("0").rstrip(".") + "th" * figure.is_ordinal
