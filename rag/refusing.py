"""Do the articles answer this question? A small calibrated model over what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.evidence import ANSWER_TYPES, Evidence, share
from rag.question import Question, fold, stems
from rag.retrieval import Found

THRESHOLD = 0.5  # of confidence, below which the answer is a refusal
FEATURES = ("cosine", "sentence", "coverage", "passage", "bm25", "names", "numbers", "type", "untimely")
# Logistic regression; `python -m eval bench refusal --fit` prints these from eval/refusal_training.jsonl.
INTERCEPT = -4.0
WEIGHTS: Mapping[str, float] = dict.fromkeys(FEATURES, 1.0)


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


def judge(
    question: Question, found: Sequence[Found], evidence: Sequence[Evidence], rarity: Mapping[str, float]
) -> Judgement:
    """Decide from the question and what was found, before any model is asked."""
    if not found or not evidence or not question.words:
        return Judgement(0.0, question.names)
    values = features(question, found, evidence, rarity)
    total = INTERCEPT + sum(WEIGHTS[name] * values[name] for name in FEATURES)
    return Judgement(1.0 / (1.0 + math.exp(-total)), _missing(question, evidence), bool(values["untimely"]))


def features(
    question: Question, found: Sequence[Found], evidence: Sequence[Evidence], rarity: Mapping[str, float]
) -> dict[str, float]:
    """What the decision rests on, each about 0 to 1, in the order of FEATURES."""
    best = evidence[0]
    total = sum(rarity.values()) or 1.0
    near = [item for item in evidence if item.article == best.article]
    about = [best.article.title, best.article.publisher or "", *(item.found.passage.text for item in near)]
    words = set(stems(" ".join(about)))
    return {
        "cosine": max(item.cosine for item in found),
        "sentence": max(item.cosine for item in evidence[:5]),
        "coverage": max(item.coverage for item in evidence[:3]),
        "passage": share(words, rarity),
        "bm25": max(item.bm25 for item in found) / total,
        "names": _held(question.names, words),
        "numbers": _held(question.numbers, words),
        "type": float(bool(best.answers) or question.kind not in ANSWER_TYPES),
        "untimely": float(bool(question.days) and not any(item.is_timely for item in evidence[:5])),
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
