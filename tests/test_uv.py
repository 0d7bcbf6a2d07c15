"""The README's lines for uv, run as they stand on a copy of the project, where uv and a package index are at hand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.served import NAMED, QUESTION
from tests.test_packaging import COPIED, PROJECT

UNREACHED = re.compile(r"error sending request|dns error|Failed to fetch|Network connectivity is disabled")
LINES = re.findall(r"`(uv(?:x| tool) [^`\n]+)`", (PROJECT / "README.md").read_text(encoding="utf-8"))
pytestmark = pytest.mark.timeout(1200)  # without a cache some 300 MB are fetched
needs_uv = pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that building leaves nothing beside the sources."""
    copy = tmp_path_factory.mktemp("uv") / "project"
    for name in COPIED:
        source, hidden = PROJECT / name, shutil.ignore_patterns("__pycache__")
        copy.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=hidden)
        else:
            shutil.copy(source, copy / name)
    return copy


@pytest.fixture(scope="module")
def environment(checkout: Path) -> dict[str, str]:
    """All that uv and the program keep goes beside the copy, but for uv's cache."""
    beside = checkout.parent
    places = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}
    cache = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    ours = {name: str(beside / place) for name, place in places.items()}
    path = f"{beside / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **ours, "UV_CACHE_DIR": cache, "UV_PYTHON": sys.executable, "PATH": path}


def test_the_readme_has_both_lines() -> None:
    assert LINES == ["uv tool install .", "uvx --from . rag web"]


@needs_uv
def test_uv_installs_a_rag_that_answers(checkout: Path, environment: dict[str, str]) -> None:
    install = shlex.split(LINES[0])
    done = subprocess.run(install, cwd=checkout, env=environment, capture_output=True, text=True)
    _skip_unreached(done.returncode, done.stderr)
    assert done.returncode == 0, done.stderr
    rag = shutil.which("rag", path=environment["UV_TOOL_BIN_DIR"])
    assert rag is not None
    told = subprocess.run([rag, "ask", QUESTION], env=environment, capture_output=True, text=True)
    assert told.returncode == 0 and NAMED in told.stdout, told.stderr


@needs_uv
def test_uvx_serves_the_page_without_an_installation(checkout: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*shlex.split(LINES[1]), "--no-open", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=checkout, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "is running at" not in said and (line := process.stderr.readline()):
            said += line
        if "is running at" not in said:
            _skip_unreached(process.wait(), said)
        try:
            assert "is running at" in said, said
            assert httpx.get(f"{address}/api/v1/health").json()["status"] == "ok"
            assert "<title>Footnote</title>" in httpx.get(address).text
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def _skip_unreached(code: int, said: str) -> None:
    if code and UNREACHED.search(said):
        pytest.skip("no package index answers")
