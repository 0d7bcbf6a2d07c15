"""A run for people: what flipped, and tables, in the terminal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.case import KINDS, Case
from eval.comparing import Difference, Verdict, mcnemar
from eval.facts import states
from eval.linting import places
from eval.running import Result, Run
from eval.scoring import OUTCOMES, Outcome, auroc, mean, wilson, written
from index.article import Article
from rag.retrieval import SearchResult


@dataclass(frozen=True)
class Row:
    """The results of one kind (or of all) of a set. Measures are means of what they apply to, None without any."""

    name: str
    counts: Mapping[Outcome, int]
    measures: Mapping[str, float | None]

    @property
    def scored(self) -> int:
        return sum(self.counts.values()) - self.counts["unscored"]

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% Wilson interval of the share that is right."""
        return wilson(self.counts["right"], self.scored)


@dataclass(frozen=True)
class Refusing:
    """Refusal over a set: of those refused how many should be (precision), of those that should be how many are."""

    unanswerable: int
    answerable: int
    refused_rightly: int
    refused_wrongly: int
    auroc: float

    @property
    def precision(self) -> float:
        return self.refused_rightly / max(1, self.refused_rightly + self.refused_wrongly)


def rows(results: Sequence[Result]) -> list[Row]:
    """One row for each kind, then all together."""
    kinds = [kind for kind in KINDS if any(result.kind == kind for result in results)]
    each = [_row(kind, [result for result in results if result.kind == kind]) for kind in kinds]
    return [*each, _row("all", results)]


def refusing(results: Sequence[Result]) -> Refusing:
    """How well a set's refusals fall; errors and unscored cases are left out."""
    scored = [r for r in results if r.confidence is not None and r.outcome not in ("error", "unscored")]
    bad = [result for result in scored if result.kind in ("refuse", "false_premise")]
    good = [result for result in scored if result not in bad]
    high, low = [r.confidence or 0.0 for r in good], [r.confidence or 0.0 for r in bad]
    return Refusing(len(bad), len(good), sum(map(_is_refused, bad)), sum(map(_is_refused, good)), auroc(high, low))


def print_run(console: Console, run: Run, verdict: Verdict, remembered: Mapping[str, str]) -> None:
    """The verdict's reasons first, then a table for each set. `remembered` gives the answers of before."""
    now = {result.id: result for result in run.results}
    for failure in verdict.failures:
        console.print(Text(f"{failure.what}: {failure.where}: {failure.text}", style="bold red"), soft_wrap=True)
        if failure.what == "flip":
            print_result(console, now[failure.where], remembered.get(failure.where))
    for name, results in run.sets.items():
        console.print(_table(f"{name}: {len(results)} cases", rows(results)))
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
        console.print(Text(f"The baseline was made elsewhere: {'; '.join(verdict.differs)}", style="yellow"))
    console.print(Text(summary_line(run, verdict), style="bold green" if verdict.passes else "bold red"))


def print_result(console: Console, result: Result, was: str | None = None) -> None:
    """A case as it came out: question, answer before (if known) and now, what was cited."""
    lines = [("question", result.question)] + ([("before", was)] if was else [])
    lines += [("now", str(result.answer["text"]) if result.answer else result.reason)]
    cited = [f"[{c['number']}] {c['path']}:{c['start']}-{c['end']}" for c in (result.answer or {}).get("citations", [])]
    for name, text in [*lines, ("cited", ", ".join(cited) or "nothing")]:
        console.print(Text.assemble((f"  {name:9}", "dim"), text), soft_wrap=True)


def print_case(
    console: Console, case: Case, result: Result, articles: Mapping[str, Article], found: Sequence[SearchResult]
) -> None:
    """A case with where its facts stand, what search finds and what is answered."""
    console.print(Text(f"{case.id} ({case.kind}{f', as of {case.as_of}' if case.as_of else ''}): {result.outcome}",
                       style="bold green" if result.outcome == "right" else "bold red"))  # fmt: skip
    for earlier in case.history:
        console.print(Text.assemble(("  after     ", "dim"), earlier))
    print_result(console, result)
    if result.reason:
        console.print(Text.assemble(("  reason    ", "dim"), result.reason), soft_wrap=True)
    for fact in case.facts:
        for path in case.accepted:
            text = articles[path].text
            for start, end in places(fact, articles[path]):
                stands = Text.assemble(("  fact      ", "dim"), (written(fact), "green"), f" at {path}:{start}-{end}: ")
                console.print(stands + Text(" ".join(text[start:end].split())), soft_wrap=True)
    for number, passage in enumerate(found[:10], start=1):
        held = [written(fact) for fact in case.facts if passage.path in case.accepted and states(passage.text, fact)]
        console.print(Text.assemble((f"  found {number:<4}", "dim"), passage.path, (f" {', '.join(held)}", "green")))


