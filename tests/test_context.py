"""What a sentence needs to be understood, and what of a text is no sentence to quote."""

from __future__ import annotations

import pytest

from index.english.context import leans, quotation, told


def read(text: str) -> list[tuple[str, str]]:
    return [(text[part.start : part.end], part.asked) for part in told(text)]


@pytest.mark.parametrize(("ask", "reply"), [("Q: ", "A: "), ("Q. ", "A. "), ("Question: ", "Answer: "), ("", "")])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_an_answer_is_read_with_its_question_and_without_marks(ask: str, reply: str, gap: str) -> None:
    text = gap.join([f"{ask}When do you leave?", f"{reply}In spring. My son stays.", f"{ask}Why?", f"{reply}For rest."])
    first, second = "When do you leave?", "Why?"
    assert read(text) == [("In spring.", first), ("My son stays.", first), ("For rest.", second)]


def test_a_question_of_two_sentences_is_read_whole() -> None:
    text = "Q: You grew up here. When did you leave?\nA: At nine."
    assert read(text) == [("At nine.", "You grew up here. When did you leave?")]


def test_a_question_within_a_paragraph_is_no_interview() -> None:
    assert [asked for _, asked in read("Who will pay? Nobody knows.\n\nPlan A: a tunnel.")] == ["", "", ""]


def test_what_follows_the_answer_of_an_unmarked_question_is_not_read_with_it() -> None:
    assert read("Who pays?\n\nThe town.\n\nRain fell.")[1:] == [("Rain fell.", "")]


@pytest.mark.parametrize(("text", "corrects"), [
    ("Correction: The bridge is 90 metres long.", True),
    ("CORRECTION (May 3): The bridge is 90 metres long.", True),
    ("Corrections and clarifications: the bridge is 90 metres long.", True),
    ("An earlier version of this article misstated the length.", True),
    ("This article was amended on 4 May. The bridge is 90 metres long.", True),
    ("The correction officers crossed the bridge.", False),
    ("The mayor asked for a correction of the map.", False),
])  # fmt: skip
def test_a_paragraph_that_corrects_its_article_is_known(text: str, corrects: bool) -> None:
    assert {part.corrects for part in told(text)} == {corrects}


@pytest.mark.parametrize(("text", "joined"), [
    ("Rain. “It is over. We go home. All is well,” he said. Go.", "“It is over. We go home. All is well,” he said."),
    ('Rain. "It is over. We go home. All is well," he said. Go.', '"It is over. We go home. All is well," he said.'),
    ("Rain. ‘It’s over. We go home. All’s well,’ he said. Go.", "‘It’s over. We go home. All’s well,’ he said."),
    ("The guard’s men did not go. We go home. The drivers’ pay is low.", "We go home."),
    ("“It rains.” “So?” We go home. “Yes.”", "We go home."),
    ("“It is over.\n\n“We go home. All is well,” Lund said.", "“We go home. All is well,” Lund said."),
])  # fmt: skip
def test_the_sentences_of_a_quotation_belong_together(text: str, joined: str) -> None:
    spans = [(part.start, part.end) for part in told(text)]
    number = next(number for number, (start, end) in enumerate(spans) if "We go home." in text[start:end])
    numbers = quotation(text, spans, number)
    assert text[spans[numbers[0]][0] : spans[numbers[-1]][1]] == joined


@pytest.mark.parametrize(("text", "is_so"), [
    ("Ida Berg will be her deputy.", True), ("“All is well,” she said.", True), ("It is 9 km long.", True),
    ("Ida Berg sold her house.", False), ("“All is well,” Ida Berg said.", False),
])  # fmt: skip
def test_a_sentence_that_points_to_the_one_before_is_known(text: str, is_so: bool) -> None:
    assert leans(text) == is_so
