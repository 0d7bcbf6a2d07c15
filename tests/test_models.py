"""Language models as they are: every way in which an endpoint can fail, through Python, the terminal and the page."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
from llama_index.core.llms.custom import CustomLLM

from index.article import UserError
from index.embedding import MiniLM
from rag.answer import Answer
from rag.assistant import Assistant
from rag.checking import Checker
from rag.checkup import check
from rag.citing import without_thoughts
from rag.cli import main
from rag.models import Allowance, Endpoint, ModelError, open_model, read
from rag.prompts import Message
from rag.settings import SETTINGS_FILE
from rag.writing import Writer
from tests.browser.site import serving
from tests.model_faults import FAULTS
from tests.model_server import ModelServer

QUESTION = "Who commanded the Quds Force in September 2019?"
SECONDS = 1.5  # that a question may take; less where waiting longer brings nothing
# We never follow a redirect: only the host that was named receives anything.
EXPECTED = dict(FAULTS) | {"fault-redirect": "fallback"}
HELLO = (Message("user", "Question: what?"),)
Ask = Callable[[str, float], "Seen"]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running, Assistant.open() as assistant:
        assistant.search("index the samples once, so that no question waits for it")
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
def page(minilm: MiniLM) -> Iterator[tuple[Assistant, httpx.Client]]:
    """The page as it is served, over an assistant whose model each test sets, and a browser's stand-in."""
    with Assistant.open(embedder=minilm) as assistant, serving(assistant) as url:
        with httpx.Client(base_url=url, timeout=30) as browser:
            yield assistant, browser


@pytest.fixture
def through_the_page(server: ModelServer, page: tuple[Assistant, httpx.Client]) -> Ask:
    assistant, browser = page

    def ask(model: str, seconds: float) -> Seen:
        wired = browser.get("config").json()["dependencies"]
        submit = next(event["id"] for event in wired if event["targets"][0][1] == "submit")
        began = time.monotonic()
        with closing(open_model(model, server.base_url)) as llm:
            assistant.writer = Writer(llm, Checker(), seconds)
            session = {"session_hash": f"{model}-{began}"}
            browser.post("gradio_api/queue/join", json={"data": [QUESTION, None], "fn_index": submit, **session})
            events = browser.get("gradio_api/queue/data", params=session).text.splitlines()
        done = next(event for event in map(_event, events) if event.get("msg") == "process_completed")
        html = done["output"]["data"][0][-1]["content"][0]["text"]
        assert done["success"] and "answer problem" not in html
        is_ours, is_cut = "language model did not answer" in html, "answer breaks off" in html
        return Seen(html.partition('class="heading"')[0], is_ours, is_cut, time.monotonic() - began)

    return ask


