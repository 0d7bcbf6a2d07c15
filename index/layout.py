"""Where words stand on pages: side by side on lines, in a running head or foot, in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_EDGE_LINES = 4  # a running head or foot has at most so many
_MARGIN = 0.07  # of the page's height, where numbers and small type on several pages are no text
_NUMBER = re.compile(r"\W*(?:page|p)?\W*(?:\d{1,4}|[ivxl]{1,6})(?:\W+(?:of\s+)?\d{1,4})?\W*", re.I)
_GUTTER = 1.0  # of the size of the type, the least width of the room between columns


@dataclass(frozen=True)
class Piece:
    """Words on one line: points from the page's top left corner; `size` is that of the type."""

    text: str
    left: float
    right: float
    middle: float
    size: float
    confidence: float = 1.0
    page: int = 0


@dataclass(frozen=True)
class Page:
    """What stands on a page, in any order. `is_recognized`: from a picture, with rough sizes."""

    pieces: tuple[Piece, ...]
    height: float
    is_recognized: bool = False


_Line = list[Piece]


def confidence(pieces: Sequence[Piece]) -> float:
    """How sure the reading of these is, from 0 to 1: the mean over their letters."""
    letters = sum(len(piece.text) for piece in pieces)
    return sum(piece.confidence * len(piece.text) for piece in pieces) / max(1, letters)


def lines_of(pieces: Sequence[Piece]) -> list[_Line]:
    """The pieces that stand side by side, from top to bottom, each line from left to right."""
    lines: list[_Line] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        first = lines[-1][0] if lines else None
        if first and piece.middle - first.middle < 0.6 * min(piece.size, first.size):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [sorted(line, key=lambda piece: piece.left) for line in lines]


def line_pitch(middles: Sequence[float], size: float) -> float:
    """From one line to the next within paragraphs in type of this size."""
    steps = (abs(below - above) for above, below in pairwise(middles))
    return median([step for step in steps if 0 < step < 2.2 * size] or [1.2 * size])


def without_heads(pages: list[list[_Line]], heights: Sequence[float]) -> list[list[_Line]]:
    """The lines of each page without those at its top and bottom that its neighbours have too."""
    upward = [lines[::-1] for lines in pages]
    kept = []
    for at, lines in enumerate(pages):
        top, bottom = (_count_running(edges, at, heights[at]) for edges in (pages, upward))
        kept.append(lines[top : max(top, len(lines) - bottom)])
    return kept


def _count_running(pages: list[list[_Line]], at: int, height: float) -> int:
    """How many lines from the edge inwards are a running head or foot, which stands apart."""
    lines = [line[0] for line in pages[at]]
    near = [*pages[max(0, at - 2) : at], *pages[at + 1 : at + 3]]
    others = [line for page in near for line in page[:_EDGE_LINES]]
    size = median([first.size for first in lines] or [0.0])
    pitch = line_pitch([first.middle for first in lines], size)
    count = 0
    for number, line in enumerate(pages[at][:_EDGE_LINES], start=1):
        if not _is_running(line, others, height, size):
            break
        if number == len(lines) or abs(lines[number].middle - line[0].middle) > 1.15 * pitch:
            count = number
    return count


def _is_running(line: _Line, others: Sequence[_Line], height: float, size: float) -> bool:
    """Whether a line stands on other pages too, but for its numbers; in the margin any may."""
    first, words = line[0], re.sub(r"\d+", "0", _words(line))
    place = min(first.middle, height - first.middle) / height
    is_marginal = place < _MARGIN and first.size <= size  # a chapter's name, which changes
    return bool(is_marginal and _NUMBER.fullmatch(words)) or any(
        abs(first.middle - other[0].middle) < 0.02 * height
        and abs(first.size - other[0].size) < 0.1 * first.size
        and (is_marginal or words == re.sub(r"\d+", "0", _words(other)))
        for other in others
    )


def _words(line: _Line) -> str:
    return " ".join(piece.text for piece in line)


def columns(pieces: Sequence[Piece], gutters: list[float]) -> Iterator[list[Piece]]:
    """The pieces in the order of reading, cut where columns of prose stand side by side.

    `gutters` holds where columns were parted so far, and is added to.
    """
    pieces = sorted(pieces, key=lambda piece: piece.middle)
    band = max(_bands(pieces, gutters), key=lambda band: band[1] - band[0], default=None)
    if band:
        first, last, gutter = band
        gutters.append(gutter)
        for part in (pieces[:first], *_sides(pieces[first:last], gutter), pieces[last:]):
            yield from columns(part, gutters)
    elif pieces:
        yield pieces


def _bands(pieces: list[Piece], gutters: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    """(first, last, where) of each run of pieces that a gutter parts into columns."""
    pairs = (sorted(pair, key=lambda piece: piece.left) for pair in pairwise(pieces))
    apart = (right.left for left, right in pairs if right.left - left.right > _GUTTER * left.size)
    for gutter in {int(edge) - 1.0 for edge in apart}:
        reach = [piece.right + _GUTTER / 2 * piece.size for piece in pieces]
        crossing = (at for at, piece in enumerate(pieces) if piece.left < gutter < reach[at])
        for before, last in pairwise((-1, *crossing, len(pieces))):
            if _are_columns(pieces[before + 1 : last], gutter, gutters):
                yield before + 1, last, gutter


def _sides(pieces: Sequence[Piece], gutter: float) -> tuple[list[Piece], list[Piece]]:
    left = [piece for piece in pieces if piece.left < gutter]
    return left, [piece for piece in pieces if piece.left >= gutter]


def _are_columns(pieces: Sequence[Piece], gutter: float, gutters: Sequence[float]) -> bool:
    """Whether both sides are lines of prose: three at least, or one where columns are known.

    The lines of a table are shorter.
    """
    fewest = 1 if any(abs(gutter - known) < 9 for known in gutters) else 3  # points
    for side in _sides(pieces, gutter):
        lines = lines_of(side)
        if len(lines) < fewest:
            return False
        whole = max(line[-1].right for line in lines) - min(line[0].left for line in lines)
        usual = median(line[-1].right - line[0].left for line in lines)
        if usual < 0.6 * whole or median(len(_words(line)) for line in lines) < 18:
            return False
    return True
