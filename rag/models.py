"""The language model: any LlamaIndex LLM, and OpenAI-compatible endpoints through the openai client.

All waiting, retrying and misbehaving of endpoints ends here: `read` gives text, or raises one ModelError.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import openai
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.llms.llm import LLM
from pydantic import PrivateAttr

from index.article import UserError
from rag.prompts import Message

MAX_TOKENS = 700  # of a reply: five sentences with room for a model that thinks aloud a little
CHARACTERS_PER_TOKEN = 3.5  # of English news, on the safe side
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0
_LONGEST_WAIT_SECONDS = 8.0  # that a Retry-After is obeyed; a longer one fails at once
_MOST_CHARACTERS = 20_000  # of a reply, whatever the endpoint thinks of its cap
_OPTIONAL: Mapping[str, Mapping[str, Any]] = {  # left out once an endpoint has refused them
    "max_completion_tokens": {"max_completion_tokens": MAX_TOKENS},
    "temperature": {"temperature": 0},
    "stream_options": {"stream_options": {"include_usage": True}},
}
Kind = Literal["unavailable", "rate_limited", "auth", "timeout", "malformed", "truncated"]


class ModelError(Exception):
    """What a language model did wrong, in words for the reader. `kind` is one of six, for programs."""

    def __init__(self, kind: Kind, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.kind, self.text, self.retry_after = kind, text, retry_after


@dataclass
class Allowance:
    """What one question may still spend on models, its rewriting included; and what it was told it spent."""

    seconds: float = 180.0
    requests: int = 3
    prompt_tokens: int | None = None
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends_at = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the deadline. Raises ModelError when it has passed."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise ModelError("timeout", f"the model took longer than {self.seconds:g} seconds")
        return left


def read(llm: LLM, messages: Sequence[Message], allowance: Allowance) -> Iterator[str]:
    """The reply's text as it comes, without what the model thinks. Raises ModelError, also in the middle."""
    chat = [ChatMessage(role=MessageRole(message.role), content=message.text) for message in messages]
    if isinstance(llm, Endpoint):
        replies: Iterator[ChatResponse] = llm.stream_chat(chat, allowance=allowance)
    else:
        replies = _in_time(lambda: llm.stream_chat(chat), allowance)
    yield from without_thoughts(reply.delta or "" for reply in replies)


def open_model(name: str, base_url: str | None = None, *, transport: httpx.BaseTransport | None = None) -> Endpoint:
    """The model `name` ("openai:gpt-5-mini", "llama3.2") of the endpoint at `base_url`, or of OPENAI_BASE_URL.

    The key is OPENAI_API_KEY. Raises UserError when the endpoint is OpenAI's own and there is no key.
    """
    url = base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
    key = os.environ.get("OPENAI_API_KEY")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UserError(f"'{url}' is no address of an endpoint.", "It looks like http://127.0.0.1:11434/v1.")
    if not key and urlsplit(url).hostname == "api.openai.com":
        hint = "Set it, or name another endpoint with --base-url, or leave --model out."
        raise UserError(f"The model '{name}' at OpenAI needs OPENAI_API_KEY.", hint)
    return Endpoint(name.removeprefix("openai:"), url, key or "none", transport=transport)


