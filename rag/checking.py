"""Does a cited text support a sentence? Plain rules over words, figures and names; no language model."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from index.article import Span
from index.sentences import sentence_spans
from rag.figures import Day, Figure, read_days
from rag.names import GENERIC, STRAIGHT, Name, Word, acronyms, is_same, is_title, read_words
from rag.rewording import Change, changes, moved_figure, strange_name, turned, turned_range
from rag.wording import Reading, attribution_fault, denial_fault, opposite_fault, read, swap_fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

Verdict = Literal["supported", "contradicted", "not_shown", "unchecked"]
Likeness = Callable[[Sequence[str]], "NDArray[np.float32]"]  # texts to unit vectors, shape (texts, dimensions)
Fault = tuple[Verdict, str]  # a verdict that is not "supported", and why
_CHECKS = ("quotes", "numbers", "dates", "names", "negation", "direction", "roles", "attribution", "coverage")
_QUOTED = re.compile(r"\"([^\"]+)\"")
_OTHER = re.compile(r"\b(?:other|these|those|first|last|both) $", re.IGNORECASE)
_REACH = 3  # words from a name at which another counts half in its company
_COMPANY = 0.45  # the greatest gap in a name's company; this and _COVERAGE: `python -m eval bench mutants|support`
_STANDS = 0.6  # of the best place of a name, from which another place counts as one
_NEXT = 3  # words that stand nearest to a name
_COVERAGE = 0.9  # the least share of a claim's words that the source has, plus its likeness to a sentence
_USUAL_COSINE = 0.7  # where nothing measures likeness
_NEIGHBOUR = 0.8  # what a word counts that stands in the sentence before or after


@dataclass(frozen=True)
class Source:
    """What a sentence cites. Relative days in `text` ("Tuesday") are counted from `published`, an ISO day."""

    text: str
    published: str | None = None
    title: str = ""
    publisher: str = ""


@dataclass(frozen=True)
class Check:
    """`reason` is empty when supported; `spans` are the nearest sentences of the source's text, best first, at most 3."""

    verdict: Verdict
    reason: str
    checks: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Prepared:
    """A source read: its sentences (the title last, without a span), where each stem and key stands, their vectors."""

    source: Source
    spans: tuple[Span, ...]
    parts: tuple[Reading, ...]
    stems: Mapping[str, frozenset[int]]
    names: Mapping[str, frozenset[int]]
    short_forms: Mapping[str, frozenset[str]]
    common: frozenset[str]
    whole: Reading
    bounds: tuple[range, ...]
    vectors: NDArray[np.float32] | None
    plain: str
    letters: str

    def runs(self, text: str) -> Iterator[Span]:
        """Where `text` stands in the plain source."""
        start = self.plain.find(text) if text else -1
        while start >= 0:
            yield start, start + len(text)
            start = self.plain.find(text, start + 1)


class Checker:
    """Checks sentences against sources. Safe to call from several threads.

    With a `likeness` each check embeds its sentence once, and each source's sentences once.
    """

    def __init__(self, likeness: Likeness | None = None) -> None:
        self._likeness = likeness
        self._prepared = lru_cache(maxsize=256)(lambda source: _prepare(source, likeness))

    def prepare(self, source: Source) -> Prepared:
        """Everything about a source that does not depend on the sentence; the last 256 are kept."""
        return self._prepared(source)

    def check(self, sentence: str, source: Source) -> Check:
        """Whether the source carries the sentence. A check that breaks gives "unchecked", never "supported"."""
        try:
            return _check(sentence, self.prepare(source), self._likeness)
        except Exception as error:
            return Check("unchecked", f"a check broke ({type(error).__name__})", (), ())


