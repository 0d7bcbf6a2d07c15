"""HTML: the visible text of a page, one block a line, which lines are article, and its metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from index import notices
from index.article import KEPT
from index.english.stamps import parse_day
from index.json_ld import NOTHING, Item, article_described, read_json_ld
from index.live_blogs import by_day, undated
from index.metadata import Content, read_credit
from index.page_authors import author_of, letters
from index.page_days import MARK, page_published, stamp_day
from index.page_metadata import meta_tags, page_publisher, page_title, page_url

EXTRACTOR_CHARACTERS = 2_000_000  # larger pages are left to the rules for lines, in seconds
HEAD_LINES = 40  # from the title to the second paragraph; what stands further down is no head
LINES_ABOVE = 8  # that may be a head without a title
PARAGRAPH = 60  # characters; a shorter line may be a heading
LONGEST_NOSCRIPT = 200  # characters of paragraphs that say no more than that scripts are needed
LONGEST_REFUSAL = 1500  # characters of a page that only says why it does not show its article
_HIDDEN = """script style template head svg iframe select option button input textarea object canvas
    video audio""".split()
_IS_HIDDEN = """//*[not(self::html or self::body)
    and (@hidden or contains(translate(@style, ' ', ''), 'display:none'))]"""
_PARAGRAPH = """//p[not(ancestor::aside or ancestor::nav or ancestor::footer or ancestor::form
    or ancestor::figure)]"""
_BESIDE = """//nav | //aside | //footer | //form
    | //header[not(ancestor::article or ancestor::main or .//h1)]"""
