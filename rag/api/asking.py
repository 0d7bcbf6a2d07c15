"""What other programs and the page may ask, how much of it at once, and what they are told where it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from index.article import UserError
from rag.answer import Answer, Shown
from rag.assistant import Assistant
from rag.awaiting import last_of
from rag.chat import Chat
from rag.limits import Within

LONGEST_QUESTION = 2000  # characters
AT_ONCE = 16  # questions answered side by side; Gradio's own default is one
WAITING = 256  # questions that may wait; the next is told that many are asking


class Sent(BaseModel):
    """What is sent to us: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Sent):
    """Which articles may be seen; days are ISO days, `only` holds folders, files and patterns."""

    as_of: str | None = None
    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    only: str | None = Field(default=None, max_length=2000)

    def within(self) -> Within:
        """The limits as the Assistant takes them; commas stand between several places."""
        places = (place.strip() for place in (self.only or "").split(","))
        return Within(as_of=self.as_of, since=self.since, until=self.until, publisher=self.publisher,
                      only=tuple(filter(None, places)))  # fmt: skip


class Refused(UserError):
    """A request that is not carried out. `status` is HTTP's; `param` and `code` are what OpenAI's clients look at."""

    def __init__(self, message: str, hint: str, status: int = 400, *, param: str = "", code: str = "") -> None:
        super().__init__(message, hint)
        self.status, self.param, self.code = status, param or None, code or None


class Desk:
    """Takes the questions of programs in turn. One for each server: all that ask it share its places."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._places, self._asking = asyncio.Semaphore(AT_ONCE), 0

    def check_room(self) -> None:
        """Raises Refused (503) where too many wait already."""
        if self._asking >= AT_ONCE + WAITING:
            raise Refused("Too many are asking at the moment.", "Try again in a few seconds.", 503)

    async def events(self, chat: Chat, question: str) -> AsyncGenerator[Shown | Answer, None]:
        """As `Chat.astream`, when its turn has come. Closing it early stops the work."""
        self._asking += 1
        try:
            async with self._places, aclosing(chat.astream(question)) as events:
                async for event in events:
                    yield event
        finally:
            self._asking -= 1


async def last_for(caller: Request | None, events: AsyncGenerator[Any, None]) -> Any:
    """What a stream ends with. Where a caller by HTTP hangs up it stops the work, and raises Refused (499)."""
    hanging_up = caller.receive() if caller else asyncio.Event().wait()  # all else was received already
    asking, leaving = asyncio.create_task(last_of(events)), asyncio.ensure_future(hanging_up)
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise Refused("The caller has hung up.", "", 499)
        return asking.result()
    finally:
        asking.cancel()
        leaving.cancel()


def problem(path: str, error: UserError) -> JSONResponse:
    """The response for an error, of the status that it names or else 400, for whoever asked for this path."""
    return JSONResponse(problem_body(path, error), getattr(error, "status", 400))


def problem_body(path: str, error: UserError) -> dict[str, Any]:
    """What went wrong, in the shape that whoever asked expects: OpenAI's, ours for programs, or the page's.

    >>> problem_body("/api/v1/ask", UserError("The question is empty.", "Type one."))
    {'message': 'The question is empty.', 'hint': 'Type one.'}
    """
    if path.startswith("/v1/"):
        known = {name: getattr(error, name, None) for name in ("param", "code")}
        return {"error": {"message": str(error), "type": "invalid_request_error", **known}}
    is_ours = path.startswith("/api/v1/")
    return {"message": error.message, "hint": error.hint} if is_ours else {"problem": str(error)}
