"""An Answer as text for a terminal, as Markdown and as HTML. Pure functions; what an article says is inert in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from index.english.dates import written_day
from rag.answer import Answer, Citation, Sentence

if TYPE_CHECKING:
    from rag.retrieval import SearchResult

CLOSEST = "Closest passages"
MORE = "More from the articles"
_SHOWN_CHARACTERS = 200  # of a passage found
QUOTATION_MARKS = ("“", '"', "‘", "«", "„")  # a quote that begins with one of these gets no second
DOUBTS = {"not_shown": "not supported", "unchecked": "unchecked"}

# What a terminal obeys: escape sequences whole (colours, titles, links), then every control that stands alone.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
)
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_CONTROLS = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>|~$&@]|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=WWW)(?=\.))")
_MARKDOWN_START = re.compile(r"^(\s*\d*)([-+#=.)])")
# HTML that is pasted into Markdown goes through its parser: none of that parser's signs may come from an article.
_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*_[]{}()$~|!:@"}


def terminal(answer: Answer, width: int = 80) -> Text:
    """The answer for a terminal of `width` columns: sentences with [n], each source once, notes.

    A source is followed by its words only where no sentence says them. It is wrapped already: print it with
    `soft_wrap=True`. Answering words are bold and asides dim; no fact depends on either, so `.plain` says the
    same in a pipe.
    """
    blocks = [Text(clean(line), style="dim") for line in preamble(answer)]
    if not answer.sentences:
        blocks.append(Text(clean(answer.text), style="bold"))
    blocks += [_terminal_paragraph(paragraph) for paragraph in paragraphs(answer.sentences)]
    lines = [_wrapped(Text(line), width, indent=4) for line in _terminal_sources(answer)]
    if lines:
        blocks.append(Text("\n").join([Text(f"{heading(answer)}:")] * (not answer.sentences) + lines))
    blocks += [Text(clean(line), style="dim") for line in asides(answer)]
    return Text("\n\n").join(_wrapped(block, width) for block in blocks)


def terminal_more(answer: Answer, width: int = 80) -> Text:
    """What the articles say beside an answer, for a terminal: each sentence below where it stands."""
    lines = [f"{one.number}. {origin(one)}\n{in_marks(clean(one.quote).strip())}" for one in answer.more]
    return Text("\n").join([Text(f"{MORE}:"), *(_wrapped(Text(line), width, indent=3) for line in lines)])


def terminal_passage(number: int, found: SearchResult, width: int = 80) -> Text:
    """One result of a search for a terminal: where it stands, its article's title, and how it begins."""
    who = ", ".join(clean(part) for part in (found.publisher, found.published) if part)
    place = f"{number}. {clean(found.path)} [{found.start}:{found.end}] {found.score:.2f} {who}".rstrip()
    begins = shorten(clean(found.text), _SHOWN_CHARACTERS, placeholder=" ...")
    lines = [Text(place, style="bold"), Text(clean(found.title)), Text(begins)]
    return Text("\n   ").join(_wrapped(line, width, indent=3) for line in lines)


def markdown(answer: Answer) -> str:
    """The answer in Markdown, its footnotes under it; the signs in an article's words are escaped."""
    blocks = [_emphasised(markdown_text(line), "*") for line in preamble(answer)]
    if not answer.sentences:
        blocks.append(_emphasised(markdown_text(answer.text), "**"))
    blocks += [" ".join(map(_markdown_sentence, paragraph)) for paragraph in paragraphs(answer.sentences)]
    if cited := answer.closest or answer.citations:
        blocks.append("---" if answer.sentences else f"{heading(answer)}:")
        blocks += [f"[{one.number}] {_markdown_footnote(one, answer.mode == 'catalog')}" for one in cited]
    if answer.more:
        blocks += [f"{MORE}:", *(f"{one.number}. {_markdown_footnote(one)}" for one in answer.more)]
    blocks += [_emphasised(markdown_text(line), "*") for line in asides(answer)]
    return "\n\n".join(blocks) + "\n"