_TIMES = "//time[@datetime] | //*[@itemprop='datePublished' and @content and not(self::meta)]"
_LIVE = "//*[contains(@itemtype, 'LiveBlogPosting')]"
_LIKE_LIVE = "//*[contains(@class, 'live-blog') or contains(@class, 'liveblog')][count(.//p) > 1]"
_INLINE = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp
    small span strike strong sub sup time tt u var wbr""".split()
)
# and what lxml takes but does not take back
_SPACE = re.compile(r"[\s\x00-\x1f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class _Page:
    """A page: its visible lines, bare and with machine-readable times, and what it declares."""

    root: Any
    lines: list[str]
    marked: list[str]
    headings: list[str]  # the texts of its h1 elements
    title: str
    url: str
    document: str  # the text of its <title>
    meta: dict[str, str]
    item: Item | None
    is_live: bool


def read_pages(source: str) -> list[Content]:
    """The contents of a page, however broken: its article, or one for each day of a live blog.

    A page without visible text, or one that only says why it shows none, gives an empty text.
    """
    page = _parse(source)
    content, marked, item = _content(page, source), page.marked, page.item or NOTHING
    if not content.text or not (page.is_live or page.root.xpath(_LIKE_LIVE)):
        return [content]
    if item.updates:
        added: list[str] = []
        for update in item.updates:
            heading = f"{update.headline} \ufdd0{update.published}\ufdd1"
            added += [heading, *_lines_of(update.body)]
        content = _with_lines(content, added)
        marked = content.text.split("\n")
    days = by_day(content, marked, item)
    return days if page.is_live or len(days) > 1 else [content]


def read_page(source: str) -> Content:
    """The one content of a page, as above; of a live blog without the day on which it began."""
    page = _parse(source)
    content = _content(page, source)
    return undated(content) if page.is_live else content


def _with_lines(content: Content, added: Sequence[str]) -> Content:
    """The content with lines of JSON-LD below what else it shows."""
    lines = list(enumerate(content.text.split("\n")))
    beside = [(line, at in content.outside) for at, line in lines if line not in added]
    outside = frozenset(at for at, (_, is_outside) in enumerate(beside) if is_outside)
    text = "\n".join([*(line for line, _ in beside), *added])
    return replace(content, text=text, outside=outside)


def _content(page: _Page, source: str) -> Content:
    chosen = _chosen(page, _extracted(source))
    body = [line for line, is_body in zip(page.lines, chosen, strict=True) if is_body]
    if _is_refusal(page, body):
        return Content("", KEPT)
    outside = frozenset(at for at, is_body in enumerate(chosen) if not is_body)
    metadata = _metadata(page, _head(page, chosen))
    content = Content("\n".join(page.lines), KEPT, metadata, outside)
    stated = _lines_of(page.item.body) if page.item else []
    if sum(map(len, stated)) > 1.5 * sum(map(len, body)):
        return _with_lines(replace(content, outside=frozenset(range(len(chosen)))), stated)
    return content


def _is_refusal(page: _Page, body: Sequence[str]) -> bool:
    """Whether the page is short and only says why it does not show its article."""
    if page.item and (len(page.item.body) > LONGEST_REFUSAL or page.item.updates):
        return False
    is_named = notices.is_refusal(page.title) and sum(map(len, page.lines)) < LONGEST_REFUSAL
    return is_named or all(map(notices.is_notice, body))


def _parse(source: str) -> _Page:
    root = _root(source)
    meta, items = meta_tags(root), read_json_ld(root)
    url = page_url(root, meta)
    document = " ".join((root.findtext(".//head/title") or "").split())
    _show(root)
    marked = _lines(root)
    bare = [" ".join(MARK.sub("", line).split()) for line in marked]
    headings = [MARK.sub("", " ".join(_lines(heading))) for heading in root.iter("h1")]
    below = [" ".join(_lines(heading)) for heading in root.iter("h2", "h3")]
    called = [document, *(item.headline for item in items if item.is_article)]
    title = page_title(headings, below, meta, called, url)
    item = article_described(items, (title, *headings, meta.get("og:title", ""), document), url)
    return _Page(
        root=root,
        lines=[line for line in bare if line],
        marked=[line for line, text in zip(marked, bare, strict=True) if text],
        headings=headings,
        title=title,
        url=url,
        document=document,
        meta=meta,
        item=item,
        is_live=bool(item and item.is_live) or bool(root.xpath(_LIVE)),
    )


def _root(source: str) -> Any:
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        return lxml_html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return lxml_html.document_fromstring("<p></p>")


def _show(root: Any) -> None:
    """Leaves what a reader sees, and behind each <time> the machine-readable one, within MARK."""
    from lxml import etree

    for time in root.xpath(_TIMES):
        mark = etree.SubElement(time, "span")
        mark.text = f"\ufdd0{time.get('datetime') or time.get('content')}\ufdd1"
    for element in root.xpath(_IS_HIDDEN):
        element.tag = "template"
    scripted = _count_characters(root, "//noscript//p")
    shown = _count_characters(root, "//p[not(ancestor::noscript)]")
    if scripted > max(LONGEST_NOSCRIPT, 2 * shown):
        etree.strip_tags(root, "noscript")
    etree.strip_elements(root, "noscript", *_HIDDEN, with_tail=False)
    _break_lines(root)


def _count_characters(root: Any, path: str) -> int:
    return sum(len(element.text_content()) for element in root.xpath(path))


def _break_lines(root: Any) -> None:
    """Puts a line break around each block and a space around each cell of a table.

    And a space between words that only styles keep apart: "<span>By</span><span>Ann Roe</span>".
    """
    for element in root.iter():
        edge = "" if element.tag in _INLINE else " " if element.tag in ("td", "th") else "\n"
        element.text = edge + _SPACE.sub(" ", element.text or "")
        element.tail = edge + _SPACE.sub(" ", element.tail or "")
        before = element.getprevious()
        if not edge and before is not None and not before.tail:
            is_word = re.search(r"[a-z]$", before.text_content())
            if is_word and re.match(r"[A-Z][a-z]", element.text_content()):
                before.tail = " "


def _lines(element: Any) -> list[str]:
    return _bare_lines(element.text_content())


def _lines_of(body: str) -> list[str]:
    """The paragraphs of a text from JSON-LD, which may hold markup."""
    if not re.search(r"</\w+>|<br", body):
        return _bare_lines(body)
    root = _root(body)
    _show(root)
    return _lines(root)


def _bare_lines(text: str) -> list[str]:
    return [bare for line in text.split("\n") if (bare := " ".join(line.split()))]


def _extracted(source: str) -> str:
    """What trafilatura takes for the article. Its exceptions on junk are of every kind there is."""
    if len(source) > EXTRACTOR_CHARACTERS:
        return ""
    import trafilatura

    try:
        return trafilatura.extract(source, include_comments=False, favor_recall=True) or ""
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError, RuntimeError):
        return ""


def _chosen(page: _Page, extracted: str) -> list[bool]:
    """Which lines are article: those the extractor kept, and any of a paragraph between them.

    None of them stands above the title or is a main heading, and none is a long line once more.
    """
    lines = [letters(line) for line in page.lines]
    top, titles = _top(page) or 0, {letters(heading) for heading in (page.title, *page.headings)}
    paragraphs = page.root.xpath(_PARAGRAPH)
    prose = {letters(line) for paragraph in paragraphs for line in _lines(paragraph)}
    whole = letters(extracted)
    kept = {letters(line) for line in extracted.splitlines()}
    chosen = [line in kept or (len(line) >= 25 and line in whole) for line in lines]
    if not any(chosen):
        return [at >= top and line not in titles for at, line in enumerate(lines)]
    first, last = chosen.index(True), len(chosen) - chosen[::-1].index(True)
    seen: set[str] = set()
    for at, line in enumerate(lines):
        is_between = first <= at < last and line in prose and len(line) >= 25
        is_new = len(line) < PARAGRAPH or line not in seen
        chosen[at] = (chosen[at] or is_between) and at >= top and line not in titles and is_new
        if chosen[at]:
            seen.add(line)
    return chosen


def _top(page: _Page) -> int | None:
    """The first line that is the title."""
    title = letters(page.title)
    return next((at for at, line in enumerate(page.lines) if letters(line) == title), None)


def _head(page: _Page, chosen: Sequence[bool]) -> list[str]:
    """The lines from the title to the second paragraph, and the one above it; none of a menu.

    Where no line is the title, the first are those above the article.
    """
    beside = {letters(line) for element in page.root.xpath(_BESIDE) for line in _lines(element)}
    top = _top(page)
    if top is None:
        top = max(0, (chosen.index(True) if any(chosen) else 0) - LINES_ABOVE)
    head: list[str] = []
    paragraphs = 0
    for at in range(top, min(top + HEAD_LINES, len(page.lines))):
        line = page.lines[at]
        paragraphs += chosen[at] and len(line) >= PARAGRAPH and notices.ends_sentence(line)
        if paragraphs > 1:
            break
        head.append(page.marked[at])
    for line in page.marked[max(0, top - 1) : top]:
        if read_credit(MARK.sub("", line)) or stamp_day(line):
            head.append(line)
    return [line for line in head if letters(line) not in beside]


def _metadata(page: _Page, head: Sequence[str]) -> dict[str, str]:
    item = page.item or NOTHING
    publisher = page_publisher(page.meta, item.publisher, page.document, page.url)
    dated = [*head, *(part for part in page.document.split("|") if parse_day(part))]
    day, found_in = page_published(page.root, dated, page.meta, item.published, page.url)
    owners = " ".join(line for line in page.lines if "©" in line or "copyright" in line.casefold())
    plain = [MARK.sub("", line) for line in head]
    found = {
        "title": page.title,
        "publisher": publisher,
        "published": day,
        "published_from": found_in,
        "author": author_of(page.root, plain, page.meta, item.authors, publisher, owners),
        "url": page.url or item.url,
    }
    return {name: value for name, value in found.items() if value}
