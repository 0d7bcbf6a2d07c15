"""Limits: what passes nothing is an error that names what there is, and what is left out is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article import UserError
from rag import Assistant
from rag.limits import known_publisher
from tests.fakes import WordEmbedder, write

_PUBLISHERS = ("Harbour Gazette", "The Évian Post", "Wire of the North", "The Ledger")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("limits")
    lines = ["path,publisher,published"]
    for number in range(12):
        day = "" if number % 3 == 0 else f"2023-0{1 + number % 9}-11"
        lines.append(f"{number}.txt,{_PUBLISHERS[number % 4]},{day}")
        text = f"Ferry {number}\n\nThe ferry Osprey {number} was built by Ada Quill in Port Sable, the yard said.\n"
        write(place / "news", {f"{number}.txt": text})
    write(place / "news", {"metadata.csv": "\n".join(lines)})
    with Assistant.open(place / "store", embedder=WordEmbedder()) as opened:
        opened.sync(place / "news")
        yield opened


@pytest.mark.parametrize("name", (*_PUBLISHERS, "the ledger", " the évian post ", "WIRE OF THE north"))
def test_publisher_is_found_however_it_is_capitalized(name: str, assistant: Assistant) -> None:
    found = assistant.search("ferry", publisher=name)
    assert {result.publisher for result in found} == {known_publisher(name, _PUBLISHERS)}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("The Legder", "The Ledger"),
        ("Ledger", "The Ledger"),
        ("gazette", "Harbour Gazette"),
        ("Harbor Gazette", "Harbour Gazette"),
        ("Evian Post", "The Évian Post"),
        ("Northern Wire", None),
        ("Reuters", None),
        ("  ", None),
        ("Ledger; Gazette", None),
    ],
)
def test_publisher_that_no_article_has_names_those_there_are(
    name: str, first: str | None, assistant: Assistant
) -> None:
    for act in (lambda: assistant.ask("Who built the ferry?", publisher=name),
                lambda: assistant.chat(publisher=name), lambda: assistant.search("ferry", publisher=name)):  # fmt: skip
        with pytest.raises(UserError, match="No article is from the publisher") as told:
            act()
        assert all(publisher in told.value.hint for publisher in _PUBLISHERS)
        assert first is None or told.value.hint.startswith(f"There are: {first}")


def test_of_many_publishers_a_few_are_named_and_the_rest_counted() -> None:
    with pytest.raises(UserError, match="The Post 17, .* and 88 more"):
        known_publisher("The Post 17th", [f"The Post {number}" for number in range(100)])
    with pytest.raises(UserError, match="No article names its publisher"):
        known_publisher("The Ledger", ())


@pytest.mark.parametrize(
    ("limits", "undated"),
    [
        ({"since": "2023-01-01"}, 4),
        ({"until": "2023-12-31"}, 4),
        ({"since": "2023-01-01", "until": "2023-02-01"}, 4),
        ({"since": "2030-01-01"}, 4),
        ({"since": "2023-01-01", "publisher": "The Ledger"}, 1),
        ({"since": "2023-01-01", "exclude": ("0.txt", "news/3.txt")}, 2),
        ({"until": "2023-12-31", "as_of": "2023-05-01"}, 4),
        ({"as_of": "2023-05-01"}, 0),
        ({"publisher": "The Ledger"}, 0),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("question", ["Who built the ferry Osprey 4?", "How is marzipan made?"])
def test_undated_articles_that_days_leave_out_are_counted(
    question: str, limits: dict[str, str], undated: int, assistant: Assistant
) -> None:
    answer = assistant.ask(question, **limits)  # type: ignore[arg-type]
    told = [note.text for note in answer.notes if note.kind == "left_out"]
    assert [text.split()[0] for text in told] == [str(undated)] * bool(undated)
    assert all(("articles" if undated > 1 else "article ") in text for text in told)


def test_store_that_was_named_and_is_not_there_is_an_error_to_whoever_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "news", {"a.txt": "Ferry\n\nThe ferry Osprey was built by Ada Quill in Port Sable.\n"})
    with Assistant.open(tmp_path / "none", embedder=WordEmbedder()) as named:
        for act in (lambda: named.ask("Who?"), lambda: named.search("ferry"), named.chat, named.articles, named.status):
            with pytest.raises(UserError, match="There is no index in .*none"):
                act()
        assert not (tmp_path / "none").exists()
        named.sync(tmp_path / "news")
        assert named.search("ferry") and not named.is_sample
    monkeypatch.setenv("FOOTNOTE_STORE", str(tmp_path / "other"))
    with Assistant.open(embedder=WordEmbedder()) as set_in_environment, pytest.raises(UserError, match="no index"):
        set_in_environment.ask("Who built the ferry?")
