"""The command line: `rag index`, `ask`, `chat`, `web`, `serve`, `mcp`, `search`, `articles`, `doctor`, `verify`.

Answers go to stdout, everything else to stderr. Exit 0 answered, 1 a problem to mend, 2 usage, 3 refused.
"""

from __future__ import annotations

import errno
import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag import __version__
from rag.console import out, out_answer, out_json, out_passages, progress, say, say_problem, take_over_logging, working

if TYPE_CHECKING:
    from index.syncing import SyncReport
    from rag.assistant import Assistant
    from rag.chat import Chat

REFUSED = 3
MAX_STDIN = 100_000  # characters of a question that are read; far fewer are too many

app = typer.Typer(
    help="Ask questions of a folder of articles. Each sentence of an answer has a footnote to the exact words.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
Store = Annotated[str | None, typer.Option("--store", help="Folder that holds the index.", metavar="DIR")]
Chroma = Annotated[str | None, typer.Option("--chroma", help="Address of a Chroma server.", metavar="URL")]
Model = Annotated[str | None, typer.Option("--model", help="Language model that writes the answer.", metavar="NAME")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="OpenAI-compatible endpoint.", metavar="URL")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Ignore articles published after this day.", metavar="DAY")]
Since = Annotated[str | None, typer.Option("--since", help="Only articles from this day on.", metavar="DAY")]
Until = Annotated[str | None, typer.Option("--until", help="Only articles up to this day.", metavar="DAY")]
Publisher = Annotated[str | None, typer.Option("--publisher", help="Only this publisher's articles.", metavar="NAME")]
Only = Annotated[list[str] | None, typer.Option("--only", help="Only this folder, file or pattern.", metavar="PLACE")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 7860 if not set.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Password = Annotated[str | None, typer.Option("--password", help="Password with which people log in.", metavar="P")]
Token = Annotated[str | None, typer.Option("--token", help="Bearer token that programs send.", metavar="T")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _print_version(is_asked: bool) -> None:
    if is_asked:
        out(f"footnote {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """The options before the commands."""


@app.command()
def index(
    paths: Annotated[list[Path], typer.Argument(help="Folders of articles (or single files).", metavar="PATH...")],
    prune: Annotated[bool, typer.Option("--prune", help="Remove articles even if all files are gone.")] = False,
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """Index folders of articles, or update them; only new and changed files are read."""
    from index.formats import SUFFIXES

    with _assistant(store, chroma) as assistant, progress() as show:
        for path in paths:
            report = assistant.sync(path, prune=prune, progress=show)
            say(_summary(report))
            for skipped in report.skipped:
                say(f"  skipped {skipped.path}: {skipped.reason}")
            if not report.articles:
                say(f"No articles in '{path}'. Supported file types: {', '.join(sorted(SUFFIXES))}.")


@app.command()
def ask(
    question: Annotated[
        str | None, typer.Argument(help="Your question; use - or leave it out to read stdin.", metavar="QUESTION")
    ] = None,
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    only: Only = None,
    more: Annotated[bool, typer.Option("--more", help="Also print what else the articles say about it.")] = False,
    as_json: AsJson = False,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Answer one question with footnotes, or say that the articles do not answer it."""
    question = _question(question)
    with _assistant(store, chroma, model, base_url, is_asking=True) as assistant, working("Searching ..."):
        answer = assistant.ask(question, as_of=as_of, since=since, until=until, publisher=publisher, only=only)
    if as_json:
        out_json(answer.to_dict())
    else:
        out_answer(answer, more=more)
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
    """Chat with follow-up questions; begin a line with = to ask it exactly as written."""
    with _assistant(store, chroma, model, base_url, is_asking=not sys.stdin.isatty()) as assistant:
        from rag.settings import HISTORY_FILE
        from rag.terminal_chat import converse, greet

        def begin() -> Chat:
            return assistant.chat(as_of=as_of, since=since, until=until, publisher=publisher, only=only)

        with working("Loading ..."):
            greeting = greet(assistant)
        converse(begin, greeting, HISTORY_FILE)


@app.command()
def web(
    folder: Annotated[Path | None, typer.Argument(help="Folder to index first.", metavar="[FOLDER]")] = None,
    port: Port = None,
    host: Host = "127.0.0.1",
    password: Password = None,
    token: Token = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Open the chat in a browser."""
    with _assistant(store, chroma, model, base_url, is_asking=folder is None) as assistant:
        if folder is not None:
            with progress() as show:
                say(_summary(assistant.sync(folder, progress=show)))
        from rag.web.guard import Access
        from rag.web.server import serve

        serve(assistant, host=host, port=port, open_browser=open_browser, access=Access(password, token))


@app.command()
def serve(
    port: Port = None,
    host: Host = "127.0.0.1",
    password: Password = None,
    token: Token = None,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Answer other programs, without the page."""
    with _assistant(store, chroma, model, base_url, is_asking=True) as assistant:
        from rag.web.guard import Access
        from rag.web.server import serve

        serve(assistant, host=host, port=port, open_browser=False, access=Access(password, token), with_page=False)


@app.command()
def mcp(store: Store = None, chroma: Chroma = None, model: Model = None, base_url: BaseUrl = None) -> None:
    """Answer one program that starts this command: the Model Context Protocol over stdin and stdout."""
    with _assistant(store, chroma, model, base_url, is_asking=True) as assistant:
        if not find_spec("mcp"):
            say("`rag mcp` needs the `mcp` extra: pip install 'footnote[mcp]'.")
            raise typer.Exit(1)
        from rag.api.asking import Desk
        from rag.api.mcp import build_mcp

        build_mcp(Desk(assistant)).run("stdio")


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words or a question.", metavar="QUERY")],
    limit: Annotated[int, typer.Option(help="How many passages to list.", min=1, max=1000)] = 10,
    as_of: AsOf = None,
    since: Since = None,
    until: Until = None,
    publisher: Publisher = None,
    only: Only = None,
    as_json: AsJson = False,
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """List the passages that match best, without an answer."""
    with _assistant(store, chroma, is_asking=True) as assistant:
        found = assistant.search(
            query, limit=limit, as_of=as_of, since=since, until=until, publisher=publisher, only=only
        )
    if as_json:
        out_json([result.to_dict() for result in found])
    else:
        out_passages(found)


@app.command()
def articles(
    remove: Annotated[str | None, typer.Option("--remove", help="Remove this root.", metavar="ROOT")] = None,
    as_json: AsJson = False,
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """List the indexed articles, or remove a root from the index; your files are not touched."""
    with _assistant(store, chroma) as assistant:
        if remove is not None:
            say(f"Removed '{remove}' ({len(assistant.remove(remove).removed)} articles) from the index.")
            return
        rows = assistant.articles()
        if as_json:
            out_json([asdict(row) for row in rows])
            return
        from rag.render import recognized_words

        for name, folder in assistant.roots():
            out(f"{name} ({folder or 'documents'})")
            for row in rows:
                if row.root == name:
                    out(f"  {row.published or 'undated   '}  {row.path}  {row.publisher or '-'}  {row.title}")
                    if row.recognized is not None:
                        out(f"              {recognized_words(row.recognized)}")
        say(assistant.status())


@app.command()
def doctor(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Rebuild the index from the files.")] = False,
    store: Store = None,
    chroma: Chroma = None,
    model: Model = None,
    base_url: BaseUrl = None,
) -> None:
    """Check the installation and the index, and say how to fix what is wrong."""
    from rag.checkup import check

    with _assistant(store, chroma, model, base_url) as assistant:
        if rebuild:
            with progress() as show:
                for report in assistant.rebuild(show):
                    say(_summary(report))
        problems = 0
        for line in check(assistant):
            out(f"{'ok ' if line.is_well else 'BAD'} {line.text}")
            problems += not line.is_well
    raise typer.Exit(1 if problems else 0)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="What `rag ask --json` printed or the page exported.", metavar="FILE")],
    store: Store = None,
    chroma: Chroma = None,
) -> None:
    """Check every quote of a saved answer or conversation against the files."""
    from rag.checkup import verify_export

    with _assistant(store, chroma) as assistant:
        lines = verify_export(assistant, file)
    for line in lines:
        out(f"{'ok ' if line.is_well else 'BAD'} {line.text}")
    raise typer.Exit(0 if all(line.is_well for line in lines) else 1)


def main(program: typer.Typer = app) -> None:
    """Run a command line; a problem the person can mend is one line on stderr and exit 1."""
    from index.article import UserError

    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a program that runs this in its own process may have replaced it
            stream.reconfigure(errors="replace")
    take_over_logging()
    try:
        program()
    except UserError as error:
        say_problem(error)
        sys.exit(1)
    except KeyboardInterrupt:
        say("Stopped. Nothing was lost: run the same command again.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # a bug: what it quotes must not steer the terminal either
        is_full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        say(*["Cannot write the answer: the disk is full."] if is_full else traceback.format_exc().splitlines())
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
    with working("Loading ..."):
        from rag.assistant import Assistant

    with Assistant.open(store, model=model, base_url=base_url, chroma=chroma) as assistant:
        if is_asking and assistant.is_sample:
            say("No index yet: answering from the sample articles. Index your own with `rag index FOLDER`.")
        yield assistant


def _question(given: str | None) -> str:
    """The question as given, or as stdin has it."""
    if given is not None and given != "-":
        return given
    is_typed = given is None and sys.stdin.isatty()
    text = "" if is_typed else sys.stdin.read(MAX_STDIN)
    if not text.strip():
        how = 'no question was given. Ask with rag ask "Who ...?", or pipe it: echo "Who ...?" | rag ask'
        raise typer.BadParameter(how, param_hint="QUESTION")
    return text.strip()


def _summary(report: SyncReport) -> str:
    counts = {name: len(getattr(report, name)) for name in ("added", "changed", "removed", "unchanged", "skipped")}
    return f"{report.root}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()) + "."


if __name__ == "__main__":
    main()
