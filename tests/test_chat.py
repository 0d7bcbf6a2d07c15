"""Follow-ups: what a question takes from the turn before."""

from __future__ import annotations

import pytest

from rag.answer import Answer, Citation, Sentence, Turn
from rag.chat import stand_alone


def turn(question: str, said: str = "", emphasis: tuple[int, int] | None = None) -> Turn:
    sentences = (Sentence(said, "", (1,), "quoted", (emphasis,) if emphasis else ()),) if said else ()
    cited = (Citation(1, "r", "a.txt", "T", said, 0, len(said), "utf-8"),) if said else ()
    return Turn(question, Answer(question, question, said, sentences, cited, not said, 0.9))


@pytest.mark.parametrize(
    ("before", "asked", "alone"),
    [
        ("When did Ida Venn open the bridge?", "And where did she live?", "Where did Ida Venn live?"),
        ("When did Ida Venn open the bridge?", "Who is her deputy?", "Who is Ida Venn’s deputy?"),
        ("Who ran the port of Oslo in 2019?", "And in 2022?", "Who ran the port of Oslo in 2022?"),
        ("When did Ida Venn open the bridge?", "Where?", "Where: When did Ida Venn open the bridge?"),
        ("When did Ida Venn open the bridge?", "Who won the Oslo marathon?", "Who won the Oslo marathon?"),
    ],
)
def test_a_follow_up_stands_alone(before: str, asked: str, alone: str) -> None:
    assert stand_alone(asked, [turn(before)]) == alone


def test_a_person_who_answered_is_the_one_spoken_of() -> None:
    before = turn("Who opened the bridge?", "Ida Venn opened it.", (0, 8))
    assert stand_alone("Where does she live?", [before]) == "Where does Ida Venn live?"


def test_the_first_question_is_left_alone() -> None:
    assert stand_alone("And where is he?", []) == "And where is he?"
