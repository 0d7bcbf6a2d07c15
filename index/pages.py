"""From words and where they stand on pages to a text of whole paragraphs in reading order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from operator import itemgetter
from statistics import median

from index.article import KEPT
from index.english.sentences import sentence_spans
from index.layout import Page, Piece, columns, confidence, line_pitch, lines_of, without_heads
from index.metadata import Content, mended, read_credit

CELLS = " | "  # between the cells of a table's row
DOUBTFUL = 0.8  # confidence of text recognition, below which a line is kept but not quoted
_ENDS = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•◦▪●■*]|(?:[-–—]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
_BROKEN = re.compile(r"[^\W\d_]+- [^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LONGEST_HEADING = 200  # characters
_SLACK = 1.1  # between the sizes of type that count as one


_Paragraph = list[Piece]  # of rows, each a line as it is read


def compose(pages: Sequence[Page], known: Collection[str]) -> Content:
    """The text of the pages in the order of reading, a paragraph a line.

    A sentence that goes on in the next column or page is not broken, nor is a word at a line's end
    (`known` are words, in small letters). What stands in the margin of several pages goes.
    Headings and sentences with a doubtful line are outside the body.
    """
    written = [lines_of(page.pieces) for page in pages]
    kept = without_heads(written, [page.height for page in pages])
    gutters: list[float] = []
    blocks = [
        _paragraphs([_row(line, number) for line in lines_of(column)])
        for number, lines in enumerate(kept)
        for column in columns([piece for line in lines for piece in line], gutters)
    ]
    rows = [row for block in blocks for paragraph in block for row in paragraph]
    body = median([size for row in rows for size in [row.size] * len(row.text)] or [0.0])
    text, outside, starts, title = _written(_joined(blocks, body), len(pages), body, known)
    read = [piece for page in pages if page.is_recognized for piece in page.pieces]
    heads = [_row(line, 0).text for line in written[0] if line not in kept[0]] if pages else []
    return Content(
        mended(text),
        KEPT,
        {"title": title} if title else {},
        outside,
        pages=starts,
        recognized=confidence(read) if read else None,
        fallback=_issue(heads),
    )


def _issue(heads: Iterable[str]) -> dict[str, str]:
    """The paper and its day, where a running head gives both: a day alone may be the printer's."""
    for credit in filter(None, map(read_credit, heads)):
        if credit.publisher and credit.published and not credit.revised:
            day = {"published": credit.published, "published_from": "running head"}
            return {"publisher": credit.publisher, **day}
    return {}


def _row(line: Sequence[Piece], page: int) -> Piece:
    """A line as one piece, with the cells of a table's row parted."""
    text = line[0].text
    for before, piece in pairwise(line):
        gap = (piece.left - before.right) / piece.size
        text += (CELLS if gap > 1.6 else " " if gap > 0.15 else "") + piece.text
    # a bullet may be of any size
    main = max(line, key=lambda piece: (len(piece.text) > 2, piece.size))
    sure = min(piece.confidence for piece in line)
    edges = {"left": line[0].left, "right": line[-1].right}
    return replace(main, text=text, confidence=sure, page=page, **edges)


