"""Which passages are found first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.retrieval import fuse

PRIZE = "{title}\n\nThe Norrvik Post, {day} —\n\nThe harbour prize of Norrvik went to {winner} at a dinner in town.\n"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "news").mkdir()
    for year, winner in (("2019", "Ida Venn"), ("2021", "Jon Berg"), ("2023", "Marta Lund")):
        text = PRIZE.format(title="Harbour prize awarded", day=f"March 3, {year}", winner=winner)
        (tmp_path / "news" / f"{year}.txt").write_text(text, encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(tmp_path / "news")
        yield opened


def test_a_question_for_news_finds_the_newest_first(assistant: Assistant) -> None:
    found = assistant.search("Who won the harbour prize of Norrvik recently?")
    assert [result.path for result in found] == ["2023.txt", "2021.txt", "2019.txt"]


def test_news_is_what_was_new_on_the_day_of_asking(assistant: Assistant) -> None:
    found = assistant.search("Who won the harbour prize of Norrvik this week?", as_of="2021-03-05")
    assert [result.path for result in found] == ["2021.txt", "2019.txt"]


def test_a_question_about_a_past_year_does_not_prefer_the_newest(assistant: Assistant) -> None:
    assert assistant.search("Who won the latest harbour prize of Norrvik in 2019?")[0].path == "2019.txt"


def test_what_one_search_does_not_find_counts_nothing_there() -> None:
    assert fuse({1: 2.0, 2: 1.0}, {3: 5.0}) == {1: 0.5, 2: 0.0, 3: 0.5}


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(tmp_path / "news")
        assert opened.search("Who won the harbour prize?") == []
