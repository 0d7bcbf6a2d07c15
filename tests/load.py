"""Many people or programs at once: `python -m tests.load [page|http] [PEOPLE SECONDS]` asks and prints how it went."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

EVERY_SECONDS = 20.0  # how often a person asks
QUESTIONS = (
    "Who commanded the Quds Force in September 2019?",
    "How much will the container terminal at Skellmouth cost?",
    "What did Qaani ask Iraqi armed factions to do?",
    "Who won the 2022 football World Cup?",
    "When did the strike at Skellmouth end?",
    "Who takes charge of the port of Skellmouth?",
)


Way = Callable[[httpx.AsyncClient, str], Awaitable[str]]  # asks; says what went wrong, or nothing


@dataclass(frozen=True)
class Load:
    """Seconds of each answered question, how many were told "busy" or got another's answer, and why others failed."""

    seconds: tuple[float, ...]
    busy: int
    crossed: int
    failed: tuple[str, ...]

    @property
    def p95(self) -> float:
        """The 95th percentile of the seconds from sending a question to the end of its answer."""
        return sorted(self.seconds)[max(0, int(len(self.seconds) * 0.95) - 1)]

    def __str__(self) -> str:
        middle = sorted(self.seconds)[len(self.seconds) // 2]
        return (
            f"{len(self.seconds)} answered, {self.busy} told busy, {len(self.failed)} failed, {self.crossed} crossed; "
            f"median {middle:.2f} s, p95 {self.p95:.2f} s, longest {max(self.seconds):.2f} s"
            + "".join(f"\n  {times} x {why}" for why, times in Counter(self.failed).items())
        )


@contextmanager
def server(store: Path) -> Iterator[str]:
    """The address of the page, served by a process of its own over the samples."""
    program = (
        "import sys; from rag.assistant import Assistant; from rag.web.server import serve\n"
        "assistant = Assistant.open(); assistant.ask('Who commanded the Quds Force?')\n"
        "serve(assistant, port=0, open_browser=False)"
    )
    command, data = [sys.executable, "-c", program], {**os.environ, "XDG_DATA_HOME": str(store)}
    with subprocess.Popen(command, env=data, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith("Footnote is running"))
        yield next(word for word in said.split() if word.startswith("http"))
        process.terminate()
        process.stderr.read()


async def by_page(client: httpx.AsyncClient, question: str) -> str:
    """Ask as the page does."""
    joined = await client.post("/gradio_api/call/ask", json={"data": [{"question": question}]})
    if joined.status_code == 503:
        return "busy"
    body = (await client.get(f"/gradio_api/call/ask/{joined.json()['event_id']}")).text
    sent = [json.loads(line[6:])[0] for line in body.splitlines() if line.startswith("data: [")]
    answers = [message["answer"]["question"] for message in sent if "answer" in message]
    if not answers:
        return f"no answer: {[message.get('problem') for message in sent] or body[-200:]}"
    return "" if set(answers) == {question} else "crossed"


async def by_http(client: httpx.AsyncClient, question: str) -> str:
    """Ask as a program does."""
    reply = await client.post("/api/v1/ask", json={"question": question})
    if reply.status_code == 503:
        return "busy"
    if reply.status_code != 200:
        return f"no answer: {reply.status_code} {reply.text[:200]}"
    return "" if reply.json()["question"] == question else "crossed"


WAYS: dict[str, Way] = {"page": by_page, "http": by_http}


async def crowd(address: str, people: int, seconds: float, every: float = EVERY_SECONDS, way: Way = by_page) -> Load:
    """Each person asks every `every` seconds, beginning at a moment of their own, until `seconds` have passed."""
    taken: list[float] = []
    told: list[str] = []
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=people)
    async with httpx.AsyncClient(base_url=address, timeout=180, limits=limits) as client:

        async def person(number: int) -> None:
            taken_seconds = 0.0
            for turn in range(max(1, round(seconds / every)) if every else 1):
                await asyncio.sleep(every * number / people if turn == 0 else max(0.0, every - taken_seconds))
                began = time.perf_counter()
                question = f"{QUESTIONS[(number + turn) % len(QUESTIONS)]} ({number}/{turn})"
                try:
                    outcome = await way(client, question)
                except (httpx.HTTPError, ValueError, KeyError) as error:
                    outcome = f"{type(error).__name__}: {error}"
                taken_seconds = time.perf_counter() - began
                if outcome:
                    told.append(outcome)
                else:
                    taken.append(taken_seconds)

        await asyncio.gather(*map(person, range(people)))
    failed = tuple(outcome for outcome in told if outcome not in ("busy", "crossed"))
    return Load(tuple(taken), told.count("busy"), told.count("crossed"), failed)


def main() -> None:
    """Print a crowd's load and, after it, that of 200 who ask at once."""
    named = [word for word in sys.argv[1:] if word in WAYS]
    numbers = [float(word) for word in sys.argv[1:] if word not in WAYS] or [50, 180]
    way, people, seconds = WAYS[named[0] if named else "page"], int(numbers[0]), numbers[1]
    with TemporaryDirectory() as folder, server(Path(folder) / "store") as address:
        print(f"{people} for {seconds:.0f} s: {asyncio.run(crowd(address, people, seconds, way=way))}")
        print(f"200 at once: {asyncio.run(crowd(address, 200, 0, every=0, way=way))}")


if __name__ == "__main__":
    main()
