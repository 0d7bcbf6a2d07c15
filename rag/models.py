"""The language model: any LlamaIndex LLM, and OpenAI-compatible endpoints through the openai client.

All waiting, retrying and misbehaving of endpoints ends here: `read` gives text, or raises one ModelError.
"""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from typing import Any, Literal

import httpx
import openai
from llama_index.core import llms
from llama_index.core.llms import LLM
from llama_index.core.llms.callbacks import llm_chat_callback
from pydantic import BaseModel, PrivateAttr

from index.article import UserError
from rag.awaiting import HANGS_UP, check_asker, on_leaving
from rag.citing import without_thoughts

_MAX_TOKENS = 3000  # of a reply: most is room for models that think before five sentences
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0
_LONGEST_WAIT_SECONDS = 8.0  # that a Retry-After is obeyed; a longer one fails at once
_MOST_CHARACTERS, _MOST_BYTES = 20_000, 20_000_000  # of a reply, whatever the endpoint thinks of its cap
_OPENAI = "api.openai.com"
_ENDS: Mapping[str, str] = {"length": "it reached the length limit", "content_filter": "a content filter stopped it"}
_CUT = re.compile(r"(?:finish|stop|done)_?reason\W+(?:\w+\.)?(length|max_tokens|content_filter|safety)", re.IGNORECASE)
_NO_REPLY = "did not reply as a chat model does; check the address (--base-url)"
Kind = Literal["unavailable", "rate_limited", "auth", "timeout", "malformed", "truncated"]


