"""The source panel: the article behind a footnote, with the quoted words marked, as inert HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.article import Article, Span
from rag.answer import Answer
from rag.render import inert, origin, sources

GONE = "This article is no longer in the index. The answer quoted these words:"
CHANGED = "This article has changed since the answer, which quoted these words:"


def source_html(article: Article | None, answer: Answer, number: int, turn: int) -> str:
    """The panel for source `number` (from 1) of an answer; `article` is what the index holds now, if anything.

    One line of HTML. Text outside the article's body is dimmed; the quote is in <mark>, once per paragraph.
    """
    numbered = sources(answer)
    citation = numbered[number - 1][1]
    unchanged = article is not None and article.text[citation.start : citation.end] == citation.quote
    parts = [_toolbar(number, len(numbered), turn)]
    parts.append(f'<h2 class="title" tabindex="-1">{inert(citation.title)}</h2>')
    parts.append(f'<p class="origin">{inert(origin(citation))}</p>')
    if not unchanged:
        notice = GONE if article is None else CHANGED
        parts.append(f'<p class="notice">{notice}</p><blockquote>{inert(citation.quote)}</blockquote>')
    if article is not None:
        parts += _paragraphs(article, (citation.start, citation.end) if unchanged else (0, 0))
    return f'<div class="source" id="source-{turn}-{number}">{"".join(parts)}</div>'


def find_source(answers: Sequence[Answer], name: str) -> tuple[int, int] | None:
    """What "cite-TURN-NUMBER" names among a conversation's answers: the turn and the number, or None."""
    match = re.fullmatch(r"cite-([0-9]{1,6})-([0-9]{1,6})", name)
    if not match:
        return None
    turn, number = int(match[1]), int(match[2])
    known = turn < len(answers) and 1 <= number <= len(sources(answers[turn]))
    return (turn, number) if known else None


def _toolbar(number: int, count: int, turn: int) -> str:
    def step(to: int, sign: str, words: str) -> str:
        if not 1 <= to <= count:
            return f'<span class="step off">{sign}</span>'
        return f'<a href="#cite-{turn}-{to}" class="cite step" title="{words}">{sign}</a>'

    place = f'<span class="place">Source {number} of {count}</span>'
    steps = step(number - 1, "‹", "Previous source") + step(number + 1, "›", "Next source")
    close = '<a href="#close" class="close" role="button">Close</a>'
    return f'<div class="tools">{place}{steps}{close}</div>'


def _paragraphs(article: Article, quote: Span) -> Iterator[str]:
    for start, end in _paragraph_spans(article.text):
        # Most files begin with their title, which already stands above.
        if article.text[start:end].strip() == article.title and not start < quote[1] <= end:
            continue
        yield f"<p>{''.join(_pieces(article, quote, start, end))}</p>"


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


def _pieces(article: Article, quote: Span, start: int, end: int) -> Iterator[str]:
    edges = {edge for span in (*article.body, quote) for edge in span if start < edge < end}
    cuts = [start, *sorted(edges), end]
    for left, right in zip(cuts, cuts[1:], strict=False):
        words = inert(article.text[left:right])
        if quote[0] <= left and right <= quote[1]:
            yield f"<mark>{words}</mark>"
        elif any(opened <= left and right <= closed for opened, closed in article.body):
            yield words
        else:
            yield f'<span class="boilerplate">{words}</span>'
