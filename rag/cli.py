"""The command line: `rag index`, `ask`, `chat`, `web`, `search`, `articles`, `doctor`, `verify`.

Answers go to stdout, everything else to stderr. Exit 0 answered, 1 a problem the person can mend,
2 usage, 3 refused.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from index.syncing import SyncReport
    from rag.answer import Answer
    from rag.assistant import Assistant

REFUSED = 3
_SLOW_SECONDS = 2.0  # from which a progress bar is worth showing

app = typer.Typer(
    help="Ask a folder of articles. Every sentence of an answer has a footnote into the file it comes from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Store = Annotated[str | None, typer.Option("--store", help="Folder of the index.", metavar="DIR")]
Chroma = Annotated[str | None, typer.Option("--chroma", help="Address of a Chroma server.", metavar="URL")]
Model = Annotated[str | None, typer.Option("--model", help="Language model that writes the answer.", metavar="NAME")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="OpenAI-compatible endpoint.", metavar="URL")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Hide what was published after this day.", metavar="DAY")]
Since = Annotated[str | None, typer.Option("--since", help="Only what was published from this day on.", metavar="DAY")]
Until = Annotated[str | None, typer.Option("--until", help="Only what was published up to this day.", metavar="DAY")]
Publisher = Annotated[str | None, typer.Option("--publisher", help="Only this publisher's articles.", metavar="NAME")]
Only = Annotated[list[str] | None, typer.Option("--only", help="Only this folder, file or pattern.", metavar="PLACE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def index(
    paths: Annotated[list[Path], typer.Argument(help="Folders of articles (or single files).", metavar="PATH...")],
    prune: Annotated[bool, typer.Option("--prune", help="Drop articles even if every file is gone.")] = False,
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """Make the index equal to folders of articles; only what changed is read."""
    from index.formats import SUFFIXES

    with _assistant(store, chroma) as assistant, _progress() as progress:
        for path in paths:
            report = assistant.sync(path, prune=prune, progress=progress)
            _say(_summary(report))
            for skipped in report.skipped:
                _say(f"  skipped {skipped.path}: {skipped.reason}")
            if not report.articles:
                _say(f"No articles in '{path}'. It may hold {', '.join(sorted(SUFFIXES))} files.")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", metavar="QUESTION")],
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    only: Only = None,
    as_json: AsJson = False,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Answer one question, with footnotes; or say that the articles do not."""
    with _assistant(store, chroma, model, base_url, is_asking=True) as assistant:
        answer = assistant.ask(question, as_of=as_of, since=since, until=until, publisher=publisher, only=only)
    _print_answer(answer, as_json)
    raise typer.Exit(REFUSED if answer.refused else 0)