class ModelError(Exception):
    """What a language model did wrong, in words for the reader. `kind` is one of six, for programs.

    `retry_after` is in seconds, where it is known that asking again then may help.
    """

    def __init__(self, kind: Kind, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.kind, self.text, self.retry_after = kind, text, retry_after


@dataclass
class Allowance:
    """What one question may still spend on models, its rewriting included; and what the endpoint told of itself."""

    seconds: float = 180.0
    requests: int = 3
    prompt_tokens: int | None = None
    streams: bool = True
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends_at = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the deadline. Raises ModelError when it has passed."""
        if (left := self.ends_at - time.monotonic()) <= 0:
            raise ModelError("timeout", f"the model took longer than {self.seconds:g} seconds")
        return left


def read(llm: LLM, messages: Sequence[llms.ChatMessage], allowance: Allowance) -> Generator[str, None, None]:
    """The reply's text as it comes, without what the model thinks. Raises ModelError, also in the middle."""
    host = getattr(llm, "host", None) or type(llm).__name__
    is_ours, is_blank, count = isinstance(llm, Endpoint), True, 0
    stream = llm.stream_chat(messages, allowance=allowance) if is_ours else _in_time(llm, messages, allowance)
    with closing(stream) as replies:
        for text in without_thoughts(reply.delta or "" for reply in replies):
            count += len(text)
            is_blank = is_blank and not text.strip()
            yield text.encode(errors="replace").decode()  # half a surrogate pair cannot be shown
            if count > _MOST_CHARACTERS:
                raise ModelError("truncated", f"{host} did not stop writing")
    if is_blank:
        raise ModelError("malformed", f"{host} sent an empty reply")


def open_model(name: str, base_url: str | None = None, *, transport: httpx.BaseTransport | None = None) -> Endpoint:
    """The model `name` ("openai:gpt-5-mini", "llama3.2") of the endpoint at `base_url`, or of OPENAI_BASE_URL.

    The key is OPENAI_API_KEY. Raises UserError for an address or a key that cannot be one, and when the endpoint is
    OpenAI's own and there is no key. A `transport` that is given need not reach it.
    """
    url = base_url or os.environ.get("OPENAI_BASE_URL") or f"https://{_OPENAI}/v1"
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in ("http", "https") or not address.host or (address.port or 1) > 65535:
        raise UserError(f"'{url}' is not the address of an endpoint.", "It should look like http://127.0.0.1:11434/v1.")
    if not key and address.host == _OPENAI and transport is None:
        hint = "Set it, give another endpoint with --base-url, or leave out --model."
        raise UserError(f"The model '{name}' at OpenAI needs OPENAI_API_KEY.", hint)
    if not (key.isascii() and key.isprintable()):
        raise UserError("OPENAI_API_KEY contains a character that no key has.", "Copy it again.")
    return Endpoint(name.removeprefix("openai:"), url, key or "none", transport=transport)


class Endpoint(llms.CustomLLM):
    """A chat model behind an OpenAI-compatible endpoint, as a LlamaIndex LLM. Raises only ModelError.

    A reply is whole when its stream says a finish_reason that is no early end or, where an endpoint gives none,
    ends with [DONE]. Safe to use from several threads. Each request has a connection of its own.
    """

    model: str
    base_url: str
    _key: str = PrivateAttr()
    _transport: httpx.BaseTransport | None = PrivateAttr()
    _client: openai.OpenAI | None = PrivateAttr(default=None)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _refused: set[str] = PrivateAttr(default_factory=set)

    def __init__(self, model: str, base_url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(model=model, base_url=base_url)
        self._key, self._transport = key, transport

    @property
    def host(self) -> str:
        """Who receives the text: "api.openai.com", "127.0.0.1:11434"."""
        return httpx.URL(self.base_url).netloc.decode()

    @property
    def metadata(self) -> llms.LLMMetadata:
        return llms.LLMMetadata(model_name=self.model, is_chat_model=True, context_window=8192)

    def close(self) -> None:
        """Release what was opened; asking opens it again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> openai.OpenAI:
        with self._lock:
            if self._client is None:
                plain = {"Accept-Encoding": "identity"}  # a compressed stream comes late, and hides its usage
                http = httpx.Client(transport=self._transport, headers=plain, follow_redirects=False, **HANGS_UP)
                self._client = openai.OpenAI(base_url=self.base_url, api_key=self._key, max_retries=0, http_client=http)
            return self._client

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[llms.ChatMessage], **kwargs: Any) -> llms.ChatResponseGen:
        def replies() -> llms.ChatResponseGen:
            text = ""
            for delta in self._read(messages, kwargs.get("allowance") or Allowance()):
                text += delta
                yield llms.ChatResponse(message=llms.ChatMessage(text, role="assistant"), delta=delta)

        return replies()

    @llm_chat_callback()
    def chat(self, messages: Sequence[llms.ChatMessage], **kwargs: Any) -> llms.ChatResponse:
        text = "".join(self._read(messages, kwargs.get("allowance") or Allowance()))
        return llms.ChatResponse(message=llms.ChatMessage(text, role="assistant"))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> llms.CompletionResponseGen:
        for reply in self.stream_chat([llms.ChatMessage(content=prompt)], **kwargs):
            yield llms.CompletionResponse(text=reply.message.content or "", delta=reply.delta)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> llms.CompletionResponse:
        return llms.CompletionResponse(text=self.chat([llms.ChatMessage(prompt)], **kwargs).message.content or "")

    def _read(self, messages: Sequence[llms.ChatMessage], allowance: Allowance) -> Iterator[str]:
        """The reply's text; asks again, while the allowance lasts, as long as nothing has come."""
        pause, has_come = 0.5, False
        while True:
            allowance.requests -= 1
            try:
                for text in self._request(messages, allowance):
                    has_come = True
                    yield text
                return
            except ModelError as error:
                check_asker()
                default = pause if error.kind in ("unavailable", "rate_limited") else inf
                wait = default if error.retry_after is None else error.retry_after
                left = allowance.ends_at - time.monotonic()
                if has_come or allowance.requests <= 0 or wait > min(_LONGEST_WAIT_SECONDS, left):
                    raise
            time.sleep(wait)
            pause *= 2

    def _request(self, messages: Sequence[llms.ChatMessage], allowance: Allowance) -> Iterator[str]:
        options = self._options()
        body: Any = [{"role": message.role.value, "content": message.content} for message in messages]
        timeout = httpx.Timeout(min(_READ_SECONDS, allowance.left), connect=min(_CONNECT_SECONDS, allowance.left))
        create = self._connected().chat.completions.with_streaming_response.create
        try:
            with create(model=self.model, messages=body, timeout=timeout, **options) as response:
                yield from _text(response.iter_bytes(), allowance, self.host)
        except openai.APIStatusError as error:
            raise self._explain(error, options) from error
        except (openai.APITimeoutError, httpx.TimeoutException) as error:
            raise ModelError("timeout", f"{self.host} did not answer in time") from error
        except (openai.APIConnectionError, httpx.RequestError) as error:
            reason = _one_line(error.__cause__ or error) or type(error).__name__
            raise ModelError("unavailable", f"{self.host} cannot be reached ({reason})") from error

    def _options(self) -> dict[str, Any]:
        """What endpoints may refuse: a cap, by the name that this one is likely to know, and two more."""
        names = ["max_tokens", "max_completion_tokens"]
        cap = next((name for name in sorted(names, reverse=self.host != _OPENAI) if name not in self._refused), None)
        options: dict[str | None, Any] = {"temperature": 0, "stream": True, "stream_options": {"include_usage": True}}
        without = self._refused | ({"stream_options"} if "stream" in self._refused else set())
        return {name: value for name, value in (options | {cap: _MAX_TOKENS}).items() if name and name not in without}

    def _explain(self, error: openai.APIStatusError, options: Mapping[str, Any]) -> ModelError:
        status, said = error.status_code, _one_line(error.message)
        if status in (401, 403):
            what = "needs a key: set" if self._key == "none" else "rejected the key in"
            return ModelError("auth", f"{self.host} {what} OPENAI_API_KEY")
        if status in (404, 405):
            is_model = isinstance(error.body, dict) and "model" in error.message.lower()
            what = f"has no model '{self.model}'" if is_model else _NO_REPLY
            return ModelError("malformed", f"{self.host} {what}")
        if status == 429:
            after = error.response.headers.get("retry-after", "")
            wait = float(after) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]*)?", after) else None
            return ModelError("rate_limited", f"{self.host} is not accepting more requests right now", wait)
        if status >= 500:
            return ModelError("unavailable", f"{self.host} reported a server error ({status})")
        refused = {name for name in options if status in (400, 422) and re.search(rf"\b{name}\b", error.message)}
        self._refused |= refused
        return ModelError("malformed", f"{self.host} rejected the request ({said})", 0 if refused else None)


