"""HTML: the visible text of a page, one block a line, which lines are its article, and what the page declares."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from index.article import KEPT
from index.metadata import Content, declared

EXTRACTOR_CHARACTERS = 2_000_000  # larger pages are left to the rules for lines: seconds instead of minutes
_HIDDEN = """script style noscript template head svg iframe select option button input textarea object canvas video
    audio""".split()
_IS_HIDDEN = "//*[not(self::html or self::body) and (@hidden or contains(translate(@style, ' ', ''), 'display:none'))]"
_PARAGRAPH = "//p[not(ancestor::aside or ancestor::nav or ancestor::footer or ancestor::form or ancestor::figure)]"
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp small span strike
    strong sub sup time tt u var wbr""".split()
)
_SPACE = re.compile(r"[\s\x00-\x1f\ud800-\udfff\ufffe\uffff]+")  # and what lxml takes but does not take back
_META = (
    ("title", "og:title twitter:title dc.title"),
    ("publisher", "og:site_name dc.publisher citation_publisher"),
    (
        "published",
        "article:published_time datepublished date pubdate publish-date publish_date parsely-pub-date dc.date",
    ),
    ("author", "author article:author dc.creator parsely-author byl"),
    ("url", "og:url"),
)
_TIME = "//time[@itemprop='datePublished' or contains(@class, 'published') or contains(@class, 'entry-date')]/@datetime"


def read_page(source: str) -> Content:
    """Read a page, however broken; a page without visible text gives an empty text."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return Content("", KEPT)
    metadata = _metadata(root)
    titles = {_letters(metadata.get("title", "")), _letters(_heading(root))} - {""}
    for element in root.xpath(_IS_HIDDEN):
        element.tag = "template"
    etree.strip_elements(root, *_HIDDEN, with_tail=False)
    _break_lines(root)
    lines = _lines(root)
    prose = {_letters(line) for paragraph in root.xpath(_PARAGRAPH) for line in _lines(paragraph)}
    top = next((at for at, line in enumerate(lines) if _letters(line) in titles), 0)
    chosen = _chosen([_letters(line) for line in lines], prose, _extracted(source))
    outside = frozenset(at for at, is_article in enumerate(chosen) if at < top or not is_article)
    return Content("\n".join(lines), KEPT, metadata, outside)


def _break_lines(root: Any) -> None:
    """Puts a line break around each block, a space around each cell of a table, and none anywhere else."""
    for element in root.iter():
        edge = "" if element.tag in _INLINE else " " if element.tag in ("td", "th") else "\n"
        element.text = edge + _SPACE.sub(" ", element.text or "")
        element.tail = edge + _SPACE.sub(" ", element.tail or "")


def _lines(element: Any) -> list[str]:
    lines = (" ".join(line.split()) for line in element.text_content().split("\n"))
    return [line for line in lines if line]


def _extracted(source: str) -> str:
    """What trafilatura takes for the article. Its exceptions on junk are of every kind there is."""
    if len(source) > EXTRACTOR_CHARACTERS:
        return ""
    import trafilatura

    try:
        return trafilatura.extract(source, include_comments=False, favor_recall=True) or ""
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError, RuntimeError):
        return ""


def _chosen(lines: list[str], prose: set[str], extracted: str) -> list[bool]:
    """Which lines are article: those the extractor kept, and any of a paragraph of prose between them."""
    whole = _letters(extracted)
    kept = {_letters(line) for line in extracted.splitlines()}
    chosen = [line in kept or (len(line) >= 25 and line in whole) for line in lines]
    if not any(chosen):
        return [True] * len(lines)
    first, last = chosen.index(True), len(chosen) - chosen[::-1].index(True)
    between = range(first, last)
    return [chosen[at] or (at in between and line in prose and len(line) >= 25) for at, line in enumerate(lines)]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _metadata(root: Any) -> dict[str, str]:
    """JSON-LD before meta tags before what only the page's own markup says."""
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        meta.setdefault(name.strip().lower(), element.get("content") or "")
    named = {field: next((meta[name] for name in names.split() if meta.get(name)), "") for field, names in _META}
    named["url"] = next(iter(root.xpath("//link[@rel='canonical']/@href")), named["url"])
    named["published"] = named["published"] or next(iter(root.xpath(_TIME)), "")
    named["title"] = named["title"] or _heading(root) or root.findtext(".//head/title") or ""
    return {**declared(named, "meta"), **next(_json_ld(root), {})}


def _heading(root: Any) -> str:
    """The one main heading; of several none is the article's for certain."""
    headings = [heading.text_content() for heading in root.iter("h1")]
    return headings[0] if len(headings) == 1 else ""


def _json_ld(root: Any) -> Iterator[dict[str, str]]:
    """The metadata of each article that the page describes in JSON-LD, where text is often escaped once more."""
    for script in root.xpath("//script[@type='application/ld+json']"):
        try:
            content = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        graph = content.get("@graph", content) if isinstance(content, dict) else content
        for item in graph if isinstance(graph, list) else [graph]:
            if isinstance(item, dict) and re.search(r"(?:Article|BlogPosting)\b", str(item.get("@type"))):
                yield {field: html.unescape(value) for field, value in declared(item, "json-ld").items()}
