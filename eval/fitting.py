"""Fits the refusal model: logistic regression on questions of our own and half of the unanswerable ones.

Each question is asked of the 1,855 news articles and of a small folder of its own article and the five most
like it, which is how most people will ask; one with an answer also of the news without its article. Beside them
stand the near misses of every tenth passage of eval/reader/near_miss, each asked of a folder of its field of news; no
reader was trained on those. The news bench's 101 questions, the odd lines of unanswerable.jsonl and every case of the
eval sets are never fitted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.schema import Document
from numpy.typing import NDArray

from eval.bench import open_news, read_lines
from eval.folders import asked_of_folders
from eval.scoring import auroc
from index.records import Filters
from rag.answering import Asked, look
from rag.assistant import Assistant
from rag.refusing import FEATURES, features

TRAINING = Path(__file__).parent / "refusal_training.jsonl"
SMALL_FOLDER = 6  # articles
RIDGE = 1.0  # strength of the L2 penalty, on standardised features
FOLDS = 5
Row = tuple[list[float], bool, str]  # features, answerable, the article asked about: rows of one stay in one fold


def fit_refusal(data: Path, work: Path) -> Mapping[str, Any]:
    """Intercept and weights for rag/refusing.py, with the AUROC of folds that were held out."""
    training = read_lines(TRAINING)
    even = read_lines(data / "refusal" / "unanswerable.jsonl")[1::2]
    with open_news(data, work) as news:
        paths = {row.path.partition("#")[2]: row.path for row in news.articles()}
        rows = [_row(news, row["question"], row["answerable"], _about(row)) for row in training]
        rows += [
            _row(news, row["question"], False, _about(row), tuple(paths[name] for name in row["articles"]))
            for row in training if row["answerable"]
        ]  # fmt: skip
        rows += [_row(news, row["question"], False, row["id"]) for row in even]
        rows += list(_small_folder_rows(news, training, even))
    for assistant, passage, asked in asked_of_folders(0):
        rows.append(_row(assistant, asked["q"], "answer" in asked, passage))
    values = np.array([row for row, _, _ in rows])
    labels = np.array([float(answerable) for _, answerable, _ in rows])
    groups = sorted({about for _, _, about in rows})
    folds = np.array([groups.index(about) % FOLDS for _, _, about in rows])
    held_out = np.empty(len(labels))
    for fold in range(FOLDS):
        intercept, weights = fit_logistic(values[folds != fold], labels[folds != fold])
        held_out[folds == fold] = intercept + values[folds == fold] @ weights
    intercept, weights = fit_logistic(values, labels)
    return {
        "rows": len(labels),
        "auroc_held_out": round(auroc(held_out[labels == 1].tolist(), held_out[labels == 0].tolist()), 3),
        "intercept": round(intercept, 2),
        "weights": {name: round(float(weight), 2) for name, weight in zip(FEATURES, weights, strict=True)},
    }


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


def _small_folder_rows(news: Assistant, training: Sequence[Any], even: Sequence[Any]) -> Iterator[Row]:
    """The training questions asked of small folders; each folder also gets two of the plainly unanswerable ones."""
    rows = {row.path.partition("#")[2]: row for row in news.articles()}
    by_article: dict[str, list[Any]] = {}
    for row in training:
        by_article.setdefault(_about(row), []).append(row)
    for number, (name, asked) in enumerate(by_article.items()):
        own = rows[name]
        alike = [own.path, *(result.path for result in news.search(own.title, limit=30))]
        articles = [news.article(own.root, path) for path in list(dict.fromkeys(alike))[:SMALL_FOLDER]]
        documents = [
            Document(text=article.text, metadata={"path": article.path, "title": article.title,
                     "publisher": article.publisher or "", "published": article.published or ""})
            for article in articles if article is not None
        ]  # fmt: skip
        with tempfile.TemporaryDirectory() as folder, Assistant.open(folder, embedder=news.embedder) as small:
            small.sync_documents(documents, root="small")
            for row in asked:
                yield _row(small, row["question"], row["answerable"], name)
            for other in (2 * number, 2 * number + 1):
                unlike = even[other % len(even)]
                yield _row(small, unlike["question"], False, unlike["id"])


def _about(row: Mapping[str, Any]) -> str:
    return str(row["articles"][0] if row["answerable"] else row["near"])


def _row(assistant: Assistant, text: str, answerable: bool, about: str, without: tuple[str, ...] = ()) -> Row:
    with assistant.store.catalog.snapshot() as snapshot:
        seen = look(assistant.store, assistant.embedder, Asked(text, text, Filters(exclude=without)), snapshot)
        found = features(seen.question, seen.evidence, snapshot.counts()[1])
    return [found[name] for name in FEATURES], answerable, about
