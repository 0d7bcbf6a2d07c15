"""Names spelled otherwise than in the articles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.catalog import Snapshot
from rag.assistant import Assistant
from rag.spelling import respelled

NEWS = """\
Prime minister of Slovenia meets General Qaani

General Qaani met Maria Kessing of Hezbollah in Erbil on Monday, after a flight from Slovenia.

The market for kettles in Erbil was open, and the kettles sold well, said Kessing.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("news")
    (folder / "visit.txt").write_text(NEWS, encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        yield opened


@pytest.fixture
def snapshot(assistant: Assistant) -> Iterator[Snapshot]:
    with assistant.store.catalog.snapshot() as opened:
        yield opened


@pytest.mark.parametrize(
    ("asked", "understood"),
    [
        ("Who met General Ghaani?", "Who met General Qaani?"),
        ("Who is Maria Kesing of Hizbullah?", "Who is Maria Kessing of Hezbollah?"),
    ],
)
def test_a_name_is_understood_however_it_is_spelled(snapshot: Snapshot, asked: str, understood: str) -> None:
    assert respelled(asked, snapshot) == understood


@pytest.mark.parametrize(
    "asked",
    [
        "Who met General Qaani?",
        "Who governs Slovakia?",
        "Who is Mario?",
        "Is it Arbil?",
        "Who is Kattel?",
        "Which?",
        "",
    ],
)
def test_what_is_another_name_or_no_name_stays(snapshot: Snapshot, asked: str) -> None:
    assert respelled(asked, snapshot) == asked


def test_an_answer_says_how_the_name_was_understood(assistant: Assistant) -> None:
    answer = assistant.ask("Who did General Ghaani meet?")
    assert not answer.refused and answer.asked_as == "Who did General Qaani meet?"
    assert assistant.search("Ghaani")[0].score == assistant.search("Qaani")[0].score
