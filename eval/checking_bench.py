"""Measures of the checker: sentences that are and are not borne out by the text they cite."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench import Count, read_lines
from index.embedding import MiniLM
from rag.checking import Check, Checker
from rag.matching import Source

PAIRS = Path(__file__).with_name("pairs.jsonl")


def open_checker() -> Checker:
    """The checker as an Assistant with a language model has it."""
    embedder = MiniLM()
    return Checker(lambda texts: np.asarray(embedder.get_text_embedding_batch(list(texts)), dtype=np.float32))


def published_day(text: str) -> str | None:
    """The day of publication that a source's own line of metadata tells, as an index would know it."""
    found = re.search(r"PUBLISHED DATETIME:\s*(\d{4}-\d\d-\d\d)", text)
    return found[1] if found else None


def bench_mutants(data: Path, work: Path) -> Count:
    """True sentences and machine-made falsehoods: the share of each kind that loses its footnote."""
    rows = read_lines(data / "support" / "mutants.jsonl")
    checked = [(row, check(row["sentence"], Source(row["source"]))) for check in [open_checker().check] for row in rows]
    metrics = _lost((f"{_plural(row)}_{row['kind']}", result) for row, result in checked)
    for origin in ("claims", "verbatim"):
        true = [result for row, result in checked if _plural(row) == origin and row["kind"] == "true"]
        metrics[f"{origin}_true_contradicted"] = _share(result.verdict == "contradicted" for result in true)
    return len(rows), metrics


def bench_support(data: Path, work: Path) -> Count:
    """WiCE: claims with evidence, each row judged alone and weighted by one over its claim's rows."""
    rows = read_lines(data / "support" / "wice_dev.jsonl")
    checker = open_checker()
    kept: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["claim"]] += 1
    for row in rows:
        check = checker.check(row["claim"], _source("\n".join(row["evidence"])))
        kept[row["label"]].append((1 / counts[row["claim"]], check.verdict == "supported"))
    shares = {f"kept_{label}": round(_weighted(found), 3) for label, found in sorted(kept.items())}
    rest = [item for label, found in kept.items() if label != "supported" for item in found]
    balanced = (_weighted(kept["supported"]) + 1 - _weighted(rest)) / 2
    return len(rows), {"balanced_accuracy": round(balanced, 3), **shares}


def bench_pairs(data: Path, work: Path) -> Count:
    """Our own sentences, of the kinds that the mutants lack: the share of false and of true ones that lose it."""
    rows = read_lines(PAIRS)
    checker = open_checker()
    found = []
    for row in rows:
        check = checker.check(row["sentence"], Source(row["source"], row["published"]))
        found.append((f"pairs_{row['kind']}" if row["label"] == "false" else "pairs_true", check))
    return len(rows), _lost(found)


def _source(text: str) -> Source:
    return Source(text, published_day(text))


def bench_speed(data: Path, work: Path) -> Count:
    """What a check adds to a sentence: the time of checking it against a source read before, and of reading one."""
    rows = read_lines(data / "support" / "mutants.jsonl")
    checker = open_checker()
    reading, checking = [], []
    for row in rows:
        started = time.perf_counter()
        checker.prepare(_source(row["source"]))
        ready = time.perf_counter()
        checker.check(row["sentence"], _source(row["source"]))
        reading.append(ready - started)
        checking.append(time.perf_counter() - ready)
    read = [seconds for seconds in reading if seconds > 2e-4]  # the others were kept
    return len(rows), {
        f"{name}_p{rank}_ms": round(1000 * float(np.percentile(seconds, rank)), 2)
        for name, seconds in (("check", checking), ("read", read)) for rank in (50, 95)
    }  # fmt: skip


def _plural(row: Mapping[str, Any]) -> str:
    return "claims" if row["origin"] == "claim" else "verbatim"


def _lost(found: Iterable[tuple[str, Check]]) -> dict[str, float]:
    """The share of each group that loses its footnote."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for name, check in found:
        groups[name].append(check.verdict != "supported")
    return {name: _share(lost) for name, lost in groups.items()}


def _share(told: Iterable[bool]) -> float:
    values = list(told)
    return round(sum(values) / len(values), 3) if values else 0.0


def _weighted(found: Iterable[tuple[float, bool]]) -> float:
    pairs = list(found)
    return sum(weight for weight, told in pairs if told) / sum(weight for weight, _ in pairs)
