"""A real `rag` process that serves, as other programs meet it."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

QUESTION = "Who commanded the Quds Force in September 2019?"
NAMED = "Soleimani"  # who is named in its answer
REFUSED = "Who won the 2022 football World Cup?"


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """The address of `rag ARGUMENTS` over the samples, from when it answers until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "rag.cli", *arguments, "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = [""]
        while "is running at" not in said[-1]:
            assert process.poll() is None, "".join(said)
            said.append(process.stderr.readline())
        try:
            yield next(word for word in said[-1].split() if word.startswith("http"))
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
    assert "Traceback" not in rest, rest


def awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What it returns, in a thread of its own: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(asyncio.run, coroutine).result()
