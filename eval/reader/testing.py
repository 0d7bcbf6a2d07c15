"""How well the reader tells what a passage answers: AUROC on data that no training has seen."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from eval.reader import rows
from eval.reader.rows import Group, Row
from eval.scoring import auroc
from rag.reader import Reading, read


def frozen(data: Path) -> dict[str, list[Row]]:
    """The tests: near misses of both kinds (a fifth of their passages) and SQuAD 2.0 dev (a sixth of its articles)."""
    squad2 = rows.squad(data / "data/squad20_dev.jsonl", random.Random(0))
    old = _flat(rows.near_miss(data / "near_miss", test=True))
    new = _flat(rows.near_miss(rows.OURS, test=True))
    return {
        "near misses": old,
        "near misses, ours": new,
        "near misses, articles": _flat(rows.near_miss(rows.ARTICLES, test=True)),
        "near misses, reversed": [row for row in new if (row.words == "other") is row.answered],
        "SQuAD 2.0": _flat(group for title, group in squad2 if rows.held(title)),
    }


def bench_reader(data: Path, _work: Path) -> tuple[int, dict[str, float]]:
    """AUROC by test and kind of miss, and how often the best sentence and its words are the right ones.

    `data` is the folder of the benches; the data of the reader lie in `reader` beside it.
    """
    figures: dict[str, float] = {}
    tests = frozen(data.parent / "reader")
    for name, tested in tests.items():
        if not tested:
            continue
        readings = [read(row.question, [(row.head, row.sentences)])[0] for row in tested]
        by_kind: dict[str, list[float]] = defaultdict(list)
        for row, reading in zip(tested, readings, strict=True):
            by_kind[row.kind].append(reading.answers)
        answered = by_kind.pop("answered")
        figures[name] = auroc(answered, [score for scores in by_kind.values() for score in scores])
        for kind, scores in sorted(by_kind.items()):
            figures[f"{name}: {kind}"] = auroc(answered, scores)
        right = [_is_found(row, reading) for row, reading in zip(tested, readings, strict=True) if row.answered]
        figures[f"{name}: sentence"] = sum(sentence for sentence, _ in right) / len(right)
        figures[f"{name}: words"] = sum(words for _, words in right) / len(right)
    return sum(map(len, tests.values())), {name: round(value, 3) for name, value in figures.items()}


def _is_found(row: Row, reading: Reading) -> tuple[bool, bool]:
    """Whether the best sentence is the one that answers, and whether its likeliest words share half of the answer."""
    at = max(range(len(row.sentences)), key=lambda i: reading.sure[i])
    if row.span is None or row.span[0] != at:
        return False, False
    found, (_, start, end) = reading.spans[at], row.span
    if found is None:
        return True, False
    common = min(found[1], end) - max(found[0], start)
    return True, 2 * common >= max(found[1] - found[0], end - start)


def _flat(groups: Iterable[Group]) -> list[Row]:
    return [row for group in groups for row in group]
