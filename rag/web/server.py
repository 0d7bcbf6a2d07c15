"""The page's server: our own FastAPI app with Gradio's queue inside, for this machine unless you say otherwise."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.middleware.trustedhost import TrustedHostMiddleware

from index.article import UserError
from rag import __version__
from rag.api.asking import Desk, Refused, problem
from rag.api.openai_routes import build_openai_routes
from rag.api.routes import build_program_routes
from rag.assistant import Assistant
from rag.web.guard import Access, Guard
from rag.web.routes import build_routes

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HERE = Path(__file__).parent
_PAGES = {"page.html": "/", "article.html": "/article", "docs.html": "/docs"}
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def serve(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool,
    access: Access | None = None,
    with_page: bool = True,
) -> None:
    """Serve the page, or only other programs, until Ctrl-C; says its address on stderr once it answers there.

    Without a `port`, it is that of the settings. Served to other machines, it demands a password or a token, and its
    folders cannot be changed from the page.
    Raises UserError where both are missing, and for a port that cannot be had.
    """
    access = access or Access()
    if host not in LOOPBACK and access.is_open:
        raise UserError(f"At '{host}', other machines could read your articles.", "Add a --password or a --token.")
    listening = _listen(host, assistant.settings.port if port is None else port)
    with listening:
        name = {"::1": "[::1]", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
        address = f"http://{name}:{listening.getsockname()[1]}/"
        app = build_app(assistant, access=access, names=_names(host), may_change=host in LOOPBACK,
                        with_page=with_page)  # fmt: skip
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, timeout_keep_alive=75)
        server = _Announcing(config, address, open_browser=open_browser)
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)


def build_app(
    assistant: Assistant,
    *,
    access: Access | None = None,
    names: Sequence[str] = ("127.0.0.1", "localhost", "[::1]"),
    may_change: bool = True,
    with_page: bool = True,
) -> FastAPI:
    """The page over this assistant, guarded; `names` are the hosts it answers as, `may_change` is about folders.

    Without the page, its address shows what programs may ask.
    """
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"  # else it sums up all past events after each one
    app = FastAPI(title="Footnote", version=__version__, docs_url=None, redoc_url=None,
                  separate_input_output_schemas=False, telemetry={"auto_configure": False})  # fmt: skip
    app.exception_handler(UserError)(_in_words)
    app.exception_handler(RequestValidationError)(_what_is_wrong)
    desk = Desk(assistant)
    app.include_router(build_program_routes(desk))
    app.include_router(build_openai_routes(desk))
    if find_spec("mcp"):  # an extra
        from rag.api.mcp import mount_mcp

        mount_mcp(app, desk)
    app.include_router(build_routes(assistant, may_change=may_change), include_in_schema=False)
    if not with_page:
        _serve_file(app, "/", _HERE / "docs.html")
    for file in sorted(_HERE.iterdir()):
        if file.suffix in _KINDS:
            _serve_file(app, _PAGES.get(file.name, f"/{file.name}"), file)
    app.add_middleware(Guard, access=access or Access())
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(names), www_redirect=False)
    if not with_page:
        return app
    with ThreadPoolExecutor(max_workers=1) as beside:  # the caller's thread may be running a loop of its own
        return beside.submit(asyncio.run, _with_gradio(app, assistant, may_change)).result()


async def _with_gradio(app: FastAPI, assistant: Assistant, may_change: bool) -> FastAPI:
    # A coroutine because, outside a running event loop, Gradio opens one for each of its locks and closes none.
    import gradio

    from rag.web.page import build_events

    events = build_events(assistant, may_change=may_change)
    quiet = {"show_error": False, "footer_links": [], "run_history": False, "ssr_mode": False, "max_file_size": 0}
    mounted: FastAPI = gradio.mount_gradio_app(app, events, path="/", pwa=False, **quiet)
    return mounted


def _serve_file(app: FastAPI, path: str, file: Path) -> None:
    content = file.read_bytes()
    headers = {"Cache-Control": "no-cache"}
    app.get(path, include_in_schema=False)(lambda: Response(content, media_type=_KINDS[file.suffix], headers=headers))


async def _in_words(request: Request, error: UserError) -> Response:
    return problem(request.url.path, error)


async def _what_is_wrong(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    names = [str(name) for name in first["loc"] if name != "body"]
    status = 400 if request.url.path.startswith("/v1/") else 422
    told = Refused(f"{first['msg']} ({'.'.join(names)}).", "", status, param=".".join(names[:1]))
    return problem(request.url.path, told)


def _names(host: str) -> list[str]:
    """The host names that a request may be for: another one would be a name that someone else controls."""
    local = ["127.0.0.1", "localhost", "[::1]"]
    if host in LOOPBACK:
        return local
    mine = {socket.gethostname(), socket.getfqdn(), host}
    with suppress(OSError):
        mine |= {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None)}
    return local + sorted(f"[{name}]" if ":" in name else name for name in mine - {"0.0.0.0", "::"})


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, address: str, *, open_browser: bool) -> None:
        super().__init__(config)
        self._address = address
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"Footnote is running at {self._address} (press Ctrl-C to stop)", file=sys.stderr, flush=True)
            if self._open_browser:
                threading.Thread(target=webbrowser.open, args=(self._address,), daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if os.name == "posix":  # elsewhere it would let two servers share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"Port {port} is in use by another program.", "Choose another with --port.") from error
        raise UserError(f"Cannot serve on port {port}: {error.strerror}.", "Choose another with --port.") from error
    return listening
