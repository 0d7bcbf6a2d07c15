"""Does a cited text support a sentence? Plain rules over words, figures and names; no language model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.english.attributing import attribution_fault, holder_fault, is_speech, speaker_fault
from index.english.dates import read_days
from index.english.names import Name
from index.english.numbers import Figure
from index.english.rewording import Change, changes, moved_figure, strange_name, turned, turned_amount, turned_range
from index.english.wording import Reading, denial_fault, opposite_fault, read, swap_fault
from index.english.words import is_title
from rag.matching import Match, Prepared, Source, best_spans, lay_beside, letters_of, prepare

Verdict = Literal["supported", "contradicted", "not_shown", "unchecked"]
Likeness = Callable[[Sequence[str]], NDArray[np.float32]]  # texts to unit vectors, shape (texts, dimensions)
_Fault = tuple[Verdict, str]  # a verdict that is not "supported", and why
_QUOTED = re.compile(r"\"([^\"]+)\"")
_OTHER = re.compile(r"\b(?:other|these|those|first|last|both) $", re.IGNORECASE)
_REACH = 3  # words from a name at which another counts half in its company
_COMPANY = 0.45  # the greatest gap in a name's company; this and _COVERAGE: `python -m eval bench mutants|support`
_STANDS = 0.6  # of the best place of a name, from which another place counts as one
_NEXT = 3  # words that stand nearest to a name
_COVERAGE = 0.8  # the least share of a claim's words that the source has, plus its likeness to a sentence
_LEAST_HELD = 0.5  # of a claim's words, however alike its sentence is to one of the source
_USUAL_COSINE = 0.35  # where nothing measures likeness


@dataclass(frozen=True)
class Check:
    """`reason` is empty when supported; `checks` are those that ran, up to the one that failed.

    `spans` are the nearest sentences of the source's text, best first, at most 3; `together` is the share of the
    sentence's words that one of them holds with those beside it.
    """

    verdict: Verdict
    reason: str
    checks: tuple[str, ...]
    spans: tuple[Span, ...]
    together: float = 1.0


class Checker:
    """Checks sentences against sources. Safe to call from several threads.

    `likeness` is asked only about a sentence whose words the source mostly lacks.
    """

    def __init__(self, likeness: Likeness | None = None) -> None:
        self._likeness = likeness
        self._prepared = lru_cache(maxsize=256)(prepare)

    def prepare(self, source: Source) -> Prepared:
        """Everything about a source that does not depend on the sentence; the last 256 are kept."""
        return self._prepared(source)

    def check(self, sentence: str, source: Source) -> Check:
        """Whether the source carries the sentence. A check that breaks gives "unchecked", never "supported"."""
        try:
            return _check(sentence, self.prepare(source), self._likeness)
        except Exception as error:
            return Check("unchecked", f"a check failed ({type(error).__name__})", (), ())


@dataclass(frozen=True)
class _Case:
    """A claim beside a source, with what several checks look at."""

    match: Match
    likeness: Likeness | None

    @property
    def claim(self) -> Reading:
        return self.match.claim

    @cached_property
    def near(self) -> list[Reading]:
        """The parts of the source that hold most of the claim, best first; not empty."""
        return [self.match.prepared.parts[number] for number in self.match.near()]

    @cached_property
    def close(self) -> tuple[range, tuple[Change, ...]] | None:
        """What differs, where the claim nearly repeats the source."""
        prepared = self.match.prepared
        return changes(self.claim, prepared.whole, _windows(self.match.near(), prepared.bounds))


def _check(sentence: str, prepared: Prepared, likeness: Likeness | None) -> Check:
    claim = read(sentence, prepared.source.published, prepared.common)
    if not claim.content or not prepared.spans:
        return Check("not_shown", "there is nothing to compare", (), prepared.spans[:1])
    match = lay_beside(claim, prepared)
    spans = best_spans(match)
    if _is_verbatim(claim, prepared):
        return Check("supported", "", ("verbatim",), spans)
    if not match.near():
        return Check("not_shown", "the source says nothing about this", ("coverage",), spans)
    case, names = _Case(match, likeness), tuple(name for name, _ in _CHECKS)
    for ran, (_, fault_of) in enumerate(_CHECKS, start=1):
        if fault := fault_of(case):
            return Check(*fault, names[:ran], spans)
    return Check("supported", "", names, spans, match.together)


def _is_verbatim(claim: Reading, prepared: Prepared) -> bool:
    """Whether the claim is one or more whole sentences of the source."""
    ours = " ".join(claim.text.lower().split()).strip(" .\"'")
    for start, end in prepared.runs(ours):
        before, after = prepared.plain[:start].rstrip(" \"'"), prepared.plain[end:].lstrip("\"' ")
        if (not before or before[-1] in ".!?:|#)") and (not after or after[0] in ".!?" or ours[-1] in "!?:"):
            return True
    return False


def _quote_fault(case: _Case) -> _Fault | None:
    """Words between quotation marks that the source does not say. The title of a work is a name, not a quote."""
    for quoted in _QUOTED.finditer(case.claim.text):
        for piece in re.split(r"\.\.\.|…|\[[^\]]*\]", quoted[1]):
            words = letters_of(piece)
            if len(words.split()) > 2 and not is_title(piece) and f" {words} " not in case.match.prepared.letters:
                return "not_shown", f"the source does not say '{piece.strip()}'"
    return None


def _windows(near: Sequence[int], bounds: Sequence[range]) -> list[range]:
    """The words of the nearest sentences, and of each with the one before and after it."""
    singles = [number for number in near[:2] if number < len(bounds)]
    pairs = [(first, first + 1) for number in singles[:1] for first in (number - 1, number)]
    joined = [
        range(bounds[first].start, bounds[last].stop) for first, last in pairs if first >= 0 and last < len(bounds)
    ]
    return [bounds[number] for number in singles] + joined


def _wording_fault(case: _Case) -> _Fault | None:
    """What was changed, added or dropped in a sentence that otherwise repeats the source's."""
    if case.close is None:
        return None
    window, changed = case.close
    claim, source = case.claim, case.match.prepared.whole
    for change in changed:
        reason = turned(claim, source, change) or moved_figure(claim, source, window, change)
        if reason := reason or strange_name(claim, source, change):
            return "contradicted", reason
        is_replaced = any(not source.words[place].is_light for place in change.theirs)
        for place in change.ours if not is_replaced else ():
            word = claim.words[place]
            if any(place in name and case.match.rows_of(name) == () for name in claim.names):
                continue
            if place in claim.content and not is_speech(word) and not case.match.is_near(place, window):
                return "not_shown", f"the source does not say '{word.text}' at that point"
    return None


