"""The async faces: the event loop goes on while a question is answered, and what is left early stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from index.embedding import MiniLM
from rag import Answer, Assistant, Shown, UserError
from rag.awaiting import check_asker, in_thread, on_leaving
from tests.fakes import WordEmbedder, story, write

QUESTION = "Who named the ferry Corriedale?"
TICKS = 20
PATIENCE_SECONDS = 20.0  # a loop that stands still fails after this


class WaitingEmbedder(WordEmbedder):
    """Embeds a question only once the event loop has ticked: a caller that blocks the loop waits in vain."""

    _gate: threading.Event = PrivateAttr(default_factory=threading.Event)

    @property
    def gate(self) -> threading.Event:
        return self._gate

    def _get_query_embedding(self, query: str) -> list[float]:
        if query == QUESTION:
            assert self._gate.wait(PATIENCE_SECONDS), "the event loop stood still"
        return super()._get_query_embedding(query)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    write(tmp_path / "news", {f"{number}.txt": story(number) for number in range(3)})
    ferry = "Ferry named\n\nThe ferry Corriedale was named by Ada Quill in Port Sable.\n"
    write(tmp_path / "news", {"ferry.txt": ferry})
    with Assistant.open(tmp_path / "store", embedder=WaitingEmbedder()) as opened:
        opened.sync(tmp_path / "news")
        yield opened


def run(asked: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a loop of its own: the tests of the page keep one going in this thread."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(asyncio.run, asked).result()


async def _stream(assistant: Assistant) -> Any:
    return [event async for event in assistant.astream(QUESTION)][-1]


async def _chat_stream(assistant: Assistant) -> Any:
    return [event async for event in assistant.chat().astream(QUESTION)][-1]


FACES: dict[str, Callable[[Assistant], Awaitable[Any]]] = {
    "aask": lambda assistant: assistant.aask(QUESTION),
    "astream": _stream,
    "chat.aask": lambda assistant: assistant.chat().aask(QUESTION),
    "chat.astream": _chat_stream,
    "aquery": lambda assistant: assistant.query_engine.aquery(QUESTION),
    "aretrieve": lambda assistant: assistant.retriever.aretrieve(QUESTION),
}


async def _while_ticking(work: Awaitable[Any], on_ticks: Callable[[], None]) -> tuple[Any, int]:
    """What the work gives, and how often the loop turned meanwhile; calls `on_ticks` after some turns."""
    task, ticks = asyncio.ensure_future(work), 0
    while not task.done():
        await asyncio.sleep(0)
        ticks += 1
        if ticks == TICKS:
            on_ticks()
    return await task, ticks


@pytest.mark.parametrize("face", FACES)
def test_the_event_loop_goes_on_while_a_question_is_answered(face: str, assistant: Assistant) -> None:
    embedder = assistant.embedder
    assert isinstance(embedder, WaitingEmbedder)
    found, ticks = run(_while_ticking(FACES[face](assistant), embedder.gate.set))
    assert "Ada Quill" in str(found) and ticks >= TICKS


@pytest.mark.parametrize("face", ["aget_query_embedding", "aget_text_embedding", "aget_text_embedding_batch"])
def test_the_event_loop_goes_on_while_our_embedding_runs(face: str) -> None:
    given = ["a ferry", "a bridge"] if face.endswith("batch") else "a ferry"
    found, ticks = run(_while_ticking(getattr(MiniLM(), face)(given), lambda: None))
    assert len(found) in (2, 384) and ticks >= TICKS


def test_questions_asked_at_once_are_all_answered(assistant: Assistant) -> None:
    async def ask() -> list[Answer]:
        assistant.embedder.gate.set()  # type: ignore[attr-defined]
        return await asyncio.gather(*(assistant.aask(QUESTION) for _ in range(4)))

    answers = run(ask())
    assert len({answer.text for answer in answers}) == 1 and not answers[0].refused


def test_a_chat_asked_in_the_background_remembers_its_turns(assistant: Assistant) -> None:
    assistant.embedder.gate.set()  # type: ignore[attr-defined]
    chat = assistant.chat()
    run(chat.aask(QUESTION))
    assert [turn.question for turn in chat.turns] == [QUESTION]


def test_an_error_reaches_whoever_awaits(assistant: Assistant) -> None:
    with pytest.raises(UserError, match="empty"):
        run(assistant.aask("  "))


class Steps:
    """Endless events; remembers how many were made, in which threads, and whether it was closed."""

    def __init__(self) -> None:
        self.made, self.threads, self.is_closed = 0, set[int](), threading.Event()
        self.goes_on, self.is_making = threading.Event(), threading.Event()

    def __call__(self) -> Iterator[Shown]:
        try:
            while True:
                self.threads.add(threading.get_ident())
                self.is_making.set()
                if self.made:
                    assert self.goes_on.wait(PATIENCE_SECONDS)
                self.made += 1
                yield Shown(None, ())  # type: ignore[arg-type]
        finally:
            self.is_closed.set()


def test_closing_a_stream_early_stops_the_work() -> None:
    async def leave_after_one(steps: Steps) -> None:
        async with aclosing(in_thread(steps)) as events:
            await anext(events)
        assert steps.is_closed.is_set(), "closing waits until the work has stopped"

    steps = Steps()
    run(leave_after_one(steps))
    assert steps.made == 1


def test_breaking_out_of_a_loop_stops_the_work() -> None:
    async def leave(steps: Steps) -> None:
        async for _ in in_thread(steps):
            break

    steps = Steps()
    run(leave(steps))
    assert steps.is_closed.is_set() and steps.made == 1


def test_a_cancelled_stream_returns_at_once_and_stops_after_the_step_it_is_at() -> None:
    async def cancel(steps: Steps) -> None:
        events = in_thread(steps)
        await anext(events)
        steps.is_making.clear()
        second = asyncio.ensure_future(anext(events))
        while not steps.is_making.is_set():
            await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert not steps.is_closed.is_set(), "a step that a thread is in cannot be broken off"

    steps = Steps()
    run(cancel(steps))
    steps.goes_on.set()
    assert steps.is_closed.wait(PATIENCE_SECONDS) and steps.made == 2


def test_what_a_cancelled_step_waits_for_is_ended() -> None:
    waits_for, is_waiting, has_left = threading.Event(), threading.Event(), threading.Event()

    def steps() -> Iterator[Shown]:
        on_leaving(waits_for.set)
        is_waiting.set()
        assert waits_for.wait(PATIENCE_SECONDS)
        try:
            check_asker()
        except asyncio.CancelledError:
            has_left.set()
            raise
        yield Shown(None, ())  # type: ignore[arg-type]

    async def cancel() -> None:
        first = asyncio.ensure_future(anext(in_thread(steps)))
        while not is_waiting.is_set():
            await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    run(cancel())
    assert has_left.wait(PATIENCE_SECONDS)


def test_nobody_has_left_who_asks_without_waiting_beside_an_event_loop() -> None:
    on_leaving(lambda: pytest.fail("nobody left"))
    check_asker()


def test_all_steps_are_made_in_one_thread_beside_the_loop() -> None:
    async def take(events: AsyncIterator[Any]) -> None:
        for _ in range(5):
            await anext(events)

    steps = Steps()
    steps.goes_on.set()
    run(take(in_thread(steps)))
    assert len(steps.threads) == 1 and threading.get_ident() not in steps.threads


def test_a_stream_that_nobody_asks_starts_no_work() -> None:
    steps = Steps()
    run(in_thread(steps).aclose())
    assert steps.made == 0 and not steps.threads
