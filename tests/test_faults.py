"""Every way in which an endpoint can fail, through Python, through the terminal and through the page."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from index.embedding import MiniLM
from rag.assistant import Assistant
from rag.checking import Checker
from rag.cli import main
from rag.models import open_model
from rag.writing import Writer
from tests.browser.site import serving
from tests.model_faults import FAULTS, Outcome
from tests.model_server import ModelServer

QUESTION = "Who commanded the Quds Force in September 2019?"
# We never follow a redirect: only the host that was named receives anything.
EXPECTED: Mapping[str, Outcome] = {**FAULTS, "fault-redirect": "fallback"}
SECONDS: Mapping[Outcome, float] = {"answered": 15.0, "cut_off": 2.0, "fallback": 1.2}  # that a question may take
Ask = Callable[[str, float], "Seen"]
Page = tuple[Assistant, httpx.Client]


@pytest.fixture(scope="module")
def server(minilm: MiniLM) -> Iterator[ModelServer]:
    with ModelServer() as running:
        with Assistant.open(model="honest", base_url=running.base_url, embedder=minilm) as assistant:
            assistant.ask(QUESTION)  # indexes the samples and loads libraries, which no later question waits for
        yield running


@dataclass(frozen=True)
class Seen:
    """What a reader saw of an answer, on whatever way. `is_ours` says that the articles' own sentences stand in."""

    text: str
    is_ours: bool
    is_cut: bool
    seconds: float


def of_answer(answer: dict[str, Any], began: float) -> Seen:
    notes = {note["kind"] for note in answer["notes"]}
    is_ours, is_cut = answer["mode"] == "extractive", not answer["complete"]
    assert not answer["refused"] and ("model_failed" in notes, "cut_off" in notes) == (is_ours, is_cut)
    return Seen(answer["text"], is_ours, is_cut, time.monotonic() - began)


@pytest.fixture
def through_python(server: ModelServer, monkeypatch: pytest.MonkeyPatch, minilm: MiniLM) -> Ask:
    def ask(model: str, seconds: float) -> Seen:
        monkeypatch.setenv("FOOTNOTE_MODEL_SECONDS", str(seconds))
        with Assistant.open(model=model, base_url=server.base_url, embedder=minilm) as assistant:
            began = time.monotonic()
            return of_answer(assistant.ask(QUESTION).to_dict(), began)

    return ask


@pytest.fixture
def through_the_terminal(server: ModelServer, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Ask:
    def ask(model: str, seconds: float) -> Seen:
        monkeypatch.setenv("FOOTNOTE_MODEL_SECONDS", str(seconds))
        flags = ["--json", "--model", model, "--base-url", server.base_url]
        monkeypatch.setattr(sys, "argv", ["rag", "ask", QUESTION, *flags])
        began = time.monotonic()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err and ended.value.code == 0
        return of_answer(json.loads(out), began)

    return ask


@pytest.fixture(scope="module")
def page(minilm: MiniLM) -> Iterator[Page]:
    """The page as it is served, over an assistant whose model each test sets, and a browser's stand-in."""
    with (
        Assistant.open(embedder=minilm) as assistant,
        serving(assistant) as url,
        httpx.Client(base_url=url, timeout=30) as browser,
    ):
        assistant.ask(QUESTION)  # what loads once
        yield assistant, browser


@pytest.fixture
def through_the_page(server: ModelServer, page: Page) -> Ask:
    assistant, browser = page

    def ask(model: str, seconds: float) -> Seen:
        began = time.monotonic()
        with closing(open_model(model, server.base_url)) as llm:
            assistant.writer = Writer(llm, Checker(), seconds)
            told = browser.post("gradio_api/call/ask", json={"data": [{"question": QUESTION}]}).json()
            lines = browser.get(f"gradio_api/call/ask/{told['event_id']}").text.splitlines()
        events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: [")]
        return of_answer(next(event["answer"] for (event,) in events if "answer" in event), began)

    return ask


@pytest.mark.parametrize("way", ["through_python", "through_the_terminal", "through_the_page"])
@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_never_blanks_or_cuts_an_answer_silently(
    server: ModelServer, fault: str, way: str, request: pytest.FixtureRequest
) -> None:
    expected = EXPECTED[fault]
    seconds = SECONDS[expected]
    server.reset()
    seen = request.getfixturevalue(way)(fault, seconds)
    assert 1 <= len(server.requests()) <= 3 and seen.seconds < seconds + 6  # on a busy machine; twelve retries took 36
    assert "Soleimani" in seen.text
    assert (seen.is_ours, seen.is_cut) == (expected == "fallback", expected == "cut_off")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1", "https://127.0.0.1:{port}/v1"]
)
def test_what_cannot_be_reached_is_said_and_the_articles_answer(
    server: ModelServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_MODEL_SECONDS", "2")
    url = url.format(port=server.base_url.rsplit(":", 1)[1].partition("/")[0])
    with Assistant.open(model="honest", base_url=url) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "extractive" and answer.complete and answer.sentences
    assert answer.notes[0].kind == "model_failed" and "cannot be reached" in answer.notes[0].text