def _paragraphs(rows: list[Piece]) -> list[_Paragraph]:
    """The rows of a column as paragraphs."""
    rights = sorted(row.right for row in rows)
    edge = rights[len(rights) * 9 // 10]  # how far lines go before they wrap
    pitch = line_pitch([row.middle for row in rows], median(row.size for row in rows))
    paragraphs = [[rows[0]]]
    for above, row in pairwise(rows):
        is_far = row.middle - above.middle > 1.35 * max(pitch, above.size)
        is_first = not row.text[0].islower() and not _BULLET.match(above.text)
        is_indented = is_first and 0.8 * row.size < row.left - above.left < 5 * row.size
        if is_far or is_indented or not _goes_on(above, row, edge):
            paragraphs.append([])
        paragraphs[-1].append(row)
    return paragraphs


def _goes_on(above: Piece, row: Piece, edge: float) -> bool:
    """Whether a row is in the same type as the one above and goes on with what stands there.

    Where its first word would have fitted in above, up to the `edge`, that one ended on purpose.
    """
    if CELLS in above.text or CELLS in row.text or _BULLET.match(row.text):
        return False
    if not 1 / _SLACK < row.size / above.size < _SLACK:
        return False
    word = len(row.text.split()[0]) / len(row.text) * (row.right - row.left)
    is_full = above.right + word + 0.8 * row.size >= edge
    return is_full or (row.text[0].islower() and not _ENDS.search(above.text))


def _joined(blocks: Sequence[Sequence[_Paragraph]], body: float) -> list[_Paragraph]:
    """All paragraphs: one that goes on in the next column or page stands after the footnotes."""
    paragraphs: list[_Paragraph] = []
    for first, *rest in blocks:
        at = len(paragraphs) - 1
        while at > 0 and paragraphs[at][-1].size < 0.92 * body <= first[0].size:
            at -= 1
        if paragraphs:
            last = paragraphs[at]
            edge = last[-1].left + max(row.right - row.left for row in (*last, *first))
            if not _ENDS.search(last[-1].text) and _goes_on(last[-1], first[0], edge):
                first = paragraphs.pop(at) + first
        paragraphs += [first, *rest]
    return paragraphs


def _written(
    paragraphs: list[_Paragraph], pages: int, body: float, known: Collection[str]
) -> tuple[str, frozenset[int], tuple[int, ...], str]:
    """The text, its lines outside the body, where each page begins, and the title.

    Short paragraphs in larger type than that of the `body` are headings.
    """
    whole = _BROKEN.sub(" ", " ".join(row.text for rows in paragraphs for row in rows))
    seen = {word.casefold() for word in _WORD.findall(whole)}
    lines: list[tuple[str, bool]] = []
    begins: dict[int, int] = {}
    headings: list[tuple[int, str]] = []
    offset = 0
    for rows in paragraphs:
        words, starts = _flowing(rows, seen, known)
        for row, start in zip(rows, starts, strict=True):
            begins.setdefault(row.page, offset + start)
        is_large = rows[0].size > _SLACK * body and not _ENDS.search(words)
        if is_large and len(words) < _LONGEST_HEADING:
            lines.append((words, True))
            headings += [(round(rows[0].size), words)] * (rows[0].page == paragraphs[0][0].page)
        else:
            lines += _parted(words, rows, starts)
        lines.append(("", False))
        offset += len(words) + 2
    text = "\n".join(line for line, _ in lines[:-1])
    outside = frozenset(at for at, (_, is_outside) in enumerate(lines) if is_outside)
    places = [len(text)] * (pages + 1)
    for page in reversed(range(pages)):
        places[page] = begins.get(page, places[page + 1])
    _, title = max(headings, key=itemgetter(0), default=(0, ""))
    return text, outside, tuple(places[:pages]), title


def _flowing(
    rows: _Paragraph, seen: Collection[str], known: Collection[str]
) -> tuple[str, list[int]]:
    """The rows as one line, and where each begins in it."""
    text, starts = "", []
    for row in rows:
        text = _before(text, row.text, seen, known) if text else ""
        starts.append(len(text))
        text += row.text
    return text, starts


def _before(text: str, following: str, seen: Collection[str], known: Collection[str]) -> str:
    """What stands before the next row: `text` and a space, or without its hyphen, or as it is.

    A hyphen belongs to the word where the document has it so elsewhere, else where what it parts
    are words and the whole is none, and between the same vowel twice.
    """
    if not re.search(r"\S[-–—/]$", text) or not following[0].isalnum():
        return f"{text} "
    broken, rest = re.search(r"(.?)\b([^\W\d_]+)-$", text), re.match(r"[^\W\d_]+", following)
    if broken is None or rest is None:
        return text
    if rest[0][0].isupper() and not (broken[2] + rest[0]).isupper():  # a name
        return text
    head, tail = broken[2].casefold(), rest[0].casefold()
    is_hyphened = f"{head}-{tail}" in seen
    if head + tail in seen or (head + tail in known and not is_hyphened):
        return text[:-1]
    are_words = all(part in seen or part in known for part in (head, tail))
    is_compound = are_words and (len(head) > 2 or broken[2].isupper())
    is_vowel_twice = head[-1] == tail[0] and tail[0] in "aeiou"
    is_kept = is_hyphened or broken[1] == "-" or is_compound or is_vowel_twice
    return text if is_kept else text[:-1]


def _parted(words: str, rows: _Paragraph, starts: list[int]) -> Iterator[tuple[str, bool]]:
    """A paragraph in lines of whole sentences, each with whether a row in it is doubtful."""
    ends = [*starts[1:], len(words)]
    doubtful = [
        span for *span, row in zip(starts, ends, rows, strict=True) if row.confidence < DOUBTFUL
    ]
    sentences = [
        (words[start:end], any(left < end and start < right for left, right in doubtful))
        for start, end in sentence_spans(words)
    ]
    for is_doubtful, group in groupby(sentences, key=itemgetter(1)):
        yield " ".join(sentence for sentence, _ in group), is_doubtful
