"""`python -m eval bench NAME`: measure the program on data that others wrote."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from index.article import UserError

app = typer.Typer(help="Measure Footnote.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    names: Annotated[list[str], typer.Argument(help="news, sync, embedding, refusal", metavar="NAME...")],
    data: Annotated[Path, typer.Option(help="Folder of the benches.")] = Path("../shared/bench"),
    work: Annotated[Path | None, typer.Option(help="Folder that keeps the index of the news articles.")] = None,
) -> None:
    """Print the figures of a bench as JSON."""
    from eval.bench import BENCHES

    if unknown := [name for name in names if name not in BENCHES]:
        raise UserError(f"There is no bench '{unknown[0]}'.", f"There are: {', '.join(BENCHES)}.")
    with tempfile.TemporaryDirectory() as temporary:
        for name in names:
            print(json.dumps({name: BENCHES[name](data, work or Path(temporary))}, indent=2), flush=True)

@app.command()
def fit(
    data: Annotated[Path, typer.Option(help="Folder of the benches.")] = Path("../shared/bench"),
    work: Annotated[Path | None, typer.Option(help="Folder that keeps the index of the news articles.")] = None,
) -> None:
    """Print what the refusal model should hold (rag/refusing.py)."""
    from eval.fitting import fit_refusal

    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(fit_refusal(data, work or Path(temporary)), indent=2))


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        print(f"{error.message}\n{error.hint}".strip(), file=sys.stderr)
        sys.exit(1)
