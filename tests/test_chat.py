"""Follow-ups: what a question takes from the one before, and which are left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.assistant import Assistant
from rag.chat import readings, wants_context

BRIDGE = "When did Ida Venn open the bridge at Norrvik?"
NEWS = {
    "bridge": "Ida Venn opened the bridge at Norrvik on 4 May 2021. It is 340 metres long and cost 12 million crowns.",
    "venn": "Ida Venn, 52, is mayor of Norrvik. She was born in Ostholm and studied law.",
    "flood": "The flood of June 2022 drowned two people in Ostholm. Sandbags ran out after an hour.",
    "ferry": "A ticket for the night ferry costs 30 crowns. The ferry company Sallow Line raised the price in March.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("news")
    for name, text in NEWS.items():
        (folder / f"{name}.txt").write_text(f"News of the {name}\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        yield opened


@pytest.mark.parametrize(
    "asked",
    [
        "Where does she live?",
        "And where?",
        "Why?",
        "What did it cost?",
        "What was her first order?",
        "Who is his deputy?",
        "The deputy?",
        "And in 2019?",
        "What about Oslo?",
        "According to the union?",
        "Do they accept that?",
        "How much of that is steel?",
        "Who else was there?",
        "Which ship brought them?",
        "By how much?",
    ],
)
def test_what_says_nothing_alone_is_asked_with_the_question_before(asked: str) -> None:
    assert wants_context(asked) == "open"
    assert readings(asked, BRIDGE)[0] != asked and readings(asked, BRIDGE)[1] == ""


@pytest.mark.parametrize("asked", ["Who paid?", "How many people died?", "And who paid for the flood walls?"])
def test_what_may_stand_alone_is_tried_both_ways(asked: str) -> None:
    assert readings(asked, BRIDGE) == (asked, f"{asked} (after: {BRIDGE})")


@pytest.mark.parametrize(
    "asked",
    [
        "Who won the Oslo marathon?",
        "Did Edda Roth say that she would resign?",
        "What will Jon Berg write after he leaves the port?",
        "When Jon Berg landed at Oslo airport, whom did he meet?",
        "Is it true that the pumps in Shed 4 had been switched off?",
        "How far is it from Oslo to Bergen?",
        "How many bridges are there in Oslo?",
        "What do the fishermen of Skerry say about their nets?",
        "Which three towns share one harbour with each other?",
        "What is the price of a ticket for the night ferry?",
        "Flood in Ostholm",
    ],
)
def test_a_question_that_can_stand_alone_is_left_alone(asked: str) -> None:
    assert readings(asked, BRIDGE) == (asked, "")


@pytest.mark.parametrize(
    ("before", "asked", "alone"),
    [
        ("Who ran the port of Oslo in 2019?", "And in 2022?", "Who ran the port of Oslo in 2022?"),
        ("Who ran the port of Oslo in 2019?", "What about 2022?", "Who ran the port of Oslo in 2022?"),
        ("What did Oslo pay in 2021?", "And in the year before?", "What did Oslo pay in 2020?"),
        ("What did Iran demand after the talks?", "What about Iraq?", "What did Iraq demand after the talks?"),
        ("Who sells grain in Oslo?", "And in Bergen?", "Who sells grain in Bergen?"),
        ("What did Jon Berg say?", "And the Sallow Line?", "What did the Sallow Line say?"),
    ],
)
def test_another_day_or_name_takes_the_place_of_the_one_before(before: str, asked: str, alone: str) -> None:
    assert readings(asked, before) == (alone, "")


def test_a_follow_up_of_a_follow_up_is_asked_after_the_question_that_stood_alone() -> None:
    first, _ = readings("How long is it?", BRIDGE)
    assert readings("And who paid for it?", first) == (f"And who paid for it? (after: {BRIDGE})", "")


def test_a_follow_up_is_answered_and_says_how_it_was_understood(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask(BRIDGE)
    answer = chat.ask("How long is it?")
    assert answer.asked_as == f"How long is it? (after: {BRIDGE})" and "340 metres" in answer.text


def test_a_change_of_topic_is_answered_as_it_was_typed(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask(BRIDGE)
    for asked, said in (("How many people drowned?", "two people"), ("Who raised the price?", "Sallow Line")):
        answer = chat.ask(asked)
        assert answer.asked_as == asked and said in answer.text


def test_a_follow_up_that_nothing_answers_is_refused(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask("Who is Ida Venn?")
    answer = chat.ask("How many votes did she win in 1998?")
    assert answer.refused and "Who is Ida Venn?" in answer.asked_as


def test_a_question_asked_as_written_takes_nothing_from_before(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask(BRIDGE)
    assert chat.ask("How long is it?", as_written=True).asked_as == "How long is it?"
    assert chat.ask("Where was Idda Venn born?", as_written=True).asked_as == "Where was Idda Venn born?"


def test_the_first_question_is_left_alone(assistant: Assistant) -> None:
    assert assistant.chat().ask("And where is she?").asked_as == "And where is she?"
