"""The verbatim answer: which sentences, in what order, with what they lean on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.records import ArticleRow
from rag.answer import Answer
from rag.answering import Asked, look
from rag.assistant import Assistant
from rag.claims import Stance, find_answers
from rag.extracting import MAX_MORE, MAX_MORE_OF_ONE, further, lead, says_the_same
from rag.question import understand
from tests.test_models import Fixed

BRIDGE = """\
New bridge opens at Norrvik

The Norrvik Post, March 3, 2021 —

Mayor Ida Venn opened the new bridge at Norrvik on Tuesday. \
She said it had cost 45 million crowns, according to the town's books.

The council had planned for 30 million crowns in 2018.
"""


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(tmp_path / "news")
        yield opened


def shown(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def test_a_sentence_that_leans_brings_the_one_before(assistant: Assistant) -> None:
    texts = shown(assistant.ask("How much did the new bridge at Norrvik cost?"))
    leaning = next(number for number, text in enumerate(texts) if text.startswith("She said"))
    assert texts[leaning - 1].startswith("Mayor Ida Venn")


def test_attribution_is_never_cut_off(assistant: Assistant) -> None:
    texts = shown(assistant.ask("How much did the new bridge at Norrvik cost?"))
    assert any(text.endswith("according to the town's books.") for text in texts)


def test_the_answering_words_are_emphasised(assistant: Assistant) -> None:
    answer = assistant.ask("Who opened the new bridge at Norrvik?")
    strong = [sentence.text[start:end] for sentence in answer.sentences for start, end in sentence.emphasis]
    assert strong == ["Mayor Ida Venn"]


def test_the_word_that_opens_a_sentence_is_no_name_unless_it_is_one_within_sentences_too() -> None:
    asked, passage = understand("Who spoke?"), "Guards cheered. However, Venn spoke, said Berg. Berg spoke too."
    assert find_answers(asked, "However, Venn spoke.", passage) == ((9, 13),)
    assert find_answers(asked, "Berg spoke too.", passage) == ((0, 4),)


def test_the_source_is_named_once_where_it_does_not_change(assistant: Assistant) -> None:
    answer = assistant.ask("How much did the new bridge at Norrvik cost?")
    assert [sentence.lead for sentence in answer.sentences][:2] == ["The Norrvik Post, 3 March 2021:", ""]


def test_the_title_stands_for_an_unknown_outlet_and_not_its_reporter_or_its_file() -> None:
    assert lead(ArticleRow("r", "a/b.txt", "Rain", None, None, "Ann Roe", None, "utf-8")) == "“Rain”, undated:"


def test_a_quotation_of_several_sentences_is_one_citation_up_to_who_says_it(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    quote = "“The ferry to Norrvik sank on Monday. It was old,” harbour master Jon Berg told the paper."
    text = f"Rain fell all week.\n\n{quote}\n"
    (tmp_path / "news" / "ferry.txt").write_text(text, encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(tmp_path / "news")
        answer = opened.ask("When did the ferry to Norrvik sink?")
        assert shown(answer) == [quote] and [citation.quote for citation in answer.citations] == [quote]
        [(start, end)] = answer.sentences[0].emphasis
        assert quote[start:end] == "Monday"


def test_a_long_sentence_that_does_not_fit_leaves_room_for_a_shorter_one(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for name in ("a", "b"):
        long = f"The ferry to Norrvik sank, and the {name} crew " + " ".join(f"{name}word{n}" for n in range(80)) + "."
        (tmp_path / "news" / f"{name}.txt").write_text(f"The ferry to Norrvik\n\n{long}\n", encoding="utf-8")
    short = "The ferry to Norrvik sank on Monday with nobody aboard, said harbour master Jon Berg."
    (tmp_path / "news" / "c.txt").write_text(f"Harbour\n\n{short}\n", encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(tmp_path / "news")
        texts = shown(opened.ask("When did the ferry to Norrvik sink?"))
    assert short in texts and sum(len(text.split()) for text in texts) <= 140


def test_of_the_latest_the_newest_comes_first(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    for year, cost in (("2019", "30"), ("2021", "45"), ("2020", "38")):
        head = f"Norrvik bridge\n\nThe Norrvik Post, {year}-03-03"
        text = f"{head}\n\nThe Norrvik bridge will cost {cost} million crowns.\n"
        (tmp_path / "news" / f"{year}.txt").write_text(text, encoding="utf-8")
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(tmp_path / "news")
        first = assistant.ask("What is the latest on the Norrvik bridge?").sentences[0]
    assert first.text == "The Norrvik bridge will cost 45 million crowns."


SUNK = "When did the ferry to Norrvik sink?"
FERRY = {  # more to say than an answer shows
    "sinking.txt": "The ferry to Norrvik sank on Monday, harbour master Jon Berg said. It was old. "
    "The ferry to Norrvik sank in March in front of the fish market. The ferry to Norrvik sank after forty years. "
    "The ferry to Norrvik sank in calm water. The ferry to Norrvik sank beside two trawlers.",
    "raising.txt": "Divers filmed the ferry to Norrvik, which sank on a sandbank. "
    "Insurers will pay for the ferry to Norrvik, which sank with forty cars.",
}


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "news").mkdir()
    for name, text in FERRY.items():
        (tmp_path / "news" / name).write_text(f"Harbour\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(tmp_path / "news")
        yield opened


def test_what_else_bears_on_the_question_is_a_few_exact_sentences_with_numbers_of_their_own(ferry: Assistant) -> None:
    answer = ferry.ask(SUNK)
    paths = [citation.path for citation in answer.more]
    assert 0 < len(paths) <= MAX_MORE and max(map(paths.count, paths)) <= MAX_MORE_OF_ONE
    assert [citation.number for citation in answer.more] == list(range(1, len(paths) + 1))
    for citation in answer.more:
        assert f"Harbour\n\n{FERRY[citation.path]}\n"[citation.start : citation.end] == citation.quote


def test_what_else_bears_on_the_question_says_nothing_twice(ferry: Assistant) -> None:
    answer = ferry.ask(SUNK)
    texts = shown(answer) + [citation.quote for citation in answer.more]
    for at in range(len(answer.sentences), len(texts)):
        assert not [other for other in texts[:at] if says_the_same(texts[at], other)]


@pytest.mark.parametrize("stance", ["planned", "denied"])
def test_what_else_bears_on_the_question_is_not_what_is_only_planned_or_denied(
    ferry: Assistant, stance: Stance
) -> None:
    with ferry.store.catalog.snapshot() as snapshot:
        seen = look(ferry.store, ferry.embedder, Asked(SUNK, SUNK), snapshot)
        assert len(further(seen.question, seen.evidence, (), snapshot)) == MAX_MORE_OF_ONE  # five are near the best
        evidence = [replace(item, stance=stance) for item in seen.evidence]
        assert not further(seen.question, evidence, (), snapshot)


def test_a_sentence_that_needs_the_one_before_is_not_among_what_else_is_said(assistant: Assistant) -> None:
    answer = assistant.ask("Who opened the new bridge at Norrvik?")
    assert not [citation for citation in answer.more if citation.quote.startswith("She said")]


def test_beside_what_a_model_writes_stand_sentences_that_it_does_not_say(ferry: Assistant) -> None:
    ferry.use_model(Fixed(says="The ferry to Norrvik sank on Monday, harbour master Jon Berg said [1]."))
    answer = ferry.ask(SUNK)
    quotes = [citation.quote for citation in answer.more]
    assert answer.mode == "model" and quotes and not any("Monday" in quote for quote in quotes)
