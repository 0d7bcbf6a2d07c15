"""The page's server: Gradio inside our own FastAPI app, for this machine only."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import threading
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from index.article import UserError
from rag.web.guard import Guard

if TYPE_CHECKING:
    from rag.assistant import Assistant

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HERE = Path(__file__).parent


def serve(assistant: Assistant, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool) -> None:
    """Serve the page until Ctrl-C; says its address on stderr once it answers there.

    Raises UserError for a host other than this machine and for a port that cannot be had.
    """
    if host not in LOOPBACK:
        raise UserError(f"The page is served to this machine only, not on '{host}'.", "Leave --host out for now.")
    listening = _listen(host, port)
    with listening:
        address = f"http://{'[::1]' if host == '::1' else host}:{listening.getsockname()[1]}/"
        config = uvicorn.Config(build_app(assistant), log_level="warning", timeout_graceful_shutdown=2)
        server = _Announcing(config, address, open_browser=open_browser)
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)


def build_app(assistant: Assistant) -> FastAPI:
    """The page over this assistant, guarded; serve it with any ASGI server on loopback."""
    # Read when gradio is imported: otherwise it calls home, and sums up its events with pandas after each.
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000"}
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    app.get("/footnote.js")(lambda: Response(script, media_type="text/javascript"))
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"], www_redirect=False)
    with ThreadPoolExecutor(max_workers=1) as beside:  # the caller's thread may be running a loop of its own
        return beside.submit(asyncio.run, _with_page(app, assistant)).result()


async def _with_page(app: FastAPI, assistant: Assistant) -> FastAPI:
    # A coroutine because, outside a running event loop, Gradio opens one for each of its locks and closes none.
    import gradio

    from rag.web.page import build_page, theme

    mounted: FastAPI = gradio.mount_gradio_app(
        app,
        build_page(assistant),
        path="/",
        theme=theme(),
        css_paths=[_HERE / "page.css"],
        head='<script src="/footnote.js"></script>',
        show_error=False,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        max_file_size=0,
    )
    return mounted


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, address: str, *, open_browser: bool) -> None:
        super().__init__(config)
        self._address = address
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"Footnote answers at {self._address} (Ctrl-C stops it)", file=sys.stderr, flush=True)
            if self._open_browser:
                threading.Thread(target=webbrowser.open, args=(self._address,), daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if host == "::1" else socket.AF_INET)
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
