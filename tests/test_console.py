"""Where text goes to the terminal: nothing that somebody else wrote steers it, and JSON stays exact."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.render import inert_line
from tests.fakes import write
from tests.terminals import PROJECT, terminal

# A title, colours, a link, C1 forms of them, a bell, backspaces, a carriage return, turns of direction, and the rest.
HOSTILE = (
    "\x1b]0;owned\x07", "\x1b[31m", "\x1b]8;;http://e.invalid\x1b\\", "\x1b[2J\x1b[H", "\x9b31m", "\x9d0;owned\x9c",
    "\x07", "\x08\x08\x08", "\r", "\x0b\x0c", "\u202eevil\u202c", "\u2066", "\u200f", "\x1bP+q\x1b\\", "\x1bc", "\x7f",
    "\x85", "\u2028", "\u061c",
)  # fmt: skip
EVIL = "".join(HOSTILE)
INLINE = re.sub("[\x07\x08\r\x0b\x0c\x85\u2028]", "", EVIL)  # breaks no sentence
QUESTION = "Who keeps the lighthouse of Skellmouth?"


def rag(place: Path, *arguments: str, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rag.cli", *arguments, "--store", "store"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **variables}
    done = subprocess.run(command, cwd=place, env=environment, input=text.encode(), capture_output=True, timeout=120)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def check_inert(text: str) -> None:
    """Fails if anything but new lines steers a terminal."""
    steering = [char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")]
    turning = re.findall("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert steering == turning == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hostile articles, and their index in `store`."""
    base = tmp_path_factory.mktemp("console")
    said = f"Bo {INLINE}Fry keeps the light{HOSTILE[0]}house of Skellmouth."
    record = {"id": f"x{EVIL}y", "title": f"Kept {EVIL}well", "publisher": f"The {EVIL}Gull", "published": "2021-03-03",
              "url": f"http://e.invalid/{EVIL}", "author": f"Ada {EVIL}Quill", "text": f"{said} He is paid 40 crowns."}
    write(base / "news", {
        "plain.txt": f"Keeper {EVIL}named\n\nThe Sable Post, March 3, 2021 —\n\n{said}\n",
        f"name{HOSTILE[0]}{HOSTILE[1]}\x07\u202e.txt": f"Keeper again\n\n{said} He lives in the tower.\n",
        "records.json": json.dumps([record]),
        f"picture{HOSTILE[0]}{HOSTILE[4]}.txt": b"\x00\x01",
        f"broken\x1b[31m{HOSTILE[10]}.json": "{",
    })  # fmt: skip
    done = rag(base, "index", "news")
    assert done.returncode == 0 and "skipped" in done.stderr
    check_inert(done.stdout + done.stderr)
    return base


