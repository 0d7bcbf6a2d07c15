"""The real page over real articles on a free loopback port, for the tests of the page and for its screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, ViewportSize, expect

from rag.assistant import Assistant
from rag.web.server import build_app

QUESTION = "Who commanded the Quds Force in September 2019?"
OPENING = "When will Skellmouth's new terminal open for business?"  # of which the articles say more than is shown
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run")  # fmt: skip


@contextmanager
def open_page(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """The page in a context of its own. Fails at the end if it asked another host, or a script of it failed."""
    with browser.new_context(reduced_motion="reduce", **options) as context:
        context.set_default_timeout(10_000)
        page = context.new_page()
        asked: list[str] = []
        failed: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(address)
        yield page
        assert [url for url in asked if not url.startswith((address, "blob:"))] == []
        assert failed == []


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the whole answer."""
    before = page.locator(".turn").count()
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn")).to_have_count(before + 1)
    expect(page.locator(".turn").last.locator(".actions")).to_be_visible(timeout=20_000)


@contextmanager
def serving(assistant: Assistant, **options: Any) -> Iterator[str]:
    """The address of the page, from the moment it answers until the block ends."""
    with serving_app(build_app(assistant, **options)) as address:
        yield address


@contextmanager
def serving_app(app: FastAPI) -> Iterator[str]:
    """The address of an app, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def chromium() -> str:
    """The path of a Chromium; skips where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    return lacking("needs Chromium (on Debian: apt-get install chromium)")


def lacking(reason: str) -> NoReturn:
    """Skips the test, or with FOOTNOTE_REQUIRE_SHARED=1 (in CI) fails it."""
    if os.environ.get("FOOTNOTE_REQUIRE_SHARED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
