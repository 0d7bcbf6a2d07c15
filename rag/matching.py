"""A sentence laid beside a source: which of the source's sentences holds which of its words, figures and names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.english.dates import Day
from index.english.names import GENERIC, Name, acronyms, is_same
from index.english.numbers import Figure
from index.english.sentences import sentence_spans
from index.english.wording import Reading, read
from index.english.words import Word, plain_with_offsets, read_words, straight

_WORTH = 0.08  # the share of a claim that a further sentence must add to be quoted with the first
_NEIGHBOUR = 0.8  # what a word counts that stands in the sentence before or after
_TITLE = 0.9  # the same for one in the title


@dataclass(frozen=True)
class Source:
    """What a sentence cites. Relative days in `text` ("Tuesday") are counted from `published`, an ISO day."""

    text: str
    published: str | None = None
    title: str = ""
    publisher: str = ""


@dataclass(frozen=True)
class Prepared:
    """A source read: its sentences (`parts`, the title last, without a span) and where each stem and key stands.

    `whole` is the text as one, `bounds` are its words sentence by sentence; `common` are words it writes small;
    `plain` is the text in small letters with single blanks, `letters` the same without punctuation.
    """

    source: Source
    spans: tuple[Span, ...]
    parts: tuple[Reading, ...]
    stems: Mapping[str, frozenset[int]]
    names: Mapping[str, frozenset[int]]
    short_forms: frozenset[str]
    common: frozenset[str]
    whole: Reading
    bounds: tuple[range, ...]
    plain: str
    letters: str

    def runs(self, text: str) -> Iterator[Span]:
        """Where `text` stands in the plain source."""
        start = self.plain.find(text) if text else -1
        while start >= 0:
            yield start, start + len(text)
            start = self.plain.find(text, start + 1)


@dataclass(frozen=True)
class Match:
    """A claim beside a source: how far (0 to 1) each part (column) holds each content word, figure or day (row).

    `places` are the rows' places among the claim's words, `around` is `holds` with the sentences before and after,
    `weights` (sum 1) say how much each row counts: the rarer in the source, the more.
    """

    claim: Reading
    prepared: Prepared
    places: tuple[int, ...]
    holds: NDArray[np.float64]
    around: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def cover(self) -> NDArray[np.float64]:
        """The share (0 to 1, by rarity in the source) of the claim's content words that each part holds."""
        covered: NDArray[np.float64] = self.weights @ self.holds
        return covered

    @property
    def together(self) -> float:
        """The largest share of the claim's words that a sentence holds with those beside it and the article's title."""
        count = len(self.prepared.spans)
        titled = _TITLE * self.holds[:, count:].max(axis=1, initial=0.0)
        return float(np.maximum(self.around[:, :count], titled[:, None]).mean(axis=0).max())

    def is_near(self, place: int, window: range) -> bool:
        """Whether a content word of the claim stands in a sentence of the window or beside it."""
        bounds = enumerate(self.prepared.bounds)
        parts = [number for number, bound in bounds if bound.start < window.stop and bound.stop > window.start]
        return bool(self.around[self.places.index(place)][parts].any())

    def rows_of(self, name: Name) -> tuple[int, ...] | None:
        """The rows of a name's words where the source holds them (none for a short form of it); None if it does not."""
        words = self.claim.words
        rows = [row for row, place in enumerate(self.places) if place in name]
        missing = [row for row in rows if not self.holds[row].any()]
        initials = "".join(words[place].low[0] for place in name)
        if not missing:
            return tuple(rows)
        if words[name[0]].low in self.prepared.short_forms or (len(initials) > 2 and initials in self.prepared.names):
            return ()
        beside = self.claim.keys[name[-1] + 1 : name[-1] + 2]  # "Islamic State (ISIS)"
        if any(key.startswith(initials) and key in self.prepared.names and len(initials) > 1 for key in beside):
            return ()
        is_generic = all(words[self.places[row]].low in GENERIC for row in missing)
        return () if is_generic and (len(missing) < len(rows) or len(rows) == 1) else None

    def near(self) -> list[int]:
        """The parts that hold most of the claim, best first, at most 3."""
        cover = self.cover
        order = np.argsort(-cover, kind="stable")[:3]
        return [int(part) for part in order if cover[part] >= 0.5 * cover.max() and cover[part] > 0]


