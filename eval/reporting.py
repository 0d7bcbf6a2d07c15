"""A run for people: what flipped, and tables, in the terminal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.case import KINDS
from eval.comparing import Verdict, mcnemar
from eval.running import Result, Run
from eval.scoring import Marks, auroc, hits, mean, wilson

_COLUMNS = ("facts", "first", "bold", "cited", "precision", "recall", "hit@1", "mrr@10")


def print_run(console: Console, run: Run, verdict: Verdict) -> None:
    """The verdict's reasons first, then a table for each set."""
    now = {result.id: result for result in run.results}
    for failure in verdict.failures:
        console.print(Text(f"{failure.what}: {failure.where}: {failure.text}", style="bold red"), soft_wrap=True)
        if failure.what == "flip":
            print_result(console, now[failure.where])
    for name, results in run.sets.items():
        console.print(_table(name, results))
        for line in _lines(results):
            console.print(Text(f" {line}", style="dim"), soft_wrap=True)
        console.print()
    for name, reason in run.skipped.items():
        console.print(Text(f"{name}: skipped: {reason}", style="yellow"), soft_wrap=True)
    for title, ids in (
        ("better", verdict.improved),
        ("not in the baseline", verdict.new),
        ("gone from the sets", verdict.gone),
        ("another answer, still right", verdict.changed),
    ):
        if ids:
            console.print(Text(f"{title} ({len(ids)}): {', '.join(ids[:12])}{' ...' if len(ids) > 12 else ''}"))
    if verdict.differs and (verdict.failures or verdict.changed):
        console.print(Text(f"The baseline was made on another machine: {'; '.join(verdict.differs)}", style="yellow"))
    right = sum(result.outcome == "right" for result in run.results)
    counts = Counter(failure.what for failure in verdict.failures)
    why = ", ".join(f"{count} {what}{'s' if count > 1 else ''}" for what, count in counts.items())
    last = f"{right} of {len(run.results)} right; the gate {'passes' if verdict.passes else f'FAILS: {why}'}"
    console.print(Text(last, style="bold green" if verdict.passes else "bold red"))


def print_result(console: Console, result: Result, was: str | None = None) -> None:
    """A case as it came out: question, answer before (if known) and now, what was cited."""
    lines = [("question", result.question)] + ([("before", was)] if was else [])
    lines += [("now", str(result.answer["text"]) if result.answer else result.reason)]
    cited = [f"[{c['number']}] {c['path']}:{c['start']}-{c['end']}" for c in (result.answer or {}).get("citations", [])]
    for name, text in [*lines, ("cited", ", ".join(cited) or "nothing")]:
        console.print(Text.assemble((f"  {name:9}", "dim"), text), soft_wrap=True)


def print_difference(console: Console, pairs: Sequence[tuple[Result, Result]]) -> None:
    """What flipped between two runs, by (before, after) of each case, then whether that is chance."""
    worse = [(was, now) for was, now in pairs if was.outcome == "right" != now.outcome]
    better = [(was, now) for was, now in pairs if was.outcome != "right" == now.outcome]
    for title, flips, colour in (("worse", worse, "red"), ("better", better, "green")):
        for was, now in flips:
            console.print(Text(f"{title}: {now.id}: {now.reason or now.outcome}", style=f"bold {colour}"))
            print_result(console, now, str(was.answer["text"]) if was.answer else was.reason)
    console.print(
        f"{len(pairs)} cases in both: {len(worse)} worse, {len(better)} better; the share right changed by "
        f"{(len(better) - len(worse)) / len(pairs):+.1%}. Chance alone flips this unevenly with p = "
        f"{mcnemar(len(worse), len(better)):.3f} (exact McNemar).",
        soft_wrap=True,
    )


def _table(name: str, results: Sequence[Result]) -> Table:
    """One row for each kind, then all together."""
    title = f"{name}: {len(results)} cases"
    table = Table("kind", title=title, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE)
    for column in ("right", "95%", "wrong", "refused", "error", *_COLUMNS):
        table.add_column(column, justify="right", no_wrap=True)
    for kind in (*KINDS, "all"):
        if some := [result for result in results if kind in (result.kind, "all")]:
            table.add_row(kind, *_cells(some), style="bold" if kind == "all" else "")
    return table


def _cells(results: Sequence[Result]) -> Iterator[str]:
    counts = Counter(result.outcome for result in results)
    yield f"{counts['right']}/{len(results)}"
    yield "-".join(map(_short, wilson(counts["right"], len(results))))
    yield from (str(counts[outcome] or "") for outcome in ("wrong", "refused", "error"))
    measures = _measures(results)
    yield from (_short(measures.get(column)) for column in _COLUMNS)


def _measures(results: Sequence[Result]) -> dict[str, float | None]:
    """The mean of each measure over what it applies to."""
    marks = [result.marks for result in results if result.marks]
    ranks = [result.reciprocal_rank for result in results if result.reciprocal_rank is not None]
    means = {field.name: mean(getattr(each, field.name) for each in marks) for field in fields(Marks)}
    return means | (hits(ranks) if ranks else {})


def _lines(results: Sequence[Result]) -> list[str]:
    """What a table has no room for, a sentence each."""
    measures = _measures(results)
    answered = [result for result in results if result.answer]
    exact = sum(not result.broken_quotes for result in answered)
    valid = sum(not result.broken_markers for result in answered)
    median, slow = 1000 * np.percentile([result.seconds for result in results], (50, 95))
    return [
        _refusal(results),
        f"promises: quotes exact in {exact} of {len(answered)} answers, markers valid in {valid}",
        f"search: hit@4 {_short(measures.get('hit@4'))}, hit@10 {_short(measures.get('hit@10'))}",
        f"shown: {measures['words'] or 0:.0f} words an answer",
        f"time: p50 {median:.0f} ms, p95 {slow:.0f} ms",
        *_usage([result.usage for result in results if result.usage]),
    ]


def _refusal(results: Sequence[Result]) -> str:
    """How well refusals fall; errors are left out."""
    scored = [r for r in results if r.confidence is not None and r.outcome != "error"]
    bad = [result for result in scored if result.kind in ("refuse", "false_premise")]
    good = [result for result in scored if result.kind not in ("refuse", "false_premise")]
    rightly, wrongly = (sum(bool(r.answer and r.answer["refused"]) for r in some) for some in (bad, good))
    high, low = ([result.confidence or 0.0 for result in some] for some in (good, bad))
    return (
        f"refusal: {rightly} of {len(bad)} that the articles do not answer are refused, {wrongly} of {len(good)} that "
        f"they do (precision {rightly / max(1, rightly + wrongly):.2f}); AUROC {auroc(high, low):.3f}"
    )


def _usage(told: Sequence[Mapping[str, float]]) -> list[str]:
    """What a question cost the language model, and all of them, where endpoints told it."""
    sums: dict[str, float] = defaultdict(float)
    for name, value in (item for usage in told for item in usage.items()):
        sums[name] += value
    each = [f"{_plain(value / len(told))} {name} ({_plain(value)} in all)" for name, value in sums.items()]
    return ["model, a question: " + ", ".join(each)] if each else []


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.6f}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".removeprefix("0").replace("1.00", "1")
