"""OpenAI's shapes: what its clients send, and an answer as a chat completion or a response, whole or streamed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.about_articles import stands_apart
from rag.answer import Answer, Turn
from rag.api.asking import Refused
from rag.api.messages import Message
from rag.chat import readings
from rag.question import clean_question

Event = dict[str, Any]
Heard = AsyncGenerator[str | Message, None]  # new words as they come, then the whole
_REMEMBERED = 8  # turns before a question
_NOT_DONE: dict[str, Any] = {  # what would change the answer, and the value that asks for nothing
    **dict.fromkeys(("tools", "functions"), []),
    **dict.fromkeys(("audio", "conversation", "previous_response_id", "prompt")),
    **dict.fromkeys(("background", "logprobs"), False),
    **{"n": 1, "modalities": ["text"], "response_format": {"type": "text"}},
}


class Part(BaseModel):
    """A piece of a message, of which only text is read."""

    type: str
    text: str = ""


class Said(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | tuple[Part, ...] | None = None

    @property
    def words(self) -> str:
        """Its text. Raises Refused where it is something else, such as an image."""
        parts = (Part(type="text", text=self.content),) if isinstance(self.content, str) else self.content or ()
        for part in parts:
            if part.type not in ("text", "input_text", "output_text", "refusal"):
                raise Refused(f"Content of the type '{part.type}' is not supported.", "Send text.", param="messages")
        return "\n".join(part.text for part in parts)


class Request(BaseModel):
    """What both of OpenAI's interfaces have."""

    model_config = ConfigDict(extra="allow", frozen=True)

    model: str
    stream: bool | None = False

    def check(self) -> None:
        """Raises Refused, naming the field, for what we do not do."""
        for name, value in (self.model_extra or {}).items():
            if name in _NOT_DONE and value not in (None, _NOT_DONE[name]):
                raise Refused(f"'{name}' is not supported.", "Leave it out.", param=name, code="unsupported_parameter")


class ChatRequest(Request):
    """The body of `/v1/chat/completions`."""

    messages: tuple[Said, ...] = Field(min_length=1)
    stream_options: dict[str, Any] | None = None


class ResponsesRequest(Request):
    """The body of `/v1/responses`; `instructions` are not obeyed."""

    input: str | tuple[Said, ...]

    @property
    def messages(self) -> tuple[Said, ...]:
        """What was said, as a conversation."""
        return (Said(role="user", content=self.input),) if isinstance(self.input, str) else self.input


def conversation(messages: Sequence[Said]) -> tuple[str, tuple[Turn, ...]]:
    """The last question and the turns before it, each understood after the one before. System messages are not obeyed.

    Raises Refused where the last message is not a question.
    """
    said = [(one.role == "user", one.words) for one in messages if one.role in ("user", "assistant")]
    if not said or not said[-1][0]:
        raise Refused("The last message is not the user's.", "End with the question.", param="messages")
    turns: list[Turn] = []
    understood = ""
    for is_users, text in said[:-1]:
        if not is_users:
            turns[-1:] = [replace(turn, answer=replace(turn.answer, text=text)) for turn in turns[-1:]]
        elif own := clean_question(text):
            understood = readings(own, understood)[0] if understood and not stands_apart(own) else own
            turns.append(Turn(text, Answer(text, understood, "", (), (), refused=False, confidence=0.0)))
    return said[-1][1], tuple(turns[-_REMEMBERED:])