def _date_fault(case: _Case) -> _Fault | None:
    parts, published = case.match.prepared.parts, case.match.prepared.source.published
    days = [*(day for part in parts for day in part.days), *read_days(published or "")]
    for day in case.claim.days:
        if not day.is_told(days, _years(case.match.prepared), published):
            return "not_shown", f"the source does not say {case.claim.text[day.start : day.end]}"
    return None


def _number_fault(case: _Case) -> _Fault | None:
    """A number that the source does not have, or with another unit, or turned round."""
    claim, prepared = case.claim, case.match.prepared
    if reason := turned_range(claim, prepared.whole) or turned_amount(claim, prepared.whole):
        return "contradicted", reason
    figures = [figure for part in prepared.parts for figure in part.figures]
    for figure in claim.figures:
        text = claim.text[figure.start : figure.end]
        is_word = text.lower() == "one" or (figure.is_ordinal and text[0].isalpha())
        is_free = is_word or _OTHER.search(claim.text[: figure.start])
        fitting = [other for other in figures if figure.fits(other)]
        if fitting and all(figure.unit_differs(other) for other in fitting):
            return "contradicted", f"says {text} in a different unit from the source"
        if not fitting and not is_free and (figure.unit or figure.value not in _years(prepared)):
            return _missing_figure(figure, text, case.near[0])
    return None


def _years(prepared: Prepared) -> set[float]:
    """The years and other numbers of a source."""
    days = [day for part in prepared.parts for day in part.days]
    years = {float(day.year) for day in [*days, *read_days(prepared.source.published or "")] if day.year}
    return years | {figure.value for part in prepared.parts for figure in part.figures}


def _missing_figure(figure: Figure, text: str, nearest: Reading) -> _Fault:
    """Contradicted where the nearest sentence has one other number of that unit."""
    rivals = [other for other in nearest.figures if figure.unit and other.unit == figure.unit]
    if len(rivals) == 1:
        return "contradicted", f"says {text}, but the source says {nearest.text[rivals[0].start : rivals[0].end]}"
    return "not_shown", f"the source does not say {text}"