class Endpoint(CustomLLM):
    """A chat model behind an OpenAI-compatible endpoint, as a LlamaIndex LLM. Raises only ModelError.

    A reply is whole when its stream says finish_reason "stop" or, where an endpoint gives none, ends with
    [DONE]. Safe to use from several threads.
    """

    model: str
    base_url: str
    _client: openai.OpenAI = PrivateAttr()
    _refused: set[str] = PrivateAttr(default_factory=set)

    def __init__(self, model: str, base_url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(model=model, base_url=base_url)
        timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        http = httpx.Client(transport=transport, timeout=timeout, follow_redirects=False)
        self._client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0, http_client=http)

    @classmethod
    def class_name(cls) -> str:
        return "Endpoint"

    @property
    def host(self) -> str:
        """Who receives the text: "api.openai.com", "127.0.0.1:11434"."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2]

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name=self.model, is_chat_model=True, num_output=MAX_TOKENS, context_window=8192)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        def replies() -> ChatResponseGen:
            text = ""
            for delta in self._read(messages, kwargs.get("allowance") or Allowance()):
                text += delta
                yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta=delta)

        return replies()

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        text = "".join(self._read(messages, kwargs.get("allowance") or Allowance()))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        for reply in self.stream_chat([ChatMessage(content=prompt)], **kwargs):
            yield CompletionResponse(text=reply.message.content or "", delta=reply.delta)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.chat([ChatMessage(content=prompt)], **kwargs).message.content or "")

    def _read(self, messages: Sequence[ChatMessage], allowance: Allowance) -> Iterator[str]:
        """The reply's text; asks again, while the allowance lasts, as long as nothing has come."""
        for pause in (0.5, 1.0, 2.0):
            has_come = False
            allowance.requests -= 1
            try:
                for text in self._request(messages, allowance):
                    has_come = True
                    yield text
                return
            except _Refused as refused:
                self._refused.add(refused.parameter)
                if allowance.requests <= 0:
                    raise ModelError("malformed", f"{self.host} refuses {refused.parameter}") from None
            except ModelError as error:
                wait = pause if error.retry_after is None else error.retry_after
                is_last = has_come or allowance.requests <= 0 or error.kind not in ("unavailable", "rate_limited")
                if is_last or wait > min(_LONGEST_WAIT_SECONDS, allowance.left):
                    raise
                time.sleep(wait)

    def _request(self, messages: Sequence[ChatMessage], allowance: Allowance) -> Iterator[str]:
        options = {name: value for key, given in _OPTIONAL.items() if key not in self._refused
                   for name, value in given.items()}  # fmt: skip
        if "max_completion_tokens" in self._refused and "max_tokens" not in self._refused:
            options["max_tokens"] = MAX_TOKENS
        body: Any = [{"role": message.role.value, "content": message.content} for message in messages]
        timeout = httpx.Timeout(min(_READ_SECONDS, allowance.left), connect=min(_CONNECT_SECONDS, allowance.left))
        create = self._client.chat.completions.with_streaming_response.create
        try:
            with create(model=self.model, messages=body, stream=True, timeout=timeout, **options) as response:
                yield from _Reply(allowance, self.host).read(response.iter_bytes())
        except openai.APIStatusError as error:
            raise self._explain(error, options) from error
        except (openai.APITimeoutError, httpx.TimeoutException) as error:
            raise ModelError("timeout", f"{self.host} did not answer in time") from error
        except (openai.APIConnectionError, httpx.TransportError) as error:
            reason = error.__cause__ or error
            raise ModelError("unavailable", f"{self.host} cannot be reached ({reason})") from error

    def _explain(self, error: openai.APIStatusError, options: Mapping[str, Any]) -> Exception:
        if error.status_code in (401, 403):
            return ModelError("auth", f"{self.host} refuses the key (OPENAI_API_KEY)")
        if error.status_code == 404:
            return ModelError("malformed", f"{self.host} has no model '{self.model}'")
        if error.status_code == 429:
            after = error.response.headers.get("retry-after", "")
            wait = float(after) if after.replace(".", "", 1).isdigit() else None
            return ModelError("rate_limited", f"{self.host} takes no more requests now", wait)
        named = next((name for name in options if name in error.message), None)
        if error.status_code in (400, 422) and named:
            return _Refused(named)
        if error.status_code >= 500:
            return ModelError("unavailable", f"{self.host} has a problem of its own ({error.status_code})")
        reason = f"{error.status_code}: {_one_line(error.message)}"
        return ModelError("malformed", f"{self.host} refuses the request ({reason})")


class _Refused(Exception):
    """An endpoint does not know an optional parameter."""

    @property
    def parameter(self) -> str:
        return str(self)


