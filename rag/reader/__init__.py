"""The reader: a small trained model that says whether a passage answers a question, where, and with which words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.onnx import load_session
from rag.reader.encoding import Encoded, encode

MODEL = Path(__file__).parent / "model.onnx"
_LONGEST_ANSWER = 24  # tokens
_REMEMBERED = 256  # readings; the path of one question comes back to the same passages


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one passage. `answers` and each of `sentences` are logits.

    `spans` has for each sentence its likeliest answering words, in characters of the sentence, and `sure`
    how much likelier (log) they are than that nothing there answers. A sentence that did not fit into the
    model's 256 tokens is not read: it has the least logit of the passage and no words.
    """

    answers: float
    sentences: tuple[float, ...]
    spans: tuple[Span | None, ...]
    sure: tuple[float, ...]


def read(question: str, passages: Sequence[tuple[str, Sequence[str]]]) -> list[Reading]:
    """One Reading for each passage: its heading (see `encoding.heading`) and its sentences.

    Each is read alone, so that a passage reads the same whatever stands beside it; they share out the cores.
    """
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda passage: _read(question, passage[0], tuple(passage[1])), passages))


@lru_cache(maxsize=_REMEMBERED)
def _read(question: str, head: str, sentences: tuple[str, ...]) -> Reading:
    encoded = encode(question, head, sentences)
    ids, types = (np.array([row], np.int64) for row in (encoded.ids, encoded.types))
    answers, sentence, starts, ends = _session().run(None, {"ids": ids, "mask": np.ones_like(ids), "types": types})
    return _reading(encoded, len(sentences), answers, sentence[0], starts[0], ends[0])


@cache
def _session() -> Any:
    return load_session(MODEL)


def _reading(
    encoded: Encoded,
    count: int,
    answers: NDArray[np.float32],
    sentence: NDArray[np.float32],
    starts: NDArray[np.float32],
    ends: NDArray[np.float32],
) -> Reading:
    scores = [float(sentence[mark]) for mark in encoded.marks]
    nothing = float(starts[0] + ends[0])
    spans: list[Span | None] = []
    sure: list[float] = []
    for mark, offsets in zip(encoded.marks, encoded.offsets, strict=True):
        best = _best_span(starts[mark + 1 : mark + 1 + len(offsets)], ends[mark + 1 : mark + 1 + len(offsets)])
        if best is None:
            spans.append(None)
            sure.append(-np.inf)
        else:
            first, last, score = best
            spans.append((offsets[first][0], offsets[last][1]))
            sure.append(score - nothing)
    unread = count - len(scores)
    scores += [min(scores, default=-10.0)] * unread
    return Reading(float(answers[0]), tuple(scores), (*spans, *[None] * unread), (*sure, *[-np.inf] * unread))


def _best_span(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> tuple[int, int, float] | None:
    """First and last token of the likeliest words of a sentence, and the sum of their logits."""
    if not len(starts):
        return None
    total = starts[:, None] + ends[None, :]
    far = np.subtract.outer(np.arange(len(ends)), np.arange(len(starts))).T
    total = np.where((far >= 0) & (far < _LONGEST_ANSWER), total, -np.inf)
    first, last = np.unravel_index(int(total.argmax()), total.shape)
    return int(first), int(last), float(total[first, last])
