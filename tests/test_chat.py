"""Follow-ups: what a question takes from the turns before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer import Answer, Citation, Sentence, Turn
from rag.chat import stand_alone
from rag.phrases import nouns, ranked

BRIDGE, FIRE = "When did Ida Venn open the bridge?", "What happened in the warehouse fire at Norrvik?"


def turn(question: str, said: str = "", emphasis: tuple[int, int] | None = None, asked_as: str = "") -> Turn:
    sentences = (Sentence(said, "", (1,), "quoted", (emphasis,) if emphasis else ()),) if said else ()
    cited = (Citation(1, "r", "a.txt", "T", said, 0, len(said), "utf-8"),) if said else ()
    return Turn(question, Answer(question, asked_as or question, said, sentences, cited, not said, 0.9))


@pytest.mark.parametrize(
    ("before", "asked", "alone"),
    [
        (BRIDGE, "And where did she live?", "Where did Ida Venn live?"),
        (BRIDGE, "Who is her deputy?", "Who is Ida Venn’s deputy?"),
        (BRIDGE, "What did it cost?", "What did the bridge cost?"),
        ("Which ministers resigned over the tunnel?", "Who replaced them?", "Who replaced the ministers?"),
        ("What is a pump regulator?", "How do they fail?", "How do pump regulators fail?"),
        ("Did Qaani come to Baghdad?", "How often had he been there?", "How often had Qaani been in Baghdad?"),
        ("What did Norway and Sweden agree?", "What are their plans?", "What are Norway and Sweden’s plans?"),
    ],
)
def test_a_pronoun_takes_what_is_spoken_of(before: str, asked: str, alone: str) -> None:
    assert stand_alone(asked, [turn(before)]) == alone


def test_he_is_the_person_of_the_answer_and_not_its_city() -> None:
    first, second = turn("Who came to Oslo?", "Bergen sent a ship.", (0, 6)), "The guard of Ida Venn came."
    third = turn("Who came to Oslo?", second, (13, 21))
    both = replace(first, answer=replace(first.answer, sentences=(*first.answer.sentences, *third.answer.sentences)))
    assert stand_alone("Why did she come?", [both]) == "Why did Ida Venn come?"


@pytest.mark.parametrize(
    ("before", "asked", "alone"),
    [
        ("Who ran the port of Oslo in 2019?", "And in 2022?", "Who ran the port of Oslo in 2022?"),
        ("What did Oslo pay in 2021?", "And in the year before?", "What did Oslo pay in 2020?"),
        (BRIDGE, "Where?", "Where did Ida Venn open the bridge?"),
        ("Who paid for the bridge?", "Why?", "Why? (Who paid for the bridge?)"),
        ("What did Iran demand after the talks?", "What about Iraq?", "What did Iraq demand after the talks?"),
        ("Who sells grain in Oslo?", "And in Bergen?", "Who sells grain in Bergen?"),
        ("How many ships sank off Oslo?", "And this year?", "How many ships sank off Oslo this year?"),
        ("What happened in Oslo?", "How many people died?", "How many people died in Oslo?"),
    ],
)
def test_what_is_left_out_is_taken_from_the_question_before(before: str, asked: str, alone: str) -> None:
    assert stand_alone(asked, [turn(before)]) == alone


@pytest.mark.parametrize(
    ("before", "asked", "alone"),
    [
        (FIRE, "What was the cause?", "What was the cause of the warehouse fire at Norrvik?"),
        ("What is a pump regulator?", "How many types are there?", "How many types of a pump regulator are there?"),
        ("Tell me about solar ferries.", "Which are the biggest ones?", "Which are the biggest solar ferries?"),
        ("What did the harbour terminal cost?", "Who owns the terminal?", "Who owns the harbour terminal?"),
        ("Who is Mahdi al-Kaabi?", "What did al-Kaabi say?", "What did Mahdi al-Kaabi say?"),
        ("What is there to see in Oslo?", "Who founded the city?", "Who founded Oslo?"),
    ],
)
def test_a_noun_that_is_not_plain_alone_is_made_plain(before: str, asked: str, alone: str) -> None:
    assert stand_alone(asked, [turn(before)]) == alone


@pytest.mark.parametrize("asked", ["Who was blamed", "What did the report say"])
def test_what_fits_nowhere_stands_in_brackets(asked: str) -> None:
    assert stand_alone(f"{asked}?", [turn(FIRE)]) == f"{asked} (about the warehouse fire at Norrvik)?"


@pytest.mark.parametrize(
    "asked",
    [
        "Who won the Oslo marathon?",
        "What is inflation?",
        "Who opened the bridge?",
        "Did Edda Roth say that she would resign?",
    ],
)
def test_a_question_with_its_own_subject_is_left_alone(asked: str) -> None:
    assert stand_alone(asked, [turn(BRIDGE.replace("Ida Venn", "they"))]) == asked


def test_a_new_subject_replaces_the_old_one() -> None:
    turns = [turn(BRIDGE), turn("Who won the Oslo marathon?")]
    assert stand_alone("How long is it?", turns) == "How long is the Oslo marathon?"


def test_a_follow_up_keeps_the_subject() -> None:
    turns = [turn("Tell me about the strike."), turn("How long did it last?", asked_as="How long did the strike last?")]
    assert stand_alone("What caused it?", turns) == "What caused the strike?"


def test_a_person_who_answered_is_the_one_spoken_of() -> None:
    before = turn("Who opened the bridge?", "Ida Venn opened it.", (0, 8))
    assert stand_alone("Where does she live?", [before]) == "Where does Ida Venn live?"


def test_a_place_is_not_taken_for_a_person() -> None:
    assert "Oslo earn" not in stand_alone("What did he earn?", [turn("Who ran the port of Oslo?")])


def test_the_first_question_is_left_alone() -> None:
    assert stand_alone("And where is he?", []) == "And where is he?"


def test_verbs_and_days_stand_in_no_noun_phrase() -> None:
    found = nouns("Why did the mayor of Oslo cancel the night ferry on 4 May 2021?")
    assert [noun.full for noun in found] == ["the mayor", "Oslo", "the night ferry"]


def test_a_question_is_about_what_its_leading_noun_is_of() -> None:
    assert ranked("What are the causes of the ferry strike?")[0].full == "the ferry strike"
