"""Language models: endpoints and what they are asked, whose they are, and what the doctor says of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import Any

import httpx
import pytest
from llama_index.core.base.llms.types import ChatMessage

from index.article import UserError
from rag.answer import Answer
from rag.assistant import Assistant
from rag.checkup import check
from rag.cli import main
from rag.models import Allowance, Endpoint, ModelError, open_model, read
from rag.settings import SETTINGS_FILE
from rag.writing import MAX_SENTENCES
from tests.fakes import Fixed
from tests.model_server import ModelServer

QUESTION = "Who commanded the Quds Force in September 2019?"
HELLO = (ChatMessage("Question: what?"),)
HELLO_EVENTS = b'data: {"choices": [{"delta": {"content": "Hello."}}]}\n\ndata: [DONE]\n\n'
URL = "http://127.0.0.1:9/v1"  # where nobody listens


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def ask(llm: Endpoint, seconds: float = 10.0) -> str:
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
        ask(open_model(model, server.base_url), 1.0)
    assert error.value.kind == kind


@pytest.mark.parametrize("model", ["thinking", "thinking-field", "unclosed-thinking"])
def test_what_a_model_thinks_is_never_shown(server: ModelServer, model: str) -> None:
    from tests.model_server import THOUGHT

    with Assistant.open(model=model, base_url=server.base_url) as assistant:
        answer = assistant.ask(QUESTION)
    assert not any(part in answer.text for part in THOUGHT.split(". ")) and answer.sentences
    assert answer.mode == ("extractive" if model == "unclosed-thinking" else "model")


def test_a_key_or_an_empty_name_in_the_environment_enables_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("FOOTNOTE_MODEL", "")
    with Assistant.open() as assistant:
        assert assistant.writer is None and assistant.model_host is None


def test_openai_without_a_key_is_said_before_anything_is_asked() -> None:
    with pytest.raises(UserError, match="OPENAI_API_KEY"):
        Assistant.open(model="gpt-5-mini")


def test_an_address_that_is_none_is_a_clear_error() -> None:
    with pytest.raises(UserError, match="not the address"):
        Assistant.open(model="x", base_url="localhost:11434")


def test_the_host_that_receives_text_is_named_without_its_credentials(server: ModelServer) -> None:
    with Assistant.open(model="x", base_url="http://user:secret@127.0.0.1:1/v1") as assistant:
        assert assistant.model_host == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("model", "says"),
    [("honest", "answers: "), ("fault-json-reply", "does not stream"), ("fault-400-temperature", "answers: "),
     ("fault-401", "needs a key: set OPENAI_API_KEY"), ("fault-404-model", "has no model 'fault-404-model'"),
     ("fault-200-html", "did not reply as a chat model does; check the address (--base-url)")],
)  # fmt: skip
def test_the_doctor_says_in_a_sentence_what_is_wrong_with_the_model(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, capsys: Any, model: str, says: str
) -> None:
    server.reset()
    monkeypatch.setattr(sys, "argv", ["rag", "doctor", "--model", model, "--base-url", server.base_url])
    with pytest.raises(SystemExit) as ended:
        main()
    line = capsys.readouterr().out.splitlines()[-1]
    assert f"Language model '{model}'" in line and says in line
    assert (line[:3], ended.value.code) == (("ok ", 0) if "answers" in line else ("BAD", 1))


@pytest.mark.parametrize(
    ("path", "key", "says"),
    [("/v1", "sk-wrong", "rejected the key in OPENAI_API_KEY"), ("/v2", "", "check the address (--base-url)"),
     (":9/v1", "", "cannot be reached ([Errno")],
)  # fmt: skip
def test_the_doctor_tells_a_wrong_key_from_a_wrong_path_and_a_wrong_host(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, path: str, key: str, says: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("FOOTNOTE_MODEL_SECONDS", "0.4")
    base = "http://127.0.0.1" if path.startswith(":") else server.base_url.removesuffix("/v1")
    with Assistant.open(model="fault-401", base_url=base + path) as assistant:
        *_, finding = check(assistant)
    assert not finding.is_well and says in finding.text


@pytest.mark.parametrize("way", ["flags", "environment", "openai's environment", "file"])
def test_a_model_its_endpoint_and_key_can_be_named_in_each_way(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    server.reset()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-mine")
    flags = {"model": "honest", "base_url": server.base_url} if way == "flags" else {}
    if way == "file":
        SETTINGS_FILE.parent.mkdir(parents=True, exist_ok=True)
        SETTINGS_FILE.write_text(f'model = "honest"\nbase_url = "{server.base_url}"\n', encoding="utf-8")
    elif way != "flags":
        monkeypatch.setenv("FOOTNOTE_MODEL", "openai:honest")
        monkeypatch.setenv("FOOTNOTE_BASE_URL" if way == "environment" else "OPENAI_BASE_URL", server.base_url)
    try:
        with Assistant.open(**flags) as assistant:
            assert assistant.ask(QUESTION).mode == "model"
    finally:
        SETTINGS_FILE.unlink(missing_ok=True)
    (asked,) = server.requests()
    assert asked.body["model"] == "honest" and asked.headers["authorization"] == "Bearer sk-of-mine"


@pytest.mark.parametrize("refused", [(), ("max_tokens",), ("max_tokens", "max_completion_tokens")])
def test_the_cap_has_the_name_that_the_endpoint_takes(refused: tuple[str, ...]) -> None:
    sent: list[dict[str, Any]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        wrong = next((name for name in refused if name in sent[-1]), None)
        said = {"error": {"message": f"Unsupported parameter: '{wrong}'."}}
        return httpx.Response(400, json=said) if wrong else httpx.Response(200, content=HELLO_EVENTS)

    assert ask(open_model("m", URL, transport=httpx.MockTransport(handle))) == "Hello."
    assert len(sent) == 1 + len(refused)
    caps = [name for name in ("max_tokens", "max_completion_tokens") if name in sent[-1]]
    assert caps == [name for name in ("max_tokens", "max_completion_tokens") if name not in refused][:1]


def test_a_model_that_may_not_stream_is_asked_for_its_reply_in_one_piece() -> None:
    sent: list[dict[str, Any]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        if sent[-1].get("stream"):
            said = {"message": "Your organization must be verified to stream this model.", "param": "stream"}
            return httpx.Response(400, json={"error": said})
        reply = {"message": {"content": "Hello."}, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [reply]})

    assert ask(open_model("m", URL, transport=httpx.MockTransport(handle))) == "Hello."
    assert len(sent) == 2 and "stream_options" not in sent[-1]


@pytest.mark.parametrize("finish", ["stop", "eos", "eos_token", "end_turn", "stop_sequence"])
def test_a_reply_is_whole_whatever_its_server_calls_the_end(finish: str) -> None:
    event = {"choices": [{"delta": {"content": "Hello."}, "finish_reason": finish}]}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=f"data: {json.dumps(event)}\n\n".encode()))
    assert ask(open_model("m", URL, transport=transport)) == "Hello."


def test_content_in_parts_is_read_without_its_thoughts() -> None:
    thought, text = {"type": "thinking", "thinking": [{"text": "hm"}]}, {"type": "text", "text": "Hello."}
    event = {"choices": [{"delta": {"content": [thought, text]}, "finish_reason": "stop"}]}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=f"data: {json.dumps(event)}\n\n".encode()))
    assert ask(open_model("m", URL, transport=transport)) == "Hello."


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"[" * 100_000, b"{}", b"null", b"data: 1\n\n", b'data: {"choices": {}}\n\n', b"\xff\xfe", b"data:",
     b'data: {"choices": [{"delta": {"content": [1]}}]}\n\n', b'data: {"choices": [{"delta": "x"}]}\n\n',
     b'data: {"usage": [], "choices": [{"finish_reason": {}}]}\n\n', b'{"choices": [{"message": {"content": "  "}, '
     b'"finish_reason": "stop"}]}', b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n\n', b"0" * 30_000_000],
    ids=range(15),
)  # fmt: skip
def test_bytes_that_are_no_reply_are_malformed(body: bytes) -> None:
    with pytest.raises(ModelError) as error:
        ask(open_model("m", URL, transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body))))
    assert error.value.kind == "malformed"


def test_what_is_not_compressed_though_it_says_so_is_told() -> None:
    headers = {"Content-Encoding": "gzip"}
    stream = httpx.ByteStream(HELLO_EVENTS)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=stream))
    with pytest.raises(ModelError, match="cannot be reached"):
        ask(open_model("m", URL, transport=transport), 0.4)


def test_a_first_event_without_choices_and_a_last_without_its_newline_are_no_fault() -> None:
    body = b'data: {"choices": [], "prompt_filter_results": []}\n\n' + HELLO_EVENTS.rstrip()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    assert ask(open_model("m", URL, transport=transport)) == "Hello."


@pytest.mark.parametrize("key", ["sk-é", "sk-\x07"])
def test_a_key_that_cannot_be_one_is_said_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(UserError, match="OPENAI_API_KEY") as error:
        open_model("m", URL)
    assert key not in str(error.value)


class Watched(httpx.SyncByteStream):
    """A reply without an end that knows whether it was closed."""

    is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b'data: {"choices": [{"delta": {"content": "On and on. "}}]}\n\n'

    def close(self) -> None:
        self.is_closed = True


def test_a_reader_that_stops_in_the_middle_frees_the_connection() -> None:
    stream = Watched()
    llm = open_model("m", URL, transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=stream)))
    pieces = read(llm, HELLO, Allowance())
    assert next(pieces) == "On and on. " and not stream.is_closed
    pieces.close()
    assert stream.is_closed


class Transport(httpx.MockTransport):
    """One that knows how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_the_assistant_leaves_a_model_open_and_asks_it_again_after_a_close(server: ModelServer) -> None:
    transport = Transport(lambda _: httpx.Response(200, content=HELLO_EVENTS))
    with closing(open_model("m", URL, transport=transport)) as mine:
        with Assistant.open(model=mine) as assistant:
            assistant.ask(QUESTION)
        assert transport.closed == 0
        mine.close()
        mine.close()
    assert transport.closed == 1
    with Assistant.open(model="honest", base_url=server.base_url) as assistant:
        assistant.ask(QUESTION)
        assistant.close()
        assert assistant.ask(QUESTION).mode == "model"


