"""The async faces of the path: the same generator, each step of it in a thread, so that the event loop goes on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, suppress
from contextvars import ContextVar, copy_context
from typing import Any

import httpx

from rag.answer import Answer, Shown

Event = Shown | Answer
# Done once whoever asked for the step that is being made has left before its end.
_leaving: ContextVar[Future[None] | None] = ContextVar("_leaving", default=None)


async def in_thread(begin: Callable[[], Iterator[Event]]) -> AsyncGenerator[Event, None]:
    """The events of `begin()`, one by one as they are asked for, all made in one thread.

    Closed early, it closes that iterator. Cancelled while a step is being made, it does not wait for the
    step: what that waits for is ended (`on_leaving`), and the iterator is closed when the step is done.
    """
    loop, context, leaving = asyncio.get_running_loop(), copy_context(), Future[None]()
    context.run(_leaving.set, leaving)
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="footnote")
    events, is_idle = _begun(begin), True
    try:
        while True:
            is_idle = False
            event = await loop.run_in_executor(pool, lambda: context.run(next, events, None))
            is_idle = True
            if event is None:
                return
            yield event
    finally:
        if not is_idle:
            leaving.set_result(None)
        closing = pool.submit(context.run, events.close)
        pool.shutdown(wait=False)
        if is_idle:
            await asyncio.wrap_future(closing)


async def last_of(events: AsyncGenerator[Any, None]) -> Any:
    """What a stream ends with: the whole answer."""
    async with aclosing(events):
        return [event async for event in events][-1]


def on_leaving(wake: Callable[[], None]) -> None:
    """Have this called, from another thread, once whoever asked has left: it must end what the step waits for."""
    if leaving := _leaving.get():
        leaving.add_done_callback(lambda _: wake())


def check_asker() -> None:
    """Raises CancelledError where whoever asked has left."""
    if (leaving := _leaving.get()) and leaving.done():
        raise asyncio.CancelledError


def _watch(request: httpx.Request) -> None:
    def told(what: str, details: dict[str, Any]) -> None:
        if what.endswith(("connect_tcp.complete", "start_tls.complete")):
            connection = details["return_value"].get_extra_info("socket")
            on_leaving(lambda: _shut(connection))

    request.extensions["trace"] = told


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # wakes whoever reads from it, which closing does not


# What makes an httpx.Client hang up when whoever asked leaves. Each request has a connection of its own for that.
HANGS_UP: dict[str, Any] = {"event_hooks": {"request": [_watch]}, "limits": httpx.Limits(max_keepalive_connections=0)}


def _begun(begin: Callable[[], Iterator[Event]]) -> Generator[Event, None, None]:
    yield from begin()