COMMANDS = {
    "ask": ("ask", QUESTION),
    "refusal": ("ask", "Who painted the lighthouse of Skellmouth green?"),
    "question": ("ask", f"{QUESTION} {EVIL}"),
    "search": ("search", "keeps the lighthouse"),
    "articles": ("articles",),
    "doctor": ("doctor",),
    "missing file": ("verify", f"no{EVIL}.json"),
    "wrong root": ("articles", "--remove", f"no{EVIL}"),
    "wrong day": ("ask", QUESTION, "--as-of", f"2021{EVIL}"),
    "wrong folder": ("index", f"no{EVIL}"),
    "wrong publisher": ("ask", QUESTION, "--publisher", f"no{EVIL}"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_that_was_printed_steers_the_terminal(place: Path, name: str) -> None:
    done = rag(place, *COMMANDS[name])
    assert done.stdout + done.stderr and done.returncode in (0, 1, 3) and "Traceback" not in done.stderr
    check_inert(done.stdout + done.stderr)


def test_a_chat_prints_nothing_that_steers(place: Path) -> None:
    done = rag(place, "chat", text=f"{QUESTION}\n{QUESTION} {EVIL.replace(chr(13), '')}\n")
    assert "Fry keeps the" in done.stdout
    check_inert(done.stdout + done.stderr)


def test_what_changed_is_told_without_what_steers(place: Path) -> None:
    answer = json.loads(rag(place, "ask", QUESTION, "--json").stdout)
    forged = [{**citation, "quote": citation["quote"].replace("keeps", "kept")} for citation in answer["citations"]]
    write(place, {"forged.json": json.dumps({**answer, "citations": forged})})
    done = rag(place, "verify", "forged.json")
    assert "it now says" in done.stdout
    check_inert(done.stdout + done.stderr)


@pytest.mark.parametrize("command", [("ask", QUESTION), ("search", "lighthouse"), ("articles",)])
def test_json_is_exact_and_inert(place: Path, command: tuple[str, ...]) -> None:
    done = rag(place, *command, "--json")
    check_inert(done.stdout)
    held = json.dumps(json.loads(done.stdout), ensure_ascii=False)
    assert "\x9b31m" in held and "\u202e" in held and json.dumps("\x1b[2J")[1:-1] in held


def test_json_is_exact_where_the_terminal_knows_no_unicode(place: Path) -> None:
    codes = ("ascii", "utf-8")
    answers = [json.loads(rag(place, "ask", QUESTION, "--json", PYTHONIOENCODING=code).stdout) for code in codes]
    assert answers[0] == answers[1]


def test_a_bug_that_quotes_an_article_is_told_without_what_steers(tmp_path: Path) -> None:
    program = (
        "import logging, warnings, typer; from rag.cli import main; from rag.console import progress, working, say\n"
        "app = typer.Typer(pretty_exceptions_enable=False)\n"
        "evil = chr(27) + ']0;x' + chr(7) + chr(0x9b) + '31m' + chr(8)\n"
        "@app.command()\n"
        "def fail():\n"
        "    warnings.warn('w ' + evil); logging.getLogger('pdf').warning('l %s', evil)\n"
        "    with progress() as show, working('w' + evil): show('reading' + evil, 0, 1)\n"
        "    say('s ' + evil); raise ValueError('v ' + evil)\n"
        "main(app)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, timeout=120)
    told = done.stderr.decode()
    assert done.returncode == 1 and all(f"{letter} 31m"[:2] in told for letter in "wlsv") and "ValueError" in told
    check_inert(told)


@given(st.text())
def test_a_line_stays_one_line_and_keeps_every_visible_character(text: str) -> None:
    line = inert_line(text)
    check_inert(line)
    assert "\n" not in line and inert_line(line) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Wall \x1b[1;31mRED\x1b[0m", "Wall RED"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://e.invalid\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x9b31mb", "ab"),
        ("one\r\ntwo", "one  two"),
        ("[31m is no sequence", "[31m is no sequence"),
        ("  two  spaces", "  two  spaces"),
        ("Zoë, \u05e9\u05dc\u05d5\u05dd, 👩‍🚒, 5\u00a0km", "Zoë, \u05e9\u05dc\u05d5\u05dd, 👩‍🚒, 5\u00a0km"),
        ("an unfinished \x1b]0;title", "an unfinished ]0;title"),
    ],
)
def test_a_sequence_goes_whole_and_visible_text_stays(text: str, shown: str) -> None:
    assert inert_line(text) == shown


def test_a_terminal_gets_styles_a_pipe_and_no_color_do_not(place: Path) -> None:
    def styled(**variables: str) -> bool:
        with terminal(place, "ask", QUESTION, "--store", "store", **variables) as screen:
            assert screen.leave() == 0 and "Fry keeps" in screen.screen
        return any(style in screen.raw for style in ("\x1b[1m", "\x1b[2m", "\x1b[32m"))

    assert styled() and not styled(NO_COLOR="1") and not styled(TERM="dumb")
    assert "\x1b" not in rag(place, "ask", QUESTION).stdout


@pytest.mark.parametrize("columns", [40, 72])
def test_lines_are_as_wide_as_the_terminal(place: Path, columns: int) -> None:
    for command in (("ask", QUESTION), ("search", "keeps the lighthouse")):
        lines = rag(place, *command, COLUMNS=str(columns)).stdout.splitlines()
        assert columns / 2 < max(map(len, lines)) <= columns