def _name_fault(case: _Case) -> _Fault | None:
    """A name that the source does not have; of the title of a work half must be there."""
    titles = [found.span() for found in _QUOTED.finditer(case.claim.text) if is_title(found[1])]
    for name in case.claim.names:
        start = case.claim.words[name[0]].start
        title = next((span for span in titles if span[0] <= start < span[1]), None)
        if case.match.rows_of(name) is None and not (title and _is_half_held(case.match, title)):
            return "not_shown", f"the source does not mention {_spelled(case.claim, name)}"
    return None


def _is_half_held(match: Match, span: Span) -> bool:
    words = match.claim.words
    rows = [row for row, place in enumerate(match.places) if span[0] <= words[place].start < span[1]]
    return 2 * sum(bool(match.holds[row].any()) for row in rows) >= len(rows)


def _spelled(claim: Reading, name: Name) -> str:
    return " ".join(claim.words[place].text for place in name)


def _company_fault(case: _Case) -> _Fault | None:
    """A name that the source has, but not where it has what the claim says around that name.

    The gap is how much less of the claim's words near the name stands where the source names it than where it has
    most of them; what the source names often may be meant by a pronoun, so its gap counts less.
    """
    match = case.match
    places = np.array(match.places)
    for name in case.claim.names if case.close is None else ():
        rows = match.rows_of(name)
        rest = np.flatnonzero(~np.isin(places, name))
        if rows and len(rest) and _gap(match, list(rows), rest, np.abs(places[rest] - np.mean(name))) > _COMPANY:
            return "not_shown", f"the source does not say this about {_spelled(case.claim, name)}"
    return None


def _gap(match: Match, rows: list[int], rest: NDArray[np.intp], away: NDArray[np.float64]) -> float:
    """The gap in the company of the name at `rows`; `away` is how many words the other rows stand from it."""
    stands, named = match.around[rows].mean(axis=0), match.holds[rows].mean(axis=0)
    is_there = stands >= _STANDS * stands.max()
    next_to = np.zeros(len(rest))
    next_to[np.argsort(away, kind="stable")[:_NEXT]] = 1
    gap = 0.0
    for share, nearness in ((1.0, 1 / (1 + away / _REACH)), (0.5, next_to)):
        weights = match.weights[rest] * nearness
        cover = weights @ match.around[rest] / weights.sum()
        gap += share * float(cover.max() - cover[is_there].max())
    return gap / float(np.log1p((named >= _STANDS * named.max()).sum()))


def _coverage_fault(case: _Case) -> _Fault | None:
    """Too few of the claim's words in the source, and no sentence like it."""
    held = float(case.match.holds.max(axis=1).mean())
    if case.close is not None or held >= _COVERAGE:
        return None
    likeness = _USUAL_COSINE
    if held >= _LEAST_HELD and case.likeness is not None:
        vectors = np.asarray(case.likeness([case.claim.text, *(part.text for part in case.near)]))
        likeness = float((vectors[1:] @ vectors[0]).max())
    is_little = held < _LEAST_HELD or held + likeness < _COVERAGE
    return ("not_shown", "the source says little about this") if is_little else None


def _contradicted(reason: str) -> _Fault | None:
    return ("contradicted", reason) if reason else None


def _attribution_fault(case: _Case) -> _Fault | None:
    if reason := speaker_fault(case.claim, case.match.prepared.parts):
        return "contradicted", reason
    reason = attribution_fault(case.claim, case.near[0])
    return ("not_shown", reason) if reason else None


# In this order; the first that fails decides.
_CHECKS: tuple[tuple[str, Callable[[_Case], _Fault | None]], ...] = (
    ("quotes", _quote_fault),
    ("wording", _wording_fault),
    ("dates", _date_fault),
    ("numbers", _number_fault),
    ("names", _name_fault),
    ("negation", lambda case: _contradicted(denial_fault(case.claim, case.near))),
    ("direction", lambda case: _contradicted(opposite_fault(case.claim, case.near[0], case.match.prepared.stems))),
    ("roles", lambda case: _contradicted(swap_fault(case.claim, case.near[0]))),
    ("holders", lambda case: _contradicted(holder_fault(case.claim, case.match.prepared.parts))),
    ("attribution", _attribution_fault),
    ("company", _company_fault),
    ("coverage", _coverage_fault),
)
