"""`python -m eval`: does it still answer what it should? The commands."""

from __future__ import annotations

import importlib.util
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval import comparing, reporting
from eval.case import load_sets
from eval.linting import lint as lint_set
from eval.linting import read_articles
from eval.running import load, metered, run_sets, save
from index.article import UserError
from rag.cli import main

app = typer.Typer(
    help="Check that Footnote still answers what it should.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
Corpus = Annotated[Path, typer.Option(help="Folder that contains the sets' articles.", metavar="DIR")]
OneSet = Annotated[str | None, typer.Option("--set", help="Only this set.", metavar="S")]
Data = Annotated[Path, typer.Option(help="Folder with the data of the benches.", metavar="DIR")]
Work = Annotated[Path | None, typer.Option(help="Folder for the index of the news articles.", metavar="DIR")]
CORPUS, BENCH, READER = Path("../shared/corpus"), Path("../shared/bench"), Path("../shared/reader")


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Run every set when nothing else is asked for."""
    if context.invoked_subcommand is None:
        run()


@app.command()
def run(
    only: OneSet = None,
    corpus: Corpus = CORPUS,
    model: Annotated[str | None, typer.Option(help="Ask with this language model.", metavar="M")] = None,
    base_url: Annotated[str | None, typer.Option(help="Its endpoint.", metavar="URL")] = None,
    out: Annotated[Path | None, typer.Option("--json", help="Save the whole run here.", metavar="F")] = None,
    before: Annotated[Path | None, typer.Option(help="Compare with a run saved with --json.", metavar="F")] = None,
) -> None:
    """Ask every case and judge the answers: exit 1 when the gate fails."""
    earlier = load(before) if before else None
    sets, baseline = load_sets(only), comparing.read_baseline()
    with metered(model, base_url) as opened:
        results = run_sets(sets, corpus, opened)
    verdict = comparing.gate(results, baseline)
    reporting.print_run(_console(), results, verdict)
    if out:
        save(results, out)
    if earlier:
        reporting.print_difference(_console(), comparing.paired(earlier, results))
    if not verdict.passes or (results.skipped and os.environ.get("FOOTNOTE_REQUIRE_SHARED") == "1"):
        raise typer.Exit(1)


@app.command()
def accept(only: OneSet = None, corpus: Corpus = CORPUS) -> None:
    """Make the current answers the baseline of the gate."""
    results, baseline = run_sets(load_sets(only), corpus), comparing.read_baseline()
    accepted = comparing.accept(results, baseline)
    comparing.write_baseline(accepted)
    reporting.print_run(_console(), results, comparing.gate(results, accepted))


@app.command()
def lint(only: OneSet = None, corpus: Corpus = CORPUS) -> None:
    """Find cases whose facts are no longer in the articles, and duplicates: exit 1 for any."""
    sets = load_sets(only)
    problems = [problem for cases in sets for problem in lint_set(cases, read_articles(cases, corpus))]
    for problem in problems:
        print(problem)
    print(f"{sum(len(cases.cases) for cases in sets)} cases, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)


@app.command()
def ablate(
    parts: Annotated[list[str] | None, typer.Argument(help="Which parts; default: all.", metavar="[PART]...")] = None,
    only: OneSet = None,
    corpus: Corpus = CORPUS,
) -> None:
    """Switch off each part in turn, and print which cases flip."""
    from eval.ablating import PARTS
    from eval.ablating import ablate as ablated

    if unknown := set(parts or ()) - PARTS.keys():
        raise UserError(f"There is no part '{min(unknown)}'.", f"There are: {', '.join(PARTS)}.")
    for part, lost, won in ablated(load_sets(only), corpus, parts or list(PARTS)):
        _console().print(f"without {part}: {len(lost)} lost, {len(won)} won", soft_wrap=True)
        for sign, ids in (("-", lost), ("+", won)):
            if ids:
                _console().print(f"  {sign} {', '.join(ids)}", soft_wrap=True)


@app.command()
def bench(
    names: Annotated[list[str], typer.Argument(help="Which benches; docs/eval.md lists them.", metavar="NAME...")],
    data: Data = BENCH,
    work: Work = None,
    out: Annotated[Path | None, typer.Option("--json", help="Also save the results as JSON.", metavar="F")] = None,
) -> None:
    """Measure on data that others wrote, next to the reference figures of its README."""
    from eval.benches import run_bench

    for name in names:
        measured = run_bench(name, data, work)
        _console().print(measured.table())
        if out:
            out.write_text(json.dumps(asdict(measured), indent=2) + "\n", encoding="utf-8")


@app.command()
def fit(data: Data = BENCH, work: Work = None) -> None:
    """Fit the refusal model, and print the weights for rag/refusing.py."""
    from eval.benches import work_folder
    from eval.fitting import fit_refusal

    print(json.dumps(fit_refusal(data, work or work_folder()), indent=2))


@app.command()
def train(
    what: Annotated[str, typer.Argument(help="reader", metavar="MODEL")],
    start: Annotated[Path, typer.Option(help="Weights to begin with.", metavar="FILE")],
    data: Annotated[Path, typer.Option(help="Folder of the training data.", metavar="DIR")] = READER,
    out: Annotated[Path, typer.Option(help="Folder for the weights and the log.", metavar="DIR")] = Path("training"),
    minutes: Annotated[float | None, typer.Option(help="End by then.", metavar="M")] = None,
    seed: Annotated[int, typer.Option(metavar="N")] = 1,
) -> None:
    """Train the reader and put it in its place (rag/reader/model.onnx); needs the extra `train`."""
    if what != "reader":
        raise UserError(f"There is no model '{what}' to train.", "There is: reader.")
    if importlib.util.find_spec("torch") is None:
        raise UserError("Training needs torch, which is not installed.", "Install it: pip install '.[train]'")
    from eval.reader.exporting import export
    from eval.reader.training import train as trained
    from rag.reader import MODEL

    print(f"{export(trained(data, start, out, seed=seed, minutes=minutes), MODEL):,} bytes")


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=140)


if __name__ == "__main__":
    main(app)
