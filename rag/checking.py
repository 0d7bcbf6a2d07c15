"""Does a cited text support a sentence? Plain rules over words, figures and names; no language model."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from index.article import Span
from index.sentences import sentence_spans
from rag.figures import Day, Figure
from rag.names import GENERIC, STRAIGHT, Name, Word, acronyms, is_same, read_words
from rag.wording import NEGATION, Reading, attribution_fault, denial_fault, opposite_fault, opposites, read, swap_fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

Verdict = Literal["supported", "contradicted", "not_shown", "unchecked"]
Likeness = Callable[[Sequence[str]], "NDArray[np.float32]"]  # texts to unit vectors, shape (texts, dimensions)
Fault = tuple[Verdict, str]  # a verdict that is not "supported", and why
_CHECKS = ("quotes", "numbers", "dates", "names", "negation", "direction", "roles", "attribution", "coverage")
_QUOTED = re.compile(r"\"([^\"]+)\"")
_OTHER = re.compile(r"\b(?:other|these|those|first|last|both) $", re.IGNORECASE)
_CLOSE = 0.75  # the share of its words that a claim repeats in order when it nearly repeats a sentence
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
    vectors: NDArray[np.float32] | None
    plain: str
    letters: str

    def runs(self, text: str) -> Iterator[Span]:
        """Where `text` stands in the plain source."""
        start = self.plain.find(text) if text else -1
        while start >= 0:
            yield start, start + len(text)
            start = self.plain.find(text, start + 1)


@dataclass(frozen=True)
class _Close:
    """A part that a claim nearly repeats: its number, and what differs as difflib's opcodes over the words."""

    part: int
    changes: tuple[tuple[str, int, int, int, int], ...]


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
    """A claim beside a source: how far each part (column) holds each content word (row), and what counts how much."""

    claim: Reading
    prepared: Prepared
    holds: NDArray[np.float64]
    around: NDArray[np.float64]  # the same, with the sentence before and after
    weights: NDArray[np.float64]
    cosines: NDArray[np.float64]

    @property
    def cover(self) -> NDArray[np.float64]:
        """The share (0 to 1, by rarity in the source) of the claim's content words that each part holds."""
        covered: NDArray[np.float64] = self.weights @ self.holds
        return covered

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
    holds = np.array([_held(claim.words[place], claim.keys[place], prepared) for place in claim.content])
    around = holds.copy()
    around[:, 1:] = np.maximum(around[:, 1:], _NEIGHBOUR * holds[:, :-1])
    around[:, :-1] = np.maximum(around[:, :-1], _NEIGHBOUR * holds[:, 1:])
    rarity = 1 / (1 + np.log(np.maximum(1, (holds > 0).sum(axis=1))))
    cosines = np.zeros(len(prepared.parts))
    if likeness is not None and prepared.vectors is not None:
        cosines[: len(prepared.vectors)] = prepared.vectors @ np.asarray(likeness([claim.text]))[0]
    return _Match(claim, prepared, holds, around, rarity / rarity.sum(), cosines)


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
    close = _closest(match, near)
    if close is not None and (fault := _change_fault(match, close)):
        return fault
    if fault := _figure_fault(match, parts) or _name_fault(match):
        return fault
    for reason in (denial_fault(match.claim, parts), opposite_fault(match.claim, parts), swap_fault(match.claim, parts[0])):
        if reason:
            return "contradicted", reason
    if reason := attribution_fault(match.claim, parts[0]):
        return "not_shown", reason
    return None if close is not None else _company_fault(match) or _coverage_fault(match)


def _quote_fault(claim: Reading, prepared: Prepared) -> Fault | None:
    """Words between quotation marks that the source does not say, or does not say as a quote."""
    for match in _QUOTED.finditer(claim.text):
        for piece in re.split(r"\.\.\.|…|\[[^\]]*\]", match[1]):
            words = _letters(piece)
            if len(words.split()) > 2 and f" {words} " not in prepared.letters:
                return "not_shown", f"the source does not say '{piece.strip()}'"
    return None


def _closest(match: _Match, near: Sequence[int]) -> _Close | None:
    """The part that the claim nearly repeats, with what differs; None when the claim is in words of its own."""
    for number in near[:2]:
        part = match.prepared.parts[number]
        ours, theirs = ([word.stem for word in reading.words] for reading in (match.claim, part))
        matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
        same = sum(block.size for block in matcher.get_matching_blocks() if block.size > 1)
        if same >= _CLOSE * len(ours):
            return _Close(number, tuple(code for code in matcher.get_opcodes() if code[0] != "equal"))
    return None


def _change_fault(match: _Match, close: _Close) -> Fault | None:
    """What was changed, added or dropped in a sentence that otherwise repeats the source's."""
    claim, part = match.claim, match.prepared.parts[close.part]
    for _, first, last, start, end in close.changes:
        theirs, ours = part.words[first:last], claim.words[start:end]
        if (fault := _turned(theirs, ours)) or (fault := _renamed(match, part, range(first, last), range(start, end))):
            return fault
        for place in range(start, end):
            word = claim.words[place]
            known = {other.stem for other in theirs}
            if place in claim.content and word.stem not in known and not word.is_capital:
                row = match.around[claim.content.index(place), close.part]
                if row == 0:
                    return "not_shown", f"the source does not say '{word.text}' there"
    return None


