"""HTML: the visible text of a page, one block a line, which blocks are its article, and what the page declares."""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from index.article import Span
from index.metadata import declared, one_line

EXTRACTOR_CHARACTERS = 2_000_000  # larger pages are left to the rules for lines: seconds instead of minutes
_HIDDEN = frozenset(
    """script style noscript template head svg iframe select option button input textarea object canvas video
    audio""".split()
)
_ASIDE = frozenset("aside nav footer header form figure".split())
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp small span strike
    strong sub sup time tt u var wbr""".split()
)
_CELLS = frozenset(("td", "th"))
_CHARSET = re.compile(rb"""<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_CHARACTER_SETS = re.compile(
    r"utf-?8|us-ascii|ascii|latin-?1|(?:windows|cp)-?\d+|iso-?8859-\d+|koi8-[ru]|macintosh|big5|gb2312|gbk|gb18030"
    r"|shift[_-]jis|euc-(?:jp|kr)|iso-2022-jp",
    re.IGNORECASE,
)
_META = (
    ("title", ("og:title", "twitter:title", "dc.title", "citation_title")),
    ("publisher", ("og:site_name", "dc.publisher", "citation_publisher")),
    (
        "published",
        (
            *("article:published_time", "og:article:published_time", "datepublished", "date", "pubdate", "dc.date"),
            *("publish-date", "publish_date", "publication_date", "dc.date.issued", "dcterms.created", "dcterms.date"),
            *("parsely-pub-date", "sailthru.date", "citation_publication_date", "cxenseparse:recs:publishtime"),
        ),
    ),
    ("author", ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl")),
    ("url", ("og:url",)),
)


@dataclass(frozen=True)
class Page:
    """The text of a page, the spans of it that are no article, and its metadata under the names of `declared`."""

    text: str
    outside: tuple[Span, ...]
    metadata: dict[str, str]


@dataclass(frozen=True)
class _Block:
    text: str
    is_paragraph: bool  # a <p> that is not in a menu, a figure, a form or beside the article


def stated_encoding(data: bytes) -> str | None:
    """The encoding that the page states of itself, when the bytes are in it."""
    stated = _CHARSET.search(data[:4096])
    name = stated[1].decode("ascii", "replace").lower() if stated else ""
    if name in ("iso-8859-1", "latin1", "latin-1", "ascii", "us-ascii"):
        name = "cp1252"  # as browsers read them
    if not _CHARACTER_SETS.fullmatch(name):
        return None
    try:
        codecs.decode(data, name)
    except (LookupError, ValueError):
        return None
    return name


def read_page(source: str) -> Page:
    """Read a page, however broken; a page without visible text gives an empty text."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = lxml_html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return Page("", (), {})
    blocks = [block for block in _blocks(root) if block.text]
    metadata = _metadata(root)
    titles = {_letters(title) for title in (metadata.get("title", ""), _heading(root)) if title}
    top = next((at for at, block in enumerate(blocks) if _letters(block.text) in titles), 0)
    chosen = [at >= top and is_article for at, is_article in enumerate(_chosen(blocks, _extracted(source)))]
    spans, at = [], 0
    for block in blocks:
        spans.append((at, at + len(block.text)))
        at += len(block.text) + 1
    outside = tuple(span for span, is_article in zip(spans, chosen, strict=True) if not is_article)
    return Page("\n".join(block.text for block in blocks), outside, metadata)


def _blocks(root: Any) -> Iterator[_Block]:
    """The visible text, a block element at a time, in the order of the page."""
    from lxml import etree

    words: list[str] = []
    paragraph, aside = False, 0
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag not in _INLINE and tag not in _CELLS:
                yield _Block(_visible(words), paragraph)
                words = []
            aside += tag in _ASIDE
            paragraph = (tag == "p" and not aside) or (paragraph and tag in _INLINE)
            if tag in _HIDDEN or _is_hidden(element):
                walker.skip_subtree()
            else:
                words.append(element.text or "")
            continue
        if event == "end":
            aside -= tag in _ASIDE
            if tag in _CELLS:
                words.append(" ")
            elif tag not in _INLINE:
                yield _Block(_visible(words), paragraph)
                words, paragraph = [], paragraph and tag == "br"
        words.append(element.tail or "")
    yield _Block(_visible(words), False)


def _visible(words: list[str]) -> str:
    return " ".join("".join(words).split())


def _is_hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.get("hidden") is not None or "display:none" in style


def _extracted(source: str) -> str | None:
    """What trafilatura takes for the article, or None. Its exceptions on junk are of every kind there is."""
    if len(source) > EXTRACTOR_CHARACTERS:
        return None
    import trafilatura

    try:
        text = trafilatura.extract(source, include_comments=False, favor_recall=True)
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError, RuntimeError):
        return None
    return str(text) if text else None


def _chosen(blocks: list[_Block], extracted: str | None) -> list[bool]:
    """Which blocks are article: those the extractor kept, and any paragraph of prose between them."""
    if not extracted:
        return [True] * len(blocks)
    whole = _letters(extracted)
    lines = {_letters(line) for line in extracted.splitlines()}
    keys = [_letters(block.text) for block in blocks]
    chosen = [key in lines or (len(key) >= 25 and key in whole) for key in keys]
    if not any(chosen):
        return [True] * len(blocks)
    first, last = chosen.index(True), len(chosen) - chosen[::-1].index(True)
    for at in range(first, last):
        chosen[at] = chosen[at] or (blocks[at].is_paragraph and len(keys[at]) >= 25)
    return chosen


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _metadata(root: Any) -> dict[str, str]:
    """JSON-LD before meta tags before what only the page's own markup says."""
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        meta.setdefault(name.strip().lower(), element.get("content") or "")
    named = {field: next((meta[name] for name in names if meta.get(name)), "") for field, names in _META}
    for link in root.iterfind(".//link[@rel='canonical']"):
        named["url"] = link.get("href") or named["url"]
    if not named["published"]:
        named["published"] = next(_times(root), "")
    found = declared(named, "meta")
    linked = next(_json_ld(root), {})
    if "published" in linked:
        found.pop("published_from", None)
    found = {**found, **linked}
    title = found.get("title") or _heading(root) or " ".join((root.findtext(".//head/title") or "").split())
    return {**found, "title": title} if title else found


def _times(root: Any) -> Iterator[str]:
    for time in root.iter("time"):
        mark = f"{time.get('itemprop') or ''} {time.get('class') or ''} {'pubdate' if 'pubdate' in time.attrib else ''}"
        if re.search(r"datePublished|publish|pubdate|entry-date", mark):
            yield time.get("datetime") or ""


def _heading(root: Any) -> str:
    """The one main heading; of several none is the article's for certain."""
    headings = [" ".join(heading.text_content().split()) for heading in root.iter("h1")]
    return headings[0] if len(headings) == 1 else ""


def _json_ld(root: Any) -> Iterator[dict[str, str]]:
    """The metadata of each article that the page describes in JSON-LD, in order."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            content = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _items(content):
            kinds = item.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(str(kind).endswith(("Article", "BlogPosting")) for kind in named):
                yield declared(_unescaped(item), "json-ld")


def _items(content: object) -> Iterator[Mapping[str, object]]:
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, Mapping):
            waiting.append(item.get("@graph"))
            yield item


def _unescaped(item: Mapping[str, object]) -> dict[str, object]:
    """The fields of an article that count; text in JSON-LD is often escaped as HTML once more."""
    main = item.get("mainEntityOfPage")
    address = item.get("url") or (main.get("@id") if isinstance(main, Mapping) else main)
    names = ("headline", "publisher", "datePublished", "author")
    return {**{name: html.unescape(one_line(item.get(name))) for name in names}, "url": one_line(address)}