def html(answer: Answer, turn: int = 0) -> str:
    """The answer as one line of HTML; its numbers link to `#cite-TURN-NUMBER` under it.

    Everything that an article, a model or a person wrote is escaped, also against a Markdown parser.
    """
    parts = [f'<p class="aside">{inert(line)}</p>' for line in preamble(answer)]
    if not answer.sentences:
        parts.append(f'<p class="{"refusal" if answer.refused else "told"}">{inert(answer.text)}</p>')
    for paragraph in paragraphs(answer.sentences):
        parts.append(f"<p>{' '.join(_html_sentence(answer, sentence, turn) for sentence in paragraph)}</p>")
    if cited := answer.closest or answer.citations:
        parts.append(f'<p class="heading">{heading(answer)}</p>')
        parts.append(_html_footnotes(cited, f"cite-{turn}", answer.mode == "catalog"))
    if answer.more:
        parts.append(f"<details><summary>{MORE}</summary>{_html_footnotes(answer.more, f'more-{turn}')}</details>")
    parts += [f'<p class="aside">{inert(line)}</p>' for line in asides(answer)]
    return f'<div class="answer{" refused" * answer.refused}">{"".join(parts)}</div>'


def origin(citation: Citation, is_titled: bool = False) -> str:
    """Where the words stand: `report.pdf, page 3 · The Cradle · 17 August 2023`; behind the title if `is_titled`."""
    page = f", page {citation.page}" if citation.page else ""
    title = in_marks(citation.title) if is_titled else ""
    parts = (title, f"{citation.path}{page}", citation.publisher, written_day(citation.published))
    return " · ".join(clean(part) for part in parts if part)


def recognized_words(confidence: float) -> str:
    """What is said of an article whose text was read from pictures: `read by text recognition, confidence 0.93`."""
    return f"read by text recognition, confidence {confidence:.2f}"


