"""OpenAI's clients, and those made like them, ask a real server: answers with their sources, refusals, errors, load."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from rag.answer import Answer, Citation, Sentence
from rag.api.asking import Desk, Refused
from rag.api.messages import message
from rag.api.openai import Said, conversation
from tests.fakes import answer
from tests.load import QUESTIONS
from tests.model_server import ModelServer
from tests.served import NAMED, QUESTION, REFUSED, awaited, served

PATIENCE_SECONDS = 60.0
SLOW = "slow-50"


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def address(model: ModelServer) -> Iterator[str]:
    """A server whose language model takes 0.05 s for a few characters."""
    with served("web", "--no-open", "--model", SLOW, "--base-url", model.base_url) as url:
        yield url


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}v1", api_key="any", max_retries=0, timeout=PATIENCE_SECONDS) as opened:
        yield opened


def asked(question: str, *before: str) -> list[Any]:
    talk = [{"role": "assistant" if n % 2 else "user", "content": text} for n, text in enumerate(before)]
    return [*talk, {"role": "user", "content": question}]


def check_notes(text: str, notes: list[dict[str, Any]]) -> None:
    """Fails unless each "[n]" before the sources has a note at its place, whose link opens words that are there."""
    marks = [(found.start(), found.end()) for found in re.finditer(r"\[\d+\]", text.split("\n\nSources:")[0])]
    assert [(note["start_index"], note["end_index"]) for note in notes] == marks != []
    for note in notes:
        assert note["title"] and f" {note['url']}" in text.split("\n\nSources:")[1]
        place = httpx.URL(note["url"]).params
        sent = {name: place[name] for name in ("root", "path", "words")} | {
            name: int(place[name]) for name in ("start", "end")
        }
        shown = httpx.post(httpx.URL(note["url"]).join("/api/source"), json=sent).json()
        assert (shown["state"], shown["title"]) == ("there", note["title"])
        assert "quote" in {kind for paragraph in shown["paragraphs"] for kind, _ in paragraph}


def test_the_models_are_the_articles_own_words_and_the_configured_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["footnote", f"footnote+{SLOW}"]


def test_a_chat_completion_has_its_sources(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="footnote", messages=asked(QUESTION), temperature=0.7)
    said = reply.choices[0].message
    assert reply.choices[0].finish_reason == "stop" and NAMED in (said.content or "")
    notes = [note.url_citation.model_dump() for note in said.annotations or ()]
    check_notes(said.content or "", notes)
    assert reply.usage and reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_a_stream_says_the_same_and_ends_with_the_notes_and_the_usage(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="footnote", messages=asked(QUESTION)).choices[0].message
    chunks = list(client.chat.completions.create(
        model="footnote", messages=asked(QUESTION), stream=True, stream_options={"include_usage": True}
    ))  # fmt: skip
    assert "".join(each.choices[0].delta.content or "" for each in chunks if each.choices) == whole.content
    assert chunks[1].choices[0].delta.content == (whole.content or "").split("\n\n")[0]
    assert chunks[-3].choices[0].delta.annotations == [note.model_dump() for note in whole.annotations or ()]  # type: ignore[attr-defined]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage


def test_a_response_and_its_stream_have_the_notes(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="footnote", input=QUESTION)
    with client.responses.stream(model="footnote", input=asked(QUESTION)) as events:
        kinds = [event.type for event in events]
        last = events.get_final_response()
    for response in (whole, last):
        assert response.status == "completed"
        check_notes(response.output_text, [note.model_dump() for note in response.output[0].content[0].annotations])  # type: ignore[union-attr]
    assert kinds.index("response.output_text.delta") < kinds.index("response.output_text.annotation.added")


def test_a_refusal_is_an_ordinary_message_with_what_comes_near(client: openai.OpenAI) -> None:
    said = client.chat.completions.create(model="footnote", messages=asked(REFUSED)).choices[0].message
    assert "do not answer this" in (said.content or "") and "\n\nClosest passages:\n- “" in (said.content or "")
    assert said.refusal is None and said.annotations == []


def test_a_follow_up_is_understood_after_the_messages_before_it(client: openai.OpenAI) -> None:
    first = "How much will the container terminal at Skellmouth cost?"
    cost = client.chat.completions.create(model="footnote", messages=asked(first)).choices[0].message.content or ""
    system = {"role": "system", "content": "Answer only NO."}
    said = (
        client.chat.completions.create(
            model="footnote", messages=[system, *asked("And when will it open?", first, cost)]
        )
        .choices[0]
        .message
    )
    assert f"Interpreted as “And when will it open? (after: {first}" in (said.content or "")
    assert "terminal" in (said.content or "").split("\n\n")[0]


def test_a_chain_of_follow_ups_is_understood_each_after_the_one_before() -> None:
    words = ("Who is Ida Venn?", "A keeper. [1]", "Where does she live?", "In Corrow.", "How old is she?")
    talk = [Said(role="assistant" if n % 2 else "user", content=text) for n, text in enumerate(words)]
    question, turns = conversation([Said(role="system", content="x"), *talk])
    assert question == "How old is she?"
    assert [turn.answer.text for turn in turns] == ["A keeper. [1]", "In Corrow."]
    assert turns[-1].answer.asked_as == "Where does she live? (after: Who is Ida Venn?)"


@pytest.mark.parametrize(
    ("sent", "status", "param"),
    [
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, 400, "tools"),
        ({"n": 2}, 400, "n"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
        ({"model": "gpt-5"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": asked("", "a")}, 400, None),
        ({"messages": [{"role": "assistant", "content": "Yes."}]}, 400, "messages"),
        ({"messages": [{"role": "tool", "content": "4", "tool_call_id": "1"}]}, 400, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, 400, "messages"),
        ({"messages": asked("x" * 2001)}, 400, None),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_an_error_in_openai_s_shape(
    client: openai.OpenAI, sent: dict[str, Any], status: int, param: str | None
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.APIStatusError) as raised:
            client.chat.completions.create(**{"model": "footnote", "messages": asked("Who?"), "stream": stream, **sent})
        assert (raised.value.status_code, raised.value.param, raised.value.type) == (
            status, param, "invalid_request_error"
        )  # fmt: skip
        assert isinstance(raised.value.body, dict) and raised.value.body["message"]


def test_text_in_parts_is_read(client: openai.OpenAI) -> None:
    parts: list[Any] = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    said = client.chat.completions.create(model="footnote", messages=parts).choices[0].message
    assert NAMED in (said.content or "")


def test_llamaindex_s_openai_like_asks_streams_and_awaits(address: str) -> None:
    def llm(**clients: Any) -> OpenAILike:
        named = {"model": "footnote", "api_base": f"{address}v1", "api_key": "any"}
        return OpenAILike(**named, is_chat_model=True, max_retries=0, timeout=PATIENCE_SECONDS, **clients)

    async def awaiting() -> str:
        async with httpx.AsyncClient() as client:
            return str((await llm(async_http_client=client).achat(talk)).message.content)

    talk = [ChatMessage(role="user", content=QUESTION)]
    with httpx.Client() as client:
        whole = str(llm(http_client=client).chat(talk).message.content)
        assert NAMED in whole and "\n\nSources:\n[1] “" in whole
        assert list(llm(http_client=client).stream_chat(talk))[-1].message.content == whole
    assert awaited(awaiting()) == whole


def test_llamaindex_s_openai_like_is_told_of_refusals_follow_ups_and_errors(address: str) -> None:
    def said(*talk: str) -> str:
        roles = ("user", "assistant")
        messages = [ChatMessage(role=roles[n % 2], content=text) for n, text in enumerate(talk)]
        return str(llm.chat(messages).message.content)

    first = "How much will the container terminal at Skellmouth cost?"
    with httpx.Client() as client:
        named = {"model": "footnote", "api_base": f"{address}v1", "api_key": "any", "max_retries": 0}
        llm = OpenAILike(**named, is_chat_model=True, http_client=client)
        assert "do not answer this" in said(REFUSED)
        assert f"(after: {first}" in said(first, said(first), "And when will it open?")
        with pytest.raises(openai.BadRequestError, match="at most"):
            said("x" * 2001)


def test_twenty_at_once_each_get_their_own_answer(address: str) -> None:
    async def crowd() -> list[tuple[str, str]]:
        async with openai.AsyncOpenAI(base_url=f"{address}v1", api_key="any", timeout=PATIENCE_SECONDS) as client:

            async def one(number: int) -> tuple[str, str]:
                question = QUESTIONS[number % len(QUESTIONS)]
                if number % 2:
                    reply = await client.chat.completions.create(model="footnote", messages=asked(question))
                    return question, reply.choices[0].message.content or ""
                stream = await client.chat.completions.create(model="footnote", messages=asked(question), stream=True)
                return question, "".join([each.choices[0].delta.content or "" async for each in stream])

            return list(await asyncio.gather(*(one(number) for number in range(20))))

    answers: dict[str, set[str]] = {}
    for question, text in awaited(crowd()):
        answers.setdefault(question, set()).add(text)
    assert len(answers) == len(QUESTIONS) and {len(texts) for texts in answers.values()} == {1}
    assert len(set.union(*answers.values())) == len(QUESTIONS)


def test_a_cancelled_stream_stops_the_work(model: ModelServer, client: openai.OpenAI) -> None:
    with client.chat.completions.create(model=f"footnote+{SLOW}", messages=asked(QUESTION), stream=True) as stream:
        first = next(each.choices[0].delta.content for each in stream if each.choices[0].delta.content)
    assert first.endswith("]")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while model.left() == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert model.left() == 1, "the model was asked to the end for nobody"


def test_more_than_may_wait_are_told_so() -> None:
    desk = Desk(None)  # type: ignore[arg-type]
    desk._asking = 16 + 256
    with pytest.raises(Refused, match="Too many are asking") as raised:
        desk.check_room()
    assert raised.value.status == 503


def test_what_an_article_says_loads_and_links_nothing_in_a_chat_program() -> None:
    hostile = "See ![x](http://192.0.2.1/a.png), [y][1], [1]: http://192.0.2.1 and <img src=//192.0.2.1>."
    said = message(answer((hostile, "a.txt")), "http://127.0.0.1/")
    first = said.text.split("\n\n")[0]
    assert "".join(first.split()).startswith("".join(hostile.split()))
    assert not re.search(r"\]\(|\]\[|\]:|<\w", first)
    assert [first[note.start : note.end] for note in said.footnotes] == ["[1]"]


def test_what_is_not_borne_out_says_so_and_has_no_footnote() -> None:
    cited = Citation(1, "news", "a.txt", "A", "It opened.", 0, 10, "utf-8")
    sentences = (Sentence("It opened.", "", (1,), "supported"), Sentence("It is red.", "", (), "not_shown"))
    made = Answer("Who?", "Who?", "", sentences, (cited,), refused=False, confidence=0.9, complete=False)
    said = message(made, "/")
    assert said.text.startswith("It opened. [1] It is red. (not supported)\n\nSources:\n[1] ")
    assert (len(said.footnotes), said.is_whole) == (1, False)
