"""Measures on other people's data: `python -m eval bench NAME`, beside the figures of a plain rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path
from rich.table import Table

from eval.bench import Count, Metrics, bench_news, bench_refusal, bench_sync
from eval.checking_bench import bench_model_sentences, bench_mutants, bench_pairs, bench_speed, bench_support
from eval.conflicts import bench_conflicts
from eval.copies import bench_copies
from eval.folders import bench_folders
from eval.followups import bench_followups
from eval.injection import bench_injection
from eval.reader.testing import bench_reader
from index.article import UserError


@dataclass(frozen=True)
class Measured:
    """The figures of a bench over `n` questions or texts; `reference` is what its README gives for a plain rule."""

    bench: str
    n: int
    metrics: Metrics
    reference: Metrics

    def table(self) -> Table:
        table = Table("metric", title=f"{self.bench}: {self.n}", title_justify="left", header_style="dim")
        for name in ("measured", "reference"):
            table.add_column(name, justify="right")
        for name, value in self.metrics.items():
            given = self.reference.get(name)
            table.add_row(name, f"{value:.4g}", "" if given is None else f"{given:.4g}")
        return table


# Each with what the data's README gives for a plain rule: for mutants "every number, month and name occurs".
BENCHES: Mapping[str, tuple[Callable[[Path, Path], Count], Metrics]] = {
    "news": (bench_news, {"hit@1": 0.554, "hit@4": 0.713, "hit@10": 0.931, "mrr@10": 0.655, "answer_shown": 0.60,
                          "dated_hit@1": 0.78, "dated_hit@4": 0.96, "dated_hit@10": 1.0}),
    "refusal": (bench_refusal, {"auroc": 0.933, "auroc_removed": 0.729}),
    "mutants": (bench_mutants, {
        "claims_true": 0.30, "claims_number": 0.98, "claims_date": 0.97, "claims_name": 1.0, "claims_entity": 0.28,
        "claims_negation": 0.23, "claims_transposed": 0.52, "verbatim_true": 0.0, "verbatim_number": 0.99,
        "verbatim_date": 0.94, "verbatim_name": 1.0, "verbatim_entity": 0.03, "verbatim_negation": 0.0,
        "verbatim_transposed": 0.0}),
    "support": (bench_support, {"balanced_accuracy": 0.766}),
    "pairs": (bench_pairs, {}),
    "model-sentences": (bench_model_sentences, {"true": 0.79, "false": 0.23, "empty": 0.29}),
    "checking": (bench_speed, {}),
    "conflicts": (bench_conflicts, {}),
    "copies": (bench_copies, {}),
    "folders": (bench_folders, {}),
    "followups": (bench_followups, {}),
    "injection": (bench_injection, {}),
    "reader": (bench_reader, {}),
    "sync": (bench_sync, {}),
}  # fmt: skip


def run_bench(name: str, data: Path, work: Path | None) -> Measured:
    """Measure `name`. Raises UserError for a name that is none, and data that is not there."""
    if name not in BENCHES:
        raise UserError(f"There is no bench '{name}'.", f"There are: {', '.join(BENCHES)}.")
    measure, reference = BENCHES[name]
    n, metrics = measure(data, work or work_folder())
    return Measured(name, n, metrics, reference)


def work_folder() -> Path:
    """Where the index of the news articles is kept from run to run."""
    return user_cache_path("footnote", appauthor=False) / "bench"
