"""A program that hangs up stops the work: whole answers and streams, also while the model has not said a word."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from rag.assistant import Assistant
from tests.browser.site import serving
from tests.fakes import open_samples
from tests.model_server import ModelServer
from tests.served import QUESTION, awaited

PATIENCE_SECONDS = 60.0
SOON_SECONDS = 2.0  # within which the model's server must see that nobody listens
MODELS = ("slow-200", "fault-stall-before-first", "fault-stall-before-headers")
Caller = openai.AsyncOpenAI


async def ask(caller: Caller, model: str, *, stream: bool) -> None:
    address = httpx.URL(str(caller.base_url)).join("/api/v1/ask")
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        sent = {"question": QUESTION, "stream": stream}
        async with client.stream("POST", address, json=sent) as response:
            await response.aread()


async def complete(caller: Caller, model: str, *, stream: bool) -> None:
    talk: list[Any] = [{"role": "user", "content": QUESTION}]
    came: Any = await caller.chat.completions.create(model=f"footnote+{model}", messages=talk, stream=stream)
    await _drained(came) if stream else None


async def respond(caller: Caller, model: str, *, stream: bool) -> None:
    came: Any = await caller.responses.create(model=f"footnote+{model}", input=QUESTION, stream=stream)
    await _drained(came) if stream else None


async def call(caller: Caller, model: str, *, stream: bool) -> None:
    """By MCP, which streams no answers: both its ways to begin are tried instead."""
    async with Client(str(httpx.URL(str(caller.base_url)).join("/mcp")), mode="auto" if stream else "legacy") as client:
        await client.call_tool("ask", {"question": QUESTION})


async def _drained(events: AsyncIterator[Any]) -> None:
    async for _ in events:
        pass


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_samples(tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant, with_page=False) as url:
        yield url


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("named", MODELS)
@pytest.mark.parametrize("way", [ask, complete, respond, call])
def test_the_model_is_left_soon_after_the_caller_has_left(
    address: str, assistant: Assistant, model: ModelServer, way: Callable[..., Coroutine[Any, Any, None]],
    named: str, stream: bool,
) -> None:  # fmt: skip
    assistant.use_model(named, model.base_url)
    asked, left = len(model.requests()), model.left()
    deadline = time.monotonic() + PATIENCE_SECONDS

    async def leave_when_the_model_is_asked() -> None:
        async with Caller(base_url=f"{address}v1", api_key="any", max_retries=0) as caller:
            waiting = asyncio.create_task(way(caller, named, stream=stream))
            while len(model.requests()) == asked and not waiting.done():
                assert time.monotonic() < deadline, "the model is not asked"
                await asyncio.sleep(0.05)
            assert not waiting.done(), waiting
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting

    awaited(leave_when_the_model_is_asked())
    hung_up = time.monotonic()
    while model.left() == left and time.monotonic() < hung_up + SOON_SECONDS:
        time.sleep(0.02)
    assert model.left() == left + 1, "the model works for nobody"
    assert len(model.requests()) == asked + 1, "the model is asked again for nobody"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_call_that_is_cancelled_over_stdio_leaves_the_model(model: ModelServer, mode: Any) -> None:
    """The connection stays: the client says that it no longer wants the result."""
    named = ("--model", "fault-stall-before-first", "--base-url", model.base_url)
    begun = StdioServerParameters(command=sys.executable, args=["-m", "rag.cli", "mcp", *named], cwd=Path.cwd())
    asked, left = len(model.requests()), model.left()

    async def cancel_when_the_model_is_asked() -> None:
        async with Client(begun, mode=mode) as client, asyncio.timeout(PATIENCE_SECONDS):
            waiting = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
            while len(model.requests()) == asked:
                await asyncio.sleep(0.05)
            waiting.cancel()
            hung_up = time.monotonic()
            while model.left() == left and time.monotonic() < hung_up + SOON_SECONDS:
                await asyncio.sleep(0.02)
            assert model.left() == left + 1, "the model works for nobody"

    awaited(cancel_when_the_model_is_asked())


def test_who_hangs_up_makes_room_for_the_next(address: str, assistant: Assistant, model: ModelServer) -> None:
    """As many as are answered side by side ask a model that says nothing, and leave."""

    async def crowd() -> None:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            sent = {"question": QUESTION}
            waiting = [asyncio.create_task(client.post(f"{address}api/v1/ask", json=sent)) for _ in range(16)]
            while len(model.requests()) < asked + len(waiting):
                await asyncio.sleep(0.05)
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    assistant.use_model("fault-stall-before-headers", model.base_url)
    asked = len(model.requests())
    awaited(crowd())
    assistant.use_model(None)
    assert httpx.post(f"{address}api/v1/ask", json={"question": QUESTION}, timeout=10).json()["citations"]
