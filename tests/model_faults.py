"""What goes wrong with a scripted model: sentences altered, replies broken on the way (see tests/model_server.py)."""

from __future__ import annotations

import gzip
import json
import re
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from itertools import cycle
from math import inf
from types import MappingProxyType
from typing import Any, Literal

Outcome = Literal["answered", "cut_off", "fallback"]
Step = bytes | float | None  # bytes to send, seconds to wait (inf: until the client leaves), None to cut the connection

_DONE = b"data: [DONE]\n\n"
_PIECES = (2, 3, 1, 5, 4, 2, 6)  # characters of one event after another
_MARKER = re.compile(r"(\[\d+\])")

_REWORDED = {"said": "stated", "began": "started", "nearly": "almost", "because": "since", "in order to": "to"}
_OLD = re.compile(rf"\b(?:{'|'.join(_REWORDED)})\b")
_ABBREVIATED = "Mr Mrs Ms Dr St No Gen Sen Rep Gov Lt Col Jan Feb Aug Sept Oct Nov Dec".split()
_STOP = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?][\"”’)]))(?<!\b[A-Z]\.)"
    + "".join(rf"(?<!\b{word}\.)" for word in _ABBREVIATED)
    + r"\s+(?=[\"“‘(]?[A-Z0-9])"
)
_NOT = re.compile(r"\b(?:not (?!only)|never |no longer )|(?<=\bcan)not\b|(?<!\bwo)(?<!\bca)n[’']t\b")
_VERB = re.compile(r"\b(was|were|is|are|has|have|had|will|would|can|could)\b")


@dataclass(frozen=True)
class Draft:
    """What the model says: sentences with their markers, and how it says them."""

    sentences: tuple[str, ...]
    reasoning: str = ""  # in a field of its own, before the words
    splits_markers: bool = False  # every `[1]` over three events
    wait_seconds: float = 0  # between events

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True)
class Reply:
    """An HTTP reply; a body that is not bytes is sent chunk by chunk."""

    status: int
    body: bytes | Iterable[Step]
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0  # before the status line


@dataclass(frozen=True)
class Talk:
    """A request (its JSON body) and what the model says to it."""

    request: Mapping[str, Any]
    draft: Draft

    @property
    def streams(self) -> bool:
        return bool(self.request.get("stream"))

    def said(self, text: str, *, to: str = "content") -> Iterator[bytes]:
        """The events that carry `text`, a few characters each."""
        for part in _MARKER.split(text) if self.draft.splits_markers else [text]:
            letters = self.draft.splits_markers and _MARKER.fullmatch(part)
            sizes, at = cycle((1,) if letters else _PIECES), 0
            while at < len(part):
                size = next(sizes)
                yield self.event({to: part[at : at + size]})
                at += size

    def event(self, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        return sse(self._object("chat.completion.chunk", {"delta": delta}, finish))

    def end(self, finish: str | None = "stop") -> list[bytes]:
        """The last events: the finish reason (left out when None), the usage if it was asked for, `[DONE]`."""
        last = [self.event({}, finish)] if finish else []
        if (self.request.get("stream_options") or {}).get("include_usage"):
            usage = {**self._object("chat.completion.chunk", {}, None), "choices": [], "usage": self.usage()}
            last.append(sse(usage))
        return [*last, _DONE]

    def whole(self) -> Iterator[bytes]:
        """The events of an honest stream up to its end."""
        yield self.event({"role": "assistant", "content": ""})
        yield from self.said(self.draft.reasoning, to="reasoning_content")
        yield from self.said(self.draft.text)

    def begun(self) -> list[bytes]:
        """The events of one whole sentence and half of the next."""
        first, second, *_ = *self.draft.sentences, "There is more to be told about this matter."
        return list(self.said(f"{first} {second[: len(second) // 2]}"))

    def completion(self, finish: str | None = "stop") -> dict[str, Any]:
        """The reply to a request that does not stream."""
        message = {"role": "assistant", "content": self.draft.text}
        if self.draft.reasoning:
            message["reasoning_content"] = self.draft.reasoning
        return {**self._object("chat.completion", {"message": message}, finish), "usage": self.usage()}

    def usage(self) -> dict[str, int]:
        """Tokens of four characters."""
        asked = sum(len(text_of(message)) for message in self.request["messages"]) // 4
        told = len(self.draft.reasoning + self.draft.text) // 4
        return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}

    def _object(self, kind: str, choice: Mapping[str, Any], finish: str | None) -> dict[str, Any]:
        choices = [{"index": 0, **choice, "finish_reason": finish}]
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": self.request["model"], "choices": choices}


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, whether it came as a string or in parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def sse(value: Mapping[str, Any]) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


def error(status: int, message: str, **fields: str) -> Reply:
    """A refusal in OpenAI's form."""
    return Reply(status, _json({"error": {"message": message, "type": "error", "param": None, "code": None} | fields}))


def honest(talk: Talk) -> Reply:
    """The reply without a fault."""
    if not talk.streams:
        return Reply(200, _json(talk.completion()))
    events = (*talk.whole(), *talk.end())
    return Reply(200, [step for event in events for step in (event, talk.draft.wait_seconds)], "text/event-stream")


