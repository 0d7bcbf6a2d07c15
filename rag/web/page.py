"""What goes through Gradio's queue: questions, answered sentence by sentence, and folders to be read.

Gradio runs in its server mode: it takes turns, streams and cancels, and page.html draws what comes. A conversation
lives in the browser alone and comes along with each question.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, cast

import gradio as gr
from gradio.events import api
from pydantic import Field, ValidationError

from index.article import UserError
from rag.answer import Shown, Turn
from rag.api.asking import AT_ONCE, LONGEST_QUESTION, WAITING, Limits, Sent
from rag.assistant import Assistant

Event = dict[str, Any]
_PLACES_TOLD_SECONDS = 3600.0  # the page does not show them
FAILED = "Something went wrong; see the terminal for details. Your conversation is kept."
_log = logging.getLogger(__name__)


class Asked(Sent):
    """A question as the page sends it, with the last turns before it."""

    question: str = Field(max_length=LONGEST_QUESTION)
    as_written: bool = False
    turns: tuple[Turn, ...] = Field((), max_length=8)
    limits: Limits = Limits()
    mode: Literal["extractive", "model"] = "model"


def build_events(assistant: Assistant, *, may_change: bool) -> gr.Blocks:
    """The Gradio app: `ask` and, where folders may be added from the page, `add`."""

    def ask(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from _told(lambda: answer(assistant, asked))

    def add(folder: str) -> Iterator[dict[str, Any]]:
        yield from _told(lambda: add_folder(assistant, folder))

    with gr.Blocks(mode="server", analytics_enabled=False) as events:
        api(ask, api_name="ask", concurrency_limit=AT_ONCE)
        if may_change:
            api(add, api_name="add", concurrency_limit=1)
    # By default everyone who waits is told their place after each answer: that held 200 questions up threefold.
    events.queue(max_size=WAITING, status_update_rate=_PLACES_TOLD_SECONDS)
    return cast(gr.Blocks, events)


def answer(assistant: Assistant, sent: dict[str, Any]) -> Iterator[Event]:
    """{"shown": ...} for each sentence that passes, then {"answer": ...}. Raises UserError."""
    try:
        asked = Asked.model_validate(sent)
    except ValidationError as error:
        raise UserError(f"This is not a question: {error.errors()[0]['msg'].lower()}.", "Reload the page.") from error
    chat = assistant.chat(asked.turns, with_model=asked.mode == "model", **asked.limits.within())
    for event in chat.stream(asked.question, as_written=asked.as_written):
        yield {"shown": asdict(event)} if isinstance(event, Shown) else {"answer": event.to_dict()}


def add_folder(assistant: Assistant, folder: str) -> Iterator[Event]:
    """{"progress": [what, done, of]} while the folder is read, then {"report": ...}. It goes on if nobody listens."""
    if not folder.strip():
        raise UserError("No folder was given.", "Enter its path, such as ~/articles.")
    steps: SimpleQueue[tuple[str, int, int] | None] = SimpleQueue()
    pool = ThreadPoolExecutor(max_workers=1)
    work = pool.submit(assistant.sync, Path(folder.strip()).expanduser(), progress=lambda *step: steps.put(step))
    work.add_done_callback(lambda _: steps.put(None))
    pool.shutdown(wait=False)
    while (step := _latest(steps)) is not None:
        yield {"progress": step}
    report = work.result()
    counts = {name: len(getattr(report, name)) for name in ("added", "changed", "removed", "unchanged")}
    yield {"report": {"root": report.root, **counts, "skipped": [asdict(each) for each in report.skipped]}}


def _latest(steps: SimpleQueue[tuple[str, int, int] | None]) -> tuple[str, int, int] | None:
    step = steps.get()
    while step is not None and not steps.empty():
        step = steps.get()
    return step


def _told(events: Callable[[], Iterator[Event]]) -> Iterator[Event]:
    """The events; what went wrong is the last one, in words for the reader."""
    try:
        yield from events()
    except UserError as error:
        yield {"problem": str(error)}
    except Exception:  # the outermost edge: the reader must learn of it, and keep the conversation
        _log.exception("A request from the page failed")
        yield {"problem": FAILED}
