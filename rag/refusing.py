"""Do the articles answer this question? A small calibrated model over what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.evidence import Evidence, window
from rag.question import Question, fold, numbers_in, stems

THRESHOLD = 0.3  # of confidence, below which the answer is a refusal; `eval bench refusal` prints what it costs
FEATURES = ("sentence", "score", "names", "numbers", "together", "ahead", "untimely", "size")
# Logistic regression; `python -m eval fit` prints these, from eval/refusal_training.jsonl and ../shared/bench.
INTERCEPT = -8.49
WEIGHTS: Mapping[str, float] = {
    "sentence": 4.76, "score": 0.72, "names": 1.23, "numbers": 1.7, "together": 3.62, "ahead": 1.72,
    "untimely": -3.51, "size": -0.39,
}  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """How likely it is (0 to 1) that the articles answer, and what they plainly lack.

    `missing` are names of the question that the passages found do not hold; `is_untimely`: none of them is
    of the days that the question names.
    """

    confidence: float
    missing: tuple[str, ...]
    is_untimely: bool = False

    @property
    def is_answerable(self) -> bool:
        return self.confidence >= THRESHOLD


def judge(question: Question, evidence: Sequence[Evidence], passages: int) -> Judgement:
    """Decide from the question and the evidence, before any model is asked. `passages`: how many the index holds."""
    if not evidence or not question.words:
        return Judgement(0.0, question.names)
    values = features(question, evidence, passages)
    total = INTERCEPT + sum(WEIGHTS[name] * values[name] for name in FEATURES)
    return Judgement(1.0 / (1.0 + math.exp(-total)), _missing(question, evidence), bool(values["untimely"]))


def features(question: Question, evidence: Sequence[Evidence], passages: int) -> dict[str, float]:
    """What the decision rests on, by the names of FEATURES.

    `sentence` is the best likeness of a sentence to the question, `score` the best sentence's, `names` and
    `numbers` the share of the question's that the best article's passages hold (1 if it has none), `together`
    the likeness of a sentence times the share of names and numbers that it or its neighbours hold, `ahead` by
    how much the best passage leads the sixth, `untimely` 1 if nothing found is of the days that the question
    names, `size` how many passages were searched (log 10): the more, the likelier a good match by chance.
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
    }


def _held(question: Question, text: str) -> list[bool]:
    """For each name, then each number of the question, whether a text holds it."""
    words, numbers = set(stems(text)), numbers_in(text)
    return [words.issuperset(stems(name)) for name in question.names] + [n in numbers for n in question.numbers]


def _share(held: Sequence[bool]) -> float:
    return sum(held) / len(held) if held else 1.0


def _missing(question: Question, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Names that the question has and the best passages lack."""
    text = fold(" ".join(f"{item.article.title} {item.found.passage.text}" for item in evidence))
    return tuple(name for name in question.names if fold(name) not in text)
