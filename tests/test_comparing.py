"""Two sides beside each other, each with its label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.english.dates import written_day
from rag.answer import Answer
from rag.assistant import Assistant
from rag.comparing import sides_of
from rag.question import understand

NEWS = {
    (
        "Coast Daily",
        "2019-05-03",
    ): "Ida Venn wants a toll of five crowns on the Ostrevik bridge. She is the mayor.",
    (
        "Coast Daily",
        "2023-06-02",
    ): "Jon Berg said that no toll should ever be asked on the Ostrevik bridge. He is the mayor.",
    ("The Skerry Post", "2023-06-20"): "The Ostrevik bridge closed for repairs, and its old toll house burned down.",
    ("The Skerry Post", "2021-03-01"): "Rain fell on the fair, and the herring market was shut for two days.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("news")
    for (publisher, day), text in NEWS.items():
        head = f"News of {day[:4]}\n\n{publisher}, {written_day(day)} —"
        (folder / f"{day}.txt").write_text(f"{head}\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        assert {(row.publisher, row.published) for row in opened.articles()} == set(NEWS)
        yield opened


def told(answer: Answer) -> list[tuple[str, str]]:
    return [(sentence.lead, sentence.text) for sentence in answer.sentences]


@pytest.mark.parametrize(
    ("text", "labels", "asked"),
    [
        ("How did Venn and Berg differ over the toll?", ["Venn", "Berg"], ["Venn the toll?", "Berg the toll?"]),
        ("Compare Oslo with Bergen", ["Oslo", "Bergen"], ["Oslo", "Bergen"]),
        ("How do Venn's and Berg's tolls differ?", ["Venn", "Berg"], ["Venn's tolls?", "Berg's tolls?"]),
        ("What do the union and the port each say?", ["union", "port"], None),
        ("Which is larger, Oslo or Bergen?", ["Oslo", "Bergen"], None),
        (
            "Who led it in May 2019, and who in June 2023?",
            ["May 2019", "June 2023"],
            ["Who led it in May 2019?", "Who led it in June 2023?"],
        ),
        (
            "What did Venn in 2019 and Berg in 2023 ask for?",
            ["Venn, 2019", "Berg, 2023"],
            ["What did Venn in 2019 ask for?", "What did Berg in 2023 ask for?"],
        ),
        ("Who met Venn and Berg?", [], []),
        ("How does Bosnia and Herzegovina differ from Serbia?", ["Bosnia and Herzegovina", "Serbia"], None),
        ("Which is larger, Oslo, Bergen or Rome?", [], []),
        ("Who compared Venn to Berg?", [], []),
        ("Is it safe, legal or rare?", [], []),
        ("How do cats and dogs differ from wolves?", [], []),
        ("What difference did Venn and Berg make?", [], []),
        ("How do Marks & Spencer and Tesco differ?", [], []),
        ("What happened between 2019 and 2021?", [], []),
        ("Did the 2015 deal fail in 2018?", [], []),
        ("In 2023, what did Venn say about 2019?", [], []),
        ("Who led in 2019" + "." * 1900 + "x in 2023?", [], []),
        ("How did Venn differ?", [], []),
        ("Who led it before 2019 and after 2023?", [], []),
    ],
)
def test_the_sides_of_a_question_are_seen(text: str, labels: list[str], asked: list[str] | None) -> None:
    sides = sides_of(understand(text))
    assert [side.label for side in sides] == labels
    assert asked is None or [side.text for side in sides] == asked


def test_a_word_is_no_outlet() -> None:
    outlets = ("The Guardian", "The Independent")
    assert understand("How do the guardian and the independent trustee differ?", outlets).publishers == ()
    assert understand("How do the Guardian and The Independent differ?", outlets).publishers == outlets


@pytest.mark.parametrize("text", ["Who is in Times Square?", "Did Cradle of Filth tour?", "Who owns New York Times?"])
def test_a_part_of_another_name_is_no_outlet(text: str) -> None:
    assert understand(text, ("The Times", "The Cradle")).publishers == ()


def test_outlets_are_sides() -> None:
    sides = sides_of(understand("How do Coast Daily and the Post differ on it?", ("Coast Daily", "The Skerry Post")))
    assert [side.publisher for side in sides] == ["Coast Daily", "The Skerry Post"]


def test_each_name_has_its_sentence_under_its_label(assistant: Assistant) -> None:
    answer = assistant.ask("How did Venn and Berg differ over the toll on the Ostrevik bridge?")
    leads = dict(told(answer)[::-1])
    assert leads.keys() == {"Venn (Coast Daily, 3 May 2019):", "Berg (Coast Daily, 2 June 2023):"}
    assert "five crowns" in leads["Venn (Coast Daily, 3 May 2019):"]
    assert "no toll" in leads["Berg (Coast Daily, 2 June 2023):"]


def test_no_sentence_stands_twice_or_under_the_name_of_the_other(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    text = "The council debated the bridge toll. But Venn wants a toll of five crowns. But Berg wants a toll of one."
    (folder / "a.txt").write_text(f"Toll\n\nCoast Daily, 2 May 2023 —\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(folder)
        found = told(opened.ask("How do Venn and Berg differ over the bridge toll?"))
    assert found and len({text for _, text in found}) == len(found)
    assert not any(lead.startswith("Berg (") and "Venn" in text for lead, text in found)


def test_a_time_has_only_what_is_of_it(assistant: Assistant) -> None:
    answer = assistant.ask("Who was mayor of Ostrevik in 2019, and who in 2023?")
    labels = [lead.partition(" (")[0] for lead, _ in told(answer) if lead]
    assert labels[0] == "2019" and "2023" in labels
    for citation, (lead, _) in zip(answer.citations, told(answer), strict=True):
        assert not lead or lead.partition(" (")[0] == (citation.published or "")[:4]


def test_outlets_are_set_beside_each_other(assistant: Assistant) -> None:
    answer = assistant.ask("How do Coast Daily and The Skerry Post differ on the Ostrevik bridge toll?")
    assert {citation.publisher for citation in answer.citations} == {"Coast Daily", "The Skerry Post"}


def test_an_outlet_that_does_not_tell_of_it_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("How do Coast Daily and The Skerry Post differ on Jon Berg?")
    assert answer.refused and "none of the passages found in The Skerry Post" in answer.text
