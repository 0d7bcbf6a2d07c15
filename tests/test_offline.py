"""Offline means offline: the whole path, in a process of its own in which every way to the network is an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import story, write

ROOT = Path(__file__).resolve().parents[1]
# Python imports this by itself when it starts. Attempts are written down, for one that is caught would not be seen.
_GUARD = """
import os, socket
def _refuse(name):
    def refuse(*arguments, **options):
        if name.startswith("connect") and arguments[0].family == getattr(socket, "AF_UNIX", None):
            return original[name](*arguments, **options)
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{name} {arguments[1:] or arguments}\\n")
        raise OSError(f"the network was used: {name} {arguments}")
    return refuse
original = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
for name in original:
    setattr(socket.socket, name, _refuse(name))
for name in ("getaddrinfo", "gethostbyname", "create_connection"):
    setattr(socket, name, _refuse(name))
"""
_PATH = """
import json, sys
from rag import Assistant
with Assistant.open(sys.argv[1]) as assistant:
    report = assistant.sync(sys.argv[2])
    answer = assistant.ask(sys.argv[3])
    chat = assistant.chat()
    told = [chat.ask(question).refused for question in (sys.argv[3], "And why?")]
    shown = len(list(assistant.stream(sys.argv[3])))
    found = [result.path for result in assistant.search("harbour council", as_of="2030-01-01")]
    assistant.rebuild()
    print(json.dumps({"added": len(report.added), "mode": answer.mode, "host": assistant.model_host, "shown": shown,
                      "text": answer.text, "told": told, "found": found, "refused": answer.refused}))
"""


def run(place: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in `place` with the network closed."""
    write(place / "guard", {"sitecustomize.py": _GUARD})
    (place / "attempts").touch()
    paths = os.pathsep.join((str(place / "guard"), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths, "ATTEMPTS": str(place / "attempts"), **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=place, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles, a key in the environment's file and traps for whoever reads that."""
    path = tmp_path_factory.mktemp("offline")
    write(path / "news", {f"{number}.txt": story(number) for number in range(6)})
    write(path / "news", {"ferry.txt": "Ferry named\n\nThe ferry Corriedale was named by Ada Quill in Port Sable.\n"})
    traps = ("OPENAI_API_KEY=sk-trap", "FOOTNOTE_MODEL=openai:trap", "CHROMA_SERVER_HOST=trap.invalid",
             "CHROMA_SERVER_HTTP_PORT=no-number", "CHROMA_API_IMPL=trap.Trap")  # fmt: skip
    write(path, {".env": "\n".join(traps)})
    return path


@pytest.fixture(scope="module")
def whole_path(place: Path) -> Mapping[str, Any]:
    """What a program says that imports, indexes, asks, chats, searches and rebuilds, with a key in its environment."""
    arguments = (str(place / "store"), str(place / "news"), "Who named the ferry Corriedale?")
    finished = run(place, "-c", _PATH, *arguments, OPENAI_API_KEY="sk-trap", CHROMA_SERVER_HOST="trap.invalid")
    assert finished.returncode == 0, finished.stderr
    said: Mapping[str, Any] = json.loads(finished.stdout)
    return said


def test_whole_path_makes_no_network_call(place: Path, whole_path: Mapping[str, Any]) -> None:
    assert (place / "attempts").read_text() == ""
    assert whole_path["added"] == 7 and whole_path["found"] and whole_path["shown"]


def test_question_is_answered_offline(whole_path: Mapping[str, Any]) -> None:
    assert not whole_path["refused"] and "Ada Quill" in whole_path["text"] and whole_path["told"][0] is False


def test_bare_key_enables_no_model(whole_path: Mapping[str, Any]) -> None:
    assert (whole_path["mode"], whole_path["host"]) == ("extractive", None)


@pytest.mark.parametrize("command", [("ask", "Who is the mayor?"), ("doctor",)])
def test_command_without_an_index_makes_no_network_call(command: tuple[str, ...], place: Path) -> None:
    finished = run(place, "-m", "rag.cli", *command, OPENAI_API_KEY="sk-trap")
    assert finished.returncode in (0, 3), finished.stderr
    assert (place / "attempts").read_text() == ""


def test_guard_notices_a_call(tmp_path: Path) -> None:
    finished = run(tmp_path, "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')")
    assert finished.returncode != 0 and (tmp_path / "attempts").read_text()