class _Words(BaseModel):
    content: str | list[Any] | None = None

    @property
    def text(self) -> str:
        """What it says, also where it comes in parts; parts without text are thoughts."""
        parts = self.content if isinstance(self.content, list) else [{"text": self.content}]
        return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


class _Choice(BaseModel):
    delta: _Words | None = None
    message: _Words | None = None
    finish_reason: str | None = None


class _Event(BaseModel):
    """What we read of an event of a stream, or of a reply in one piece."""

    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


def _text(chunks: Iterable[bytes], allowance: Allowance, host: str) -> Iterator[str]:
    """The text of one reply, piece by piece. Raises ModelError when the reply is not whole."""
    finish, has_come = "", False
    try:
        for event in _events(chunks, allowance):
            if event.error:
                said = event.error.get("message") if isinstance(event.error, dict) else event.error
                raise ModelError("truncated" if has_come else "unavailable", f"{host} reported: {_one_line(said)}")
            if event.usage and isinstance(told := event.usage.get("prompt_tokens"), int):
                allowance.prompt_tokens = told
            for choice in (event.choices or ())[:1]:
                finish = finish or choice.finish_reason or ""
                if text := (choice.delta or choice.message or _Words()).text:
                    has_come = True
                    yield text
    except ValueError as error:
        raise ModelError("truncated" if has_come else "malformed", f"{host} {_NO_REPLY}") from error
    except httpx.RequestError as error:
        if not finish and has_come and not isinstance(error, httpx.TimeoutException):
            raise ModelError("truncated", f"{host} broke off its reply") from error
        if not finish:
            raise
    if not finish:
        raise ModelError("truncated" if has_come else "malformed", f"{host} ended its reply early")
    if finish in (*_ENDS, "tool_calls", "function_call", "error"):  # "eos", "end_turn" and the like are whole
        raise ModelError("truncated", f"{host} ended its reply ({_ENDS.get(finish, finish)})")


def _events(chunks: Iterable[bytes], allowance: Allowance) -> Iterator[_Event]:
    """A reply's server-sent events or, from an endpoint that does not stream, its one object. Raises ValueError."""
    head, rest, count, allowance.streams = b"", b"", 0, False
    for chunk in chain(chunks, [b"\n"]):  # the last line may lack its end
        allowance.left  # noqa: B018 - raises at the deadline, also while a reply drips
        count += len(chunk)
        if count > _MOST_BYTES:
            raise ValueError("endless")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                allowance.streams = True
                if line.removeprefix(b"data:").strip() == b"[DONE]":
                    yield _Event(choices=[_Choice(finish_reason="stop")])
                    return
                yield _Event.model_validate_json(line.removeprefix(b"data:"))
            elif not allowance.streams:
                head += line
    if not allowance.streams:
        yield _Event.model_validate_json(head)


def _in_time(llm: LLM, chat: Sequence[llms.ChatMessage], allowance: Allowance) -> llms.ChatResponseGen:
    """What a LlamaIndex LLM streams, read in a thread of its own so that the deadline holds for any of them."""
    pieces, cut = queue.Queue[llms.ChatResponse | Exception | None](), None
    stopped = threading.Event()

    def pump() -> None:
        try:
            for reply in llm.stream_chat(chat):
                pieces.put(reply)
                if stopped.is_set():
                    return  # and so closes the stream
            pieces.put(None)
        except Exception as error:  # whatever the library under it raises becomes one ModelError
            pieces.put(error)

    threading.Thread(target=pump, daemon=True).start()
    allowance.requests -= 1
    try:
        on_leaving(lambda: pieces.put(ModelError("unavailable", "nobody waits for it")))
        while True:
            with suppress(queue.Empty):  # at the deadline, which `left` then tells
                piece = pieces.get(timeout=allowance.left)
                if isinstance(piece, Exception):
                    raise ModelError("unavailable", _one_line(piece) or type(piece).__name__) from piece
                if piece is None:
                    break
                cut = _CUT.search(repr(piece.raw)) or cut
                yield piece
    finally:
        stopped.set()
    if cut:
        raise ModelError("truncated", f"{type(llm).__name__} ended its reply ({_ENDS.get(cut[1], cut[1])})")


def _one_line(text: object) -> str:
    return " ".join(str(text).split())[:200]
