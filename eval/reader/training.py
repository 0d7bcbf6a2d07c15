"""Training of the reader: stages of mixed data on one CPU thread, in bfloat16, with checkpoints."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F

from eval.reader import network, rows
from eval.reader.rows import Group, Row
from rag.reader.encoding import Encoded, encode

LIMIT = 192  # tokens of a row in training
_GROUPS_A_STEP = 3
_WARM_UP = 100  # steps
_SAVED_EVERY = 100  # steps
_WEIGHTS = {"ranked": 0.5, "sentence": 2.0, "span": 0.25}  # beside 1 for "answered or not"


# How often each source is read, and the learning rate at the start and at the end.
SOURCES = {"ours": 1, "articles": 4, "near": 1, "squad2": 1, "small": 0.15, "squad11": 0.08}
_OTHERS = 0.5  # of our answered questions, how many also stand beside a passage that is about something else
_RATES = 1.2e-4, 2e-6


def sources(data: Path, rng: random.Random) -> dict[str, list[Group]]:
    """The groups of each source; `data` is the folder with near_miss/ and data/ (and ours beside it)."""
    squad2 = rows.squad(data / "data/squad20_dev.jsonl", rng)
    squad11 = rows.squad(data / "data/squad11_train.jsonl", rng, other_paragraphs=1.0)
    return {
        "ours": rows.beside_others(rows.near_miss(rows.OURS, test=False), _OTHERS, rng),
        "articles": rows.near_miss(rows.ARTICLES, test=False),
        "near": rows.near_miss(data / "near_miss", test=False),
        "squad2": [group for title, group in squad2 if not rows.held(title)],
        "squad11": [group for _, group in squad11],
        "small": rows.small_sets(data / "data/qa_rows.jsonl", rng),
    }


def train(data: Path, start: Path, out: Path, *, seed: int = 1, minutes: float | None = None) -> Path:
    """Trains from the weights `start`; writes `out`/reader.safetensors (returned) and a line a minute to log.jsonl.

    With `minutes` the learning rate falls with the clock and training ends then, wherever it is.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = random.Random(seed)
    groups: list[Group] = []
    for name, found in sources(data, rng).items():
        groups += _sample(found, SOURCES[name], rng)
    rng.shuffle(groups)
    net = network.load(start)
    net.train()
    trained = _trainable(net)
    optimizer = _optimizer(trained)
    out.mkdir(parents=True, exist_ok=True)
    weights, log = out / "reader.safetensors", _Log(out / "log.jsonl")
    steps = [groups[at : at + _GROUPS_A_STEP] for at in range(0, len(groups), _GROUPS_A_STEP)]
    for step, parts in enumerate(steps, 1):
        done = max(step / len(steps), log.minutes / minutes if minutes else 0.0)
        if minutes and done >= 1:
            break
        rate = _RATES[0] + (_RATES[1] - _RATES[0]) * done
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / _WARM_UP)
        optimizer.zero_grad()
        for part in parts:
            loss = _loss(net, part)
            (loss / len(parts)).backward()
            log.add(len(part), loss.item(), done)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        if step % _SAVED_EVERY == 0:
            save(net, weights)
    save(net, weights)
    return weights


