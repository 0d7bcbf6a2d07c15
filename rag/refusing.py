"""Do the articles answer this question? A small calibrated model over what was found."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.english.numbers import numbers_in, read_figures
from index.english.periods import without_date
from index.english.wording import PAST
from index.english.words import LIGHT, fold, stems, straight
from rag.evidence import Evidence, window
from rag.question import Question, parted

THRESHOLD = 0.37  # of confidence, below which the answer is a refusal; 25 of the 338 known answers are refused wrongly
_ABOUT = 0.7  # the least confidence for a topic that one passage and its title hold whole, name for name
_OF_THEN = 0.7  # share of the best score that something of the days asked about has
_AS_MUCH = 0.7  # of the question's words in what is only planned, the share that what has happened has
_SHORT = 6  # words of a question
_LONGEST_NAME = 60  # characters of a run of names that is told
_ASKING = frozenset("list name enumerate give show please".split())
FEATURES = ("sentence", "score", "names", "numbers", "together", "ahead", "untimely", "size", "reader")
# Logistic regression; `python -m eval fit` prints these, from eval/refusal_training.jsonl and ../shared/bench.
INTERCEPT = -5.20
WEIGHTS: Mapping[str, float] = {
    "sentence": 2.96, "score": 0.36, "names": 1.04, "numbers": 0.95, "together": 2.87, "ahead": 1.83,
    "untimely": -2.77, "size": -0.28, "reader": 0.46,
}  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """How likely it is (0 to 1) that the articles answer; `lack`: what none found does ("is from 2015"), if plain."""

    confidence: float
    lack: str = ""

    @property
    def is_answerable(self) -> bool:
        return self.confidence >= THRESHOLD


def judge(question: Question, evidence: Sequence[Evidence], passages: int) -> Judgement:
    """Decide from the question and the evidence, before any model is asked. `passages`: how many the index holds."""
    if _is_nothing(question.text):
        return Judgement(0.0, "answers a question without words")
    if not evidence or not (question.words or (question.kind == "topic" and question.days)):
        return Judgement(0.0, _lack(question, evidence))
    done = [item for item in evidence if item.stance != "planned"]
    if evidence[0].stance == "planned":  # what has happened must be told of the same thing
        near = [
            item
            for item in done
            if item.coverage >= _AS_MUCH * evidence[0].coverage or not _missing(question, evidence[0], item)
        ]
        if not near or not judge(question, near, passages).is_answerable:
            return Judgement(0.0, "says that it has happened")
    evidence = done
    values, best = features(question, evidence, passages), evidence[0]
    total = INTERCEPT + sum(WEIGHTS[name] * values[name] for name in FEATURES)
    confidence = 1.0 / (1.0 + math.exp(-total))
    if question.kind == "topic" and any(_is_about(question, item) for item in evidence[:5]):
        confidence = max(confidence, _ABOUT)
    elif question.kind == "topic" and not values["numbers"]:  # "the ninth visit", of which nothing tells
        confidence = min(confidence, THRESHOLD / 2)
    if question.days and best.article.published and not best.is_timely:
        of_then = max((item.score for item in evidence if item.is_timely or not item.article.published), default=0.0)
        if of_then < _OF_THEN * best.score:  # what is of those days is about something else
            confidence = min(confidence, THRESHOLD / 2)
    return Judgement(confidence, _lack(question, evidence) if confidence < THRESHOLD else "")


def _is_nothing(text: str) -> bool:
    """Whether there is no word in a text but numbers."""
    for figure in reversed(read_figures(text)):
        text = text[: figure.start] + text[figure.end :]
    return not re.search(r"[^\W\d_]{2}", text)


def _missing(question: Question, planned: Evidence, item: Evidence) -> set[str]:
    """The question's words that only the first sentence holds; what a past changes ("took place") does not count."""
    verbs = {stem for verb in PAST.values() for stem in stems(verb)}
    return set(stems(planned.text)).intersection(question.words) - set(stems(item.text)) - verbs


