"""A real pseudo-terminal: a command in it, what is typed, and what stands on the screen."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 90.0
CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\r\x07]")  # what readline and rich send to a terminal


class Terminal:
    """The person's side of a pseudo-terminal; `screen` is all that was written, without colours and cursor moves."""

    def __init__(self, process: int, descriptor: int) -> None:
        self._process, self._descriptor = process, descriptor
        self.raw, self._seen = "", 0

    @property
    def screen(self) -> str:
        return CONTROLS.sub("", self.raw)

    def type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def press_until(self, key: str, words: str) -> None:
        """Press a key until `words` come.

        A person does so too: a Ctrl-C that arrives while readline still draws what was typed is seen by Python
        at the next key only.
        """
        for _ in range(int(PATIENCE_SECONDS / 2)):
            self.type(key)
            ends = time.monotonic() + 2
            while self.screen.find(words, self._seen) < 0 and self._read(ends):
                pass
            if self.screen.find(words, self._seen) >= 0:
                break
        self.wait_for(words)

    def wait_for(self, words: str) -> str:
        """What stands on the screen since the last wait, up to and with `words`; fails when they do not come."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while (at := self.screen.find(words, self._seen)) < 0:
            assert self._read(ends), f"{words!r} did not come; the screen has: {self.screen}"
        before, self._seen = self._seen, at + len(words)
        return self.screen[before : self._seen]

    def leave(self) -> int:
        """Wait for the process to end; its exit code."""
        while self._read(time.monotonic() + PATIENCE_SECONDS):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def _read(self, ends: float) -> bool:
        if not select.select([self._descriptor], [], [], max(0.0, ends - time.monotonic()))[0]:
            return False
        try:
            came = os.read(self._descriptor, 65536)
        except OSError:  # Linux says so when the other side has closed
            came = b""
        self.raw += came.decode(errors="replace")
        return bool(came)


@contextmanager
def terminal(cwd: Path, *arguments: str, to: Path | None = None, **variables: str) -> Iterator[Terminal]:
    """`rag` with these arguments in a terminal; with `to` its stdout goes into that file."""
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(PROJECT), "TERM": "xterm", **variables}
    process, descriptor = pty.fork()
    if not process:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored by all that a background job starts
        os.chdir(cwd)
        if to is not None:
            os.dup2(os.open(to, os.O_WRONLY | os.O_CREAT), 1)
        os.execve(sys.executable, [sys.executable, "-m", "rag.cli", *arguments], environment)
    try:
        yield Terminal(process, descriptor)
    finally:
        os.close(descriptor)
