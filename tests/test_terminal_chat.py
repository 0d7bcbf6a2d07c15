"""`rag chat` in a real pseudo-terminal: greeting, line editing, history, Ctrl-C, Ctrl-D, and the same from a pipe."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from rag.terminal_chat import HISTORY_LENGTH
from tests.fakes import write
from tests.model_server import ModelServer
from tests.terminals import PROJECT, Terminal, terminal
from tests.test_cli import rag
from tests.test_extracting import FERRY, SUNK

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

QUESTION = "Who opened the new bridge at Norrvik?"
UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"
PROMPT = "\n> "


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index in `store`."""
    base = tmp_path_factory.mktemp("chat")
    said = "Mayor Ida Venn opened the new bridge at Norrvik on Tuesday. The bridge cost 4 million crowns."
    write(base / "news", {"bridge.txt": f"Bridge opens\n\nThe Norrvik Post, March 3, 2021 —\n\n{said}\n"})
    indexing = [sys.executable, "-m", "rag.cli", "index", "news", "--store", "store"]
    subprocess.run(indexing, cwd=base, env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=True)
    return base


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of articles that say more than an answer shows."""
    base = tmp_path_factory.mktemp("ferry")
    write(base / "news", {name: f"Harbour\n\n{text}\n" for name, text in FERRY.items()})
    done = rag("index", "news", "--store", "store", cwd=base)
    assert done.returncode == 0
    return base


def chat(place: Path, state: Path, *arguments: str, to: Path | None = None) -> AbstractContextManager[Terminal]:
    return terminal(place, "chat", "--store", "store", *arguments, to=to, XDG_STATE_HOME=str(state))


def leave(screen: Terminal) -> None:
    screen.type(CTRL_D)
    assert screen.leave() == 0


def test_the_greeting_says_what_is_loaded_who_answers_and_how_to_leave(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        greeting = screen.wait_for(PROMPT)
        leave(screen)
    for words in ("Loading", "1 article", "newest 3 March 2021", "'store'", "No language model", "/help", "Ctrl-D"):
        assert words in greeting


def test_the_greeting_names_the_samples_and_the_model(place: Path, tmp_path: Path) -> None:
    write(tmp_path / "config" / "footnote", {"settings.toml": ""})
    model = ("--model", "tiny", "--base-url", "http://127.0.0.1:9/v1")
    with terminal(place, "chat", *model, XDG_STATE_HOME=str(tmp_path)) as screen:
        greeting = screen.wait_for(PROMPT)
        leave(screen)
    assert "the sample articles" in greeting and "'tiny'" in greeting and "rag index FOLDER" in greeting


def test_a_question_is_answered_once_with_its_source_below(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type(f"{QUESTION}\n")
        answer = screen.wait_for(PROMPT)
        leave(screen)
    assert answer.count("Mayor Ida") == answer.count("bridge.txt") == 1
    assert answer.index("Mayor Ida") < answer.index("[1] bridge.txt")


def test_a_line_is_edited_and_what_was_asked_comes_back(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type("/nonsens\x7f\x7f\x1b[D\x1b[D\x1b[De\x1b[Fe\n")  # two deleted, three back, to the end
        screen.wait_for("There is no command /noensee;")
        screen.type(UP)
        screen.wait_for("/noensee")
        screen.type("\x15" + CTRL_D)  # Ctrl-U clears the line
        assert screen.leave() == 0


def test_questions_come_back_in_the_next_conversation_from_a_private_file(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type(f"{QUESTION}\n")
        screen.wait_for(PROMPT)
        leave(screen)
    [file] = (tmp_path / "footnote").iterdir()
    assert file.read_text() == f"{QUESTION}\n" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type(UP)
        screen.wait_for(QUESTION)
        screen.type("\x15" + CTRL_D)
        assert screen.leave() == 0


def test_the_history_is_bounded(place: Path, tmp_path: Path) -> None:
    file = tmp_path / "footnote" / "questions.txt"
    write(file.parent, {file.name: "".join(f"question {number}\n" for number in range(HISTORY_LENGTH + 50))})
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        leave(screen)
    lines = file.read_text().splitlines()
    assert len(lines) == HISTORY_LENGTH and lines[-1] == f"question {HISTORY_LENGTH + 49}"


def test_a_history_that_cannot_be_kept_is_said_and_no_more(place: Path, tmp_path: Path) -> None:
    write(tmp_path, {"footnote": "a file where the folder should be"})
    with chat(place, tmp_path) as screen:
        assert "Earlier questions are not available" in screen.wait_for(PROMPT)
        screen.type(f"{QUESTION}\n")
        assert "Mayor Ida" in screen.wait_for(PROMPT)
        leave(screen)


def test_ctrl_c_clears_the_line_and_an_empty_line_does_nothing(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type("half a quest")
        screen.wait_for("half a quest")
        screen.press_until(CTRL_C, "Press Ctrl-D to quit.")
        screen.type("\n\n/help\n")
        assert "Ctrl-C" in screen.wait_for("/quit")
        screen.type("/quit\n")
        assert screen.leave() == 0
    assert "Traceback" not in screen.screen


def test_ctrl_c_stops_an_answer_and_the_conversation_goes_on(place: Path, tmp_path: Path) -> None:
    with ModelServer() as server:
        model = ("--model", "slow-60000", "--base-url", server.base_url)
        with chat(place, tmp_path, *model) as screen:
            screen.wait_for(PROMPT)
            screen.type(f"{QUESTION}\n")
            screen.wait_for("Searching")
            while not server.requests():
                pass
            screen.type(CTRL_C)
            screen.wait_for("Stopped.")
            screen.type("/help\n")
            screen.wait_for("/new")
            screen.wait_for(PROMPT)
            leave(screen)
    assert "Traceback" not in screen.screen


def test_an_error_is_said_and_the_conversation_goes_on(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        for _ in range(21):  # a terminal's line holds 4,095 characters, and readline has no such limit
            screen.type("a " * 50)
        screen.type("\n")
        screen.wait_for("at most 2,000 characters")
        screen.wait_for(PROMPT)
        leave(screen)


def test_a_new_conversation_remembers_nothing(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type(f"{QUESTION}\n")
        screen.wait_for(PROMPT)
        screen.type("/new\n")
        screen.wait_for("New conversation")
        screen.wait_for(PROMPT)
        screen.type("Why?\n")
        assert "Interpreted" not in screen.wait_for(PROMPT)
        leave(screen)


def test_prompts_stay_out_of_a_file_that_gets_the_answers(place: Path, tmp_path: Path) -> None:
    with chat(place, tmp_path, to=tmp_path / "answers.txt") as screen:
        screen.wait_for(PROMPT)
        screen.type(f"{QUESTION}\n")
        screen.wait_for(PROMPT)
        leave(screen)
    answers = (tmp_path / "answers.txt").read_text()
    assert "Mayor Ida" in answers and ">" not in answers and "Footnote answers" not in answers and "\x1b" not in answers


@pytest.mark.parametrize("lines", [f"{QUESTION}\n", f"\n{QUESTION}\n\n\n", QUESTION])
def test_questions_from_a_pipe_are_answered_without_greeting_or_history(
    place: Path, tmp_path: Path, lines: str
) -> None:
    command = [sys.executable, "-m", "rag.cli", "chat", "--store", "store"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run(command, cwd=place, env=environment, input=lines, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count("Mayor Ida") == 1
    assert not (tmp_path / "state").exists()


def test_more_shows_what_else_the_articles_say_on_the_last_question(ferry: Path, tmp_path: Path) -> None:
    with chat(ferry, tmp_path) as screen:
        screen.wait_for(PROMPT)
        screen.type("/more\n")
        screen.wait_for(PROMPT)
        screen.type(f"{SUNK}\n")
        assert "More from the articles" not in screen.wait_for("more sentences: /more")
        screen.wait_for(PROMPT)
        screen.type("/more\n")
        screen.wait_for("More from the articles:")
        assert "1. sinking.txt · undated" in screen.wait_for(PROMPT)
        leave(screen)


def test_a_question_asked_in_a_terminal_says_how_to_see_more_and_in_a_pipe_does_not(ferry: Path) -> None:
    with terminal(ferry, "ask", SUNK, "--store", "store") as screen:
        assert "More from the articles" not in screen.wait_for("more sentences: --more")
        assert screen.leave() == 0
    piped = rag("ask", SUNK, "--store", "store", cwd=ferry)
    assert piped.stderr == "" and "more" not in piped.stdout.lower()
    whole = rag("ask", SUNK, "--more", "--store", "store", cwd=ferry)
    assert whole.stderr == "" and whole.stdout.startswith(f"{piped.stdout}\nMore from the articles:\n1. sinking.txt")
