"""The guard before the page: what may be asked for, by whom, and the headers that keep every answer inert."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio serves uploads, proxies, file reads and more; the page needs only these.
PATHS = frozenset({"/", "/footnote.js", "/config", "/theme.css", "/favicon.ico", "/manifest.json"})
PREFIXES = ("/assets/", "/static/", "/gradio_api/queue/", "/gradio_api/heartbeat/", "/gradio_api/startup-events")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_INLINE_SCRIPT = re.compile(r"<script(?:\s+data-[\w-]+)?>(.*?)</script>", re.DOTALL)


class Guard:
    """ASGI middleware: refuses other paths (404) and other origins (403), and sets the security headers.

    Inline scripts run only if they stood in the page as the server sent it: their hashes are in the policy.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            answer = _refusal(scope["path"], Headers(scope=scope)) or self.app
            await answer(_uncompressed(scope), receive, _Guarded(send).send)


def policy(script_hashes: Iterable[str] = ()) -> str:
    """The Content-Security-Policy: this server only, and no script that article text could bring.

    Gradio needs inline styles; it needs neither eval nor inline handlers.
    """
    scripts = " ".join(f"'sha256-{digest}'" for digest in script_hashes)
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    )


def _refusal(path: str, headers: Headers) -> PlainTextResponse | None:
    if path not in PATHS and not path.startswith(PREFIXES):
        return PlainTextResponse("Not found", status_code=404)
    origin, host = headers.get("origin"), headers.get("host")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return PlainTextResponse("Another site may not ask here", status_code=403)
    return None


def _uncompressed(scope: Scope) -> Scope:
    """The request for the page itself without Accept-Encoding: its scripts are hashed on the way out."""
    if scope["path"] != "/":
        return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]}


class _Guarded:
    """Sends a response with the headers; an HTML one is held until it is whole, for the hashes of its scripts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers["Content-Security-Policy"] = policy()
            if headers.get("content-type", "").startswith("text/html"):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(scope=self._held)["Content-Security-Policy"] = policy(_script_hashes(self._body.decode()))
            await self._send(self._held)
            message = {"type": "http.response.body", "body": self._body}
        await self._send(message)


def _script_hashes(page: str) -> list[str]:
    return [b64encode(sha256(text.encode()).digest()).decode() for text in _INLINE_SCRIPT.findall(page)]