def _turned(theirs: Sequence[Word], ours: Sequence[Word]) -> Fault | None:
    denied, denies = (any(word.low in NEGATION for word in words) for words in (theirs, ours))
    if denied != denies:
        return "contradicted", "denies what the source says" if denies else "leaves out that the source denies it"
    known = opposites()
    said = {form: word.text for word in theirs for form in (word.low, word.stem)}
    for word in ours:
        against = known.get(word.low) or known.get(word.stem) or frozenset()
        if found := sorted(against & set(said)):
            return "contradicted", f"says {word.text}, source says {said[found[0]]}"
    return None


def _renamed(match: _Match, part: Reading, theirs: range, ours: range) -> Fault | None:
    """A figure, day or name that stands where the source has another."""
    claim = match.claim
    pairs: tuple[tuple[Sequence[Figure | Day], Sequence[Figure | Day]], ...] = (
        (_within(claim, claim.figures, ours), _within(part, part.figures, theirs)),
        (_within(claim, claim.days, ours), _within(part, part.days, theirs)),
    )
    for mine, others in pairs:
        for item in mine:
            if others and not any(_agree(item, other) for other in others):
                return "contradicted", _says(claim.text[item.start : item.end], part.text[others[0].start : others[0].end])
            if not others and not any(_agree(item, other) for other in (*part.figures, *part.days)):
                return "not_shown", f"the source does not say {claim.text[item.start : item.end]} there"
    names = [place for place in ours if place in claim.content and claim.words[place].is_capital]
    there = [place for place in theirs if place in part.content and part.words[place].is_capital]
    strange = [place for place in names if not any(is_same(claim.keys[place], part.keys[other]) for other in there)]
    if strange and there:
        name, other = (" ".join(reading.words[place].text for place in places)
                       for reading, places in ((claim, strange), (part, there)))  # fmt: skip
        return "contradicted", _says(name, other)
    return None


def _within(reading: Reading, items: Sequence[Figure | Day], places: range) -> list[Figure | Day]:
    if not places:
        return []
    start, end = reading.words[places[0]].start, reading.words[places[-1]].end
    return [item for item in items if item.start < end and item.end > start]


def _agree(item: Figure | Day, other: Figure | Day) -> bool:
    if isinstance(item, Figure) and isinstance(other, Figure):
        return item.fits(other) and not item.unit_differs(other) and item.is_ordinal == other.is_ordinal
    return isinstance(item, Day) and isinstance(other, Day) and item.agrees(other)


def _says(ours: str, theirs: str) -> str:
    return f"says {ours}, source says {theirs}"


def _figure_fault(match: _Match, near: Sequence[Reading]) -> Fault | None:
    """A number or day that the source does not have; contradicted where a near sentence has another in its place."""
    claim, parts = match.claim, match.prepared.parts
    days = [day for part in parts for day in part.days]
    figures = [figure for part in parts for figure in part.figures]
    years = {float(day.year) for day in days if day.year} | {figure.value for figure in figures}
    for day in claim.days:
        is_held = day.month is None and day.weekday is None or any(day.agrees(other) for other in days)
        if not is_held or (day.year is not None and day.year not in years):
            return "not_shown", f"the source does not say {claim.text[day.start : day.end]}"
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
    for name in match.claim.names:
        if _stands(match, name) is None:
            return "not_shown", f"the source does not name {_spelled(match.claim, name)}"
    return None


def _spelled(claim: Reading, name: Name) -> str:
    return " ".join(claim.words[place].text for place in name.words)


def _stands(match: _Match, name: Name) -> tuple[int, ...] | None:
    """The rows of a name's words that the source holds (none for a short form it can be spelled from); None if absent."""
    claim, prepared = match.claim, match.prepared
    rows = [row for row, place in enumerate(claim.content) if place in name.words]
    missing = [row for row in rows if not match.holds[row].any()]
    initials = "".join(claim.words[place].low[0] for place in name.words)
    if not missing:
        return tuple(rows)
    if claim.words[name.words[0]].low in prepared.short_forms or (len(initials) > 2 and initials in prepared.names):
        return ()
    is_generic = all(claim.words[claim.content[row]].low in GENERIC for row in missing)
    return () if is_generic and (len(missing) < len(rows) or len(rows) == 1) else None


def _company_fault(match: _Match) -> Fault | None:
    return None


def _coverage_fault(match: _Match) -> Fault | None:
    return None


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
    frozen = ({stem: frozenset(where) for stem, where in found.items()} for found in (stems, names))
    short_forms = {short: keys for part in parts for short, keys in acronyms(part.words).items()}
    plain = " ".join(source.text.translate(STRAIGHT).lower().split())
    letters = f" {_letters(source.text.translate(STRAIGHT))} "
    return Prepared(source, spans, tuple(parts), *frozen, short_forms, common, vectors, plain, letters)


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


def _letters(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
