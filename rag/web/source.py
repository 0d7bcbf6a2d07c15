"""The article behind a footnote, cut where the quote and the boilerplate begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.article import Article, Span
from index.metadata import FIELDS

Piece = tuple[str, str]  # (kind: "text", "quote" or "boilerplate", words)


def source_of(article: Article | None, start: int, end: int, quote: str) -> dict[str, Any]:
    """What the panel shows of an article: its paragraphs, and whether the quote still stands there.

    `article` is what the index holds now, if anything; the words are as they stand there, so whoever draws them
    must draw them as text.
    """
    if article is None:
        return {"state": "gone", "paragraphs": []}
    is_there = article.text[start:end] == quote
    marked = (start, end) if is_there else (0, 0)
    return {
        "state": "there" if is_there else "changed",
        **{name: getattr(article, name) for name in (*FIELDS, "recognized")},
        "paragraphs": list(_paragraphs(article, marked)),
    }


def _paragraphs(article: Article, quote: Span) -> Iterator[list[Piece]]:
    for start, end in _paragraph_spans(article.text):
        # Most files begin with their title, which already stands above.
        if article.text[start:end].strip() == article.title and not start < quote[1] <= end:
            continue
        yield list(_pieces(article, quote, start, end))


def _paragraph_spans(text: str) -> Iterator[Span]:
    """Where the paragraphs of a text stand: between blank lines or, where it has none, the lines."""
    gap = r"\s*\n\s*\n\s*" if re.search(r"\n[^\S\n]*\n\s*\S", text) else r"\s*\n\s*"
    at = 0
    for match in re.finditer(gap, text):
        if text[at : match.start()].strip():
            yield at, match.start()
        at = match.end()
    if text[at:].strip():
        yield at, len(text)


def _pieces(article: Article, quote: Span, start: int, end: int) -> Iterator[Piece]:
    edges = {edge for span in (*article.body, quote) for edge in span if start < edge < end}
    cuts = [start, *sorted(edges), end]
    for left, right in zip(cuts, cuts[1:], strict=False):
        is_body = any(opened <= left and right <= closed for opened, closed in article.body)
        is_quote = quote[0] <= left and right <= quote[1]
        yield "quote" if is_quote else "text" if is_body else "boilerplate", article.text[left:right]
