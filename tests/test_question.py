"""What a question asks."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import FIRST_DAY, LAST_DAY, MAX_CHARACTERS, Days, _stem, clean_question, stems, understand

ENDINGS = (("oper", "ations"), ("hope", "fulness"), ("run", "ning"), ("rel", "ational"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who opened the bridge?", "who"),
        ("When did the ferry sink?", "when"),
        ("In which country did it happen?", "where"),
        ("How many ships came?", "how_many"),
        ("Why did she resign?", "why"),
        ("What did the mayor say about the fire?", "said"),
        ("Is the port closed?", "yes_no"),
        ("How do the two reports differ?", "compare"),
        ("What opened on Monday?", "what"),
        ("Which virus spread?", "which"),
        ("What is the ship called?", "which"),
        ("What was the average price of bread?", "how_many"),
        ("Which city grew most compared to a year ago?", "where"),
    ],
)
def test_the_kind_of_answer_is_seen(text: str, kind: str) -> None:
    assert understand(text).kind == kind


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Who won in 2019?", Days("2019-01-01", "2019-12-31")),
        ("Who won in September 2019?", Days("2019-09-01", "2019-09-30")),
        ("Who won on 7 September 2019?", Days("2019-09-07", "2019-09-07")),
        ("Who won on September 7, 2019?", Days("2019-09-07", "2019-09-07")),
        ("Who won on 2019-09-07?", Days("2019-09-07", "2019-09-07")),
        ("Who won before September 2019?", Days(FIRST_DAY, "2019-08-31")),
        ("Who won until the end of 2019?", Days(FIRST_DAY, "2019-12-31")),
        ("Who won after 2019?", Days("2020-01-01", LAST_DAY)),
        ("Who has won since 7 September 2019?", Days("2019-09-07", LAST_DAY)),
    ],
)
def test_the_days_it_names_become_a_range(text: str, days: Days) -> None:
    assert understand(text).days == (days,)


@pytest.mark.parametrize("text", ["Who paid $2,019 million?", "Who paid $2019?", "Is 12 enough?", "What of May 0050?"])
def test_a_number_that_is_no_day_is_none(text: str) -> None:
    assert understand(text).days == ()


@pytest.mark.parametrize(
    ("text", "is_recent"),
    [("Who won this week?", True), ("Who won the latest race?", True), ("Who won?", False),
     ("Who won in 2019, and who won recently?", False)],
)  # fmt: skip
def test_a_question_for_news_is_known_unless_it_names_a_day(text: str, is_recent: bool) -> None:
    assert understand(text).is_recent == is_recent


@pytest.mark.parametrize(
    ("text", "words"),
    [("What happened in Oslo?", ("oslo",)), ("Tell me about Ida Venn", ("ida", "venn")),
     ("Oslo flood", ("oslo", "flood")), ("What is the latest on the Oslo flood?", ("oslo", "flood"))],
)  # fmt: skip
def test_a_topic_is_what_it_names(text: str, words: tuple[str, ...]) -> None:
    asked = understand(text)
    assert (asked.kind, asked.words) == ("topic", words)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("in 2019", "2019"), ("in May 2019", "May 2019"), ("on 7 May 2019", "7 May 2019"),
     ("before 2019", "the days until 31 December 2018"), ("since 2019", "the days since 1 January 2019")],
)  # fmt: skip
def test_days_are_told_in_words(text: str, spoken: str) -> None:
    assert [str(days) for days in understand(f"Who won {text}?").days] == [spoken]


def test_numbers_match_however_they_are_written() -> None:
    assert understand("Was the fortieth of 1,200 ships twelve days late?").numbers == ("40", "1200", "12")


def test_a_day_counts_as_reported_soon_after_it() -> None:
    days = Days("2019-09-01", "2019-09-30")
    assert days.holds("2019-09-21") and not days.holds("2019-10-05") and days.holds("2019-10-05", days_after=10)
    assert not days.holds(None)


def test_names_are_found_but_not_the_word_that_opens_the_question() -> None:
    assert understand("Did Ida Venn meet NATO in Oslo?").names == ("Ida", "Venn", "NATO", "Oslo")


def test_publishers_are_seen_when_named() -> None:
    assert understand("What did The Gazette report?", ("The Gazette", "The Ledger")).publishers == ("The Gazette",)


def test_accents_and_endings_do_not_matter() -> None:
    assert stems("Cafés' visits") == stems("cafe visit")


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    asked = understand(text)
    assert asked.text == clean_question(text) and len(asked.text) <= MAX_CHARACTERS


def test_many_threads_stem_as_one_does() -> None:
    words = [f"{stem}{chr(97 + n % 26)}{chr(97 + n // 26)}{end}" for n in range(300) for stem, end in ENDINGS]
    alone = [stems(word) for word in words]
    _stem.cache_clear()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(stems, words))
    finally:
        sys.setswitchinterval(before)
    assert together == alone
    assert [stems(word) for word in words] == alone  # a wrong stem would have been kept for good