def faulty(name: str, talk: Talk, seen: int) -> Reply:
    """The reply of the model `name`, a key of FAULTS, to its request number `seen` (from 1)."""
    kind = name.removeprefix("fault-")
    if (kind.endswith("-once") and seen > 1) or _PARAMETERS.get(kind, "model") not in talk.request:
        return honest(talk)
    if kind in _FIXED:
        return _FIXED[kind][1]
    steps = _STREAMED[kind][1](talk) if talk.streams else _unstreamed(kind, talk)
    content_type = "text/event-stream" if talk.streams and kind != "json-reply" else "application/json"
    if kind == "gzip":
        packed = gzip.compress(b"".join(step for step in steps if isinstance(step, bytes)))
        return Reply(200, [packed[:40], packed[40:]], content_type, {"Content-Encoding": "gzip"})
    return Reply(200, steps, "text/plain" if kind == "content-type" else content_type)


def send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    """Send a reply; raises ConnectionError as soon as the client has left."""
    _wait(handler.connection, reply.delay_seconds)
    body = reply.body
    length = ("Content-Length", str(len(body))) if isinstance(body, bytes) else ("Transfer-Encoding", "chunked")
    handler.send_response(reply.status)
    for name, value in [("Content-Type", reply.content_type), length, *reply.headers.items()]:
        handler.send_header(name, value)
    handler.end_headers()
    if isinstance(body, bytes):
        handler.wfile.write(body)
        return
    for step in body:
        if step is None:
            handler.close_connection = True
            return
        if isinstance(step, bytes):
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(step), step))
        else:
            _wait(handler.connection, step)
    handler.wfile.write(b"0\r\n\r\n")


def _wait(client: socket.socket, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([client], [], [], min(left, 60))[0]:
            if not client.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError("the client left")
            time.sleep(min(left, 0.05))  # it has sent its next request already


def _limited() -> Iterator[tuple[str, tuple[Outcome, Reply]]]:
    refusal = error(429, "Rate limit reached.", type="requests", code="rate_limit_exceeded")
    for wait in ("0", "1", "3600", ""):
        kind = f"429-retry-{wait}" if wait else "429-no-retry-after"
        reply = replace(refusal, headers={"Retry-After": wait} if wait else {})
        yield kind, ("fallback", reply)
        yield f"{kind}-once", ("fallback" if wait == "3600" else "answered", reply)


def _unknown(parameter: str) -> Reply:
    message = f"Unsupported parameter: '{parameter}' is not supported with this model."
    return error(400, message, type="invalid_request_error", param=parameter, code="unsupported_parameter")


def _endless(talk: Talk) -> Iterator[Step]:
    for sentence in cycle(talk.draft.sentences):
        for event in talk.said(sentence + " "):
            yield from (event, 0.005)


def _drip(talk: Talk) -> Iterator[Step]:
    for letter in talk.draft.text:
        yield from (talk.event({"content": letter}), 1.0)
    yield from talk.end()


def _pinged(talk: Talk) -> Iterator[bytes]:
    for event in [*talk.whole(), *talk.end()]:
        yield b": ping\r\n\r\n" + event.replace(b"\n", b"\r\n")


_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "400-max-completion-tokens": "max_completion_tokens",
        "400-max-tokens": "max_tokens",
        "400-temperature": "temperature",
        "400-stream-options": "stream_options",
    }
)
_FIXED: Mapping[str, tuple[Outcome, Reply]] = MappingProxyType(
    {
        **dict(_limited()),
        **{kind: ("answered", _unknown(parameter)) for kind, parameter in _PARAMETERS.items()},
        "500": ("fallback", error(500, "The server had an error.")),
        "500-once": ("answered", error(500, "The server had an error.")),
        "503-once": ("answered", error(503, "Overloaded.")),
        "401": ("fallback", error(401, "Incorrect API key provided.", code="invalid_api_key")),
        "403": ("fallback", error(403, "This key may not use this model.", code="forbidden")),
        "404-model": ("fallback", error(404, "The model does not exist.", code="model_not_found")),
        "400-context-length": ("fallback", error(400, "The prompt is too long.", code="context_length_exceeded")),
        "200-html": ("fallback", Reply(200, b"<!doctype html><title>Sign in</title><p>Sign in.</p>", "text/html")),
        "200-error": ("fallback", error(200, "The model crashed.", type="server_error")),
        "200-empty": ("fallback", Reply(200, b"")),
        "stall-before-headers": ("fallback", Reply(200, b"", delay_seconds=inf)),
        "redirect": ("answered", Reply(307, b"", headers={"Location": "/moved/v1/chat/completions"})),
        "redirect-loop": ("fallback", Reply(307, b"", headers={"Location": "/v1/chat/completions"})),
    }
)
_STREAMED: Mapping[str, tuple[Outcome, Callable[[Talk], Iterable[Step]]]] = MappingProxyType(
    {
        "empty-choices": ("fallback", lambda talk: [sse({"choices": []})] * 3 + [_DONE]),
        "null-choices": ("fallback", lambda talk: [sse({"choices": None})] * 3 + [_DONE]),
        "broken-json": ("cut_off", lambda talk: [*talk.begun(), b'data: {"choices": [{"del\n\n', *talk.end()]),
        "content-type": ("answered", lambda talk: [*talk.whole(), *talk.end()]),
        "cut-before-first": ("fallback", lambda talk: [b": wait\n\n", None]),
        "cut-in-first-sentence": ("fallback", lambda talk: [*talk.said(talk.draft.text[:20]), None]),
        "cut-in-second-sentence": ("cut_off", lambda talk: [*talk.begun(), None]),
        "cut-in-event": ("cut_off", lambda talk: [*talk.begun(), talk.event({"content": "more"})[:-30], None]),
        "stall-before-first": ("fallback", lambda talk: [b": wait\n\n", inf]),
        "stall-in-second-sentence": ("cut_off", lambda talk: [*talk.begun(), inf]),
        "drip": ("fallback", _drip),
        "endless": ("cut_off", _endless),
        "no-finish-done": ("answered", lambda talk: [*talk.whole(), *talk.end(None)]),
        "no-finish": ("cut_off", lambda talk: [*talk.whole()]),
        "finish-length": ("cut_off", lambda talk: [*talk.begun(), *talk.end("length")]),
        "finish-content-filter": ("cut_off", lambda talk: [*talk.begun(), *talk.end("content_filter")]),
        "error-event": ("cut_off", lambda talk: [*talk.begun(), sse({"error": {"message": "Crashed."}}), _DONE]),
        "double-done": ("answered", lambda talk: [*talk.whole(), *talk.end(), _DONE]),
        "crlf": ("answered", _pinged),
        "gzip": ("answered", lambda talk: [*talk.whole(), *talk.end()]),
        "json-reply": ("answered", lambda talk: [_json(talk.completion())]),
    }
)
# What a reader gets from a robust client within a deadline of seconds: a whole answer; whole sentences of the model,
# marked as cut off; or nothing by the model.
FAULTS: Mapping[str, Outcome] = MappingProxyType(
    {f"fault-{kind}": outcome for kind, (outcome, _) in [*_FIXED.items(), *_STREAMED.items()]}
)


