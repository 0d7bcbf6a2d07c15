"""A model's reply beside the articles' own sentences: never worse than without a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rag.answer import Answer
from rag.assistant import Assistant
from tests.fakes import Fixed

WHO = "Who commanded the Quds Force in September 2019?"
TRUE = "Qassem Soleimani commanded the Quds Force in September 2019 [1]."
FALSE = "The moon is made of cheese [1]. Paris is a town of cheese. The cheese in Paris is of a moon."
VOTED = "Did the board vote to build a container terminal?"
SIDES = "How did Kataib Hezbollah and Nujaba differ over attacks on the Americans?"


@pytest.fixture(scope="module")
def offline() -> Iterator[Assistant]:
    with Assistant.open() as assistant:
        yield assistant


@contextmanager
def says(text: str) -> Iterator[tuple[Assistant, Fixed]]:
    llm = Fixed(says=text, context=8192)
    with Assistant.open(model=llm) as assistant:
        yield assistant, llm


def ask(question: str, text: str) -> Answer:
    with says(text) as (assistant, _):
        return assistant.ask(question)


@pytest.mark.parametrize("reply", [FALSE, "NOT ANSWERED", "“NOT_ANSWERED”."])
def test_where_nothing_of_a_reply_survives_the_articles_answer(offline: Assistant, reply: str) -> None:
    answer, plain = ask(WHO, reply), offline.ask(WHO)
    assert answer.mode == "extractive" and not answer.refused and answer.sentences == plain.sentences
    kinds = [note.kind for note in answer.notes]
    assert kinds[0] == "model_failed" and set(kinds) >= {note.kind for note in plain.notes}


def test_where_less_than_half_survives_the_articles_own_sentences_follow(offline: Assistant) -> None:
    answer, (quoted,) = ask(WHO, f"{TRUE} {FALSE}"), offline.ask(WHO).sentences
    assert answer.mode == "mixed" and answer.complete
    assert [sentence.text for sentence in answer.sentences] == [TRUE.replace(" [1]", ""), quoted.text]
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert "1 of the 4 sentences" in answer.notes[0].text


def test_what_a_stream_shows_is_what_the_answer_holds_in_a_mixed_one() -> None:
    with says(f"{FALSE} {TRUE}") as (assistant, _):
        *shown, answer = assistant.stream(WHO)
    assert isinstance(answer, Answer) and answer.mode == "mixed"
    assert tuple(event.sentence for event in shown if not isinstance(event, Answer)) == answer.sentences


@pytest.mark.parametrize(("reply", "begins"), [("Yes, the board", "Yes, the board"), ("No, the board", "The board")])
def test_a_models_yes_stands_only_where_a_sentence_of_the_articles_says_so(reply: str, begins: str) -> None:
    answer = ask(VOTED, f"{reply} of the Skellmouth Port Authority voted to build a container terminal [1].")
    assert answer.mode == "model" and answer.text.startswith(f"{begins} of the Skellmouth Port Authority voted")


def test_a_comparison_gives_the_model_the_passages_of_both_sides(offline: Assistant) -> None:
    with says("NOT ANSWERED") as (assistant, llm):
        answer = assistant.ask(SIDES)
    assert answer.sentences == offline.ask(SIDES).sentences and "Nujaba (" in answer.text
    assert "Kataib Hezbollah then announced" in llm.asked and "Nujaba movement refused" in llm.asked


@pytest.mark.parametrize(
    ("what", "is_noted"), [("how many goals were scored", True), ("who commanded the Quds Force", False)]
)
def test_what_a_model_finds_missing_is_noted_where_the_reader_misses_it_too(what: str, is_noted: bool) -> None:
    answer = ask(WHO, f"{TRUE} The passages do not say {what}.")
    assert answer.mode == "model" and len(answer.sentences) == 1
    assert any(note.text.startswith("Not stated: ") for note in answer.notes) == is_noted