def features(question: Question, evidence: Sequence[Evidence], passages: int) -> dict[str, float]:
    """What the decision rests on, by the names of FEATURES.

    `sentence` is the best likeness of a sentence to the question, `score` the best sentence's, `names` and
    `numbers` the share of the question's that the best article's passages hold (1 if it has none), `together`
    the likeness of a sentence times the share of names and numbers that it or its neighbours hold, `ahead` by
    how much the best passage leads the sixth, `untimely` 1 if nothing found is of the days that the question
    names, `size` how many passages were searched (log 10): the more, the likelier a good match by chance, `reader`
    the reader's log odds that the best sentence's passage answers; a long question says more by its words, and of it
    they count less.
    """
    best, likely = evidence[0], evidence[:5]
    near = [item.found.passage.text for item in evidence if item.article == best.article]
    text = " ".join([best.article.title, best.article.publisher or "", *near])
    scores = sorted({item.found.passage.id: item.found.score for item in evidence}.values(), reverse=True)
    return {
        "sentence": max(item.cosine for item in likely),
        "score": best.score,
        "names": _share(_held(question, text)[: len(question.names)]),
        "numbers": _share(_held(question, text)[len(question.names) :]),
        "together": max(item.cosine * _share(_held(question, window(item))) for item in likely),
        "ahead": scores[0] - scores[min(5, len(scores) - 1)],
        "untimely": float(bool(question.days) and not any(item.is_timely for item in likely)),
        "size": math.log10(max(passages, 1)),
        "reader": best.passage_odds * min(1.0, _SHORT / len(parted(question.text)[0].split())),
    }


def _is_about(question: Question, item: Evidence) -> bool:
    text = f"{item.article.title}. {item.found.passage.text}"
    is_whole = set(stems(text)).issuperset(question.words) and all(_held(question, text))
    return is_whole and (item.is_timely or not question.days)


def _held(question: Question, text: str) -> list[bool]:
    """For each name, then each number of the question, whether a text holds it."""
    words, numbers = set(stems(text)), numbers_in(text)
    return [words.issuperset(stems(name)) for name in question.names] + [n in numbers for n in question.numbers]


def _share(held: Sequence[bool]) -> float:
    return sum(held) / len(held) if held else 1.0


def _lack(question: Question, evidence: Sequence[Evidence]) -> str:
    """What nothing found does: hold a name of the question, be of its days, hold one of its numbers or words."""
    texts = [f"{item.article.title} {item.article.publisher or ''} {item.found.passage.text}" for item in evidence]
    text = " ".join(dict.fromkeys(texts))
    folded, known = _plain(text), set(stems(text))
    if names := [name for name in names_of(question) if not _is_told(name, folded, known)]:
        return f"mentions {_either(names)}"
    if question.days and not any(item.is_timely for item in evidence):
        return f"is from {question.days[0]}"
    values = {f"{figure.value:g}" for figure in read_figures(text)}
    if absent := [number for number in question.numbers if number not in {*numbers_in(text), *values}]:
        return f"mentions the number {_either(absent)}"
    words = [word for word in re.findall(r"[^\W\d_]{2,}", without_date(question.text))
             if word.lower() not in LIGHT | _ASKING and not known.issuperset(stems(word))]  # fmt: skip
    return f"mentions {_either([f'“{word}”' for word in words])}" if words else ""


def _is_told(name: str, folded: str, known: set[str]) -> bool:
    return all(part in folded or known.issuperset(stems(part)) for part in _plain(name).split())


def _plain(text: str) -> str:
    return fold(straight(text)).replace(".", "")


def names_of(question: Question) -> list[str]:
    """The names of a question; those that stand side by side are one."""
    names = "|".join(re.escape(name) for name in sorted(question.names, key=len, reverse=True))
    found = re.findall(rf"\b(?:{names})(?: (?:{names}))*(?!\w)", question.text) if names else []
    return [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME].rpartition(' ')[0]} …" for name in found]


def _either(items: Sequence[str]) -> str:
    shown = list(dict.fromkeys(items))[:3]
    return " or ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]
