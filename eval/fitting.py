"""Fits the refusal model: logistic regression on questions of our own and half of the unanswerable ones.

`python -m eval fit` prints what stands in rag/refusing.py. The news bench's 101 questions, the odd lines of
unanswerable.jsonl and every case of the eval sets are never fitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.bench import auroc, open_news
from rag.answering import Asked, look
from rag.assistant import Assistant
from rag.refusing import FEATURES, features

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRAINING = Path(__file__).parent / "refusal_training.jsonl"
RIDGE = 1.0  # strength of the L2 penalty, on standardised features
FOLDS = 5


def fit_refusal(data: Path, work: Path) -> Mapping[str, Any]:
    """Intercept and weights for rag/refusing.py, with the AUROC of folds that were held out."""
    asked = [(row["question"], bool(row["answerable"])) for row in _read(TRAINING)]
    even = _read(data / "refusal" / "unanswerable.jsonl")[1::2]
    asked += [(row["question"], False) for row in even]
    with open_news(data, work) as assistant:
        values = np.array([_features(assistant, text) for text, _ in asked])
    labels = np.array([label for _, label in asked], dtype=float)
    folds = np.arange(len(labels)) % FOLDS
    held_out = np.empty(len(labels))
    for fold in range(FOLDS):
        intercept, weights = fit_logistic(values[folds != fold], labels[folds != fold])
        held_out[folds == fold] = intercept + values[folds == fold] @ weights
    intercept, weights = fit_logistic(values, labels)
    return {
        "questions": len(labels),
        "auroc_held_out": round(auroc(held_out[labels == 1].tolist(), held_out[labels == 0].tolist()), 3),
        "intercept": round(float(intercept), 3),
        "weights": {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights, strict=True)},
    }


def _features(assistant: Assistant, text: str) -> list[float]:
    with assistant.store.catalog.snapshot() as snapshot:
        question, evidence = look(assistant.store, assistant.embedder, Asked(text, text), snapshot)
    return [features(question, evidence)[name] for name in FEATURES]


def fit_logistic(values: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """(intercept, weights) of the ridge logistic regression, by Newton's method; both classes weigh the same.

    `values` has shape (questions, features), `labels` is 0 or 1.
    """
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(labels)), (values - mean) / scale])
    balance = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    penalty = RIDGE * np.diag([0.0] + [1.0] * values.shape[1])
    theta = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ theta))
        gradient = design.T @ (balance * (chance - labels)) + penalty @ theta
        curvature = (design * (balance * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        theta -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = theta[1:] / scale
    return float(theta[0] - mean @ weights), weights


def _read(file: Path) -> Sequence[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
