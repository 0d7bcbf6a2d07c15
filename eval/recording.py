"""Keeps a model's replies as they came over HTTP and plays them back chunk by chunk.

The seam is the transport of httpx: whatever client is built on it records or replays without knowing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx

_KEPT_HEADERS = ("content-type", "content-encoding", "retry-after")
_LAST_EVENT = re.compile(rb"^data: ?\[DONE\]\r?$", re.MULTILINE)


class Unrecorded(httpx.TransportError):
    """A request that no recorded reply answers."""


class _Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


class _Kept(httpx.SyncByteStream):
    """Hands a reply on as it comes; keeps it when closed, once it has been read to its end or its last event.

    The openai client closes an event stream at "[DONE]", without waiting for the end of the reply.
    """

    def __init__(self, reply: httpx.Response, file: Path) -> None:
        self._reply, self._file = reply, file
        self._chunks: list[bytes] = []
        self._is_read = False

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._reply.stream, httpx.SyncByteStream)
        for chunk in self._reply.stream:
            self._chunks.append(chunk)
            yield chunk
        self._is_read = True

    def close(self) -> None:
        self._reply.close()
        if not self._is_read and not _LAST_EVENT.search(b"".join(self._chunks)):
            return
        headers = [(name, value) for name, value in self._reply.headers.multi_items() if name in _KEPT_HEADERS]
        chunks = [base64.b64encode(chunk).decode() for chunk in self._chunks]
        kept = {"status": self._reply.status_code, "headers": headers, "chunks": chunks}
        self._file.write_text(json.dumps(kept, indent=1), encoding="utf-8")


class Recorder(httpx.BaseTransport):
    """Sends requests on and keeps each whole reply in `folder`, under the hash of its request."""

    def __init__(self, folder: Path, inner: httpx.BaseTransport | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._inner = folder, inner or httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._inner.handle_request(request)
        stream = _Kept(reply, self._folder / f"{request_hash(request)}.json")
        return httpx.Response(reply.status_code, headers=reply.headers, stream=stream, extensions=reply.extensions)

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
        return httpx.Response(kept["status"], headers=kept["headers"], stream=_Chunks(chunks))


def request_hash(request: httpx.Request) -> str:
    """Names a request by method, path and body: never by its host, its key or its other headers."""
    body = request.read()
    with contextlib.suppress(ValueError):
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    return hashlib.sha256(b"\0".join([request.method.encode(), request.url.raw_path, body])).hexdigest()[:24]
