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
_WRAPPING = re.compile(r"<!\[CDATA\[|\]\]>")
_AROUND = "/*<!->; \t\r\n"  # signs of comments about the JSON
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_STATED = re.compile(  # what is looked for in what is no JSON
    r'"(@type|headline|datePublished|author|publisher)"\s*:[\s\[]*(?:\{[^{}]*?"name"\s*:\s*)?'
    r'("(?:[^"\\\x00-\x1f]|\\[^u])*")'
)


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
    scripts = root.xpath("//script[contains(@type, 'ld+json')]")
    found = [one for script in scripts for one in _walk(_parse(script.text or ""), 0)]
    named = {_id(one): one for one in found if _id(one) and one.get("name")}
    described = (one for one in found if any(kind.search(_kind(one)) for kind in (_ARTICLE, _PAGE)))
    items = [_item(one, named) for one in described]
    return sorted(items, key=lambda item: not item.is_article)


def article_described(items: Sequence[Item], titles: Iterable[str], url: str) -> Item | None:
    """The item that is the page's article: by headline, else by address, else the only one."""
    wanted = list(titles)
    alike = [one for one in items if any(title_share(one.headline, name) >= 0.6 for name in wanted)]
    here = [one for one in items if url and one.url and _path(one.url) == _path(url)]
    if alike or here:
        return next((one for one in alike if one in here), (alike or here)[0])
    articles = [one for one in items if one.is_article] or list(items)
    is_elsewhere = url and any(one.url for one in articles)
    return articles[0] if len(articles) == 1 and not is_elsewhere else None


def _parse(text: str) -> object:
    text = _WRAPPING.sub("", text).strip(_AROUND)
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return dict(reversed(_STATED.findall(text)))  # of each the first


def _walk(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every object in `value` that is about the page or what is on it."""
    inner = value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield value
        inner = [one for name, one in value.items() if str(name).lower() not in _OTHERS]
    for one in inner if depth < DEEPEST else ():
        yield from _walk(one, depth + 1)


def _item(one: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]]) -> Item:
    entries = [entry for entry in _listed(one.get("liveBlogUpdate")) if isinstance(entry, dict)]
    updates = [_item(entry, named) for entry in entries]
    whole = one.get("mainEntityOfPage")
    return Item(
        headline=_text(one.get("headline") or one.get("name")),
        published=_text(one.get("datePublished") or one.get("dateCreated")),
        authors=tuple(_people(one.get("author") or one.get("creator"), named)),
        publisher=_text(_resolved(one.get("publisher"), named)),
        url=_text(one.get("url")) or _text(_id(whole) or whole),
        body=html.unescape(body) if isinstance(body := one.get("articleBody"), str) else "",
        is_article=bool(_ARTICLE.search(_kind(one))),
        is_live="LiveBlogPosting" in _kind(one),
        changed=_text(one.get("coverageEndTime") or one.get("dateModified")),
        updates=tuple(update for update in updates if update.body and update.published),
    )


def _people(value: object, named: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The persons among them, or else the organisations."""
    entries = [_resolved(entry, named) for entry in _listed(value)]
    names = [entry.get("name") if isinstance(entry, dict) else entry for entry in entries]
    said = [(_text(name), _kind(entry)) for name, entry in zip(names, entries, strict=True)]
    persons = [name for name, kind in said if name and "Organization" not in kind]
    return persons or [name for name, _ in said if name]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _resolved(value: object, named: Mapping[str, Mapping[str, Any]]) -> object:
    is_reference = isinstance(value, dict) and not value.get("name")
    return named.get(_id(value), value) if is_reference else value


def _id(value: object) -> str:
    return str(value.get("@id") or "") if isinstance(value, dict) else ""


def _kind(value: object) -> str:
    return str(value.get("@type")) if isinstance(value, dict) else ""


def _text(value: object) -> str:
    """A value as one line; what is escaped once more is unescaped."""
    return " ".join(html.unescape(one_line(value)).split())


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return url


def title_share(title: str, other: str) -> float:
    """How many of the words of the shorter of two titles the other one has, from 0 to 1."""
    words, others = (frozenset(re.findall(r"[^\W_]+", text.casefold())) for text in (title, other))
    return len(words & others) / min(len(words), len(others)) if words and others else 0.0
