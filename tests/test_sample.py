"""The sample articles: in our own words, labelled as what they are, and as many as promised."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest

from rag.assistant import sample_store_folder
from tests.shared import shared

SAMPLE = Path(__file__).resolve().parents[1] / "rag" / "sample"
FICTION = "This is fiction: an invented article from the Footnote samples."
OUTLETS = {"The Skellmouth Ledger", "Hallow Coast Wire", "The Ostrevik Courier", "Dunvarrow Evening News"}
ALARM_WORDS = 12


def texts() -> dict[str, str]:
    """The text of each sample article by its path; a record's path is `file.jsonl#id`."""
    found: dict[str, str] = {}
    for file in sorted(path for path in SAMPLE.rglob("*") if path.is_file()):
        path, text = file.relative_to(SAMPLE).as_posix(), file.read_text(encoding="utf-8")
        if file.suffix == ".jsonl":
            found.update({f"{path}#{record['id']}": record["text"] for record in map(json.loads, text.splitlines())})
        else:
            found[path] = text
    return found


def records() -> list[dict[str, str]]:
    lines = (SAMPLE / "harbour" / "hallow-coast-wire.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def runs(text: str, length: int = ALARM_WORDS) -> set[tuple[str, ...]]:
    """Every run of `length` words, without case, punctuation or apostrophes."""
    words = re.findall(r"[a-z0-9]+", re.sub("['\u2019]", "", text.lower()))
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


PATHS = sorted(texts())
HARBOUR = [path for path in PATHS if path.startswith("harbour/")]
DIGESTS = [path for path in PATHS if path.startswith("digests/")]


def test_there_are_five_digests_and_eighteen_harbour_briefs() -> None:
    assert (len(DIGESTS), len(HARBOUR), len(PATHS)) == (5, 18, 23)


@pytest.mark.parametrize("path", PATHS)
def test_no_sample_shares_twelve_words_in_a_row_with_a_real_article(path: str) -> None:
    ours = runs(texts()[path])
    for real in sorted(shared("corpus").glob("*.txt")):
        assert not ours & runs(real.read_text(encoding="utf-8")), real.name


@pytest.mark.parametrize("path", HARBOUR)
def test_every_harbour_brief_says_that_it_is_fiction(path: str) -> None:
    assert FICTION in texts()[path]


@pytest.mark.parametrize("path", [path for path in HARBOUR if path.endswith(".txt") or "#" in path])
def test_the_label_of_fiction_stands_alone_at_the_end_of_a_harbour_brief(path: str) -> None:
    lines = [line for line in texts()[path].splitlines() if not line.startswith("Source »")]
    assert "\n".join(lines).rstrip().endswith(f"\n\n{FICTION}")


@pytest.mark.parametrize("path", DIGESTS)
def test_every_digest_names_itself_a_digest_where_its_publisher_stands(path: str) -> None:
    assert re.search(r"^(Source » )?Footnote digest of ", texts()[path], re.MULTILINE)
    assert FICTION not in texts()[path]


@pytest.mark.parametrize("path", [path for path in PATHS if not path.endswith(".html")])
def test_every_sample_is_short_enough_to_read_at_once(path: str) -> None:
    assert 90 <= len(texts()[path].split()) <= (300 if path in DIGESTS else 220)


def test_undated_digests_bear_no_full_date() -> None:
    undated = [path for path in DIGESTS if "undated" in path]
    assert len(undated) == 2
    assert not any(re.search(r"\b[A-Z][a-z]+ \d{1,2}, \d{4}", texts()[path]) for path in undated)


@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith(".txt") and "undated" not in path])
def test_a_dated_text_opens_with_its_title_and_a_byline_that_agrees_with_its_name(path: str) -> None:
    title, blank, byline, *_ = texts()[path].splitlines()
    found = re.match(r"(?P<who>.+), (?P<day>[A-Z][a-z]+ \d{1,2}, \d{4}) —", byline)
    assert title and not blank and found
    named = re.search(r"\d{4}-\d{2}-\d{2}", path)
    assert named and datetime.strptime(found["day"], "%B %d, %Y").date() == date.fromisoformat(named[0])
    assert path in DIGESTS or found["who"] in OUTLETS | {"DUNVARROW"}


def test_the_harbour_outlets_are_the_four_invented_ones() -> None:
    everything = "\n".join(texts()[path] for path in HARBOUR)
    assert {record["publisher"] for record in records()} <= OUTLETS
    assert all(outlet in everything for outlet in OUTLETS)


def test_the_records_carry_every_field_of_the_shape() -> None:
    assert [sorted(record) for record in records()] == [["date", "id", "publisher", "text", "title", "url"]] * 3
    assert all(date.fromisoformat(record["date"]) for record in records())


def test_the_page_carries_its_date_and_publisher_as_json_ld() -> None:
    page = texts()["harbour/2021-07-20-dredging.html"]
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block
    article = json.loads(block[1])
    assert (article["@type"], article["datePublished"][:10]) == ("NewsArticle", "2021-07-20")
    assert article["publisher"]["name"] == "The Ostrevik Courier"


@pytest.mark.parametrize("copy", ["2022-03-15-strike-courier.txt", "2022-03-15-strike-evening-news.txt"])
def test_a_copy_of_the_wire_story_is_mostly_the_wire_story(copy: str) -> None:
    full = runs(texts()["harbour/2022-03-14-strike-wire.txt"], 4)
    ours = runs(texts()[f"harbour/{copy}"], 4)
    assert len(ours & full) / len(ours) > 0.65
    assert len(ours) < len(full)


def test_two_checkouts_do_not_share_an_index_of_the_samples(tmp_path: Path) -> None:
    first, second = (sample_store_folder(tmp_path, "minilm x", tmp_path / name) for name in ("one", "two"))
    assert first != second and first == sample_store_folder(tmp_path, "minilm x", tmp_path / "one")
