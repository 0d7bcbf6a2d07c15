"""Limits: what passes nothing is an error that names what there is, and what is left out is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


_PLACES = (
    "reports/2023/a.txt", "reports/2024/b.txt", "reports/c.md", "minutes/d.txt", "minutes/2024/e.txt", "top.txt",
    "wire.jsonl", "odd [draft]/f.txt", "odd [draft]/g?.txt", "Caf\u00e9/h.txt",
)  # fmt: skip
_ALL = {*_PLACES, "wire.jsonl#1", "wire.jsonl#2"} - {"wire.jsonl"}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("places")
    for number, path in enumerate(_PLACES):
        text = f"Ferry {number}\n\nThe ferry Osprey {number} was built by Ada Quill in Port Sable, the yard said.\n"
        sold = "The ferry Heron {} was sold to Ben Orr, the yard said."
        records = [{"id": each, "text": sold.format(each)} for each in (1, 2)]
        write(place / "news", {path: "\n".join(map(json.dumps, records)) if path.endswith("l") else text})
    write(place / "other", {"reports/z.txt": "Tug\n\nThe tug Gannet was built by Cal Dow in Port Sable.\n"})
    with Assistant.open(place / "store", embedder=WordEmbedder()) as opened:
        opened.sync(place / "news")
        opened.sync(place / "other")
        yield opened


def under(*starts: str) -> set[str]:
    return {path for path in _ALL if path.startswith(starts)}


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("reports/*", under("reports/") | {"reports/z.txt"}),
        ("reports", under("reports/") | {"reports/z.txt"}),
        ("reports/", under("reports/") | {"reports/z.txt"}),
        ("./reports", under("reports/") | {"reports/z.txt"}),
        ("reports\\2023", {"reports/2023/a.txt"}),
        ("news/reports", under("reports/")),
        ("other", {"reports/z.txt"}),
        ("news", _ALL),
        ("reports/2023/a.txt", {"reports/2023/a.txt"}),
        ("a.txt", {"reports/2023/a.txt"}),
        ("2024", {"reports/2024/b.txt", "minutes/2024/e.txt"}),
        ("*/2024/*", {"reports/2024/b.txt", "minutes/2024/e.txt"}),
        ("reports/**/b.txt", {"reports/2024/b.txt"}),
        ("**/top.txt", {"top.txt"}),
        ("*.md", {"reports/c.md"}),
        ("reports/202?/?.txt", {"reports/2023/a.txt", "reports/2024/b.txt"}),
        ("minutes/[a-d].txt", {"minutes/d.txt"}),
        ("wire.jsonl", {"wire.jsonl#1", "wire.jsonl#2"}),
        ("*.jsonl", {"wire.jsonl#1", "wire.jsonl#2"}),
        ("wire.jsonl#2", {"wire.jsonl#2"}),
        ("odd [draft]", under("odd")),
        ("odd [draft]/f.txt", {"odd [draft]/f.txt"}),
        ("Cafe\u0301", {"Caf\u00e9/h.txt"}),
        (("minutes", "top.txt"), under("minutes", "top")),
        (("*",), _ALL | {"reports/z.txt"}),
    ],
)
def test_only_what_lies_there_is_asked(only: Any, expected: set[str], places: Assistant) -> None:
    found = places.search("ferry tug built sold", limit=100, only=only)
    assert {result.path for result in found} == expected


def test_a_folder_may_be_named_by_its_whole_path(places: Assistant) -> None:
    folder = dict(places.roots())["other"]
    assert [result.path for result in places.search("tug", only=f"{folder}/reports")] == ["reports/z.txt"]
    assert [result.path for result in places.search("tug", only=[str(folder)])] == ["reports/z.txt"]


@pytest.mark.parametrize(
    ("only", "named"),
    [
        ("report", "reports/"), ("reprots/*", "reports/"), ("minute/d.txt", "minutes/d.txt"), ("*.pdf", "minutes/"),
        ("reports/2025", "reports/2024/"), ("Reports", "reports/"), ("wire.json", "wire.jsonl#1"),
        ("x" * 5000, "minutes/"), ("/nowhere/reports", "reports/"), ("\ud800", "minutes/"),
        (("reports", "nothing.txt"), "top.txt"),
    ],
)  # fmt: skip
def test_a_place_where_no_article_is_names_some(only: Any, named: str, places: Assistant) -> None:
    with pytest.raises(UserError, match="No article is at") as told:
        places.ask("Who built the ferry?", only=only)
    assert named in told.value.hint


def test_an_answer_is_from_where_it_was_limited_to(places: Assistant) -> None:
    assert places.ask("Who built the tug Gannet?").citations[0].path == "reports/z.txt"
    assert places.ask("Who built the tug Gannet?", only="minutes").refused
    answer = places.ask("Who built the ferry Osprey 3?", only="minutes")
    assert {cited.path for cited in answer.citations} == {"minutes/d.txt"}
