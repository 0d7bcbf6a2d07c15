"""Limits: what passes nothing is an error that names what there is, and what is left out is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from index.article import UserError
from index.english.words import words_by_stem
from index.records import Filters
from rag import Assistant
from rag.limits import Within, check_limits, known_publisher, parse_limits
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
        with pytest.raises(UserError, match="There are no articles from the publisher") as told:
            act()
        assert all(publisher in told.value.hint for publisher in _PUBLISHERS)
        assert first is None or told.value.hint.startswith(f"The index has: {first}")


def test_of_many_publishers_a_few_are_named_and_the_rest_counted() -> None:
    with pytest.raises(UserError, match="The Post 17, .* and 88 more"):
        known_publisher("The Post 17th", [f"The Post {number}" for number in range(100)])
    with pytest.raises(UserError, match="No article in the index names its publisher"):
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
    with pytest.raises(UserError, match="No article matches") as told:
        places.ask("Who built the ferry?", only=only)
    assert named in told.value.hint


def test_an_answer_is_from_where_it_was_limited_to(places: Assistant) -> None:
    assert places.ask("Who built the tug Gannet?").citations[0].path == "reports/z.txt"
    assert places.ask("Who built the tug Gannet?", only="minutes").refused
    answer = places.ask("Who built the ferry Osprey 3?", only="minutes")
    assert {cited.path for cited in answer.citations} == {"minutes/d.txt"}


_ROLES = "keeper warden purser steward bosun surveyor pilot engineer clerk master".split()
_HARBOURS = ("Quarrel Rock", "Port Sable", "Norrvik", "East Haven", "Tarn Bridge")
_NAMES = "Ada Quill|Ben Orr|Cal Dow|Dora Venn|Ezra Fry|Fern Marsh|Gus Holt|Hana Pike|Ivo Rusk|Jun Stone".split("|")
_THINGS = "harbour council bridge ferry school budget station museum river release disease university".split()
_SOME_LIMITS: tuple[dict[str, str], ...] = (
    {"publisher": "The Ledger"}, {"since": "2023-05-01"}, {"until": "2023-06-30"}, {"only": "north"},
    {"as_of": "2023-04-15"}, {"publisher": "The Évian Post", "only": "south"},
    {"since": "2023-02-01", "only": "*1.txt"},
)  # fmt: skip


def random_articles(chance: Random) -> list[tuple[str, str, str, str, str]]:
    """(path, text, publisher, day, a question that it answers) of articles that share nearly all their words."""
    rows = []
    for number in range(chance.randrange(15, 40)):
        role, place, day = chance.choice(_ROLES), chance.choice(_HARBOURS), f"2023-{chance.randrange(1, 13):02}-11"
        more = [f"The {' '.join(chance.choices(_THINGS, k=7))} was repaired." for _ in range(chance.randrange(1, 9))]
        said = f"The {role} of {place} is {chance.choice(_NAMES)}, the council said. {' '.join(more)}"
        path = f"{chance.choice(['north', 'south'])}/{number}.txt"
        asked = chance.choice([f"Who is the {role} of {place}?", f"Which disease was released in {place}?"])
        text = f"{place} report {number}\n\n{said}\n"
        rows.append((path, text, chance.choice(_PUBLISHERS), day if chance.random() < 0.8 else "", asked))
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_a_limit_answers_as_a_store_of_the_articles_that_pass(seed: int, tmp_path: Path) -> None:
    chance, embedder = Random(seed), WordEmbedder()
    rows = random_articles(chance)
    write_articles(tmp_path / "news", rows)
    with Assistant.open(tmp_path / "store", embedder=embedder) as whole:
        whole.sync(tmp_path / "news")
        for number, limits in enumerate(chance.sample(_SOME_LIMITS, 3)):
            with whole.store.catalog.snapshot() as snapshot:
                filters = check_limits(parse_limits(Within(**limits)), snapshot)  # type: ignore[typeddict-item]
                passing = {row.path for row in snapshot.article_rows(filters)}
            place = tmp_path / str(number)
            write_articles(place / "news", [row for row in rows if row[0] in passing])
            day = {"as_of": limits["as_of"]} if "as_of" in limits else {}
            with Assistant.open(place / "store", embedder=embedder) as some:
                some.sync(place / "news")
                for *_, asked in chance.sample(rows, 3):
                    limited, alone = whole.ask(asked, **limits), some.ask(asked, **day)  # type: ignore[arg-type]
                    notes = tuple(note for note in limited.notes if note.kind != "left_out")
                    assert replace(limited, notes=notes).to_dict() == alone.to_dict()


def write_articles(folder: Path, rows: Sequence[tuple[str, str, str, str, str]]) -> None:
    lines = ["path,publisher,published", *(f"{path},{publisher},{day}" for path, _, publisher, day, _ in rows)]
    write(folder, {"metadata.csv": "\n".join(lines), **{path: text for path, text, *_ in rows}})


def test_limits_that_pass_nothing_are_no_empty_index(assistant: Assistant) -> None:
    answer = assistant.ask("Who built the ferry Osprey 4?", as_of="1990-01-01", since="1980-01-01")
    assert answer.refused and "within these limits" in answer.text


@pytest.mark.parametrize("word", ["release", "increase", "disease", "purchase", "university", "organise", "agreed"])
def test_words_whose_stems_have_stems_are_found(word: str, tmp_path: Path) -> None:
    texts = {f"{number}.txt": f"Note {number}\n\nThe harbour council met about item {number}.\n" for number in range(9)}
    write(tmp_path / "news", {**texts, "x.txt": f"Note\n\nThe harbour council met, and its {word} was told.\n"})
    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as assistant:
        assistant.sync(tmp_path / "news")
        with assistant.store.catalog.snapshot() as snapshot:
            for view in (snapshot, snapshot.within(Filters(only=("*",)))):
                [(key, score)] = view.search_any(words_by_stem(word), 5, Filters(), 1.0)
                assert snapshot.passages([key])[key].article.path == "x.txt" and score > 0
                assert view.document_frequency(words_by_stem(word)) == {next(iter(words_by_stem(word))): 1}


def test_a_limited_view_weighs_words_as_full_text_does(assistant: Assistant) -> None:
    words = words_by_stem("ferry built Osprey 4 yard")
    with assistant.store.catalog.snapshot() as snapshot:
        whole = dict(snapshot.search_any(words, 50, Filters(), 1.0))
        every = Filters(only=("*",))
        assert dict(snapshot.within(every).search_any(words, 50, every, 1.0)) == pytest.approx(whole)
