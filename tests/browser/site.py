"""The real page over real articles on a free loopback port, for the tests of the page and for its screenshots."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from rag.assistant import SAMPLE_FOLDER, Assistant
from rag.web.server import build_app

HOSTILE_QUESTION = "Who keeps the lighthouse on Quarrel Rock?"
HOSTILE_ARTICLE = """<img src=http://evil.example/title.png onerror="hacked()"> ![t](http://evil.example/t.png)

The Quarrel Rock Gazette <script>hacked()</script>, May 4, 2022 —

Ida Venn keeps the lighthouse on Quarrel Rock <script>hacked()</script><img src="http://evil.example/a.png" \
onerror="hacked()"> ![b](http://evil.example/b.png) [c](javascript:hacked()) $$x$$ <iframe src="http://evil.example">.

<style>body { display: none }</style> <a href="http://evil.example/" onclick="hacked()">The lamp</a> burns all night.

```mermaid
graph TD; A[<img src=http://evil.example/m.png>]
```
"""


def hostile_folder(folder: Path) -> Path:
    """The sample articles with one more that tries everything a page could fall for."""
    shutil.copytree(SAMPLE_FOLDER, folder)
    (folder / "hostile <b onclick=hacked()>.txt").write_text(HOSTILE_ARTICLE, encoding="utf-8")
    return folder


@contextmanager
def serving(assistant: Assistant) -> Iterator[str]:
    """The address of the page, from the moment it answers until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(build_app(assistant), log_level="warning", timeout_graceful_shutdown=1, ws="none")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def chromium() -> str:
    """The path of a Chromium; skips where there is none, or fails with FOOTNOTE_REQUIRE_SHARED=1."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    reason = "needs Chromium (on Debian: apt-get install chromium)"
    if os.environ.get("FOOTNOTE_REQUIRE_SHARED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
