"""Counts what a model costs, between a client and its endpoint: the seam is the transport of httpx."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

import httpx


class Meter(httpx.BaseTransport):
    """Counts requests, and tokens and cost where replies tell them."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._told: defaultdict[str, float] = defaultdict(float)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._told["requests"] += 1
        reply = self._inner.handle_request(request)
        stream = _Heard(reply, self._read_usage)
        return httpx.Response(reply.status_code, headers=reply.headers, stream=stream, extensions=reply.extensions)

    def close(self) -> None:
        self._inner.close()

    def take(self) -> dict[str, float]:
        """What was told since the last call: requests, prompt_tokens, completion_tokens, cost."""
        taken, self._told = self._told, defaultdict(float)
        return dict(taken)

    def _read_usage(self, body: bytes) -> None:
        for usage in re.findall(rb'"usage"\s*:\s*\{[^{}]*', body)[-1:]:
            for name, value in re.findall(rb'"(prompt_tokens|completion_tokens|cost)"\s*:\s*([\d.]+)', usage):
                self._told[name.decode()] += float(value)


class _Heard(httpx.SyncByteStream):
    """Hands a reply on as it comes; when it is closed, tells what came."""

    def __init__(self, reply: httpx.Response, tell: Callable[[bytes], None]) -> None:
        self._reply, self._tell, self._came = reply, tell, b""

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._reply.stream, httpx.SyncByteStream)
        for chunk in self._reply.stream:
            self._came += chunk
            yield chunk

    def close(self) -> None:
        self._reply.close()
        self._tell(self._came)