def print_difference(console: Console, difference: Difference) -> None:
    """What flipped between two runs, then whether that is chance."""
    for title, pairs, colour in (("worse", difference.worse, "red"), ("better", difference.better, "green")):
        for was, now in pairs:
            console.print(Text(f"{title}: {now.id}: {now.reason or now.outcome}", style=f"bold {colour}"))
            print_result(console, now, str(was.answer["text"]) if was.answer else was.reason)
    worse, better = len(difference.worse), len(difference.better)
    console.print(
        f"{difference.both} cases in both: {worse} worse, {better} better; the share right changed by "
        f"{(better - worse) / difference.both:+.1%}. Chance alone flips this unevenly with p = "
        f"{mcnemar(worse, better):.3f} (exact McNemar).",
        soft_wrap=True,
    )


def summary_line(run: Run, verdict: Verdict) -> str:
    """The gate's last line."""
    right = sum(result.outcome == "right" for result in run.results)
    counts = Counter(failure.what for failure in verdict.failures)
    why = ", ".join(f"{count} {what}{'s' if count > 1 else ''}" for what, count in counts.items())
    return f"{right} of {len(run.results)} right; the gate {'passes' if verdict.passes else f'FAILS: {why}'}"


def _row(name: str, results: Sequence[Result]) -> Row:
    marks = [result.marks for result in results if result.marks]
    ranks = [result.ranking for result in results if result.ranking]
    measures = {
        "facts": mean(mark.facts for mark in marks),
        "first": mean(None if mark.first is None else float(mark.first) for mark in marks),
        "words": mean(mark.words for mark in marks),
        "bold": mean(mark.bold for mark in marks),
        "cited": mean(None if mark.cited is None else float(mark.cited) for mark in marks),
        "precision": mean(mark.precision for mark in marks),
        "recall": mean(mark.recall for mark in marks),
        **{f"hit@{k}": mean(float(rank.first is not None and rank.first <= k) for rank in ranks) for k in (1, 4, 10)},
        "recall@10": mean(rank.recall for rank in ranks),
        "mrr@10": mean(1 / rank.first if rank.first and rank.first <= 10 else 0.0 for rank in ranks),
        "ndcg@10": mean(rank.ndcg for rank in ranks),
    }
    counts = Counter(result.outcome for result in results)
    return Row(name, {outcome: counts[outcome] for outcome in OUTCOMES}, measures)


def _table(title: str, lines: Iterable[Row]) -> Table:
    table = Table("kind", title=title, title_justify="left", title_style="bold", header_style="dim", box=SIMPLE)
    measures = ["facts", "first", "bold", "cited", "precision", "recall", "hit@1", "mrr@10"]
    for name in ["right", "95%", "wrong", "refused", "error", *measures]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in lines:
        low, high = row.interval
        counts = [str(row.counts[outcome] or "") for outcome in ("wrong", "refused", "error")]
        cells = [f"{row.counts['right']}/{row.scored}", f"{_short(low)}-{_short(high)}", *counts]
        cells += [_short(row.measures[name]) for name in measures]
        table.add_row(row.name, *cells, style="bold" if row.name == "all" else "")
    return table


def _lines(results: Sequence[Result]) -> list[str]:
    """What a table has no room for, a sentence each."""
    refused, measures = refusing(results), rows(results)[-1].measures
    answered = [result for result in results if result.answer]
    exact = sum(not result.broken_quotes for result in answered)
    valid = sum(not result.broken_markers for result in answered)
    found = ", ".join(f"{name} {_short(measures[name])}" for name in ("hit@4", "hit@10", "recall@10", "ndcg@10"))
    seconds = [result.seconds for result in results]
    unscored = sum(result.outcome == "unscored" for result in results)
    return [
        f"refusal: {refused.refused_rightly} of {refused.unanswerable} that the articles do not answer are refused, "
        f"{refused.refused_wrongly} of {refused.answerable} that they do (precision {refused.precision:.2f}); "
        f"AUROC {refused.auroc:.3f}",
        f"promises: quotes exact in {exact} of {len(answered)} answers, markers valid in {valid}",
        f"search: {found}",
        f"shown: {measures['words'] or 0:.0f} words an answer; the first sentence states a fact in "
        f"{_short(measures['first'])}, of the words in bold {_short(measures['bold'])} are of a fact",
        f"time: p50 {_ms(seconds, 50)}, p95 {_ms(seconds, 95)}",
        *_usage([result.usage for result in results if result.usage]),
        *([f"unscored: {unscored}"] if unscored else []),
    ]


def _usage(told: Sequence[Mapping[str, float]]) -> list[str]:
    """What a question cost the language model, and all of them, where endpoints told it."""
    sums: dict[str, float] = defaultdict(float)
    for name, value in (item for usage in told for item in usage.items()):
        sums[name] += value
    each = [f"{_plain(value / len(told))} {name} ({_plain(value)} in all)" for name, value in sums.items()]
    return ["model, a question: " + ", ".join(each)] if each else []


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.6f}"


def _ms(seconds: Sequence[float], percentile: float) -> str:
    return f"{1000 * float(np.percentile(seconds, percentile)):.0f} ms"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".removeprefix("0").replace("1.00", "1")


def _is_refused(result: Result) -> bool:
    return bool(result.answer and result.answer["refused"])