@dataclass(frozen=True)
class _Match:
    """A claim beside a source: how far each part (column) holds each content word, figure or day (row), and how much
    each counts."""

    claim: Reading
    prepared: Prepared
    places: tuple[int, ...]  # of the rows, among the claim's words
    holds: NDArray[np.float64]
    around: NDArray[np.float64]  # the same, with the sentence before and after
    weights: NDArray[np.float64]
    cosines: NDArray[np.float64]

    @property
    def cover(self) -> NDArray[np.float64]:
        """The share (0 to 1, by rarity in the source) of the claim's content words that each part holds."""
        covered: NDArray[np.float64] = self.weights @ self.holds
        return covered

    def is_near(self, place: int, window: range) -> bool:
        """Whether a content word of the claim stands in a sentence of the window or beside it."""
        row = self.around[self.places.index(place)]
        parts = [number for number, bound in enumerate(self.prepared.bounds) if bound.start < window.stop and bound.stop > window.start]
        return bool(row[parts].any())

    def near(self) -> list[int]:
        """The parts that hold most of the claim, best first, at most 3."""
        cover = self.cover
        order = np.argsort(-cover, kind="stable")[:3]
        return [int(part) for part in order if cover[part] >= 0.5 * cover.max() and cover[part] > 0]


def _check(sentence: str, prepared: Prepared, likeness: Likeness | None) -> Check:
    claim = read(sentence, prepared.source.published, prepared.common)
    if not claim.content or not prepared.spans:
        return Check("not_shown", "there is nothing to compare", _CHECKS, prepared.spans[:1])
    match = _match(claim, prepared, likeness)
    fault = None if _is_verbatim(claim, prepared) else _fault(match)
    verdict, reason = fault or ("supported", "")
    return Check(verdict, reason, _CHECKS, _best_spans(match))


def _match(claim: Reading, prepared: Prepared, likeness: Likeness | None) -> _Match:
    told = {bisect_left(claim.words, item.start, key=lambda word: word.start): item
            for items in (claim.figures, claim.days) for item in items}  # fmt: skip
    places = tuple(sorted({*claim.content, *told} - {len(claim.words)}))
    holds = np.array([_told(told[place], prepared) if place in told
                      else _held(claim.words[place], claim.keys[place], prepared) for place in places])  # fmt: skip
    around = holds.copy()
    around[:, 1:] = np.maximum(around[:, 1:], _NEIGHBOUR * holds[:, :-1])
    around[:, :-1] = np.maximum(around[:, :-1], _NEIGHBOUR * holds[:, 1:])
    rarity = 1 / (1 + np.log(np.maximum(1, (holds > 0).sum(axis=1))))
    cosines = np.zeros(len(prepared.parts))
    if likeness is not None and prepared.vectors is not None:
        cosines[: len(prepared.vectors)] = prepared.vectors @ np.asarray(likeness([claim.text]))[0]
    return _Match(claim, prepared, places, holds, around, rarity / rarity.sum(), cosines)


def _is_verbatim(claim: Reading, prepared: Prepared) -> bool:
    """Whether the claim is one or more whole sentences of the source."""
    ours = " ".join(claim.text.lower().split()).strip(" .\"'")
    for start, end in prepared.runs(ours):
        before, after = prepared.plain[:start].rstrip(" \"'"), prepared.plain[end:].lstrip("\"' ")
        if (not before or before[-1] in ".!?:|#)") and (not after or after[0] in ".!?" or ours[-1] in "!?:"):
            return True
    return False


def _fault(match: _Match) -> Fault | None:
    """The first thing that keeps the source from bearing the claim out."""
    near = match.near()
    parts = [match.prepared.parts[number] for number in near]
    fault = _quote_fault(match.claim, match.prepared)
    if fault or not near:
        return fault or ("not_shown", "the source says nothing of this")
    close = changes(match.claim, match.prepared.whole, _windows(near, match.prepared.bounds))
    for change in close[1] if close else ():
        if fault := _change_fault(match, close[0], change):
            return fault
    if fault := _figure_fault(match, parts) or _name_fault(match):
        return fault
    for reason in (denial_fault(match.claim, parts), opposite_fault(match.claim, parts[0], match.prepared.stems), swap_fault(match.claim, parts[0])):
        if reason:
            return "contradicted", reason
    if reason := attribution_fault(match.claim, parts[0]):
        return "not_shown", reason
    return None if close is not None else _company_fault(match) or _coverage_fault(match)


def _quote_fault(claim: Reading, prepared: Prepared) -> Fault | None:
    """Words between quotation marks that the source does not say. The title of a work is a name, not a quote."""
    for match in _QUOTED.finditer(claim.text):
        for piece in re.split(r"\.\.\.|…|\[[^\]]*\]", match[1]):
            words = _letters(piece)
            if len(words.split()) > 2 and not is_title(piece) and f" {words} " not in prepared.letters:
                return "not_shown", f"the source does not say '{piece.strip()}'"
    return None