def _optimizer(trained: Sequence[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """AdamW; what is no matrix (biases, norms) does not decay."""
    parts = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(parts, lr=_RATES[0], fused=True)


class _Log:
    """A line a minute: rows seen, how much is done, the mean loss of that minute."""

    def __init__(self, file: Path) -> None:
        self._file, self._began, self._rows = file, time.monotonic(), 0
        self._said, self._losses = 0.0, list[float]()

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self._began) / 60

    def add(self, rows: int, loss: float, done: float) -> None:
        self._rows += rows
        self._losses.append(loss)
        if self.minutes - self._said < 1:
            return
        self._said = self.minutes
        mean = sum(self._losses) / len(self._losses)
        line = {"minutes": round(self._said, 1), "rows": self._rows, "done": round(done, 3), "loss": round(mean, 4)}
        with self._file.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self._losses.clear()


def save(net: network.Reader, path: Path) -> None:
    """In half precision, which loses nothing that int8 would keep."""
    from safetensors.torch import save_file

    partial = path.with_suffix(".partial")
    save_file({name: value.half().contiguous() for name, value in net.state_dict().items()}, partial)
    partial.replace(path)


def _sample(found: Sequence[Group], times: float, rng: random.Random) -> Iterator[Group]:
    whole = int(times)
    for _ in range(whole):
        yield from found
    yield from rng.sample(list(found), round((times - whole) * len(found)))


def _trainable(net: network.Reader) -> list[torch.nn.Parameter]:
    """All but the embeddings: they are half of the weights, and most words are too rare here to be learnt."""
    for part in (net.word, net.place, net.kind, net.norm):
        part.requires_grad_(False)
    return [p for p in net.parameters() if p.requires_grad]


def _loss(net: network.Reader, group: Group) -> torch.Tensor:
    encoded = [encode(row.question, row.head, row.sentences, LIMIT) for row in group]
    kept = [
        (row, e)
        for row, e in zip(group, encoded, strict=True)
        if not row.answered or row.flags is None or any(row.flags[: len(e.marks)])
    ]
    group, encoded = [row for row, _ in kept], [e for _, e in kept]
    ids, mask, types = tensors([(e.ids, e.types) for e in encoded])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answered, sentence, starts, ends = (part.float() for part in net(ids, mask, types))
    truth = torch.tensor([float(row.answered) for row in group])
    loss = F.binary_cross_entropy_with_logits(answered, truth)
    if pairs := _pairs(group):
        better, worse = zip(*pairs, strict=True)
        loss = loss + _WEIGHTS["ranked"] * F.softplus(answered[list(worse)] - answered[list(better)]).mean()
    marked = [
        (at, mark, float(flag))
        for at, (row, e) in enumerate(kept)
        if row.flags is not None
        for mark, flag in zip(e.marks, row.flags, strict=False)
    ]
    if marked:
        at, marks, flags = zip(*marked, strict=True)
        logits = sentence[list(at), list(marks)]
        loss = loss + _WEIGHTS["sentence"] * F.binary_cross_entropy_with_logits(logits, torch.tensor(flags))
    if spans := [(at, span) for at, (row, e) in enumerate(kept) if (span := _tokens(row, e))]:
        at, ends_of = zip(*spans, strict=True)
        first, last = (torch.tensor(side) for side in zip(*ends_of, strict=True))
        padding = (1 - mask[list(at)]).bool()
        for logits, wanted in ((starts, first), (ends, last)):
            hidden = logits[list(at)].masked_fill(padding, -1e4)
            loss = loss + _WEIGHTS["span"] * F.cross_entropy(hidden, wanted)
    return loss


def _pairs(group: Group) -> list[tuple[int, int]]:
    """(answered, not answered) rows of one question or of one passage: the first is to score higher."""
    return [
        (i, j)
        for i, better in enumerate(group)
        if better.answered
        for j, worse in enumerate(group)
        if not worse.answered and (worse.question == better.question or worse.sentences == better.sentences)
    ]


def _tokens(row: Row, encoded: Encoded) -> tuple[int, int] | None:
    """First and last token of the answer; (0, 0) where there is none; None where it was cut off."""
    if not row.answered:
        return 0, 0
    if row.span is None or row.span[0] >= len(encoded.marks):
        return None
    at, start, end = row.span
    inside = [i for i, (a, b) in enumerate(encoded.offsets[at]) if a < end and b > start]
    first = encoded.marks[at] + 1
    return (first + inside[0], first + inside[-1]) if inside else None


def tensors(items: Sequence[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, ...]:
    """(ids, mask, types), each [rows, longest row], of (ids, types) pairs."""
    length = max(len(ids) for ids, _ in items)
    shape = len(items), length
    ids, mask, types = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    for at, (row, kinds) in enumerate(items):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
        types[at, : len(kinds)] = torch.tensor(kinds)
    return ids, mask, types
