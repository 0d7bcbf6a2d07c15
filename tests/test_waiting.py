"""One writer at a time: the second waits for the first, with a deadline, in threads and in processes."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.article import UserError
from index.syncing import sync_folder
from rag import Assistant
from tests.fakes import WordEmbedder, check_index, check_store, open_store, story, write

PROJECT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60.0
_HOLD = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]).acquire(); print('held'); sys.stdin.read()"


@contextmanager
def when_waiting(act: Callable[[], object]) -> Iterator[list[str]]:
    """Calls `act` when a writer says that it waits; gives what was said."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())
            act()

    log, listener = logging.getLogger("index.store"), Listener()
    log.addHandler(listener)
    try:
        yield said
    finally:
        log.removeHandler(listener)


@contextmanager
def held(store: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the writer's lock until its stdin is closed."""
    command = [sys.executable, "-u", "-c", _HOLD, str(store / "writer.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        yield other


def test_two_threads_that_sync_one_store_wait_for_each_other(tmp_path: Path) -> None:
    write(tmp_path / "one", {"a.txt": story(1)})
    write(tmp_path / "two", {"b.txt": story(2)})
    second_waits, first_writes = threading.Event(), threading.Event()

    def hold(what: str, done: int, total: int) -> None:
        first_writes.set()
        assert second_waits.wait(PATIENCE_SECONDS)

    def second() -> tuple[str, ...]:
        assert first_writes.wait(PATIENCE_SECONDS)
        return assistant.sync(tmp_path / "two").added

    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as assistant, ThreadPoolExecutor(2) as threads:
        with when_waiting(second_waits.set):
            reports = threads.submit(assistant.sync, tmp_path / "one", progress=hold), threads.submit(second)
            assert reports[0].result(PATIENCE_SECONDS).added == ("a.txt",)
            assert reports[1].result(PATIENCE_SECONDS) == ("b.txt",)
        check_index(assistant.store, tmp_path / "one", "one")
        check_index(assistant.store, tmp_path / "two", "two")


def test_a_sync_waits_for_another_process_and_says_so(tmp_path: Path) -> None:
    write(tmp_path / "news", {"a.txt": story(1)})
    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as assistant:
        assistant.sync(tmp_path / "news")
        write(tmp_path / "news", {"b.txt": story(2)})
        with held(tmp_path / "store") as other, when_waiting(other.stdin.close) as said:  # type: ignore[union-attr]
            assert assistant.sync(tmp_path / "news").added == ("b.txt",)
    assert len(said) == 1 and "waiting" in said[0] and str(tmp_path / "store") in said[0]


def test_after_the_deadline_the_error_says_how_long_it_waited(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    write(tmp_path / "news", {"a.txt": story(1)})
    with open_store(tmp_path / "store", embedder, wait_seconds=0.25) as store, held(tmp_path / "store") as other:
        with pytest.raises(UserError, match=r"is writing to '.*store' \(waited 0\.25 seconds\)") as raised:
            sync_folder(store, tmp_path / "news", embedder)
        assert raised.value.hint
        other.kill()


def test_processes_that_make_and_fill_one_store_at_once_lose_nothing(tmp_path: Path) -> None:
    names = ("one", "two", "three")
    for number, name in enumerate(names):
        write(tmp_path / name, {f"{name}.txt": story(number)})
    program = (
        "import sys; from rag import Assistant; from tests.fakes import WordEmbedder\n"
        "with Assistant.open(sys.argv[1], embedder=WordEmbedder()) as assistant: assistant.sync(sys.argv[2])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "store"), str(tmp_path / name)], cwd=PROJECT)
        for name in names
    ]
    assert [process.wait(PATIENCE_SECONDS) for process in started] == [0, 0, 0]
    with open_store(tmp_path / "store", WordEmbedder()) as store:
        check_store(store)
        with store.catalog.snapshot() as snapshot:
            assert {root for root, _ in snapshot.roots()} == set(names)