def _windows(near: Sequence[int], bounds: Sequence[range]) -> list[range]:
    """The words of the nearest sentences, and of each with the one before and after it."""
    singles = [number for number in near[:2] if number < len(bounds)]
    pairs = [(first, first + 1) for number in singles[:1] for first in (number - 1, number)]
    joined = [range(bounds[first].start, bounds[last].stop) for first, last in pairs if 0 <= first and last < len(bounds)]
    return [bounds[number] for number in singles] + joined


def _change_fault(match: _Match, window: range, change: Change) -> Fault | None:
    """What was changed, added or dropped in a sentence that otherwise repeats the source's."""
    claim, source = match.claim, match.prepared.whole
    if reason := turned(claim, source, change):
        return "contradicted", reason
    if reason := moved_figure(claim, source, window, change) or strange_name(claim, source, change):
        return "contradicted", reason
    known = {source.words[place].stem for place in change.theirs}
    for place in change.ours:
        word = claim.words[place]
        if place in claim.content and word.stem not in known and not match.is_near(place, window):
            return "not_shown", f"the source does not say '{word.text}' there"
    return None


def _says(ours: str, theirs: str) -> str:
    return f"says {ours}, source says {theirs}"


def _figure_fault(match: _Match, near: Sequence[Reading]) -> Fault | None:
    """A number or day that the source does not have; contradicted where a near sentence has another in its place."""
    claim, parts = match.claim, match.prepared.parts
    published = match.prepared.source.published
    days = [*(day for part in parts for day in part.days), *read_days(published or "")]
    figures = [figure for part in parts for figure in part.figures]
    years = {float(day.year) for day in days if day.year} | {figure.value for figure in figures}
    for day in claim.days:
        if not day.is_told(days, years, published):
            return "not_shown", f"the source does not say {claim.text[day.start : day.end]}"
    if reason := turned_range(claim, match.prepared.whole):
        return "contradicted", reason
    for figure in claim.figures:
        text = claim.text[figure.start : figure.end]
        is_free = text.lower() == "one" or (figure.is_ordinal and text[0].isalpha()) or _OTHER.search(claim.text[: figure.start])
        fitting = [other for other in figures if figure.fits(other)]
        if fitting and all(figure.unit_differs(other) for other in fitting):
            return "contradicted", f"says {text} in another unit than the source"
        if not fitting and not is_free and (figure.unit or figure.value not in years):
            return _missing_figure(figure, text, near)
    return None


def _missing_figure(figure: Figure, text: str, near: Sequence[Reading]) -> Fault:
    rivals = [(part.text[other.start : other.end]) for part in near[:1] for other in part.figures
              if figure.unit and other.unit == figure.unit]  # fmt: skip
    return ("contradicted", _says(text, rivals[0])) if len(rivals) == 1 else ("not_shown", f"the source does not say {text}")


def _name_fault(match: _Match) -> Fault | None:
    titles = [found.span() for found in _QUOTED.finditer(match.claim.text) if is_title(found[1])]
    for name in match.claim.names:
        start = match.claim.words[name.words[0]].start
        title = next((span for span in titles if span[0] <= start < span[1]), None)
        if _stands(match, name) is None and not (title and _is_half_held(match, title)):
            return "not_shown", f"the source does not name {_spelled(match.claim, name)}"
    return None


def _is_half_held(match: _Match, span: Span) -> bool:
    """Whether the source has half of the content words of a stretch of the claim, or more."""
    words = match.claim.words
    rows = [row for row, place in enumerate(match.places) if span[0] <= words[place].start < span[1]]
    return 2 * sum(bool(match.holds[row].any()) for row in rows) >= len(rows)


def _spelled(claim: Reading, name: Name) -> str:
    return " ".join(claim.words[place].text for place in name.words)


def _stands(match: _Match, name: Name) -> tuple[int, ...] | None:
    """The rows of a name's words that the source holds (none for a short form it can be spelled from); None if absent."""
    claim, prepared = match.claim, match.prepared
    rows = [row for row, place in enumerate(match.places) if place in name.words]
    missing = [row for row in rows if not match.holds[row].any()]
    initials = "".join(claim.words[place].low[0] for place in name.words)
    if not missing:
        return tuple(rows)
    if claim.words[name.words[0]].low in prepared.short_forms or (len(initials) > 2 and initials in prepared.names):
        return ()
    is_generic = all(claim.words[match.places[row]].low in GENERIC for row in missing)
    return () if is_generic and (len(missing) < len(rows) or len(rows) == 1) else None