def _event(line: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(line.removeprefix("data:") or "{}")
    return event


@pytest.mark.parametrize("way", ["through_python", "through_the_terminal", "through_the_page"])
@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_never_blanks_or_cuts_an_answer_silently(
    server: ModelServer, fault: str, way: str, request: pytest.FixtureRequest
) -> None:
    expected = EXPECTED[fault]
    seconds = SECONDS if expected == "answered" else SECONDS / 2
    server.reset()
    seen = request.getfixturevalue(way)(fault, seconds)
    assert 1 <= len(server.requests()) <= 3 and seen.seconds < seconds + 2
    assert "Soleimani" in seen.text
    assert (seen.is_ours, seen.is_cut) == (expected == "fallback", expected == "cut_off")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1", "https://127.0.0.1:{port}/v1"]
)
def test_what_cannot_be_reached_is_said_and_the_articles_answer(
    server: ModelServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_MODEL_SECONDS", "0.4")
    url = url.format(port=server.base_url.rsplit(":", 1)[1].partition("/")[0])
    with Assistant.open(model="honest", base_url=url) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "extractive" and answer.complete and answer.sentences
    assert [note.kind for note in answer.notes] == ["model_failed"] and "cannot be reached" in answer.notes[0].text


def ask(llm: Endpoint, seconds: float = SECONDS) -> str:
    with closing(llm):
        return "".join(read(llm, HELLO, Allowance(seconds)))


@pytest.mark.parametrize(
    ("model", "kind"),
    [("fault-401", "auth"), ("fault-429-retry-3600", "rate_limited"), ("fault-500", "unavailable"),
     ("fault-200-html", "malformed"), ("fault-finish-length", "truncated"), ("fault-stall-before-first", "timeout")],
)  # fmt: skip
def test_an_error_is_one_of_six_kinds(server: ModelServer, model: str, kind: str) -> None:
    server.reset()
    with pytest.raises(ModelError) as error:
        ask(open_model(model, server.base_url), SECONDS / 2)
    assert error.value.kind == kind


@pytest.mark.parametrize("model", ["thinking", "thinking-field", "unclosed-thinking"])
def test_what_a_model_thinks_is_never_shown(server: ModelServer, model: str) -> None:
    from tests.model_server import THOUGHT

    with Assistant.open(model=model, base_url=server.base_url) as assistant:
        answer = assistant.ask(QUESTION)
    assert not any(part in answer.text for part in THOUGHT.split(". ")) and answer.sentences
    assert answer.mode == ("extractive" if model == "unclosed-thinking" else "model")


@pytest.mark.parametrize(
    "pieces", [["<think>hm</think>Yes."], ["<th", "ink>h", "m</", "thi", "nk>", "Yes", "."], ["Yes.<think>hm"], ["Yes."]]
)
def test_thoughts_are_taken_out_however_they_are_cut(pieces: list[str]) -> None:
    assert "".join(without_thoughts(pieces)) == "Yes."


def test_a_key_in_the_environment_enables_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    with Assistant.open() as assistant:
        assert assistant.mode == "extractive" and assistant.model_host is None


def test_openai_without_a_key_is_said_before_anything_is_asked() -> None:
    with pytest.raises(UserError, match="OPENAI_API_KEY"):
        Assistant.open(model="gpt-5-mini")


def test_an_address_that_is_none_is_a_clear_error() -> None:
    with pytest.raises(UserError, match="no address"):
        Assistant.open(model="x", base_url="localhost:11434")


def test_the_host_that_receives_text_is_named_without_its_credentials(server: ModelServer) -> None:
    with Assistant.open(model="x", base_url="http://user:secret@127.0.0.1:1/v1") as assistant:
        assert assistant.model_host == "127.0.0.1:1" and assistant.mode == "model"


@pytest.mark.parametrize(("model", "is_well"), [("honest", True), ("fault-401", False), ("fault-404-model", False)])
def test_the_doctor_says_whether_the_model_answers(server: ModelServer, model: str, is_well: bool) -> None:
    server.reset()
    with Assistant.open(model=model, base_url=server.base_url) as assistant:
        *_, finding = check(assistant)
    assert finding.is_well == is_well and model in finding.text


class Fixed(CustomLLM):
    """A LlamaIndex LLM that says one thing, or breaks."""

    says: str
    breaks: bool = False

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="fixed", context_window=900)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.says)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Iterator[CompletionResponse]:
        for at in range(0, len(self.says), 5):
            yield CompletionResponse(text=self.says[: at + 5], delta=self.says[at : at + 5])
        if self.breaks:
            raise RuntimeError("out of memory")


def test_any_llamaindex_llm_can_write(server: ModelServer) -> None:
    said = "Qassem Soleimani commanded the Quds Force in September 2019 [1]. The moon is made of green cheese [1]."
    with Assistant.open(model=Fixed(says=said)) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "model" and "Soleimani" in answer.text and "moon" not in answer.text
    assert {note.kind for note in answer.notes} == {"dropped", "prompt_shortened"}
    assert assistant.model_host == "Fixed"


def test_a_llamaindex_llm_that_breaks_leaves_the_articles_own_sentences() -> None:
    with Assistant.open(model=Fixed(says="", breaks=True)) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "extractive" and answer.sentences and "out of memory" in answer.notes[0].text


def test_a_follow_up_is_rewritten_by_the_model_within_three_requests(server: ModelServer) -> None:
    server.reset()
    server.script("Who commanded the Quds Force in September 2019?")
    with Assistant.open(model="honest", base_url=server.base_url) as assistant:
        chat = assistant.chat()
        chat.ask("What is the Quds Force, and what happened in September 2019?")
        before = len(server.requests())
        answer = chat.ask("Who commanded it then?")
    assert answer.asked_as == QUESTION and isinstance(answer, Answer)
    assert len(server.requests()) - before == 2


def test_a_rewriting_that_makes_up_a_name_is_not_used(server: ModelServer) -> None:
    server.reset()
    server.script("Who commanded the Martian Fleet in 2031?")
    with Assistant.open(model="honest", base_url=server.base_url) as assistant:
        chat = assistant.chat()
        chat.ask(QUESTION)
        assert "Mar" not in chat.ask("And who commanded it later?").asked_as
