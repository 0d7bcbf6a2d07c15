"""The async faces of the path: the same generator, each step of it in a thread, so that the event loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from contextvars import copy_context

from rag.answer import Answer, Shown

Event = Shown | Answer


async def in_thread(begin: Callable[[], Iterator[Event]]) -> AsyncGenerator[Event, None]:
    """The events of `begin()`, one by one as they are asked for, all made in one thread.

    Closed early, it closes that iterator. Cancelled while a step is being made, it does not wait for the
    step: the iterator is closed when the step is done.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
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
        closing = pool.submit(context.run, events.close)
        pool.shutdown(wait=False)
        if is_idle:
            await asyncio.wrap_future(closing)


async def last_of(events: AsyncGenerator[Event, None]) -> Answer:
    """The Answer, with which a stream ends."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Answer):
                return event
    raise AssertionError("a stream ends with an Answer")


def _begun(begin: Callable[[], Iterator[Event]]) -> Generator[Event, None, None]:
    yield from begin()
