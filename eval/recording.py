"""Keeps a model's replies as they came over HTTP, plays them back chunk by chunk, and counts what they cost.

The seam is the transport of httpx: whatever client is built on it records or replays without knowing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx

_KEPT_HEADERS = ("content-type", "content-encoding", "retry-after")
_CAPS = ("max_tokens", "max_completion_tokens")  # one thing; which of them is sent depends on the host


class Unrecorded(httpx.TransportError):
    """A request that no recorded reply answers."""


class Meter(httpx.BaseTransport):
    """Counts what passes: tokens and cost where replies tell them, and requests that no recording answered."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._told: dict[str, float] = {}
        self._unrecorded = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._add({"requests": 1})
        try:
            reply = self._inner.handle_request(request)
        except Unrecorded as missing:
            self._unrecorded = str(missing)
            return httpx.Response(410)  # which nobody sends again
        return _heard(reply, self._read_usage)

    def close(self) -> None:
        self._inner.close()

    def take(self) -> tuple[dict[str, float], str]:
        """What was told since the last call (requests, prompt_tokens, completion_tokens, cost), and what is missing."""
        taken = self._told, self._unrecorded
        self._told, self._unrecorded = {}, ""
        return taken

    def _read_usage(self, chunks: list[bytes], is_broken: bool) -> None:
        for usage in re.findall(rb'"usage"\s*:\s*\{[^{}]*', b"".join(chunks))[-1:]:
            numbers = re.findall(rb'"(prompt_tokens|completion_tokens|cost)"\s*:\s*([\d.]+)', usage)
            self._add({name.decode(): float(value) for name, value in numbers})

    def _add(self, told: Mapping[str, float]) -> None:
        for name, value in told.items():
            self._told[name] = self._told.get(name, 0) + value


class _Heard(httpx.SyncByteStream):
    """Hands a reply on as it comes; when it is closed, tells what came and whether the reply broke off by itself."""

    def __init__(self, reply: httpx.Response, tell: Callable[[list[bytes], bool], None]) -> None:
        self._reply, self._tell = reply, tell
        self._chunks: list[bytes] = []
        self._is_broken = False

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._reply.stream, httpx.SyncByteStream)
        try:
            for chunk in self._reply.stream:
                self._chunks.append(chunk)
                yield chunk
        except httpx.RequestError:
            self._is_broken = True
            raise

    def close(self) -> None:
        self._reply.close()
        self._tell(self._chunks, self._is_broken)


def _heard(reply: httpx.Response, tell: Callable[[list[bytes], bool], None]) -> httpx.Response:
    stream = _Heard(reply, tell)
    return httpx.Response(reply.status_code, headers=reply.headers, stream=stream, extensions=reply.extensions)


class Recorder(httpx.BaseTransport):
    """Sends requests on and keeps each reply in `folder`, under the hash of its request, unless it broke off by itself.

    A reader that has enough closes early, and would do so again: at "[DONE]", or after so many sentences.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._inner = folder, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._inner.handle_request(request)
        headers = [(name, value) for name, value in reply.headers.multi_items() if name in _KEPT_HEADERS]

        def keep(chunks: list[bytes], is_broken: bool) -> None:
            if not is_broken:
                encoded = [base64.b64encode(chunk).decode() for chunk in chunks]
                kept = {"status": reply.status_code, "headers": headers, "chunks": encoded}
                file = self._folder / f"{request_hash(request)}.json"
                file.write_text(json.dumps(kept, indent=1), encoding="utf-8")

        return _heard(reply, keep)

    def close(self) -> None:
        self._inner.close()


class Replayer(httpx.BaseTransport):
    """Answers from `folder` what a Recorder kept there, and sends nothing. Raises Unrecorded for what is not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        file = self._folder / f"{request_hash(request)}.json"
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise Unrecorded(f"no reply to this request is recorded in '{self._folder}'") from None
        chunks = [base64.b64decode(chunk) for chunk in kept["chunks"]]
        return httpx.Response(kept["status"], headers=kept["headers"], content=iter(chunks))


def request_hash(request: httpx.Request) -> str:
    """Names a request by method, path and body: never by its host, its key or its other headers."""
    body = request.read()
    with contextlib.suppress(ValueError, AttributeError):
        fields = {name: value for name, value in json.loads(body).items() if name not in _CAPS}
        body = json.dumps(fields, sort_keys=True).encode()
    return hashlib.sha256(b"\0".join([request.method.encode(), request.url.raw_path, body])).hexdigest()[:24]
