"""The articles that a web page describes in JSON-LD (schema.org), and which of them is its own."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from index.metadata import one_line

DEEPEST = 12  # levels of objects within objects; below it nothing is looked for
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|NewsItem|CreativeWork)\b")
_PAGE = re.compile(r"\b(?:Item|Collection)?(?:Web)?Page\b")
_OTHERS = frozenset(  # properties whose articles are other articles than the page's
    """itemlistelement mentions citation relatedlink isrelatedto haspart ispartof comment about
    significantlink video liveblogupdate isbasedon subjectof review workexample""".split()
)
_WRAPPING = re.compile(
    r"^\s*(?://\s*|/\*\s*)?(?:<!\[CDATA\[|<!--)(?:\s*\*/)?"
    r"|(?://\s*|/\*\s*)?(?:\]\]>|-->)(?:\s*\*/)?\s*$"
)
_STRING = r"(\"(?:[^\"\\\\\x00-\x1f]|\\\\[^u])*\")"
_BROKEN = {  # what is looked for in what is no JSON
    **{
        name: re.compile(rf'"{name}"\s*:\s*{_STRING}')
        for name in ("@type", "headline", "datePublished")
    },
    **{
        name: re.compile(rf'"{name}"\s*:[\s\[]*\{{[^{{}}]*?"name"\s*:\s*{_STRING}')
        for name in ("author", "publisher")
    },
}
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


@dataclass(frozen=True)
class Item:
    """A described article. `authors` has its persons, or else its organisations; "" is unknown."""

    headline: str = ""
    published: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    url: str = ""
    body: str = ""
    is_article: bool = False  # and no mere web page
    is_live: bool = False
    changed: str = ""
    updates: tuple[Item, ...] = ()  # of a live blog, those that have a text and a day


NOTHING = Item()


def read_json_ld(root: Any) -> list[Item]:
    """What the scripts of a page describe, without lists and related articles; articles first."""
    found: list[Mapping[str, Any]] = []
    for script in root.xpath("//script[contains(@type, 'ld+json')]"):
        found += _walk(_parse(script.text or ""), 0)
    named = {
        one["@id"]: one for one in found if isinstance(one.get("@id"), str) and one.get("name")
    }
    items = [
        _item(one, named)
        for one in found
        if _ARTICLE.search(_kind(one)) or _PAGE.search(_kind(one))
    ]
    return sorted(items, key=lambda item: not item.is_article)


def article_described(items: Sequence[Item], titles: Iterable[str], url: str) -> Item | None:
    """The item that is the page's article: by headline, else by address, else the only one."""
    wanted = list(titles)
    alike = [
        item for item in items if any(title_share(item.headline, title) >= 0.6 for title in wanted)
    ]
    here = [item for item in items if url and item.url and _path(item.url) == _path(url)]
    if alike or here:
        return next((item for item in alike if item in here), (alike or here)[0])
    articles = [item for item in items if item.is_article] or list(items)
    is_elsewhere = (
        len(articles) == 1 and url and articles[0].url and _path(articles[0].url) != _path(url)
    )
    return articles[0] if len(articles) == 1 and not is_elsewhere else None


def _parse(text: str) -> object:
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    found = {
        name: json.loads(match[1])
        for name, pattern in _BROKEN.items()
        if (match := pattern.search(text))
    }
    return {
        name: {"name": value} if name in ("author", "publisher") else value
        for name, value in found.items()
    }


def _walk(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every object in `value` that is about the page or what is on it."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if str(name).lower() not in _OTHERS:
                yield from _walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, depth + 1)


def _item(one: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> Item:
    entries = one.get("liveBlogUpdate")
    entries = entries if isinstance(entries, list) else [entries]
    updates = [_item(entry, named) for entry in entries if isinstance(entry, dict)]
    return Item(
        headline=_text(one.get("headline") or one.get("name")),
        published=_text(one.get("datePublished") or one.get("dateCreated")),
        authors=tuple(_people(one.get("author") or one.get("creator"), named)),
        publisher=_text(_resolved(one.get("publisher"), named)),
        url=_text(one.get("url")) or _address(one.get("mainEntityOfPage")),
        body=html.unescape(body) if isinstance(body := one.get("articleBody"), str) else "",
        is_article=bool(_ARTICLE.search(_kind(one))),
        is_live="LiveBlogPosting" in _kind(one),
        changed=_text(one.get("coverageEndTime") or one.get("dateModified")),
        updates=tuple(update for update in updates if update.body and update.published),
    )


def _people(value: object, named: Mapping[str, Mapping[str, Any]]) -> list[str]:
    entries = [_resolved(entry, named) for entry in (value if isinstance(value, list) else [value])]
    names = [(_text(_name(entry)), "Organization" in _kind(entry)) for entry in entries]
    persons = [name for name, is_body in names if name and not is_body]
    return persons or [name for name, _ in names if name]


def _name(value: object) -> object:
    return value.get("name") if isinstance(value, dict) else value


def _resolved(value: object, named: Mapping[str, Mapping[str, Any]]) -> object:
    is_reference = isinstance(value, dict) and not value.get("name")
    return (
        named.get(str(value.get("@id")), value)
        if is_reference and isinstance(value, dict)
        else value
    )


def _kind(value: object) -> str:
    return str(value.get("@type")) if isinstance(value, dict) else ""


def _text(value: object) -> str:
    """A value as one line; what is escaped once more is unescaped."""
    return " ".join(html.unescape(one_line(value)).split())


def _address(value: object) -> str:
    return _text(value.get("@id") if isinstance(value, dict) else value)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return url


def title_share(title: str, other: str) -> float:
    """How many of the words of the shorter of two titles the other one has, from 0 to 1."""
    words, others = (frozenset(re.findall(r"[^\W_]+", text.casefold())) for text in (title, other))
    return len(words & others) / min(len(words), len(others)) if words and others else 0.0
