"""From words and where they stand on pages to a text of whole paragraphs in reading order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import itemgetter
from statistics import median

from index.layout import Page, Piece, columns, lines_of, without_heads
from index.sentences import sentence_spans

CELLS = " | "  # between the cells of a table's row
DOUBTFUL = 0.8  # confidence of text recognition, below which a line is kept but not quoted
_ENDS = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_BULLET = re.compile(r"(?:[•◦▪●■*]|[-–—](?=\s)|\(?\d{1,2}[.)](?=\s)|\(?[a-z]\)(?=\s))")
_HYPHEN = re.compile(r"([^\W\d_]+)-$")
_BROKEN = re.compile(r"[^\W\d_]+- [^\W\d_]+")
_MEETING_VOWELS = re.compile(r"([aeiou])\1", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LONGEST_HEADING = 200  # characters


@dataclass(frozen=True)
class Composed:
    """The text of pages: `starts` holds where each begins, `outside` headings and doubtful lines.

    `heads` is what stood in the margins of the first page and of others; it is not in the text.
    """

    text: str
    starts: tuple[int, ...]
    outside: frozenset[int]
    title: str
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """A line as it is read: the pieces of a table's row stand in it side by side."""

    text: str
    left: float
    right: float
    middle: float
    size: float
    page: int
    is_doubtful: bool


_Rows = list[_Row]
_Paragraph = list[_Row]
_IsWord = Callable[[str], bool]


def compose(pages: Sequence[Page], is_word: _IsWord) -> Composed:
    """The text of the pages in the order of reading, a paragraph a line.

    A sentence that goes on in the next column or page is not broken, nor is a word at a line's end
    (`is_word` says whether letters are a word). What stands in the margin of several pages goes.
    """
    written = [lines_of(page.pieces) for page in pages]
    kept = without_heads(written, [page.height for page in pages])
    heads = tuple(_row(line, 0).text for line in written[0] if line not in kept[0]) if pages else ()
    blocks = []
    gutters: list[float] = []
    slack = 1.35 if any(page.is_recognized for page in pages) else 1.1
    for number, lines in enumerate(kept):
        for column in columns([piece for line in lines for piece in line], gutters):
            rows = [_row(line, number) for line in lines_of(column)]
            blocks.append(_paragraphs(rows, slack))
    body = _body_size(rows for block in blocks for rows in block)
    return replace(
        _written(_joined(blocks, slack, body), len(pages), slack * body, is_word), heads=heads
    )


def _row(line: Sequence[Piece], page: int) -> _Row:
    text, right = line[0].text, line[0].right
    is_tight = any(
        " " in piece.text for piece in line
    )  # a justified line is wide between all its words
    for piece in line[1:]:
        gap = (piece.left - right) / piece.size
        text += (
            CELLS if gap > (1 if is_tight else 1.6) else " " if gap > 0.15 else ""
        ) + piece.text
        right = max(right, piece.right)
    main = max(
        line, key=lambda piece: (len(piece.text) > 2, piece.size)
    )  # a bullet may be of any size
    is_doubtful = min(piece.confidence for piece in line) < DOUBTFUL
    return _Row(text, line[0].left, right, main.middle, main.size, page, is_doubtful)


def _paragraphs(rows: _Rows, slack: float) -> list[_Paragraph]:
    """The rows of a column as paragraphs."""
    if not rows:
        return []
    edge = _edge(rows)
    pitch = median(_pitches(rows) or [rows[0].size])
    paragraphs = [[rows[0]]]
    for above, row in pairwise(rows):
        is_far = row.middle - above.middle > 1.35 * max(pitch, above.size)
        if is_far or _is_new(above, row, edge, slack):
            paragraphs.append([])
        paragraphs[-1].append(row)
    return paragraphs


def _pitches(rows: _Rows) -> list[float]:
    """From line to line, where the distance is one that lines of a paragraph may have."""
    steps = ((row.middle - above.middle, above.size) for above, row in pairwise(rows))
    return [step for step, size in steps if 0 < step < 2.2 * size]


def _edge(rows: _Rows) -> float:
    """How far right lines go before they wrap: nearly the longest that goes on in small letters."""
    wrapped = [above.right for above, row in pairwise(rows) if row.text[0].islower()]
    rights = sorted(wrapped or [row.right for row in rows])
    return rights[int(0.9 * (len(rights) - 1))]


def _is_new(above: _Row, row: _Row, edge: float, slack: float) -> bool:
    """Whether a row begins a paragraph: by its size, a list's sign, an indent, or room above it."""
    if CELLS in above.text or CELLS in row.text or _BULLET.match(row.text):
        return True
    if not 1 / slack < row.size / above.size < slack:
        return True
    if row.text[0].islower() and not _ENDS.search(above.text):
        return False
    is_indented = 0.8 * row.size < row.left - above.left < 5 * row.size
    return _has_room(above, row, edge) or (is_indented and not _BULLET.match(above.text))


def _has_room(above: _Row, row: _Row, edge: float) -> bool:
    """Whether a row's first word would have fitted into the one above, which ended on purpose."""
    word = len(row.text.split()[0]) / len(row.text) * (row.right - row.left)
    return above.right + word + 0.8 * row.size < edge


