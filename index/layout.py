"""Where words stand on pages: side by side on lines, in a running head or foot, in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_EDGE_LINES = 4  # a running head or foot has at most so many
_MARGIN = 0.09  # of the page's height, at its top and bottom, where a number alone is the page's
_OUTER_MARGIN = (
    0.06  # where small type that stands apart on several pages is no text, whatever it says
)
_NUMBER = re.compile(
    r"(?:page|p\.?)?\s*[-–—]?\s*(?:\d{1,4}|[ivxl]{1,6})\s*(?:(?:of|/|\|)\s*\d{1,4})?\s*[-–—]?", re.I
)
_Gap = tuple[float, float]  # from left to right


@dataclass(frozen=True)
class Piece:
    """Words on one line: points from the page's top left corner; `size` is that of the type."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    confidence: float = 1.0

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Page:
    """What stands on a page, in any order. `is_recognized`: from a picture, with rough sizes."""

    pieces: tuple[Piece, ...]
    height: float
    is_recognized: bool = False


def lines_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces that stand side by side, from top to bottom, each line from left to right."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        near = lines[-1] if lines else []
        heights = [min(piece.bottom, other.bottom) - max(piece.top, other.top) for other in near]
        smaller = min([piece.bottom - piece.top, *(other.bottom - other.top for other in near)])
        if (
            near
            and max(heights) > smaller / 2
            and abs(piece.middle - near[0].middle) < 0.6 * smaller
        ):
            near.append(piece)
        else:
            lines.append([piece])
    return [sorted(line, key=lambda piece: piece.left) for line in lines]


# Heads and feet


def without_heads(
    pages: list[list[list[Piece]]], heights: Sequence[float]
) -> list[list[list[Piece]]]:
    """The lines of each page without those at its top and bottom that its neighbours have too."""
    upward = [lines[::-1] for lines in pages]
    kept = []
    for at, lines in enumerate(pages):
        top, bottom = (_count_running(edges, at, heights[at]) for edges in (pages, upward))
        kept.append(lines[top : max(top, len(lines) - bottom)])
    return kept if any(kept) else pages


def _count_running(pages: list[list[list[Piece]]], at: int, height: float) -> int:
    """How many lines from the edge inwards are a running head or foot, which stands apart."""
    lines = pages[at]
    around = [near for near in range(max(0, at - 2), min(len(pages), at + 3)) if near != at]
    steps = [abs(line[0].middle - after[0].middle) for line, after in pairwise(lines)]
    pitch = sorted(steps)[len(steps) // 4] if len(steps) > 2 else 0.0
    type_size = median([line[0].size for line in lines] or [0.0])
    count = 0
    for number, line in enumerate(lines[:_EDGE_LINES], start=1):
        others = [(near - at, other) for near in around for other in pages[near][:_EDGE_LINES]]
        place = min(line[0].middle, height - line[0].middle) / height
        is_number = place < _MARGIN and _NUMBER.fullmatch(_words(line).strip())
        is_small = (
            place < _OUTER_MARGIN and line[0].size <= type_size
        )  # a chapter's name, which changes
        if not is_number and not any(
            _continues(line, other, by, height, is_small) for by, other in others
        ):
            break
        is_apart = number == len(lines) or steps[number - 1] > 1.15 * max(pitch, 1.2 * line[0].size)
        count = number if is_number or is_apart else count
    return count


def _continues(
    line: list[Piece], other: list[Piece], pages: int, height: float, may_differ: bool
) -> bool:
    """Whether two lines are one head, so many pages apart: numbers are equal or count the pages."""
    if (
        abs(line[0].middle - other[0].middle) > 0.02 * height
        or abs(line[0].size - other[0].size) > 0.1 * line[0].size
    ):
        return False
    split, split_other = (re.split(r"(\d+)", _words(near).casefold()) for near in (line, other))
    if may_differ or split[::2] != split_other[::2]:
        return may_differ
    steps = {
        int(there) - int(here) for here, there in zip(split[1::2], split_other[1::2], strict=True)
    }
    return steps <= {0, pages}


def _words(line: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in line)


# Columns


def columns(pieces: list[Piece], gutters: list[float]) -> Iterator[list[Piece]]:
    """The pieces in the order of reading, cut where columns of prose stand side by side.

    `gutters` holds where columns were parted so far, and is added to.
    """
    pieces = sorted(pieces, key=lambda piece: piece.middle)
    first, last, gutter = _band(pieces, gutters)
    if not last:
        if pieces:
            yield pieces
        return
    gutters.append(gutter)
    band = pieces[first:last]
    left, right = (
        [piece for piece in band if (piece.right > gutter) is is_right]
        for is_right in (False, True)
    )
    for part in (pieces[:first], left, right, pieces[last:]):
        yield from columns(part, gutters)


def _band(pieces: list[Piece], gutters: Sequence[float]) -> tuple[int, int, float]:
    """(first, last, where) of the longest run that a gutter parts into columns; or zeros."""
    found = (0, 0, 0.0)
    if not any(map(_are_beside, pieces, pieces[1:])):
        return found
    edges = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    for first in range(len(pieces)):
        gaps = [edges]
        for last in range(first, len(pieces)):
            gaps = [gap for whole in gaps for gap in _cut(whole, pieces[last])]
            inner = [gap for gap in gaps if edges[0] < gap[0] and gap[1] < edges[1]]
            if not gaps:
                break
            if inner and last + 1 - first > found[1] - found[0]:
                run = pieces[first : last + 1]
                gutter = next(
                    (gap for gap in inner if _are_columns(run, gap, inner, gutters)), None
                )
                found = (first, last + 1, sum(gutter) / 2) if gutter else found
    return found


def _are_beside(piece: Piece, other: Piece) -> bool:
    is_apart = piece.right < other.left or other.right < piece.left
    return is_apart and max(piece.top, other.top) < min(piece.bottom, other.bottom)


def _cut(gap: _Gap, piece: Piece) -> Iterator[_Gap]:
    """What of a gap the piece leaves free, where it is wide enough for a gutter."""
    for left, right in ((gap[0], min(gap[1], piece.left)), (max(gap[0], piece.right), gap[1])):
        if right - left > 0.7 * piece.size:
            yield left, right


def _are_columns(
    pieces: Sequence[Piece], gap: _Gap, gaps: Sequence[_Gap], gutters: Sequence[float]
) -> bool:
    """Whether both sides of a gap are lines of prose: three at least, or where columns are known.

    A table's are short; and a gap no wider than those between words is there by chance.
    """
    fewest = 1 if any(gap[0] < known < gap[1] for known in gutters) else 3
    for is_right in (False, True):
        lines = lines_of([piece for piece in pieces if (piece.left >= gap[1]) is is_right])
        if len(lines) < fewest:
            return False
        left, right = min(line[0].left for line in lines), max(line[-1].right for line in lines)
        fill = median(line[-1].right - line[0].left for line in lines) / (right - left)
        spaces = median(_widest_space(line, gaps) for line in lines)
        if (
            fill < 0.6
            or median(len(_words(line)) for line in lines) < 18
            or spaces > 0.9 * (gap[1] - gap[0])
        ):
            return False
    return True


def _widest_space(line: Sequence[Piece], gaps: Sequence[_Gap]) -> float:
    """The widest space between two pieces of a line through which none of the gaps runs."""
    spaces = [(piece.right, after.left) for piece, after in pairwise(line)]
    inner = (
        right - left
        for left, right in spaces
        if not any(left <= gap[0] and gap[1] <= right for gap in gaps)
    )
    return max(inner, default=0.0)
