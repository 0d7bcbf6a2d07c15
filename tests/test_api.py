"""A program asks over HTTP: answers, search, articles, verifying, events; `rag serve` is a real process."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.load import QUESTIONS
from tests.served import NAMED, QUESTION, REFUSED, served

DOCS = Path(__file__).resolve().parents[1] / "docs" / "programs.md"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served("serve") as url:
        yield url


@pytest.fixture(scope="module")
def program(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{address}api/v1", timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def answer(program: httpx.Client) -> dict[str, Any]:
    return dict(program.post("/ask", json={"question": QUESTION}).json())


def test_an_answer_comes_whole_and_as_the_schema_says(program: httpx.Client, answer: dict[str, Any]) -> None:
    assert not answer["refused"] and NAMED in answer["citations"][0]["quote"]
    schema = program.get("/../../openapi.json").json()
    jsonschema.validate(answer, {"$ref": "#/components/schemas/Answer", "components": schema["components"]})


def test_the_schema_names_what_programs_may_ask_and_nothing_of_the_page(program: httpx.Client) -> None:
    paths = program.get("/../../openapi.json").json()["paths"]
    ours = {"ask", "search", "articles", "articles/{root}/{path}", "verify", "health"}
    assert set(paths) == {f"/api/v1/{name}" for name in ours} | {"/v1/models", "/v1/chat/completions", "/v1/responses"}


def test_a_refusal_is_an_answer_too(program: httpx.Client) -> None:
    assert program.post("/ask", json={"question": REFUSED}).json()["refused"] is True


def test_events_are_each_sentence_and_then_the_answer(program: httpx.Client, answer: dict[str, Any]) -> None:
    with program.stream("POST", "/ask", json={"question": QUESTION, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = re.findall(r"event: (\w+)\ndata: (.*)\n\n", response.read().decode())
    assert [name for name, _ in events] == ["sentence"] * len(answer["sentences"]) + ["answer"]
    assert json.loads(events[0][1])["sentence"]["text"] == answer["sentences"][0]["text"]
    assert json.loads(events[-1][1]) == answer


def test_a_follow_up_is_understood_after_the_turns_before_it(program: httpx.Client) -> None:
    first = "How much will the container terminal at Skellmouth cost?"
    turns = [{"question": first, "answer": program.post("/ask", json={"question": first}).json()}]
    understood = program.post("/ask", json={"question": "And when will it open?", "turns": turns}).json()["asked_as"]
    assert understood == f"And when will it open? (after: {first})"


def test_limits_hold(program: httpx.Client) -> None:
    assert program.post("/ask", json={"question": QUESTION, "as_of": "2019-01-01"}).json()["refused"] is True
    found = program.post("/search", json={"query": "port", "limit": 3, "publisher": "Hallow Coast Wire"}).json()[
        "results"
    ]
    assert len(found) == 3 and {each["publisher"] for each in found} == {"Hallow Coast Wire"}


def test_an_article_is_listed_and_told_with_its_passages(program: httpx.Client) -> None:
    listed = program.get("/articles", params={"offset": 2, "limit": 3}).json()
    assert listed["count"] > 5 and len(listed["articles"]) == 3
    everything = program.get("/articles", params={"limit": 1000}).json()["articles"]
    record = next(each for each in everything if ".jsonl#" in each["path"])
    told = program.get(f"/articles/{record['root']}/{record['path'].replace('#', '%23')}").json()
    assert told["article"]["title"] == record["title"]
    assert [told["article"]["text"][start:end] for start, end in told["passages"]]


def test_a_quote_that_stands_and_one_that_does_not_are_told_apart(
    program: httpx.Client, answer: dict[str, Any]
) -> None:
    assert program.post("/verify", json={"answers": [answer]}).json()["is_well"] is True
    changed = {**answer, "more": [], "citations": [{**answer["citations"][0], "quote": "Nobody commanded it."}]}
    told = program.post("/verify", json={"answers": [changed]}).json()
    assert (told["is_well"], "no longer says this" in told["findings"][0]["text"]) == (False, True)


@pytest.mark.parametrize("path", ["../../../pyproject.toml", "/etc/hostname", "articles.txt"])
def test_verifying_reads_no_file_that_is_no_article(program: httpx.Client, answer: dict[str, Any], path: str) -> None:
    stray = {**answer["citations"][0], "path": path, "encoding": "latin-1", "quote": "x"}
    told = program.post("/verify", json={"answers": [{**answer, "more": [], "citations": [stray]}]}).json()
    assert [finding["text"] for finding in told["findings"]] == [f"[1] {path}: the article is no longer there"]


@pytest.mark.parametrize(
    ("path", "sent", "status", "words"),
    [
        ("/ask", {"question": " "}, 400, "The question is empty"),
        ("/ask", {"question": "x" * 2001}, 422, "question"),
        ("/ask", {"question": "Who?", "as_of": "yesterday"}, 400, "is not a date"),
        ("/ask", {"question": "Who?", "more": 1}, 422, "more"),
        ("/search", {"query": "port", "publisher": "The Unheard"}, 400, "no articles from the publisher"),
        ("/verify", {"answers": []}, 422, "answers"),
        ("/verify", {"answers": "x" * 2_000_000}, 413, "too long"),
    ],
)
def test_what_is_wrong_is_said_with_a_message_and_a_hint(
    program: httpx.Client, path: str, sent: dict[str, Any], status: int, words: str
) -> None:
    response = program.post(path, json=sent)
    assert (response.status_code, set(response.json())) == (status, {"message", "hint"})
    assert words in response.json()["message"]


def test_an_article_that_is_not_there_is_404(program: httpx.Client) -> None:
    response = program.get("/articles/sample/none.txt")
    assert (response.status_code, response.json()["hint"]) == (404, "Search, or list the articles.")


def test_twenty_at_once_each_get_their_own_answer(program: httpx.Client) -> None:
    asked = [f"{QUESTIONS[number % len(QUESTIONS)]} ({number})" for number in range(20)]
    with ThreadPoolExecutor(20) as people:
        told = list(people.map(lambda question: program.post("/ask", json={"question": question}).json(), asked))
    assert [each["question"] for each in told] == asked


def test_the_curl_lines_of_the_docs_run_as_they_stand(address: str) -> None:
    lines = re.findall(r"^curl (?:.*\\\n)*.*$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        run = ["bash", "-c", line.replace("http://127.0.0.1:7860/", address)]
        told = subprocess.run(run, capture_output=True, text=True, timeout=60)
        assert told.returncode == 0 and NAMED in told.stdout, (line, told.stdout, told.stderr)


def test_without_the_page_there_is_no_page(address: str) -> None:
    assert "Footnote for other programs" in httpx.get(address).text
    assert httpx.post(f"{address}gradio_api/call/ask", json={}).status_code == 404
    assert httpx.get(f"{address}api/v1/health").json()["status"] == "ok"
