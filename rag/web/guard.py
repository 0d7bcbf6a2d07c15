"""The guard before the page: what may be asked for, by whom, how much at once, and the headers of every answer."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.asking import Refused, problem

# Gradio serves uploads, proxies, file reads and more; the page needs only these.
_SCRIPTS = "answer|article|card|docs|draw|keep|library|model|page|server|side|source"
_FILES = rf"icon\.svg|(?:page|panels)\.css|(?:{_SCRIPTS})\.js"
_PROGRAMS_GET = r"docs|openapi\.json|v1/models|api/v1/(?:health|articles(?:/.+)?)"
_PROGRAMS_POST = r"v1/(?:chat/completions|responses)|api/v1/(?:ask|search|verify)|mcp"
_EVENT = r"gradio_api/call/(?:ask|add)"
_GET = rf"/(?:login|article|{_FILES}|{_PROGRAMS_GET}|api/(?:about|articles|file|roots)|{_EVENT}/[0-9a-f]{{1,64}})?"
_POST = rf"/(?:login|{_PROGRAMS_POST}|api/(?:considered|feedback|model|remove|render|source)|{_EVENT})"
ALLOWED = re.compile(rf"(?:GET|HEAD) (?:{_GET})|POST (?:{_POST})")
MAX_BODY_BYTES = 64 * 1024
MAX_TALK_BYTES = 1024 * 1024  # of a program that sends a whole conversation each time
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send the login form with the Origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_COOKIE = "footnote"
_IS_TALK = re.compile(r"/v1/|/api/v1/|/mcp$").match
_TOO_LONG = Refused("This is too long.", "Send less at once.", 413)
_WRONG_SECONDS = 1.0  # how long a wrong password waits for its answer
_FROM_ELSEWHERE = ("/", "/article")  # where a link of another site may lead
_OPEN_TO_ALL = ("/login", "/api/v1/health", "/page.css", "/panels.css", "/icon.svg")
_LOGIN = Path(__file__).with_name("login.html").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Access:
    """What a caller must know: either of them opens the page. Where both are None, everybody may ask."""

    password: str | None = None
    token: str | None = None

    @property
    def is_open(self) -> bool:
        return self.password is None and self.token is None

    def knows(self, said: str) -> bool:
        """Whether this is the password or the token, compared in constant time."""
        known = (secret for secret in (self.password, self.token) if secret is not None)
        return any(secrets.compare_digest(secret.encode(), said.encode("utf-8", "replace")) for secret in known)


class Guard:
    """ASGI middleware. In this order: another path 404, another site 403, who is unknown 401, a long body 413."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access
        self._session = secrets.token_urlsafe(32)  # what the cookie of everyone who knew the password holds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = HTTPConnection(scope)
        answer = _refusal(scope, caller.headers)
        if answer is None and scope["method"] == "POST":
            body = await _read(receive, caller.headers, MAX_TALK_BYTES if _IS_TALK(scope["path"]) else MAX_BODY_BYTES)
            answer = problem(scope["path"], _TOO_LONG) if body is None else None
            receive = _once(body or b"", receive)
            if answer is None and scope["path"] == "/login":
                answer = await self._login(body or b"")
        answer = answer or self._stranger(caller, scope["path"])
        try:
            await (answer or self._app)(scope, receive, send)
        except RuntimeError as error:  # Gradio's for an event that nobody has asked: its stream has said so already
            if not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body"})

    def _stranger(self, caller: HTTPConnection, path: str) -> Response | None:
        """What someone unknown gets, or None for who is known. The link with the token opens the page once for all."""
        said, place = caller.query_params.get("token"), f"{path}?{caller.url.query}"
        if said and path == "/" and self._access.knows(said):
            return self._let_in()
        is_known = self._access.is_open or path in _OPEN_TO_ALL or self._is_known(caller)
        if is_known and path != "/login":
            return None
        if path in ("/", "/article", "/login"):
            return _login_page(place) if not self._access.is_open else PlainTextResponse("Not found", status_code=404)
        return problem(path, Refused("Log in first.", "A program sends the token.", 401, code="invalid_api_key"))

    def _is_known(self, caller: HTTPConnection) -> bool:
        kind, _, said = caller.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._access.knows(said):
            return True
        return secrets.compare_digest(caller.cookies.get(_COOKIE, "").encode(), self._session.encode())

    async def _login(self, body: bytes) -> Response | None:
        if self._access.is_open:
            return None
        sent = parse_qs(body.decode("utf-8", "replace"))
        place = sent.get("next", ["/"])[0]
        if self._access.knows(sent.get("password", [""])[0]):
            return self._let_in(place if place.startswith("/article?") else "/")
        await asyncio.sleep(_WRONG_SECONDS)
        return _login_page(place, "Wrong password.")

    def _let_in(self, place: str = "/") -> Response:
        answer = RedirectResponse(place, status_code=303)
        # Lax, so that a link to an article opens from another site, too; what changes something looks at the Origin.
        answer.set_cookie(_COOKIE, self._session, httponly=True, samesite="lax")
        return answer


def _refusal(scope: Scope, headers: Headers) -> Response | None:
    if not ALLOWED.fullmatch(f"{scope['method']} {scope['path']}"):
        return PlainTextResponse("Not found", status_code=404)
    origin, host = headers.get("origin"), headers.get("host")
    is_foreign = origin is not None and origin not in (f"http://{host}", f"https://{host}")
    is_elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    is_sent_by_another = is_elsewhere and scope["path"] not in _FROM_ELSEWHERE
    if is_foreign or is_sent_by_another:
        return PlainTextResponse("Requests from other sites are not allowed", status_code=403)
    return None


def _login_page(place: str, problem: str = "") -> Response:
    return HTMLResponse(_LOGIN.format(place=escape(place), problem=problem), status_code=401)


async def _read(receive: Receive, headers: Headers, most: int) -> bytes | None:
    """The whole body, or None as soon as it is too long."""
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > most:
        return None
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body += message.get("body", b"")
        is_more = message.get("more_body", False)
        if len(body) > most:
            return None
    return body


def _once(body: bytes, receive: Receive) -> Receive:
    """Receives the body that was read already, then what the connection says."""
    held: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return held.pop() if held else await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return guarded
