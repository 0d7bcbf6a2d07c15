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

Logits = NDArray[np.float32]
MODEL = Path(__file__).parent / "model.onnx"
_LONGEST_ANSWER = 24  # tokens
_REMEMBERED = 256  # readings; the path of one question comes back to the same passages


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader says of one passage: `answers` is the log odds that it answers.

    `spans` has for each sentence its likeliest answering words, in characters of the sentence, and `sure`
    how much likelier (log) they are than that nothing there answers. A sentence that did not fit into the
    model's 256 tokens is not read: it has no words.
    """

    answers: float
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
    inputs = {"ids": ids, "mask": np.ones_like(ids), "types": types}
    answers, starts, ends = _session().run(["answers", "start", "end"], inputs)
    return _reading(encoded, len(sentences), float(answers[0]), starts[0], ends[0])


@cache
def _session() -> Any:
    return load_session(MODEL)


def _reading(encoded: Encoded, count: int, answers: float, starts: Logits, ends: Logits) -> Reading:
    spans: list[Span | None] = [None] * count
    sure = [-np.inf] * count
    for number, (mark, offsets) in enumerate(zip(encoded.marks, encoded.offsets, strict=True)):
        tokens = slice(mark + 1, mark + 1 + len(offsets))
        if offsets:
            first, last, logit = _best_span(starts[tokens], ends[tokens])
            spans[number] = offsets[first][0], offsets[last][1]
            sure[number] = logit - float(starts[0] + ends[0])
    return Reading(answers, tuple(spans), tuple(sure))


def _best_span(starts: Logits, ends: Logits) -> tuple[int, int, float]:
    """First and last token of the likeliest words of a sentence, and the sum of their logits."""
    places = np.arange(len(starts))
    length = places[None, :] - places[:, None] + 1
    total = np.where((length > 0) & (length <= _LONGEST_ANSWER), starts[:, None] + ends[None, :], -np.inf)
    first, last = np.unravel_index(int(total.argmax()), total.shape)
    return int(first), int(last), float(total[first, last])