def prepare(source: Source) -> Prepared:
    """Read a source, sentence by sentence."""
    text, at = plain_with_offsets(source.text)
    bounds = sentence_spans(text)
    common = frozenset(word.low for word in read_words(text) if word.text.islower())
    parts = [read(text[start:end], source.published, common) for start, end in bounds]
    if source.title or source.publisher:
        parts.append(read(f"{source.title}. {source.publisher}", source.published, common))
    stems: dict[str, set[int]] = {}
    names: dict[str, set[int]] = {}
    for number, part in enumerate(parts):
        for word, key in zip(part.words, part.keys, strict=True):
            stems.setdefault(word.stem, set()).add(number)
            if word.is_capital and not word.is_light:
                names.setdefault(key, set()).add(number)
    whole = read(text, source.published, common)
    starts = [bisect_left(whole.words, start, key=lambda word: word.start) for start, _ in bounds]
    return Prepared(
        source=source,
        spans=tuple((at[start], at[end - 1] + 1) for start, end in bounds),
        parts=tuple(parts),
        stems={stem: frozenset(where) for stem, where in stems.items()},
        names={key: frozenset(where) for key, where in names.items()},
        short_forms=frozenset().union(*(acronyms(part.words) for part in parts)),
        common=common,
        whole=whole,
        bounds=tuple(range(start, end) for start, end in pairwise([*starts, len(whole.words)])),
        plain=" ".join(straight(text).lower().split()),
        letters=f" {letters_of(straight(text))} ",
    )


def _held(word: Word, key: str, prepared: Prepared) -> NDArray[np.float64]:
    """How far each part of the source holds a word: 1 the word, .8 to .9 a word made from the same root, else 0."""
    row = np.zeros(len(prepared.parts))
    if word.is_capital:
        if key not in prepared.names:
            for other, where in prepared.names.items():
                if is_same(key, other):
                    row[list(where)] = 0.9
        row[list(prepared.names.get(key, ()))] = 1
    elif len(word.stem) >= 5:
        for stem, where in prepared.stems.items():
            if stem.startswith(word.stem[:5]):
                row[list(where)] = 0.8
    row[list(prepared.stems.get(word.stem, ()))] = 1
    return row


def _told(item: Figure | Day, prepared: Prepared) -> NDArray[np.float64]:
    """Which parts of the source have a figure or day: 1 or 0."""
    if isinstance(item, Figure):
        return np.array([float(any(item.fits(other) for other in part.figures)) for part in prepared.parts])
    return np.array([float(any(item.agrees(other) for other in part.days)) for part in prepared.parts])


def lay_beside(claim: Reading, prepared: Prepared) -> Match:
    """Find each content word, figure and day of a claim in a source. The claim must have one."""
    told: dict[int, Figure | Day] = {}
    for items in (claim.figures, claim.days):
        told |= {bisect_left(claim.words, item.start, key=lambda word: word.start): item for item in items}
    places = tuple(sorted({*claim.content, *told} - {len(claim.words)}))
    holds = np.array([
        _told(told[place], prepared) if place in told else _held(claim.words[place], claim.keys[place], prepared)
        for place in places
    ])  # fmt: skip
    around = holds.copy()
    around[:, 1:] = np.maximum(around[:, 1:], _NEIGHBOUR * holds[:, :-1])
    around[:, :-1] = np.maximum(around[:, :-1], _NEIGHBOUR * holds[:, 1:])
    rarity = 1 / (1 + np.log(np.maximum(1, (holds > 0).sum(axis=1))))
    return Match(claim, prepared, places, holds, around, rarity / rarity.sum())


def best_spans(match: Match) -> tuple[Span, ...]:
    """The sentences that hold most of the claim, then those that hold what is still missing."""
    count = len(match.prepared.spans)
    chosen = [int(match.cover[:count].argmax())]
    held = match.holds[:, chosen[0]]
    while len(chosen) < min(3, count):
        gains = [float(match.weights @ np.maximum(held, match.holds[:, number])) for number in range(count)]
        best = int(np.argmax(gains))
        if gains[best] < float(match.weights @ held) + _WORTH:
            break
        chosen.append(best)
        held = np.maximum(held, match.holds[:, best])
    return tuple(match.prepared.spans[number] for number in chosen)


def letters_of(text: str) -> str:
    """Its words in small letters, with single blanks between them and nothing else."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