def test_any_llamaindex_llm_can_write(server: ModelServer) -> None:
    said = "Qassem Soleimani commanded the Quds Force in September 2019 [1]. The moon is made of green cheese [1]."
    with Assistant.open(model=Fixed(says=said)) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "model" and "Soleimani" in answer.text and "moon" not in answer.text
    assert {note.kind for note in answer.notes} == {"dropped", "coverage", "prompt_shortened"}
    assert assistant.model_host == "Fixed"


def test_a_llamaindex_llm_that_says_its_reply_was_cut_is_believed() -> None:
    llm = Fixed(says="Qassem Soleimani commanded the Quds Force in September 2019 [1]. He was seen in", ends="length")
    with Assistant.open(model=llm) as assistant:
        answer = assistant.ask(QUESTION)
    assert not answer.complete and "cut_off" in {note.kind for note in answer.notes}


def test_a_llamaindex_llm_that_says_nothing_leaves_the_articles_own_sentences() -> None:
    with Assistant.open(model=Fixed(says="<think>hm</think> ")) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "extractive" and "Fixed sent an empty reply" in answer.notes[0].text


def test_a_llamaindex_llm_is_read_no_further_than_its_reader_wants() -> None:
    llm = Fixed(says="Yes. " * 100_000)
    pieces = read(llm, HELLO, Allowance())
    next(pieces)
    pieces.close()
    assert llm.is_left.wait(5)


