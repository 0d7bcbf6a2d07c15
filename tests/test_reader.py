"""The reader: rows of tokens, spans as characters, and what the trained model makes of near misses."""

from __future__ import annotations

import pytest

from rag.reader import read
from rag.reader.encoding import MAX_TOKENS, encode, heading

BRIDGE = (
    "The bridge at Orrin reopened on 4 May after two years of repairs, Mayor Ilse Brandt said.",
    "A second crossing at Tarn is due to open next spring, if the council finds 3 million crowns.",
)
HEAD = heading("Orrin bridge open again", "Harbour Post", "2021-05-05")


def test_each_sentence_has_a_mark_and_its_tokens_follow() -> None:
    encoded = encode("When did it reopen?", HEAD, BRIDGE)

    assert len(encoded.ids) == len(encoded.types)
    assert len(encoded.marks) == len(encoded.offsets) == 2
    assert len({encoded.ids[mark] for mark in encoded.marks}) == 1
    assert encoded.marks[1] == encoded.marks[0] + 1 + len(encoded.offsets[0])
    first, last = encoded.offsets[1][0], encoded.offsets[1][-1]
    assert BRIDGE[1][first[0] : last[1]] == BRIDGE[1]


def test_a_long_passage_is_cut_at_the_end() -> None:
    encoded = encode("When did it reopen?", HEAD, BRIDGE * 20)

    assert len(encoded.ids) <= MAX_TOKENS
    assert 2 < len(encoded.marks) < 40


def test_sentences_that_do_not_fit_are_no_answer() -> None:
    (reading,) = read("When did it reopen?", [(HEAD, BRIDGE * 20)])

    assert len(reading.spans) == len(reading.sure) == 40
    assert reading.spans[-1] is None and reading.sure[-1] == min(reading.sure)


def test_a_lone_surrogate_and_an_empty_passage_are_read() -> None:
    readings = read("Who \ud800?", [(HEAD, ["Nobody \udfff came."]), ("", [])])

    assert [len(reading.spans) for reading in readings] == [1, 0]


def test_a_passage_reads_the_same_whatever_stands_beside_it() -> None:
    alone = read("Who is the mayor?", [(HEAD, BRIDGE)])
    beside = read("Who is the mayor?", [("", ["Short."]), (HEAD, BRIDGE), (HEAD, BRIDGE * 5)])

    assert alone[0] == beside[1]


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("When did the bridge at Orrin reopen?", 0, "4 May"),
        ("Who is the mayor?", 0, "Ilse Brandt"),
        ("How much money must the council find?", 1, "3 million crowns"),
    ],
)
def test_it_finds_the_sentence_and_the_words(question: str, sentence: int, words: str) -> None:
    (reading,) = read(question, [(HEAD, BRIDGE)])

    assert max(range(2), key=lambda at: reading.sure[at]) == sentence
    span = reading.spans[sentence]
    assert span is not None and words in BRIDGE[sentence][slice(*span)]


@pytest.mark.parametrize(
    ("answered", "missed"),
    [
        ("Who is the mayor of Orrin?", "Who is the mayor of Tarn?"),
        ("When did the bridge at Orrin reopen?", "Who designed the bridge at Orrin?"),
        ("How long was the bridge under repair?", "How long is the bridge?"),
    ],
)
def test_a_near_miss_is_less_of_an_answer(answered: str, missed: str) -> None:
    best = [max(read(question, [(HEAD, BRIDGE)])[0].sure) for question in (answered, missed)]

    assert best[0] > best[1]
