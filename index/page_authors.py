"""Who wrote a web page: the persons whom its metadata, its markup or its head names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from index.metadata import NOBODY
from index.page_days import stands_beside

_META = """article:author author authors og:article:author og:author parsely-author parsely-authors
    sailthru.author dc.creator dcterms.creator byl byline analyticsattributes.author citation_author
    dcsext.author cse_author""".split()
_MOST_ELEMENTS = 100  # of one kind; a page with more of them is a list of other people's articles
_LONGEST = 200  # characters of an element that names authors
_LONGEST_FIELD = 1000  # characters of metadata that name authors
_LEAD = re.compile(
    r"\W*(?:(?:written|reported|posted|words|story|text|analysis|review|opinion|report)\s+)?"
    r"(?:by|authors?)\b[:\s]*",
    re.IGNORECASE,
)
_END = re.compile(
    r"\s*(?:[<\[{:]|\((?!\S*\)\s+[A-Z])|\s[-–—]+\s|@|\d|https?:"
    r"|\b(?:in|for|at|of|from|on|is|was|via)\s"
    r"|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\s+\d).*",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN = re.compile(r"\s*(?:[\n|•·,;&/]|\band\b|\bwith\b)\s*")
_SUFFIX = re.compile(r"(?:jr|sr)\.?|i{2,3}|iv", re.IGNORECASE)
_ROLE = re.compile(
    r"\s*\b(?:(?:senior|chief|staff|deputy|political|national|foreign|contributing|guest|special"
    r"|associate|executive|managing|science|health|medical|business|technology|sports?|education"
    r"|news|AP|AFP|CNN|BBC|NPR|UPI)\s+){0,3}"
    r"(?:writers?|reporters?|editors?|correspondents?|contributors?|columnists?|journalists?"
    r"|producers?|analysts?|profile|follow|unfollow)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_EDGE = ' \t*_-–—"“”'
_SMALL = r"(?:de|da|del|della|der|den|von|van|bin|ibn|el|al|la|le|di|du|dos|ter)"
_CAPITAL = r"[\"“(]?(?:(?:al|el|d|l|o)[-'’])?[^\W\d_a-z][\w.'’\"“”)-]*"
_PERSON = re.compile(rf"{_CAPITAL}(?:\s+(?:{_SMALL}\s+){{0,2}}{_CAPITAL}){{1,4}}")
_DEGREE = re.compile(r"\s+(?:Ph\.?\s?D|M\.?D|M\.?B\.?A|M\.?P\.?H|J\.?D|R\.?[ND]|Esq)\.?$")
_ACRONYM = re.compile(r"\b[A-Z]{3,5}\b")
_ONE_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]*[^\W\d_A-Z][^\W\d_]*")
_BY = re.compile(r"(?<!\w)(?P<what>\w*)\W{0,2}\bby\b:?\s*(?P<who>.*)", re.IGNORECASE)
_WRITTEN = re.compile(
    r"|\d+|(?:re)?written|reported|posted|published|words|story|text|analysis|opinion|exclusive"
    r"|am|pm|m|report",
    re.IGNORECASE,
)


def author_of(
    root: Any,
    head: Sequence[str],
    meta: Mapping[str, str],
    described: Sequence[str],
    publisher: str,
    owners: str,
) -> str:
    """The persons who wrote the page, joined by commas, or "".

    Of what names somebody, the first that stands in the head (the lines above the first paragraph)
    counts; else the first that is no company: neither the publisher nor in the copyright
    lines, `owners`.
    """
    nobody = {letters(publisher), letters(publisher).removeprefix("the"), ""}
    shown, owned = letters(" ".join(head)), letters(owners)
    stated = ["\n".join(described), *(meta[name] for name in _META if name in meta)]
    named = root.xpath("//*[@itemprop='author']//meta[@itemprop='name']")
    stated += [name.get("content") or "" for name in named if not stands_beside(name)]
    found = [persons for text in [*stated, *_bylines(head)] if (persons := _persons(text, nobody))]
    best = next((persons for persons in found if letters(persons[0]) in shown), None)
    if best is None:
        marked = [persons for text in _marked(root) if (persons := _persons(text, nobody))]
        best = [name for persons in marked for name in persons if letters(name) in shown]
        found += marked if len({tuple(persons) for persons in marked}) == 1 else []
    best = best or next((persons for persons in found if letters(persons[0]) not in owned), None)
    if best:
        return ", ".join(dict.fromkeys(best))
    names = [name for text in stated if _ONE_NAME.fullmatch(name := html.unescape(text).strip())]
    known = (name for name in names if letters(name) not in nobody and not NOBODY.search(name))
    return next(known, "")


def letters(text: str) -> str:
    """Only the letters and digits, in lower case."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _persons(text: str, nobody: set[str]) -> list[str]:
    """The names of persons, in order, without "By", roles and what else may stand beside them."""
    found: list[str] = []
    for piece in _BETWEEN.split(html.unescape(text[:_LONGEST_FIELD])):
        whole = _END.sub("", _LEAD.sub("", piece, count=1)).strip(_EDGE)
        name = _DEGREE.sub("", _ROLE.sub("", whole)).strip(_EDGE)
        if found and _SUFFIX.fullmatch(name):
            found[-1] += f" {name}"
        elif not (found and _ROLE.search(whole)) and _is_person(name, nobody):
            found.append(name.title() if name.islower() else name)
    return found


def _is_person(name: str, nobody: set[str]) -> bool:
    is_named = _PERSON.fullmatch(name.title() if name.islower() else name)
    is_outlet = any(len(body) >= 3 and body in letters(name) for body in nobody)
    is_nobody = is_outlet or NOBODY.search(name) or (not name.isupper() and _ACRONYM.search(name))
    return bool(is_named) and not is_nobody


def _bylines(head: Sequence[str]) -> Iterator[str]:
    """What follows "By" in the lines of the head, on the same line or the next one."""
    for line, after in pairwise((*head, "")):
        match = _BY.search(line) if len(line) <= _LONGEST else None
        if match and _WRITTEN.fullmatch(match["what"]):
            yield match["who"] or after


def _marked(root: Any) -> Iterator[str]:
    """The text of the elements that the markup says name an author, each part of it on a line."""
    from trafilatura.xpaths import AUTHOR_XPATHS

    for expression in AUTHOR_XPATHS:
        elements = expression(root)
        for element in elements if len(elements) <= _MOST_ELEMENTS else ():
            text = "\n".join(" ".join(part.split()) for part in element.itertext() if part.strip())
            if 2 < len(text) <= _LONGEST and not stands_beside(element):
                yield text