@dataclass(frozen=True)
class Reply:
    """What stands around a message: an id (without its prefix), who answers which question, when (epoch seconds)."""

    id: str
    model: str
    question: str
    created: int

    def completion(self, said: Message) -> Event:
        """The message as a chat completion."""
        notes = [{"type": "url_citation", "url_citation": note} for note in _notes(said)]
        whole = {"role": "assistant", "content": said.text, "refusal": None, "annotations": notes}
        reason = "stop" if said.is_whole else "length"
        usage = self._usage(said, "prompt", "completion")
        return self._chat("chat.completion", message=whole, finish_reason=reason) | usage

    async def chunks(self, heard: Heard, *, with_usage: bool) -> AsyncIterator[str]:
        """The message as a streamed chat completion: its words, its footnotes, why it ends."""

        def chunk(reason: str | None = None, **delta: Any) -> str:
            return sent(self._chat("chat.completion.chunk", delta=delta, finish_reason=reason))

        yield chunk(role="assistant", content="")
        async for part in heard:
            if isinstance(part, str):
                yield chunk(content=part)
                continue
            whole = self.completion(part)
            if part.footnotes:
                yield chunk(annotations=whole["choices"][0]["message"]["annotations"])
            yield chunk(whole["choices"][0]["finish_reason"])
            if with_usage:
                yield sent(whole | {"object": "chat.completion.chunk", "choices": []})
        yield "data: [DONE]\n\n"

    def response(self, said: Message) -> Event:
        """The message as a response."""
        status, reason = ("completed", None) if said.is_whole else ("incomplete", {"reason": "max_output_tokens"})
        part = {"type": "output_text", "text": said.text, "logprobs": [],
                "annotations": [{"type": "url_citation", **note} for note in _notes(said)]}  # fmt: skip
        item = {"type": "message", "id": f"msg_{self.id}", "role": "assistant", "status": status, "content": [part]}
        head = {"id": f"resp_{self.id}", "object": "response", "created_at": self.created, "model": self.model,
                "tools": [], "tool_choice": "none", "parallel_tool_calls": False, "error": None}  # fmt: skip
        rest = {"status": status, "incomplete_details": reason, "output": [item]}
        return head | rest | self._usage(said, "input", "output")

    async def events(self, heard: Heard) -> AsyncIterator[str]:
        """The message as a streamed response: its words, its footnotes, then all of it once more."""
        numbers = count()

        def event(name: str, **fields: Any) -> str:
            where = {"item_id": f"msg_{self.id}", "output_index": 0, "content_index": 0}
            kind = f"response.{name}"
            return sent({"type": kind, "sequence_number": next(numbers)} | where | fields, kind)

        empty = self.response(Message("", (), is_whole=True)) | {"status": "in_progress"}
        item = empty["output"][0] | {"status": "in_progress"}
        yield event("created", response=empty | {"output": []})
        yield event("output_item.added", item=item | {"content": []})
        yield event("content_part.added", part=item["content"][0])
        async for said in heard:
            if isinstance(said, str):
                yield event("output_text.delta", delta=said, logprobs=[])
                continue
            whole = self.response(said)
            item = whole["output"][0]
            for number, note in enumerate(item["content"][0]["annotations"]):
                yield event("output_text.annotation.added", annotation_index=number, annotation=note)
            yield event("output_text.done", text=said.text, logprobs=[])
            yield event("content_part.done", part=item["content"][0])
            yield event("output_item.done", item=item)
            yield event(whole["status"], response=whole)

    def _chat(self, kind: str, **choice: Any) -> Event:
        head = {"id": f"chatcmpl-{self.id}", "object": kind, "created": self.created, "model": self.model}
        return head | {"choices": [{"index": 0, "logprobs": None, **choice}]}

    def _usage(self, said: Message, asked: str, answered: str) -> Event:
        """Counted in words: tokens are a model's."""
        counts = len(self.question.split()), len(said.text.split())
        return {"usage": {f"{asked}_tokens": counts[0], f"{answered}_tokens": counts[1], "total_tokens": sum(counts)}}


def sent(event: Event, name: str = "") -> str:
    """An event as the server sends it."""
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(event)}\n\n"


def _notes(said: Message) -> list[Event]:
    known = {"start": "start_index", "end": "end_index"}
    return [{known.get(name, name): value for name, value in asdict(one).items()} for one in said.footnotes]
