"""The Python API: what may be given, what comes back, and a clear error for the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import rag
from rag import Answer, Assistant, UserError
from rag.question import MAX_CHARACTERS
from tests.fakes import WordEmbedder, answer, write

PROJECT = Path(__file__).resolve().parents[1]
QUESTION = "Who named the ferry Corriedale?"
WRONG: list[tuple[Any, str]] = [
    (None, "not None"),
    (3, "not 3"),
    (b"Who?", "not b'Who"),
    (["Who?"], "not \\['Who"),
    ("", "empty"),
    (" \n\t", "empty"),
    ("\u200b\u2060", "empty"),
    ("why " * MAX_CHARACTERS, "at most 2,000 characters"),
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("assistant")
    said = "The ferry Corriedale was named by Ada Quill in Port Sable."
    write(place / "news", {
        "old.txt": f"Ferry named\n\nThe Sable Post, March 3, 2021 —\n\n{said}\n",
        "new.txt": "Ferry sold\n\nThe Sable Post, March 3, 2023 —\n\nThe ferry Corriedale was sold to Bo Fry.\n",
    })  # fmt: skip
    with Assistant.open(place / "store", embedder=WordEmbedder()) as opened:
        opened.sync(place / "news")
        yield opened


@pytest.mark.parametrize(("question", "message"), WRONG)
def test_what_is_no_question_is_a_clear_error(assistant: Assistant, question: Any, message: str) -> None:
    ways = (assistant.ask, assistant.search, assistant.chat().ask, lambda text: list(assistant.stream(text)))
    for way in ways:
        with pytest.raises(UserError, match=message):
            way(question)


def test_the_longest_question_is_read_to_its_end(assistant: Assistant) -> None:
    question = QUESTION.rjust(MAX_CHARACTERS, "o")
    assert assistant.ask(f"  {question}\n").question.strip() == question


@pytest.mark.parametrize("day", ["2022-01-01", date(2022, 1, 1), datetime(2022, 1, 1, 12, 30)])
@pytest.mark.parametrize(("limit", "left"), [("as_of", "old.txt"), ("until", "old.txt"), ("since", "new.txt")])
def test_a_day_is_text_or_a_date(assistant: Assistant, limit: str, day: Any, left: str) -> None:
    found = assistant.search("ferry Corriedale", **{limit: day})  # type: ignore[arg-type]
    assert [result.path for result in found] == [left]


def test_an_answer_as_of_a_date_says_it_as_text(assistant: Assistant) -> None:
    assert assistant.ask(QUESTION, as_of=date(2022, 1, 1)).to_dict()["as_of"] == "2022-01-01"


@pytest.mark.parametrize(
    ("within", "message"),
    [
        ({"as_of": "yesterday"}, "'yesterday' is not a date \\(as_of\\)"),
        ({"since": "2022-13-01"}, "not a date \\(since\\)"),
        ({"until": "20220101"}, "not a date \\(until\\)"),
        ({"until": 2022}, "2022 is not a date \\(until\\)"),
        ({"as_of": ["2022-01-01"]}, "not a date"),
        ({"publisher": ["The Sable Post"]}, "publisher"),
        ({"publisher": 7}, "7 is not text \\(publisher\\)"),
        ({"exclude": [3]}, "3 is not text \\(exclude\\)"),
        ({"exclude": 3}, "exclude"),
    ],
)
def test_a_limit_of_a_wrong_kind_is_named(assistant: Assistant, within: dict[str, Any], message: str) -> None:
    for way in (assistant.ask, assistant.search, lambda _, **limits: assistant.chat(**limits)):
        with pytest.raises(UserError, match=message):
            way(QUESTION, **within)


def test_one_path_to_leave_out_needs_no_list(assistant: Assistant) -> None:
    assert [found.path for found in assistant.search("ferry", exclude="old.txt")] == ["new.txt"]


@pytest.mark.parametrize("limit", [0, -1, "5", 2.5, None])
def test_a_search_needs_a_number_of_passages(assistant: Assistant, limit: Any) -> None:
    with pytest.raises(UserError, match="limit"):
        assistant.search("ferry", limit=limit)


def test_an_answer_as_text_is_its_text() -> None:
    made = answer(("Ada Quill named it.", "a.txt"))
    assert str(made) == f"{made}" == made.text and "Ada Quill" in str(made)


@pytest.mark.parametrize("number", [0, -1, 2, 99])
def test_a_footnote_that_is_not_there_is_named(number: int) -> None:
    with pytest.raises(IndexError, match=f"no footnote {number}"):
        answer(("Ada Quill named it.", "a.txt")).citation(number)


def test_every_name_of_the_package_can_be_imported() -> None:
    assert all(getattr(rag, name).__name__ == name for name in rag.__all__)
    assert issubclass(rag.UserError, Exception) and rag.Answer is Answer
    with pytest.raises(AttributeError, match="nothing"):
        rag.nothing  # noqa: B018


@pytest.mark.parametrize("code", ["import rag", "from rag import Answer, Citation, UserError"])
def test_values_and_errors_are_imported_without_the_machinery(code: str) -> None:
    listing = f"{code}\nimport sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", listing], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert {"llama_index", "chromadb", "pydantic", "numpy", "rag.assistant"}.isdisjoint(loaded.stdout.split())
