"""Do the articles answer this question? A small calibrated model over what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.evidence import Evidence
from rag.question import Question, fold, stems

THRESHOLD = 0.35  # of confidence, below which the answer is a refusal; `eval bench refusal` prints what it costs
FEATURES = ("sentence", "score", "names", "numbers", "untimely", "size")
# Logistic regression; `python -m eval fit` prints these, from eval/refusal_training.jsonl and ../shared/bench.
INTERCEPT = -10.26
WEIGHTS: Mapping[str, float] = {
    "sentence": 8.47, "score": 1.18, "names": 3.25, "numbers": 0.8, "untimely": -3.86, "size": -0.26,
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
    `numbers` the share of the question's that the best article's passages hold (1 if it has none),
    `untimely` 1 if nothing found is of the days that the question names, `size` how many passages were
    searched (log 10): the more there are, the likelier a good match by chance.
    """
    best = evidence[0]
    near = [item.found.passage.text for item in evidence if item.article == best.article]
    words = set(stems(" ".join([best.article.title, best.article.publisher or "", *near])))
    return {
        "sentence": max(item.cosine for item in evidence[:5]),
        "score": best.score,
        "names": _held(question.names, words),
        "numbers": _held(question.numbers, words),
        "untimely": float(bool(question.days) and not any(item.is_timely for item in evidence[:5])),
        "size": math.log10(max(passages, 1)),
    }


def _held(names: Sequence[str], words: set[str]) -> float:
    """The share of these names or numbers that stand among `words` (stems); 1 when there are none."""
    if not names:
        return 1.0
    return sum(words.issuperset(stems(name)) for name in names) / len(names)


def _missing(question: Question, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Names that the question has and the best passages lack."""
    text = fold(" ".join(f"{item.article.title} {item.found.passage.text}" for item in evidence))
    return tuple(name for name in question.names if fold(name) not in text)