def test_a_sentence_is_shown_once_and_more_than_enough_is_marked_as_cut() -> None:
    same = "Qassem Soleimani commanded the Quds Force [1]. "
    who = ("Soleimani", "Qassem Soleimani", "In 2019 Soleimani")
    whom = ("the Quds Force", "Quds", "Iran's Quds Force", "the Iranian Quds Force")
    others = "".join(f"{one} commanded {force} [1]. " for one, force in product(who, whom))
    with Assistant.open(model=Fixed(says=same * 20)) as assistant:
        answer = assistant.ask(QUESTION)
    assert len(answer.sentences) == 1 and answer.complete
    with Assistant.open(model=Fixed(says=others)) as assistant:
        answer = assistant.ask(QUESTION)
    assert len(answer.sentences) == MAX_SENTENCES and not answer.complete


@pytest.mark.parametrize(("told", "is_noted"), [(40, True), (40_000, False), (None, False), ("many", False)])
def test_a_prompt_that_the_endpoint_read_but_little_of_is_noted(told: Any, is_noted: bool) -> None:
    usage = json.dumps({"choices": [], "usage": {"prompt_tokens": told}}).encode()
    said = {"choices": [{"delta": {"content": "Qassem Soleimani commanded the Quds Force [1]."}}]}
    body = b"data: %b\n\ndata: %b\n\ndata: [DONE]\n\n" % (json.dumps(said).encode(), usage)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with Assistant.open(model=open_model("m", URL, transport=transport)) as assistant:
        notes = assistant.ask(QUESTION).notes
    assert ("prompt_shortened" in [note.kind for note in notes]) == is_noted


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
