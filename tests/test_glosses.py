"""Names and the other forms that articles gloss them with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.records import Filters
from rag.assistant import Assistant
from rag.glosses import glosses, read_question
from tests.shared import shared

NEWS = {
    "2023-05-02": "Founding\n\nCrane drivers founded the Harbour Workers' Union (HWU) in Ostrevik on Tuesday.\n",
    "2023-05-20": "Nickname\n\nThe Harbour Workers' Union, also known as the Grey Caps, marched to the quay.\n",
    "2023-06-12": "Talks\n\nThe HWU lifted its blockade of the quay after the port promised new gloves.\n",
    "2023-07-01": "Ferry\n\nThe ferry to Ostrevik was late again, said its captain, Maria Kessing.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("news")
    for day, text in NEWS.items():
        title, _, body = text.partition("\n\n")
        (folder / f"{day}.txt").write_text(f"{title}\n\nPublished: {day}\n\n{body}", encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        assert [row.published for row in opened.articles()] == list(NEWS)
        yield opened


def meant(assistant: Assistant, text: str, as_of: str | None = None) -> set[str]:
    with assistant.store.catalog.snapshot() as snapshot:
        question = read_question(text, snapshot, Filters(as_of=as_of))
    assert all(name in text for name, _ in question.glosses)
    return {other for _, other in question.glosses}


@pytest.mark.parametrize(
    ("asked", "others"),
    [
        ("Why did the Harbour Workers' Union lift its blockade?", {"HWU", "Grey Caps"}),
        ("Why did the HWU lift its blockade?", {"Harbour Workers' Union", "Grey Caps"}),
        ("Did the HWU lift its blockade?", {"Harbour Workers' Union", "Grey Caps"}),
        ("Why did the Grey Caps lift their blockade?", {"Harbour Workers' Union", "HWU"}),
        ("Why was the ferry to Ostrevik late?", set()),
        ("Who is Maria Kessing?", set()),
    ],
)
def test_a_name_is_known_by_what_the_articles_gloss_it_as(assistant: Assistant, asked: str, others: set[str]) -> None:
    assert meant(assistant, asked) == others


def test_a_gloss_that_is_not_published_yet_is_not_known(assistant: Assistant) -> None:
    assert meant(assistant, "Why did the HWU march?", as_of="2023-05-10") == {"Harbour Workers' Union"}


@pytest.mark.parametrize("name", ["HWU", "Harbour Workers' Union", "Grey Caps"])
def test_an_article_answers_that_only_has_the_other_form(assistant: Assistant, name: str) -> None:
    answer = assistant.ask(f"Why did the {name} lift its blockade of the quay?")
    assert "2023-06-12.txt" in [citation.path for citation in answer.citations], answer.text


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("He leads the Institute of Peruvian Studies (IEP) now.", [("Institute of Peruvian Studies", "IEP")]),
        ("A spokesman of the Kurdistan Freedom Party (PAK) spoke.", [("Kurdistan Freedom Party", "PAK")]),
        ("NATO (the North Atlantic Treaty Organization) met.", [("North Atlantic Treaty Organization", "NATO")]),
        ("The Pentagon sent the Islamic Front, better known as IF, home.", [("Islamic Front", "IF")]),
        ("A spokesman of the Oslo Police (NTB) spoke; the Bank of England (BBC) did too.", []),
        ("It fell in a part of the Pacific Ocean known as Point Nemo.", []),
        ("Mayor Ida Venn called Jon Berg on Monday.", []),
        ("New York (CNN) The mayor, known for his hats, spoke.", []),
        ("Shares of Apple (AAPL) rose; Herschel Walker (R) lost.", []),
        ("The song Exhale (Shoop Shoop) and Kingston (Ontario) are known.", []),
    ],
)
def test_a_gloss_is_read_where_the_text_says_so(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(glosses(text)) == pairs


def test_the_corpus_glosses_its_militias() -> None:
    text = re.sub(r"\s+", " ", (shared("corpus") / "003_56f995411dd5aaac.txt").read_text(encoding="utf-8"))
    assert {("al-Hashd al-Shaabi", "Popular Mobilization Forces"), ("Popular Mobilization Forces", "PMF")} <= set(
        glosses(text)
    )
