"""Asked as a language model is: `/v1/models`, `/v1/chat/completions`, `/v1/responses`, for OpenAI's clients."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter
from fastapi import Request as Caller
from fastapi.responses import JSONResponse, Response, StreamingResponse

from index.article import UserError
from rag.answer import Answer
from rag.api.asking import Desk, Refused, last_for, problem_body
from rag.api.messages import message, spoken
from rag.api.openai import ChatRequest, Heard, Reply, ResponsesRequest, conversation, sent
from rag.question import checked_question

NAME = "footnote"  # answers in the articles' own words; "footnote+NAME" where a language model NAME is configured


def build_openai_routes(desk: Desk) -> APIRouter:
    """The routes below /v1. A UserError they raise is answered in OpenAI's shape."""
    routes = APIRouter(prefix="/v1", tags=["As OpenAI's"])

    @routes.get("/models", summary="The models that can be asked for")
    def models() -> dict[str, Any]:
        about = {"object": "model", "created": int(time.time()), "owned_by": "footnote"}
        return {"object": "list", "data": [{"id": name, **about} for name in _models(desk)]}

    @routes.post("/chat/completions", summary="Answer the last message")
    async def chat_completions(asked: ChatRequest, caller: Caller) -> Response:
        reply, heard = _begun(desk, asked, caller)
        if not asked.stream:
            return JSONResponse(reply.completion(await last_for(caller, heard)))
        with_usage = (asked.stream_options or {}).get("include_usage") is True
        return streamed(reply.chunks(heard, with_usage=with_usage), "/v1/")

    @routes.post("/responses", summary="Answer the last message of the input")
    async def responses(asked: ResponsesRequest, caller: Caller) -> Response:
        reply, heard = _begun(desk, asked, caller)
        if not asked.stream:
            return JSONResponse(reply.response(await last_for(caller, heard)))
        return streamed(reply.events(heard), "/v1/")

    return routes


def streamed(events: AsyncIterator[str], path: str) -> StreamingResponse:
    """Events as they come; a problem that the person can mend is the last one, in the shape for this path."""

    async def told() -> AsyncIterator[str]:
        try:
            async for event in events:
                yield event
        except UserError as error:
            yield sent(problem_body(path, error), "error")

    return StreamingResponse(told(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _models(desk: Desk) -> tuple[str, ...]:
    writer = desk.assistant.writer
    return (NAME, f"{NAME}+{writer.llm.metadata.model_name}") if writer else (NAME,)


def _begun(desk: Desk, asked: ChatRequest | ResponsesRequest, caller: Caller) -> tuple[Reply, Heard]:
    """What is asked, checked before any of the answer is sent. Raises UserError."""
    asked.check()
    if asked.model not in (names := _models(desk)):
        known = f"There are: {', '.join(names)}."
        raise Refused(f"There is no model '{asked.model}'.", known, 404, param="model", code="model_not_found")
    question, turns = conversation(asked.messages)
    checked_question(question)
    desk.check_room()
    chat = desk.assistant.chat(turns, with_model=asked.model != NAME)

    async def heard() -> Heard:
        words = ""
        async with aclosing(desk.events(chat, question)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    whole = message(event, str(caller.base_url))
                    yield whole.text[len(words) :]
                    yield whole
                else:
                    words += (new := spoken(event.sentence, is_first=not words))
                    yield new

    return Reply(secrets.token_hex(12), asked.model, question, int(time.time())), heard()
