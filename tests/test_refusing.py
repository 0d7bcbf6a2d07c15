"""What is refused before anything is quoted: signs and numbers alone, and what has not happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.question import understand
from rag.refusing import judge

NEWS = """\
Works in Arl

The Arl Post, 4 March 2024

The Arl canal is due to open in May 2031, the board said.

The deal for its 12 locks is worth 5 million crowns. The Arl lift opened in June 2020.

Q: When do you close the ferry, Mr Brack?

A: In August. Nobody will miss it.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("news")
    (folder / "works.txt").write_text(NEWS, encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        yield opened


@pytest.mark.parametrize("text", ["5+5", "12", "5 million", "???", "2024", "twelve", "3 * 4 = ?", "\N{GRINNING FACE}"])
def test_numbers_and_signs_alone_are_refused(assistant: Assistant, text: str) -> None:
    assert assistant.ask(text).refused


@pytest.mark.parametrize("text", ["What happened in 2024?", "12 locks", "Arl", "March 2024"])
def test_a_few_words_or_a_day_are_a_question(text: str) -> None:
    assert judge(understand(text), (), 1).lack != judge(understand("5+5"), (), 1).lack


def test_what_is_only_due_is_no_answer_to_when_it_was(assistant: Assistant) -> None:
    answer = assistant.ask("When did the Arl canal open?")
    assert answer.refused and "due to open" in answer.closest[0].quote


def test_what_has_happened_answers_in_whatever_form_its_verb_is(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in (("a", "The Amber fair is to take place in Rove."), ("b", "The Amber fair took place in Tarm.")):
        (folder / f"{name}.txt").write_text(f"The Amber fair\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(folder)
        answer = opened.ask("Where did the Amber fair take place?")
    assert "Tarm" in answer.text and "Rove" not in answer.text


def test_what_is_due_answers_when_it_will_be_and_what_was_answers_when(assistant: Assistant) -> None:
    assert "May 2031" in assistant.ask("When will the Arl canal open?").text
    assert "June 2020" in assistant.ask("When did the Arl lift open?").text


def test_an_answer_in_an_interview_is_quoted_without_question_or_mark(assistant: Assistant) -> None:
    answer = assistant.ask("When will Mr Brack close the ferry?")
    assert "In August." in answer.text and "A:" not in answer.text and "Q:" not in answer.text
    assert all("?" not in citation.quote for citation in answer.citations)
