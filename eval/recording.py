"""Keeps a model's replies as they came over HTTP, and plays them back chunk by chunk.

The seam is the transport of httpx: whatever client is built on it records or replays without knowing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx

_KEPT_HEADERS = ("content-type", "content-encoding", "retry-after")


class Unrecorded(Exception):
    """A request that no recorded reply answers."""


class _Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


class _Kept(httpx.SyncByteStream):
    """Hands a reply on as it comes; keeps it once it has been read to its end."""

    def __init__(self, reply: httpx.Response, file: Path) -> None:
        self._reply, self._file = reply, file

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._reply.stream, httpx.SyncByteStream)
        chunks = []
        for chunk in self._reply.stream:
            chunks.append(base64.b64encode(chunk).decode())
            yield chunk
        headers = [(name, value) for name, value in self._reply.headers.multi_items() if name in _KEPT_HEADERS]
        kept = {"status": self._reply.status_code, "headers": headers, "chunks": chunks}
        self._file.write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def close(self) -> None:
        self._reply.close()


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
