"""The command `llm` (Simon Willison's) asks a real server: answers with their sources, refusals, errors, load."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.load import QUESTIONS
from tests.model_server import ModelServer
from tests.served import NAMED, QUESTION, REFUSED, served

DOCS = Path(__file__).resolve().parents[1] / "docs" / "programs.md"
PATIENCE_SECONDS = 60.0
SLOW = "slow-50"
AT_ONCE = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
import llm
model = llm.get_model("footnote")
with ThreadPoolExecutor(20) as people:
    told = list(people.map(lambda question: model.prompt(question).text(), json.loads(sys.argv[1])))
print(json.dumps(told))
"""
Run = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def run(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Starts a Python with `llm` set up as the docs say, and with our slow language model as `slow`."""
    folder = tmp_path_factory.mktemp("llm")
    with served("serve", "--model", SLOW, "--base-url", model.base_url) as address:
        entry = re.findall(r"^```yaml\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[0]
        ours: list[dict[str, Any]] = yaml.safe_load(entry.replace("http://127.0.0.1:7860/", address))
        slow = {**ours[0], "model_id": "slow", "model_name": f"footnote+{SLOW}"}
        (folder / "extra-openai-models.yaml").write_text(yaml.safe_dump([*ours, slow]), encoding="utf-8")
        environment = {**os.environ, "LLM_USER_PATH": str(folder), "PYTHONUNBUFFERED": "1"}
        pipe, none = subprocess.PIPE, subprocess.DEVNULL

        def start(*arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, *arguments]
            return subprocess.Popen(command, env=environment, stdin=none, stdout=pipe, stderr=pipe, text=True)

        yield start


def said(run: Run, *arguments: str, code: int = 0) -> str:
    """What `llm ARGUMENTS` prints, with an error where it ends with another code."""
    with run("-m", "llm", *arguments) as process:
        out, error = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == code, error
    return error if code else out


@pytest.mark.parametrize("way", [(), ("--no-stream",)], ids=["streamed", "whole"])
def test_an_answer_has_its_sources(run: Run, way: tuple[str, ...]) -> None:
    told = said(run, "-m", "footnote", *way, QUESTION)
    answer, _, sources = told.partition("\n\nSources:\n")
    assert NAMED in answer and answer.split("\n\n")[0].endswith("[1]")
    assert re.match(r"\[1\] .*? http://127\.0\.0\.1:\d+/article\?root=", sources)


def test_a_refusal_shows_what_comes_near(run: Run) -> None:
    told = said(run, "-m", "footnote", REFUSED)
    assert "do not answer this" in told and "\n\nClosest passages:\n- “" in told


def test_a_conversation_is_continued(run: Run) -> None:
    first = "How much will the container terminal at Skellmouth cost?"
    said(run, "-m", "footnote", first)
    told = said(run, "-c", "And when will it open?")
    assert f"Interpreted as “And when will it open? (after: {first}" in told
    assert "terminal" in told.split("\n\n")[0]


def test_an_error_is_told(run: Run) -> None:
    assert re.match(r"Error: .*at most 2,000 characters", said(run, "-m", "footnote", "x" * 2001, code=1))


def test_a_cancelled_stream_stops_the_work(run: Run, model: ModelServer) -> None:
    with run("-m", "llm", "-m", "slow", QUESTION) as process:
        assert process.stdout is not None
        text = ""
        while "]" not in text and (came := process.stdout.read(1)):
            text += came
        assert text.endswith("]") and process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while model.left() == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert model.left() == 1, "the model was asked to the end for nobody"


def test_twenty_at_once_each_get_their_own_answer(run: Run) -> None:
    asked = [QUESTIONS[number % len(QUESTIONS)] for number in range(20)]
    with run("-c", AT_ONCE, json.dumps(asked)) as process:
        out, error = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, error
    answers: dict[str, set[str]] = {}
    for question, text in zip(asked, json.loads(out), strict=True):
        answers.setdefault(question, set()).add(text)
    assert {len(texts) for texts in answers.values()} == {1}
    assert len(set.union(*answers.values())) == len(QUESTIONS)
