"""What a sentence answers: its words of the kind asked for, and whether it says so, denies it or tells of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.article import Span
from index.english.dates import CALENDAR, read_days
from index.english.names import unlike_a_person
from index.english.numbers import Figure, read_figures, unit_of
from index.english.sentences import SPEECH
from index.english.wording import PAST
from index.english.words import plain, plain_with_offsets, stems
from rag.question import Kind, Question

Stance = Literal["so", "denied", "planned"]
_NAME = r"\b[A-Z][\w’'-]+(?:[ -](?:al|bin|de|van|von|[A-Z])[\w’'-]*)+|\b[A-Z](?:[a-z]|[A-Z]*[.-]?\d)[\w.’'-]*\b"
_REASON = (
    r"\b(?:because|due to|owing to|after|over|amid|as|since|so that|in order to|in response|aim(?:s|ed)? (?:to|at)"
    r"|to (?:avoid|prevent|protect|help|stop|discuss|ensure)|carried the risk|risk|reason|caused?|led to|blam\w+)\b"
)
_SPEECH = rf"[“\"]|\b(?:{SPEECH}|stressed|(?:claim|warn|demand|deny|denied|urg|threaten|vow|pledg|promis|accus)\w*)\b"
_VAGUE = re.compile(r"\b(?:dozens|hundreds|thousands|millions|half|twice)\b", re.IGNORECASE)
_ANSWER_TYPES: Mapping[Kind, re.Pattern[str]] = {
    **dict.fromkeys(("who", "where", "which", "list"), re.compile(_NAME)),
    "why": re.compile(_REASON),
    "said": re.compile(_SPEECH),
}
# What is measured, by the units in which it is told.
_MEASURES = tuple((re.compile(asked, re.IGNORECASE), frozenset(units.split())) for asked, units in (
    (r"\b(?:costs?|price|pa(?:y|id)|spen[dt]|worth|earn\w*|fined?|budget|salary|owed?|rais(?:e|ed) for)\b",
     "$ € £ ¥ ₹ riyal rouble krona lira dinar franc peso cent crown mark shekel dirham"),
    (r"\bhow old\b|\bage\b", "year month week day"),
    (r"\bhow (?:far|tall|high|deep|wide)\b|\b(?:height|length|depth) of\b", "km mile m cm mm foot inch yard"),
    (r"\bhow long\b", "km mile m cm mm foot inch yard second minute hour day week month year decade century"),
    (r"\bhow heavy\b|\bweighs?\b", "kg g tonne ounce lb"), (r"\bhow fast\b", "kmh mph km mile m"),
    (r"\bpercent(?:age)?\b|\bper cent\b|\bwhat (?:share|proportion)\b", "% pp"),
))  # fmt: skip
_HOW_MANY = re.compile(r"\bhow many (?P<counted>\w+)", re.IGNORECASE)
_BARE = re.compile(r"\W*(?:$|[,.;:)]|(?:when|and|or|at|in|on|last|this|but|as|who|years?)\b)", re.IGNORECASE)
_COUNTED = re.compile(r"[ -]?(?:[\w’'-]+ ){0,2}[\w’'-]+")
_NOT = re.compile(r"\b(?:not|never|cannot|no|nor|neither|den(?:y|ied|ies|ying)|refus\w+|fail(?:s|ed|ing)?)\b|n['’]t\b")
_REACH = re.compile(r"(?! only\b| just\b| merely\b| [\dA-Z])[^.;:,]{0,45}")
_FUTURE = re.compile(
    r"\b(?:(?P<done>(?:managed|agreed|able|forced|went on|began|started|continued|helped|first|last|used|came|led"
    r"|[\w’]+ed a \w+) )?to|will|would|could|may|might|should|must|shall|won['’]t)"
    r"(?: (?:not|also|now|then|again|soon|first|be|have|been|\w+ly))* (?!the |an? )(?P<verb>[a-z]+)"
)
_WISHED = re.compile(  # what stands soon after one of these is not so yet
    r"\b(?:plan(?:s|ned|ning)?|expect(?:s|ed)|propos(?:es|ed|al)|offer(?:s|ed)?|demand(?:s|ed|ing)?|seeks?|fears?|feared"
    r"|predict\w*|forecast\w*|project(?:s|ed)|scheduled|due|slated|tipped|(?:call|ask)(?:s|ed)? for)\b[^,.;:]{0,40}$"
)
_POLLED = re.compile(r"\b(?:polls?|polling|surveys?|bookmakers?|odds)\b", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:will|would|is|are|does?|can|could|may|might|should|shall|must|next)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """`spans` are the words of the kind asked for that it gives as the answer, the likeliest first."""

    spans: tuple[Span, ...]
    stance: Stance = "so"


def claim_of(question: Question, text: str, around: str = "") -> Claim:
    """What a sentence answers. `around` is the text that it stands in: it tells names from words that open a sentence.

    >>> from rag.question import understand
    >>> asked, text = understand("Who signed the Orm pact?"), "Lund did not sign it, but Ida Berg signed."
    >>> [text[start:end] for start, end in claim_of(asked, text).spans]
    ['Ida Berg']
    """
    text, at = plain_with_offsets(text)
    spans, is_past = find_answers(question, text, plain(around)), _is_past(question)
    marks = list(_marks(question, text, is_past))
    stances = [_stance_at(text, marks, span, is_past) for span in spans]
    kept = tuple((at[start], at[end - 1] + 1)
                 for (start, end), stance in zip(spans, stances, strict=True) if stance == "so")  # fmt: skip
    said = [stance for _, stance in marks]
    if kept or (not stances and "denied" not in said and ("so" in said or not said)):
        return Claim(kept)
    return Claim((), stances[0] if stances else "denied" if "denied" in said else "planned")


def _marks(question: Question, text: str, is_past: bool) -> Iterator[tuple[int, Stance]]:
    """Where the sentence says what is asked about, and how: as it is, as it is not, or as it may be."""
    asked = _asked(question)
    taken: dict[int, Stance] = {}
    if is_past:
        later = [found for found in _FUTURE.finditer(text) if not found["done"] and _base(found["verb"]) in asked]
        taken.update((found.start("verb"), "planned") for found in later)
        taken.update((found.start(), "planned") for found in _POLLED.finditer(text))
    stances: tuple[Stance, Stance] = ("denied", "so") if not _NOT.search(question.text) else ("so", "denied")
    for found in _NOT.finditer(text):
        reach = _REACH.match(text, found.end())
        near = [*re.finditer(r"[a-z]+", reach[0] if reach else "")][:6]
        taken.update((found.end() + word.start(), stances[0]) for word in near if _base(word[0]) in asked)
    for word in re.finditer(r"\b[a-z]+\b", text):
        if word.start() not in taken and _base(word[0]) in asked and (word[0] in PAST or word[0].endswith("ed")):
            taken[word.start()] = stances[1]
    return iter(sorted(taken.items()))


def _stance_at(text: str, marks: Sequence[tuple[int, Stance]], span: Span, is_past: bool) -> Stance:
    """How the words at `span` are said: as the mark before them in their clause, after them in it, or nearest."""
    if re.search(r"\bnot $", text[: span[0]]):
        return "denied"
    wished = _WISHED.search(text[: span[0]]) if is_past else None
    if wished and not any(wished.start() < at < span[0] and stance == "so" for at, stance in marks):
        return "planned"

    def distance(mark: tuple[int, Stance]) -> tuple[bool, bool, int]:
        low, high = sorted((mark[0], span[0]))
        return bool(re.search(r"[,;:—]| (?:but|and|while|whereas) ", text[low:high])), mark[0] > span[0], high - low

    return min(marks, key=distance)[1] if marks else "so"


def _is_past(question: Question) -> bool:
    """Whether a question asks of what has happened, and not of what is, may come or is wished for."""
    if question.kind not in ("who", "when", "where", "how_many", "which"):
        return False
    later = {_base(found["verb"]) for found in _FUTURE.finditer(question.text)}
    words = (_OPEN, _POLLED, re.compile(_WISHED.pattern.removesuffix("[^,.;:]{0,40}$")))
    return later.isdisjoint(question.words) and not any(form.search(question.text) for form in words)


def _asked(question: Question) -> frozenset[str]:
    names = set(stems(" ".join(question.names)))
    words = {_base(word) for word in re.findall(r"[a-z]+", question.text) if not names & set(stems(word))}
    return frozenset(words - {""})


@lru_cache(maxsize=8192)
def _base(word: str) -> str:
    return next(iter(stems(PAST.get(word, word))), "")


def find_answers(question: Question, text: str, around: str = "") -> tuple[Span, ...]:
    """Spans of `text` of the kind asked for that the question does not name itself, the likeliest first.

    The one word that opens a sentence is a name only if it stands within a sentence of `around` too.
    Likeliest is, for a person, a full name; else what stands nearest to a word of the question.
    """
    asked = known(question)
    if question.kind == "how_many":
        spans = _figures_asked(question, text)
    elif question.kind == "when":
        spans = [(day.start, day.end) for day in read_days(text)]
    elif pattern := _ANSWER_TYPES.get(question.kind):
        spans = [match.span() for match in pattern.finditer(text)]
    else:
        return ()
    spans = [span for span in spans if question.kind == "said" or not asked.issuperset(stems(text[slice(*span)]))]
    if question.kind in ("who", "where", "which"):
        spans = [span for span in spans if span[0] > 1 or _is_name(text[slice(*span)], around)]
    if question.kind == "who":
        return tuple(sorted(spans, key=lambda span: unlike_a_person(text[slice(*span)])))
    if question.kind in ("how_many", "when"):
        spans = [span for span in spans if re.search(r"\d", text[slice(*span)])] or spans
    places = [match.start() for match in re.finditer(r"[^\W_]+", text) if asked & set(stems(match.group()))]
    return tuple(sorted(spans, key=lambda span: min((abs(span[0] - place) for place in places), default=0)))


def _figures_asked(question: Question, text: str) -> list[Span]:
    """The figures of what is counted or measured; of what the question counts by name, those alone."""
    figures = [figure for figure in read_figures(text, read_days(text)) if not figure.is_ordinal]
    fitting = [figure for figure in figures if _is_asked(question, figure, text)]
    counted = _HOW_MANY.search(question.text)
    of_it = [figure for figure in fitting if counted and (of := _COUNTED.match(text, figure.end))
             and set(stems(counted["counted"])) & set(stems(of[0]))]  # fmt: skip
    spans = [(figure.start, figure.end) for figure in of_it or fitting]
    ends = [re.compile(r"\s?(?:%|per ?cent\b)").match(text, end) for _, end in spans]
    vague = [found.span() for found in _VAGUE.finditer(text)]
    return [*((start, unit.end() if unit else end) for (start, end), unit in zip(spans, ends, strict=True)), *vague]


def _is_asked(question: Question, figure: Figure, text: str) -> bool:
    """Whether a figure is of the unit that the question asks for."""
    if counted := _HOW_MANY.search(question.text):
        return figure.unit in ("", unit_of(counted["counted"]))
    for asked, units in _MEASURES:
        if asked.search(question.text):
            is_bare = "year" in units and "km" not in units and bool(_BARE.match(text, figure.end))
            is_sum = "€" in units and bool(re.search(r"illions?$", text[figure.start : figure.end]))
            return figure.unit in units or (not figure.unit and (is_bare or is_sum))
    return True


def known(question: Question) -> set[str]:
    """Words that are no answer: the question's own, and days and months unless it asks when."""
    days = "" if question.kind == "when" else " ".join(CALENDAR)
    return {*question.words, *stems(days)}


def _is_name(words: str, around: str) -> bool:
    return " " in words or re.search(rf"[a-z,;] {re.escape(words)}\b", around) is not None
