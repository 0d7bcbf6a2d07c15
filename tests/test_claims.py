"""What a sentence answers: its unit, what it denies, what it only plans."""

from __future__ import annotations

import pytest

from rag.claims import claim_of
from rag.question import understand


def answered(question: str, text: str) -> list[str]:
    return [text[start:end] for start, end in claim_of(understand(question), text, text).spans]


@pytest.mark.parametrize(("question", "text", "answer"), [
    ("How much did the heron census cost?", "Wardens saw 215 herons; the census cost 9,000 euros.", ["9,000"]),
    ("How many herons did wardens see?", "Wardens saw 215 herons; the census cost 9,000 euros.", ["215"]),
    ("How old is Tilo Brack?", "Tilo Brack, 39, won 52 percent of the vote by 480 votes.", ["39"]),
    ("How old is the oak of Wend?", "The oak of Wend is 400 years old and 21 metres tall.", ["400"]),
    ("How tall is the oak of Wend?", "The oak of Wend is 400 years old and 21 metres tall.", ["21"]),
    ("What percentage of members backed Tilo Brack?", "Of 800 members 62 percent backed him.", ["62 percent"]),
    ("How heavy is the bell of Wend?", "Cast in 1820 for 900 crowns, it weighs 3 tonnes.", ["3"]),
    ("How many hectares did the moor fire burn?", "The fire burned 70 hectares and 6 barns.", ["70"]),
    ("How much did the Wend pier cost?", "The pier cost 12 million zloty.", ["12 million"]),
    ("How many people saw the play?", "Dozens saw it in 2019.", ["Dozens"]),
])  # fmt: skip
def test_a_figure_answers_in_the_unit_asked_for(question: str, text: str, answer: list[str]) -> None:
    assert answered(question, text) == answer


@pytest.mark.parametrize(("question", "text", "answer"), [
    ("Who sold the Wend brewery?", "Nora Kell did not sell the Wend brewery, she said.", []),
    ("Who sold the Wend brewery?", "Nora Kell denied that she sold the Wend brewery.", []),
    ("Who sold the Wend brewery?", "Nora Kell did not sell it, but Max Orth sold his half.", ["Max Orth"]),
    ("Who sold the Wend brewery?", "Max Orth sold the Wend brewery.", ["Max Orth"]),
    ("Who sold the Wend brewery?", "Max Orth, not Nora Kell, sold the Wend brewery.", ["Max Orth"]),
    ("Who did not sell?", "Nora Kell did not sell.", ["Nora Kell"]),
    ("Who did not sell?", "Max Orth sold his half.", []),
    ("Who sold the Wend brewery?", "Max Orth sold the Wend brewery and did not say why.", ["Max Orth"]),
    ("How many beds does the ward have?", "The ward has 16 beds, not 61 beds.", ["16"]),
])  # fmt: skip
def test_what_a_sentence_denies_is_no_answer(question: str, text: str, answer: list[str]) -> None:
    assert answered(question, text) == answer


@pytest.mark.parametrize(("question", "text", "stance"), [
    ("When did the Arl canal open?", "The Arl canal is due to open in May 2031.", "planned"),
    ("When did the Arl canal open?", "The Arl canal will be opened in May 2031.", "planned"),
    ("When did the Arl canal open?", "The opening of the Arl canal is planned for May 2031.", "planned"),
    ("When did the Arl canal open?", "The Arl canal opened in May 2021.", "so"),
    ("When will the Arl canal open?", "The Arl canal is due to open in May 2031.", "so"),
    ("When was the Arl canal due to open?", "The Arl canal was due to open in May 2021.", "so"),
    ("How many jobs did Arl Steel cut?", "Arl Steel threatens to cut 300 jobs.", "planned"),
    ("How many jobs did Arl Steel cut?", "Arl Steel cut 300 jobs and plans to cut 50 more.", "so"),
    ("By how many crowns did wages rise?", "The union demanded 40 crowns more.", "planned"),
    ("Who won the Arl vote?", "Lena Pohl leads the Arl polls.", "planned"),
    ("When did Ben Sool die?", "Ben Sool, who doctors feared would die in May, died on 3 July.", "so"),
    ("Which firm bought Arl Steel?", "Kell Works has agreed to buy Arl Steel.", "so"),
    ("Who led the Arl polls?", "Lena Pohl led the Arl polls.", "so"),
    ("How many people marched in Arl?", "About 500 people, who demanded higher pay, marched in Arl.", "so"),
    ("Who managed to climb Mount Arl?", "Lena Pohl managed to climb Mount Arl.", "so"),
    ("Who was first to climb Mount Arl?", "Lena Pohl was the first to climb Mount Arl.", "so"),
    ("Did the Arl council approve the plan?", "The Arl council has not approved the plan.", "denied"),
    ("Did the Arl council approve the plan?", "The Arl council approved the plan.", "so"),
])  # fmt: skip
def test_a_plan_a_demand_or_a_poll_is_not_what_happened(question: str, text: str, stance: str) -> None:
    assert claim_of(understand(question), text, text).stance == stance