def _unstreamed(kind: str, talk: Talk) -> Iterable[Step]:
    """The same fault for a request that does not stream."""
    finish = {"finish-length": "length", "finish-content-filter": "content_filter"}.get(kind, "stop")
    whole = _json(talk.completion(None if kind.startswith("no-finish") else finish))
    half = whole[: len(whole) // 2]
    if kind.endswith("-choices"):
        return [_json({**talk.completion(), "choices": [] if kind == "empty-choices" else None})]
    if kind.startswith("cut-"):
        return [None] if kind == "cut-before-first" else [half, None]
    others: dict[str, Iterable[Step]] = {
        "error-event": [_json({"error": {"message": "Crashed."}})],
        "broken-json": [half],
        "stall-before-first": [inf],
        "stall-in-second-sentence": [half, inf],
        "drip": (step for byte in whole for step in (bytes([byte]), 1.0)),
        "endless": cycle((b" ", 0.005)),
    }
    return others.get(kind, [whole])


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences; a title and other lines without a full stop are left out, unless there is nothing else."""
    lines = re.sub(r"(?<=[\w,;])\n(?=[a-z])", " ", text).splitlines()
    pieces = [piece for line in lines for piece in _STOP.split(line.strip())]
    return tuple(piece for piece in pieces if re.search(r"[.!?][\"”’)]?$", piece)) or (text.strip(),)


def cite(sentence: str, mark: str) -> str:
    """The sentence with its marker before the full stop, or after what else it ends with."""
    return re.sub(r"(?<=[^.!?])([.!?])$", rf" {mark}\1", sentence) if sentence[-1:] in ".!?" else f"{sentence} {mark}"


def reworded(sentence: str) -> str:
    """Other words for the same; quoted words stay."""
    new = sentence if re.search('[“"]', sentence) else _OLD.sub(lambda found: _REWORDED[found[0]], sentence)
    return new if new != sentence else f"According to the report, {lower_first(sentence)}"


def lower_figure(sentence: str) -> str:
    def less(found: re.Match[str]) -> str:
        number = int(found[0].replace(",", ""))
        return f"{number - 1 if number > 1 else number + 1:{',' if ',' in found[0] else ''}}"

    return re.sub(r"(?<![\w.,-])\d+(?:,\d{3})*(?!\w)", less, sentence, count=1)


def negated(sentence: str) -> str:
    new = _VERB.sub(r"\1 not", sentence, count=1)
    return new if new != sentence else f"It is not true that {lower_first(sentence)}"


def lower_first(sentence: str) -> str:
    return re.sub(r"^(The|A|An|In|On|At|It|He|She|They|This|That|But|And)\b", lambda word: word[0].lower(), sentence)


def stems(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"\w{4,}", text.lower())}


def without_not(sentence: str) -> str:
    return _NOT.sub("", sentence, count=1)