def _joined(blocks: Sequence[Sequence[_Paragraph]], slack: float, body: float) -> list[_Paragraph]:
    """All paragraphs: one that goes on in the next column or page stands after the footnotes."""
    paragraphs: list[_Paragraph] = []
    for block in filter(None, blocks):
        count = len(paragraphs)
        while count and paragraphs[count - 1][-1].size < 0.92 * body <= block[0][0].size:
            count -= 1
        notes = paragraphs[count:]
        is_near = not notes or (count and paragraphs[count - 1][0].page == notes[0][0].page)
        if count and is_near and _runs_on(paragraphs[count - 1], block[0], slack):
            paragraphs[count - 1 :] = [*notes, paragraphs[count - 1] + block[0], *block[1:]]
        else:
            paragraphs += block
    return paragraphs


def _runs_on(before: _Paragraph, after: _Paragraph, slack: float) -> bool:
    above, row = before[-1], after[0]
    if (
        CELLS in above.text
        or CELLS in row.text
        or _ENDS.search(above.text)
        or _BULLET.match(row.text)
    ):
        return False
    if not 1 / slack < row.size / above.size < slack:
        return False
    widest = max(near.right - near.left for near in (*before, *after))
    return row.text[0].islower() or not _has_room(above, row, above.left + widest)


def _body_size(paragraphs: Iterator[_Paragraph]) -> float:
    """The size of type that most words have."""
    sizes = sorted((row.size, len(row.text)) for rows in paragraphs for row in rows)
    half, seen = sum(length for _, length in sizes) / 2, 0
    for size, length in sizes:
        seen += length
        if seen >= half:
            return size
    return 1.0


def _written(
    paragraphs: list[_Paragraph], pages: int, largest: float, is_word: _IsWord
) -> Composed:
    """The paragraphs as lines, and where pages begin; type larger than `largest` is a heading's."""
    whole = _BROKEN.sub(" ", " ".join(row.text for rows in paragraphs for row in rows))
    seen = {word.casefold() for word in _WORD.findall(whole)}
    lines: list[str] = []
    outside: set[int] = set()
    begins: dict[int, int] = {}
    headings: list[tuple[float, str]] = []
    offset = 0
    for rows in paragraphs:
        words, starts = _flowing(rows, seen, is_word)
        for row, start in zip(rows, starts, strict=True):
            begins.setdefault(row.page, offset + start)
        written = list(_parted(words, rows, starts))
        if rows[0].size > largest and len(words) < _LONGEST_HEADING and not _ENDS.search(words):
            written = [(words, True)]
            headings += [(rows[0].size, words)] * (rows[0].page == paragraphs[0][0].page)
        outside |= {len(lines) + at for at, (_, is_out) in enumerate(written) if is_out}
        lines += [*(line for line, _ in written), ""]
        offset += len(words) + 2
    text = "\n".join(lines).rstrip("\n")
    places = [len(text)] * (pages + 1)
    for page in reversed(range(pages)):
        places[page] = begins.get(page, places[page + 1])
    title = next((words for size, words in headings if size > 0.95 * max(headings)[0]), "")
    return Composed(text, tuple(places[:pages]), frozenset(outside), title)


def _flowing(rows: _Paragraph, seen: Collection[str], is_word: _IsWord) -> tuple[str, list[int]]:
    """The rows as one line, and where each begins in it."""
    text, starts = "", []
    for row in rows:
        text = _before(text, row.text, seen, is_word) if text else ""
        starts.append(len(text))
        text += row.text
    return text, starts


def _before(text: str, following: str, seen: Collection[str], is_word: _IsWord) -> str:
    """What stands before the next row: `text` and a space, or without its hyphen, or as it is.

    A hyphen belongs to the word where the document has it so elsewhere, else where what it parts
    are words and the whole is none, and between the same vowel twice.
    """
    if not re.search(r"\S[-–—/]$", text) or not following[0].isalnum():
        return f"{text} "
    broken, rest = _HYPHEN.search(text), _LETTERS.match(following)
    if broken is None or rest is None:
        return text
    head, tail = broken[1], rest[0]
    whole, hyphened = (head + tail).casefold(), f"{head}-{tail}".casefold()
    if (tail[0].isupper() and not (head + tail).isupper()) or (
        hyphened in seen and whole not in seen
    ):
        return text
    if whole in seen or is_word(whole):
        return text[:-1]
    are_words = all(part.casefold() in seen or is_word(part) for part in (head, tail))
    is_compound = text[: broken.start()].endswith("-") or (
        are_words and (len(head) > 2 or head.isupper())
    )
    return text if is_compound or _MEETING_VOWELS.fullmatch(head[-1] + tail[0]) else text[:-1]


def _parted(words: str, rows: _Paragraph, starts: list[int]) -> Iterator[tuple[str, bool]]:
    """A paragraph in lines of whole sentences, each with whether a row in it is doubtful."""
    ends = [*starts[1:], len(words)]
    spans = [
        (start, end) for row, start, end in zip(rows, starts, ends, strict=True) if row.is_doubtful
    ]
    sentences = [
        (words[start:end], any(left < end and start < right for left, right in spans))
        for start, end in sentence_spans(words)
    ]
    for is_doubtful, group in groupby(sentences, key=itemgetter(1)):
        yield " ".join(sentence for sentence, _ in group), is_doubtful
