"""The one place where text goes to the terminal: nothing that an article, a file's name or an error says steers it."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from rag.render import inert_line, terminal, terminal_more, terminal_passage

if TYPE_CHECKING:
    from rich.console import Console

    from index.article import UserError
    from rag.answer import Answer
    from rag.retrieval import SearchResult

MAX_WIDTH = 100  # columns, for reading
_SLOW_SECONDS = 2.0  # from which a progress bar is worth showing
# What JSON may hold as it is and a terminal obeys: as an escape it is still the same string.
_UNESCAPED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def out(*lines: str) -> None:
    """Print lines to stdout; each stays one line."""
    _write(sys.stdout, lines)


def say(*lines: str) -> None:
    """Print lines to stderr: everything that is not an answer."""
    _write(sys.stderr, lines)


def say_problem(problem: UserError) -> None:
    """Print to stderr what happened, and what to do about it."""
    say(problem.message, *[problem.hint] * bool(problem.hint))


def out_json(value: Any) -> None:
    """Print JSON to stdout, exact and inert."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=2)
    print(_UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def out_answer(answer: Answer, *, more: bool = False, hint: str = "--more") -> None:
    """Print an answer for people: as wide as the terminal, and styled only there.

    With `more` what else the articles say follows; without, a person at a terminal is told the `hint` that shows it.
    """
    console = _console()
    console.print(terminal(answer, min(console.width, MAX_WIDTH)), soft_wrap=True)
    if more:
        out_more(answer)
    elif answer.more and sys.stdout.isatty():
        what = f"{len(answer.more)} more sentence{'s' * (len(answer.more) > 1)}: {hint}"
        _console(is_stderr=True).print(f"\n{what}", style="dim")


def out_more(answer: Answer) -> None:
    """Print what the articles say beside an answer; that there is nothing, to stderr."""
    console = _console()
    if answer.more:
        console.print("", terminal_more(answer, min(console.width, MAX_WIDTH)), sep="\n", soft_wrap=True)
    else:
        say("There is nothing more.")


def out_passages(found: Sequence[SearchResult]) -> None:
    """Print the results of a search, numbered."""
    console = _console()
    for number, result in enumerate(found, start=1):
        console.print(terminal_passage(number, result, min(console.width, MAX_WIDTH)), soft_wrap=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on stderr, where that is a terminal, what takes its time."""
    with _console(is_stderr=True).status(inert_line(what)):
        yield


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr, shown once the work has gone on for two seconds."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}", markup=False)
    description = TextColumn("{task.description}", markup=False)
    columns = (description, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    bar = Progress(*columns, console=_console(is_stderr=True), transient=True)
    tasks: dict[str, tuple[Any, float]] = {}
    started = time.monotonic()

    def show(what: str, done: int, total: int) -> None:
        if time.monotonic() - started > _SLOW_SECONDS:
            bar.start()
        if what not in tasks:
            tasks[what] = bar.add_task(inert_line(what), total=total, rate=""), time.monotonic()
        task, since = tasks[what]
        seconds = time.monotonic() - since
        bar.update(task, completed=done, total=total, rate=f"{done / seconds:,.0f}/s" if seconds > 1 else "")

    try:
        yield show
    finally:
        bar.stop()


def take_over_logging() -> None:
    """Let what libraries log or warn of go the same way."""

    class Saying(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(*self.format(record).splitlines())

    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[Saying()])
    logging.captureWarnings(True)


def _write(stream: TextIO, lines: Sequence[str]) -> None:
    for line in lines:
        print(inert_line(line), file=stream)


def _console(*, is_stderr: bool = False) -> Console:
    """A console without any styling where NO_COLOR is set; rich leaves it out itself where it is no terminal."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR"))
    return Console(stderr=is_stderr, highlight=False, markup=False, color_system=None if plain else "auto")