@app.command()
def chat(
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    only: Only = None,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Ask and ask on; = in front asks exactly as written, an empty line or Ctrl-D ends it."""
    with _assistant(store, chroma, model, base_url, is_asking=True) as assistant:
        conversation = assistant.chat(as_of=as_of, since=since, until=until, publisher=publisher, only=only)
        while question := _next_question():
            typed = question.removeprefix("=").strip()
            answer = conversation.ask(typed, as_written=typed != question)
            _print_answer(answer, as_json=False)
            if answer.asked_as != typed:
                _say(f"Ask exactly as written: ={typed}")
            print()


@app.command()
def web(
    folder: Annotated[Path | None, typer.Argument(help="Articles to index first.", metavar="[FOLDER]")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the page.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    password: Annotated[str | None, typer.Option(help="Password that opens the page.", metavar="P")] = None,
    token: Annotated[str | None, typer.Option(help="Token that programs send as Bearer.", metavar="T")] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Open the chat in a browser."""
    with _assistant(store, chroma, model, base_url, is_asking=folder is None) as assistant:
        if folder is not None:
            with _progress() as progress:
                _say(_summary(assistant.sync(folder, progress=progress)))
        from rag.web.guard import Access
        from rag.web.server import serve

        access = Access(password, token)
        serve(assistant, host=host, port=port or assistant.settings.port, open_browser=open_browser, access=access)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words or a question.", metavar="QUERY")],
    limit: Annotated[int, typer.Option(help="How many passages.", min=1, max=1000)] = 10,
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    only: Only = None,
    as_json: AsJson = False,
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """List the passages that fit best, without an answer."""
    with _assistant(store, chroma, is_asking=True) as assistant:
        found = assistant.search(
            query, limit=limit, as_of=as_of, since=since, until=until, publisher=publisher, only=only
        )
    if as_json:
        print(json.dumps([result.to_dict() for result in found], ensure_ascii=False, indent=2))
        return
    for number, result in enumerate(found, start=1):
        who = ", ".join(part for part in (result.publisher, result.published) if part)
        print(f"{number}. {result.path} [{result.start}:{result.end}] {result.score:.2f} {who}\n   {result.title}")
        print("   " + " ".join(result.text.split())[:200])


@app.command()
def articles(
    remove: Annotated[str | None, typer.Option("--remove", help="Drop this root.", metavar="ROOT")] = None,
    as_json: AsJson = False,
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """List what the index holds, or drop a root of it; your files stay as they are."""
    with _assistant(store, chroma) as assistant:
        if remove is not None:
            _say(f"Dropped '{remove}': {len(assistant.remove(remove).removed)} articles.")
            return
        rows = assistant.articles()
        if as_json:
            print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
            return
        for name, folder in assistant.roots():
            print(f"{name} ({folder or 'documents'})")
            for row in rows:
                if row.root == name:
                    print(f"  {row.published or 'undated   '}  {row.path}  {row.publisher or '-'}  {row.title}")
        _say(assistant.status())


@app.command()
def doctor(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the index again from the files.")] = False,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Check that everything is there, and say what to do where it is not."""
    from rag.checkup import check

    with _assistant(store, chroma, model, base_url) as assistant:
        if rebuild:
            with _progress() as progress:
                for report in assistant.rebuild(progress):
                    _say(_summary(report))
        problems = 0
        for line in check(assistant):
            print(f"{'ok ' if line.is_well else 'BAD'} {line.text}")
            problems += not line.is_well
    raise typer.Exit(1 if problems else 0)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="What `rag ask --json` or the page saved.", metavar="FILE")],
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """Check every quote of a saved answer against the files it names."""
    from rag.checkup import verify_export

    with _assistant(store, chroma) as assistant:
        lines = verify_export(assistant, file)
    for line in lines:
        print(f"{'ok ' if line.is_well else 'BAD'} {line.text}")
    raise typer.Exit(0 if all(line.is_well for line in lines) else 1)


def main(program: typer.Typer = app) -> None:
    """Run a command line; a problem the person can mend is one line on stderr and exit 1."""
    from index.article import UserError

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        program()
    except UserError as error:
        _say(f"{error.message}\n{error.hint}".strip())
        sys.exit(1)
    except KeyboardInterrupt:
        _say("Stopped. Nothing is lost: run the same command again.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


@contextmanager
def _assistant(
    store: str | None,
    chroma: str | None,
    model: str | None = None,
    base_url: str | None = None,
    *,
    is_asking: bool = False,
) -> Iterator[Assistant]:
    from rag.assistant import Assistant

    with Assistant.open(store, model=model, base_url=base_url, chroma=chroma) as assistant:
        if is_asking and assistant.is_sample:
            _say("No index yet: answering from the sample articles. Index your own with `rag index FOLDER`.")
        yield assistant


def _print_answer(answer: Answer, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
        return
    from rich.console import Console

    from rag.render import terminal

    console = Console(highlight=False)
    console.print(terminal(answer, min(console.width, 100)), soft_wrap=True)


def _next_question() -> str:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


def _summary(report: SyncReport) -> str:
    counts = {name: len(getattr(report, name)) for name in ("added", "changed", "removed", "unchanged", "skipped")}
    return f"{report.root}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()) + "."


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on stderr, shown once the work has gone on for two seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
               TimeRemainingColumn())  # fmt: skip
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, tuple[Any, float]] = {}
    started = time.monotonic()

    def show(what: str, done: int, total: int) -> None:
        if time.monotonic() - started > _SLOW_SECONDS:
            bar.start()
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total, rate=""), time.monotonic()
        task, since = tasks[what]
        seconds = time.monotonic() - since
        bar.update(task, completed=done, total=total, rate=f"{done / seconds:,.0f}/s" if seconds > 1 else "")

    try:
        yield show
    finally:
        bar.stop()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