def _company_fault(match: _Match) -> Fault | None:
    """A name that the source has, but not where it has what the claim says around that name.

    How much less of the claim's words near the name stands where the source names it than where it has most of
    them; what the source names often may be meant by a pronoun, so it counts less.
    """
    content = np.array(match.places)
    for name in match.claim.names:
        held = _stands(match, name)
        rest = np.flatnonzero(~np.isin(content, name.words))
        if not held or not len(rest):
            continue
        away = np.abs(content[rest] - np.mean(name.words))
        around = match.around[rest]
        stands = match.around[list(held)].mean(axis=0)
        is_there = stands >= _STANDS * stands.max()
        named = match.holds[list(held)].mean(axis=0)
        often = np.log1p((named >= _STANDS * named.max()).sum())
        next_to = np.argsort(away, kind="stable")[:_NEXT]
        gaps = [float(cover.max() - cover[is_there].max()) for weights in (
            match.weights[rest] / (1 + away / _REACH), np.where(np.isin(np.arange(len(rest)), next_to), match.weights[rest], 0)
        ) for cover in [weights @ around / weights.sum()]]  # fmt: skip
        if (gaps[0] + gaps[1] / 2) / often > _COMPANY:
            return "not_shown", f"the source does not say this of {_spelled(match.claim, name)}"
    return None


def _coverage_fault(match: _Match) -> Fault | None:
    """Too few of the claim's words in the source, and no sentence like it."""
    held = float(match.holds.max(axis=1).mean())
    likeness = float(match.cosines.max()) if match.cosines.any() else _USUAL_COSINE
    return ("not_shown", "the source says little of this") if held + likeness < _COVERAGE else None


def _best_spans(match: _Match) -> tuple[Span, ...]:
    """The sentences that hold most of the claim, then those that hold what is still missing."""
    count = len(match.prepared.spans)
    likeness = match.cover[:count] + match.cosines[:count]
    chosen = [int(likeness.argmax())]
    held = match.holds[:, chosen[0]]
    while len(chosen) < min(3, count):
        gains = [float(match.weights @ np.maximum(held, match.holds[:, number])) for number in range(count)]
        best = int(np.argmax(gains))
        if gains[best] < float(match.weights @ held) + 0.08:
            break
        chosen.append(best)
        held = np.maximum(held, match.holds[:, best])
    return tuple(match.prepared.spans[number] for number in chosen)


def _prepare(source: Source, likeness: Likeness | None) -> Prepared:
    spans = tuple(sentence_spans(source.text))
    common = frozenset(word.low for word in read_words(source.text) if word.text.islower())
    texts = [source.text[start:end] for start, end in spans]
    parts = [read(text, source.published, common) for text in texts]
    if source.title or source.publisher:
        parts.append(read(f"{source.title}. {source.publisher}", source.published, common))
    stems: dict[str, set[int]] = {}
    names: dict[str, set[int]] = {}
    for number, part in enumerate(parts):
        for word, key in zip(part.words, part.keys, strict=True):
            stems.setdefault(word.stem, set()).add(number)
            if word.is_capital and not word.is_light:
                names.setdefault(key, set()).add(number)
    vectors = likeness(texts) if likeness and texts else None
    places = [{form: frozenset(where) for form, where in found.items()} for found in (stems, names)]
    short_forms = {short: keys for part in parts for short, keys in acronyms(part.words).items()}
    whole = read(source.text, source.published, common)
    starts = [bisect_left(whole.words, start, key=lambda word: word.start) for start, _ in spans]
    bounds = tuple(range(start, end) for start, end in zip(starts, [*starts[1:], len(whole.words)], strict=True))
    plain = " ".join(source.text.translate(STRAIGHT).lower().split())
    letters = f" {_letters(source.text.translate(STRAIGHT))} "
    return Prepared(source, spans, tuple(parts), places[0], places[1], short_forms, common, whole, bounds,
                    vectors, plain, letters)  # fmt: skip


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


def _letters(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