def paragraphs(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences in paragraphs: one that says who says it (its lead) begins a new one."""
    found: list[list[Sentence]] = []
    for sentence in sentences:
        if sentence.lead or not found:
            found.append([])
        found[-1].append(sentence)
    return found


def inert_line(text: str) -> str:
    """The text on one line, its spaces as they are, without what a terminal obeys or what turns its direction."""
    return _CONTROLS.sub("", _BREAKS.sub(" ", _SEQUENCES.sub("", text)))


def clean(text: str) -> str:
    """The text on one line, one space between words, without what a terminal obeys."""
    return re.sub(r"\s+", " ", inert_line(text))


def inert(text: str) -> str:
    """The text on one line, for HTML content or a quoted attribute, where neither HTML nor Markdown sees a sign."""
    return escape(clean(text)).translate(_ENTITIES)


def pieces(sentence: Sentence) -> Iterator[tuple[str, bool]]:
    """The sentence's text in order, cut where emphasis begins and ends; True marks the answering words."""
    at = 0
    for start, end in sorted(sentence.emphasis):
        if at <= start < end:
            yield sentence.text[at:start], False
            yield sentence.text[start:end], True
            at = end
    yield sentence.text[at:], False


def heading(answer: Answer) -> str:
    return "Footnotes" if answer.sentences else CLOSEST if answer.refused else "Articles"


def _markdown_footnote(citation: Citation, is_titled: bool = False) -> str:
    return markdown_text(f"{origin(citation, is_titled)} · {in_marks(clean(citation.quote).strip())}")


def in_marks(quote: str) -> str:
    """The quote in quotation marks; one that begins with a mark has its own."""
    return quote if quote[:1] in QUOTATION_MARKS else f"“{quote}”"


def preamble(answer: Answer) -> list[str]:
    understood = clean(answer.asked_as).strip()
    return [] if understood == clean(answer.question).strip() else [f"Interpreted as “{understood}”"]


def asides(answer: Answer) -> list[str]:
    lines = [note.text for note in answer.notes]
    if answer.as_of:
        lines.append(f"As of {written_day(answer.as_of)}: articles published later were left out.")
    if answer.suggestion:
        lines.append(f"You could ask: {answer.suggestion}")
    return lines


def _terminal_paragraph(sentences: Sequence[Sentence]) -> Text:
    text = Text()
    for sentence in sentences:
        if text:
            text.append(" ")
        if sentence.lead:
            text.append(clean(sentence.lead), style="dim").append(" ")
        for piece, emphasised in pieces(sentence):
            text.append(clean(piece), style="bold" if emphasised else "")
        text.append(marks(sentence))
    return text


def _terminal_sources(answer: Answer) -> list[str]:
    """Each source once, with all its numbers; under it the quotes that are not in the answer already."""
    said = " ".join(clean(sentence.text) for sentence in answer.sentences)
    groups: dict[tuple[str, str], list[Citation]] = {}
    for citation in answer.closest or answer.citations:
        groups.setdefault((citation.root, origin(citation, answer.mode == "catalog")), []).append(citation)
    lines = []
    for (_, where), cited in groups.items():
        lines.append(" ".join([*(f"[{one.number}]" for one in cited), where]))
        marked = [(f"[{one.number}] " if len(cited) > 1 else "", clean(one.quote).strip()) for one in cited]
        lines += [f"    {mark}{in_marks(quote)}" for mark, quote in marked if quote not in said]
    return lines


def _wrapped(text: Text, width: int, indent: int = 0) -> Text:
    lines = text.wrap(Console(width=width, color_system=None), width - indent)
    for line in lines:
        line.rstrip()
    return Text("\n" + " " * indent).join(lines)


def marks(sentence: Sentence) -> str:
    """What follows a sentence: its numbers, or that it is not borne out (then it has no footnote)."""
    if sentence.support in DOUBTS:
        return f" ({DOUBTS[sentence.support]})"
    return "".join(f" [{number}]" for number in sentence.citations)


def _markdown_sentence(sentence: Sentence) -> str:
    escaped = ((markdown_text(piece), bold) for piece, bold in pieces(sentence))
    words = "".join(_emphasised(piece, "**") if bold else piece for piece, bold in escaped)
    lead = f"{markdown_text(sentence.lead)} " if sentence.lead else ""
    return f"{lead}{words.strip()}{marks(sentence)}"


def markdown_text(text: str) -> str:
    """The text on one line, in which Markdown sees no sign."""
    return _MARKDOWN_START.sub(r"\1\\\2", _MARKDOWN_SIGNS.sub(r"\\\1", clean(text)))


def _emphasised(markdown_text: str, sign: str) -> str:
    return re.sub(r"^(\s*)(\S|\S.*\S)(\s*)$", rf"\1{sign}\2{sign}\3", markdown_text)


def _html_sentence(answer: Answer, sentence: Sentence, turn: int) -> str:
    lead = f'<span class="lead">{inert(sentence.lead)}</span> ' if sentence.lead else ""
    words = "".join(f"<strong>{inert(piece)}</strong>" if bold else inert(piece) for piece, bold in pieces(sentence))
    if sentence.support in DOUBTS:
        return f'{lead}<span class="doubt">{words}</span> <em class="verdict">{DOUBTS[sentence.support]}</em>'
    chips = "".join(_chip(answer.citation(number), number, turn) for number in sentence.citations)
    return f"{lead}{words}{chips}"


def _chip(citation: Citation, number: int, turn: int) -> str:
    page = citation.page and f"page {citation.page}"
    who = ", ".join(part for part in (citation.publisher, written_day(citation.published), page) if part)
    title = inert(f"{who}: {citation.quote}")
    name = f'<span class="unseen">footnote </span>{number}'
    return f'<a href="#cite-{turn}-{number}" class="cite" title="{title}">{name}</a>'


def _html_footnotes(citations: Sequence[Citation], name: str, is_titled: bool = False) -> str:
    lines = ""
    for one in citations:
        tag = "span" if clean(one.quote).strip()[:1] in QUOTATION_MARKS else "q"  # q puts marks around its words
        words = f'<span class="origin">{inert(origin(one, is_titled))}</span><{tag}>{inert(one.quote).strip()}</{tag}>'
        lines += f'<li id="{name}-{one.number}"><span class="number">{one.number}</span> {words}</li>'
    return f'<ol class="footnotes">{lines}</ol>'