class _Reply:
    """Reads one reply: server-sent events or, from endpoints that do not stream, one JSON object."""

    def __init__(self, allowance: Allowance, host: str) -> None:
        self._allowance, self._host = allowance, host
        self._finish: str | None = None
        self._is_done = False
        self._count = 0

    def read(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """The text, piece by piece. Raises ModelError when the reply is not whole."""
        head = b""
        try:
            for line in self._lines(chunks):
                if self._count == 0 and not line.startswith((b"data:", b"event:", b"id:", b":", b"retry:")):
                    head += line + b"\n"
                elif line.startswith(b"data:"):
                    yield from self._event(line.removeprefix(b"data:").strip())
                if self._is_done:
                    break
        except (httpx.TransportError, openai.APIConnectionError) as error:
            if self._finish is None and not isinstance(error, httpx.TimeoutException) and self._count:
                raise ModelError("truncated", f"{self._host} broke off its reply") from error
            if self._finish is None:
                raise
        if head.strip() and self._count == 0:
            yield from self._event(head.strip())
        self._end()

    def _lines(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        rest = b""
        for chunk in chunks:
            self._allowance.left  # noqa: B018 - raises at the deadline, also while a reply drips
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        yield rest

    def _event(self, data: bytes) -> Iterator[str]:
        if data == b"[DONE]":
            self._is_done = True
            return
        try:
            event = json.loads(data)
            if event.get("error"):
                told = event["error"]
                said = told.get("message", told) if isinstance(told, dict) else told
                raise ModelError("truncated" if self._count else "unavailable", f"{self._host} says: {_one_line(said)}")
            usage, choices = event.get("usage"), event.get("choices")
            if usage:
                self._allowance.prompt_tokens = usage.get("prompt_tokens")
            if not choices and not usage:
                raise TypeError
            for choice in choices[:1] if choices else ():
                message = choice.get("delta") or choice.get("message") or {}
                self._finish = choice.get("finish_reason") or self._finish
                text = message.get("content") or ""
                self._count += len(text)
                yield text
        except (ValueError, TypeError, AttributeError) as error:
            kind: Kind = "truncated" if self._count else "malformed"
            raise ModelError(kind, f"{self._host} sent something that is no reply") from error
        if self._count > _MOST_CHARACTERS:
            raise ModelError("truncated", f"{self._host} did not stop writing")

    def _end(self) -> None:
        if self._finish not in (None, "stop"):
            reason = {"length": "the reply reached its longest length", "content_filter": "the endpoint filtered it"}
            raise ModelError("truncated", reason.get(self._finish, f"the endpoint ended it ({self._finish})"))
        if self._finish is None and not self._is_done:
            raise ModelError("truncated" if self._count else "malformed", f"{self._host} ended its reply early")
        if self._count == 0:
            raise ModelError("malformed", f"{self._host} sent an empty reply")


def without_thoughts(pieces: Iterable[str], start: str = "<think>", end: str = "</think>") -> Iterator[str]:
    """The text outside <think> ... </think>, whatever way the tags are cut; an unclosed one hides the rest.

    >>> list(without_thoughts(["<thi", "nk>hm</thin", "k>Yes", "."]))
    ['Yes', '.']
    """
    held, is_thinking = "", False
    for piece in pieces:
        held += piece
        while held:
            tag = end if is_thinking else start
            at = held.find(tag)
            if at >= 0:
                shown, held = held[:at], held[at + len(tag) :]
            else:
                kept = next((n for n in range(len(tag) - 1, 0, -1) if held.endswith(tag[:n])), 0)
                shown, held = held[: len(held) - kept], held[len(held) - kept :]
            if shown and not is_thinking:
                yield shown
            if at < 0:
                break
            is_thinking = not is_thinking
    if not is_thinking:
        yield held


def _in_time(start: Any, allowance: Allowance) -> Iterator[ChatResponse]:
    """What a LlamaIndex LLM streams, read in a thread of its own so that the deadline holds for any of them."""
    pieces: queue.Queue[ChatResponse | Exception | None] = queue.Queue()

    def pump() -> None:
        try:
            for reply in start():
                pieces.put(reply)
            pieces.put(None)
        except Exception as error:  # whatever the library under it raises becomes one ModelError
            pieces.put(error)

    threading.Thread(target=pump, daemon=True).start()
    allowance.requests -= 1
    while True:
        try:
            piece = pieces.get(timeout=allowance.left)
        except queue.Empty:
            continue
        if piece is None:
            return
        if isinstance(piece, Exception):
            raise ModelError("unavailable", _one_line(piece) or type(piece).__name__) from piece
        yield piece


def _one_line(text: object) -> str:
    return " ".join(str(text).split())[:200]
