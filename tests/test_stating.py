"""What of a model's sentences states nothing, and what only looks so."""

from __future__ import annotations

import pytest

from rag.stating import missing, unstated


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("The passage is about a fire in a port.", "talks about the passages"),
        ("The answer to this question lies in the second article.", "talks about the passages"),
        ("However, the article discusses the events of the night.", "talks about the passages"),
        ("You have asked about the pumps.", "talks about the passages"),
        ("Who runs the harbour?", "is a question"),
        ("Question: who runs the harbour?", "is a question"),
        ("The Skellmouth Port Authority.", "is no whole sentence"),
        ("Ruta Kessing (4 July 2022)", "is no whole sentence"),
        ("The fire was put out by the crew, and the fire was put out by the tug.", "repeats itself"),
        ("The fire was not a fire, but a fire.", "repeats itself"),
        ("A report on the report that the report reported was reported.", "repeats itself"),
    ],
)
def test_what_states_nothing_is_named(sentence: str, why: str) -> None:
    assert unstated(sentence) == why


@pytest.mark.parametrize(
    "sentence",
    [
        "Parliament delayed the passage of the bill.",
        "Article 140 was passed in 2005.",
        "The question of the islands was settled in June.",
        "The report says that the pumps failed.",
        "Abiol rang Stowe before midnight.",
        "Nobody died.",
        "Doctors warn of a shortage.",
        "“Why did nobody ask?” she said.",
        "The Maricopa County Elections Department said that the Maricopa County Elections Department is ready.",
    ],
)
def test_what_states_something_passes(sentence: str) -> None:
    assert unstated(sentence) == ""


def test_what_the_passages_do_not_tell_is_known() -> None:
    assert missing("The articles do not mention the price of the pumps.") == "the price of the pumps?"
    assert missing("None of the passages say who paid.") == "who paid?"
    assert missing("The articles mention the price of the pumps.") == ""
    assert missing("The minister did not mention the price.") == ""
