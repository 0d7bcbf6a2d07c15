"""The command line: what goes where, and the exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ARTICLE = (
    "Bridge opens\n\nThe Norrvik Post, March 3, 2021 —\n\nMayor Ida Venn opened the new bridge at Norrvik on Tuesday.\n"
)


def rag(*arguments: str, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rag.cli", *arguments]
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=cwd, env=environment, input=text, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles in `news`, indexed into `store`."""
    base = tmp_path_factory.mktemp("cli")
    (base / "news").mkdir()
    (base / "news" / "bridge.txt").write_text(ARTICLE, encoding="utf-8")
    (base / "news" / "picture.txt").write_bytes(b"\x00\x01\x02")
    done = rag("index", "news", "--store", "store", cwd=base)
    assert done.returncode == 0 and done.stdout == ""
    assert "1 added" in done.stderr and "skipped picture.txt" in done.stderr
    return base


def test_an_answer_goes_to_stdout_with_its_footnote(folder: Path) -> None:
    done = rag("ask", "Who opened the new bridge at Norrvik?", "--store", "store", cwd=folder)
    assert done.returncode == 0 and done.stderr == ""
    assert "[1] bridge.txt · The Norrvik Post · 3 March 2021" in done.stdout


def test_json_is_the_answer_and_verifies(folder: Path) -> None:
    done = rag("ask", "Who opened the new bridge at Norrvik?", "--json", "--store", "store", cwd=folder)
    answer = json.loads(done.stdout)
    assert answer["citations"][0]["path"] == "bridge.txt" and not answer["refused"]
    (folder / "answer.json").write_text(done.stdout, encoding="utf-8")
    assert rag("verify", "answer.json", "--store", "store", cwd=folder).returncode == 0
    answer["citations"][0]["quote"] = "Mayor Ida Venn closed the bridge."
    (folder / "forged.json").write_text(json.dumps(answer), encoding="utf-8")
    forged = rag("verify", "forged.json", "--store", "store", cwd=folder)
    assert forged.returncode == 1 and "no longer says this" in forged.stdout


def test_a_refusal_exits_with_three(folder: Path) -> None:
    assert rag("ask", "How is marzipan made?", "--store", "store", cwd=folder).returncode == 3


@pytest.mark.parametrize(
    "arguments", [("index", "nowhere"), ("verify", "news/bridge.txt"), ("articles", "--remove", "none"), ("ask", " ")]
)
def test_a_problem_is_a_line_on_stderr_and_exit_one(folder: Path, arguments: tuple[str, ...]) -> None:
    done = rag(*arguments, "--store", "store", cwd=folder)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr and "Traceback" not in done.stderr


def test_a_folder_without_articles_is_told_which_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "quay.dwg").write_bytes(b"AC1032")
    done = rag("index", "plans", "--store", "store", cwd=tmp_path)
    assert "No articles in 'plans'" in done.stderr and ".md" in done.stderr and ".jsonl" in done.stderr


@pytest.mark.parametrize("verb", ["ask", "search", "chat", "web"])
def test_whoever_asks_a_store_that_is_not_there_is_told_so(verb: str, tmp_path: Path) -> None:
    words = ["Who?"] if verb in ("ask", "search") else ["--no-open"] if verb == "web" else []
    done = rag(verb, *words, "--store", "absent", cwd=tmp_path, text="Who?\n")
    assert done.returncode == 1 and done.stdout == ""
    assert "There is no index in 'absent'" in done.stderr and "rag index" in done.stderr


def test_whoever_has_no_index_is_told_that_samples_answer(folder: Path) -> None:
    done = rag("ask", "Who commanded the Quds Force in September 2019?", cwd=folder)
    assert done.returncode == 0 and "Soleimani" in done.stdout
    assert done.stderr.count("\n") == 1 and "sample articles" in done.stderr


def test_wrong_usage_exits_with_two(folder: Path) -> None:
    assert rag("ask", cwd=folder).returncode == 2


def test_search_lists_passages_as_json(folder: Path) -> None:
    [found] = json.loads(rag("search", "bridge", "--json", "--store", "store", cwd=folder).stdout)
    assert list(found) == ["root", "path", "title", "publisher", "published", "start", "end", "text", "score"]
    assert ARTICLE[found["start"] : found["end"]] == found["text"]


def test_doctor_finds_a_whole_index_well(folder: Path) -> None:
    done = rag("doctor", "--store", "store", cwd=folder)
    assert done.returncode == 0 and "BAD" not in done.stdout


def test_a_chat_answers_line_by_line(folder: Path) -> None:
    done = rag("chat", "--store", "store", cwd=folder, text="Who opened the new bridge at Norrvik?\n\n")
    assert done.returncode == 0 and "Ida Venn" in done.stdout


def test_a_wrong_setting_is_named(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", "articles"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "FOOTNOTE_PORT": "many"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1 and "FOOTNOTE_PORT" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, where every write finds the disk full")
def test_full_disk_behind_stdout_is_one_sentence() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        asked = [sys.executable, "-m", "rag.cli", "ask", "Who commanded the Quds Force in September 2019?"]
        finished = subprocess.run(asked, stdout=full, stderr=subprocess.PIPE, text=True, cwd=PROJECT)
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1] == "Cannot write the answer: the disk is full."
