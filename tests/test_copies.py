"""Copies and versions of a story: told once."""

from __future__ import annotations

import json
from pathlib import Path

from index.article import Article
from rag.answer import Answer
from rag.assistant import Assistant
from rag.copies import days_apart, is_one_story

STORY = (
    "The harbour of Lund Bay was closed on Monday after the crane Goliath fell across the quay. Nobody was hurt. "
    "The harbour master, Ada Brink, said that the crane had stood since 1931 and had been inspected in spring. "
    "Ships bound for Lund Bay wait outside the bay or sail on to Kettle Point, forty kilometres further north. "
    "Divers are to look at the foundations on Wednesday, when the wind should have dropped. Traders said that the "
    "closure would cost them dearly, for the season of the herring has just begun and their stores are full."
)
OTHER = "A month ago the crane Goliath fell across the quay of Lund Bay, and it is not mended yet, said the builder."


def ask(folder: Path, *articles: tuple[str, str, str, str]) -> Answer:
    (folder / "articles").mkdir()
    for name, publisher, published, text in articles:
        record = {"publisher": publisher, "published": published, "title": "Crane falls in Lund Bay", "text": text}
        (folder / "articles" / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    with Assistant.open(folder / "store") as assistant:
        assistant.sync(folder / "articles")
        return assistant.ask("Which crane fell across the quay of Lund Bay?")


def coverage(answer: Answer) -> list[str]:
    return [note.text for note in answer.notes if note.kind == "coverage"]


def article(title: str, day: str | None, text: str = STORY) -> Article:
    return Article("r", title, title, text, (), "utf-8", "", publisher="Coast Daily", published=day)


def test_copies_are_shown_once_and_the_other_outlet_is_named(tmp_path: Path) -> None:
    answer = ask(tmp_path, ("a", "Coast Daily", "2023-05-09", STORY), ("b", "The Post", "2023-05-09", STORY))
    assert len({citation.quote for citation in answer.citations}) == len(answer.citations)
    assert coverage(answer) in (["Also carried by Coast Daily, 9 May 2023."], ["Also carried by The Post, 9 May 2023."])


def test_articles_that_bear_on_it_and_are_not_cited_are_counted_once_a_story(tmp_path: Path) -> None:
    copies = [("a", "Coast Daily", "2023-05-09", STORY), ("b", "The Post", "2023-05-09", STORY)]
    later = [("c", "The Sun", "2023-06-12", OTHER), ("d", "The Moon", "2023-06-12", OTHER)]
    [text] = coverage(ask(tmp_path, *copies, *later))
    assert text.endswith("2 articles are relevant; 1 is cited.")


def test_a_text_under_another_title_is_no_copy() -> None:
    assert is_one_story(article("Crane falls", "2023-05-09"), article("Crane falls", "2023-05-10"))
    assert not is_one_story(article("Crane falls", "2023-05-09"), article("Subscribe now", "2023-05-09"))


def test_a_text_of_another_month_is_no_copy() -> None:
    assert not is_one_story(article("Crane falls", "2023-05-09"), article("Crane falls", "2023-08-09"))


def test_an_unknown_day_is_no_distance() -> None:
    assert days_apart(article("Crane falls", None), article("Crane falls", "2023-05-09")) is None
