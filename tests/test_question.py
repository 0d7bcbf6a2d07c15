"""What a question asks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.english.periods import FIRST_DAY, LAST_DAY, Days
from index.english.words import _stem, stems
from rag.assistant import Assistant
from rag.question import MAX_CHARACTERS, clean_question, understand

ENDINGS = (("oper", "ations"), ("hope", "fulness"), ("run", "ning"), ("rel", "ational"))
WINNERS = {
    "2023-08-15": "Ada Brandt", "2023-08-08": "Bo Carlsen", "2023-07-11": "Cleo Dahl", "2022-07-12": "Dag Eriksen",
    "2021-07-13": "Eva Falk",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_course"),
    [
        ("How did the strike unfold?", True),
        ("Give me a timeline of the talks.", True),
        ("How has the price changed over time?", True),
        ("What has happened since the flood?", True),
        ("How did the boxer develop his punch?", False),
        ("What happened on Monday?", False),
        ("Who progressed to the final?", False),
    ],
)
def test_what_happened_from_first_to_last(text: str, is_course: bool) -> None:
    assert understand(text).is_course is is_course


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
        ("Who won between 2019 and 2021?", Days("2019-01-01", "2021-12-31")),
        ("Who won from May 2019 to 7 June 2020?", Days("2019-05-01", "2020-06-07")),
        ("Who has won since 7 September 2019?", Days("2019-09-07", LAST_DAY)),
    ],
)
def test_the_days_it_names_become_a_range(text: str, days: Days) -> None:
    assert understand(text).days == (days,)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Who won today?", "2023-08-17", "2023-08-17"),
        ("Who won yesterday?", "2023-08-16", "2023-08-16"),
        ("Who won this week?", "2023-08-11", "2023-08-17"),
        ("Who won last week?", "2023-08-07", "2023-08-13"),
        ("Who won this month?", "2023-08-01", "2023-08-17"),
        ("Who won last month?", "2023-07-01", "2023-07-31"),
        ("Who won this year?", "2023-01-01", "2023-08-17"),
        ("Who won last year?", "2022-01-01", "2022-12-31"),
        ("Who won in the last week?", "2023-08-10", "2023-08-17"),
        ("Who won in the past two weeks?", "2023-08-03", "2023-08-17"),
        ("Who has won since last month?", "2023-07-01", LAST_DAY),
        ("Who won this past week?", "2023-08-10", "2023-08-17"),
    ],
)
def test_words_for_a_time_are_ranges_as_of_a_day(text: str, first: str, last: str) -> None:
    asked = understand(text, as_of="2023-08-17")
    assert asked.days == (Days(first, last),) and not asked.numbers
    assert understand(text).days == ()


@pytest.mark.parametrize(
    "text",
    [
        "Who won this election year?", "Who won the last week of May?", "Who won the last?",
        "Who won the last week in May?", "What did USA Today report?", "Who is mayor today?",
        "Who leads Oslo this year?", "Did prices rise compared to last year?", "Did more ships come than last year?",
        "Who will win later this year?", "What was in last year's budget?", "What is today's price?",
    ],
)  # fmt: skip
def test_words_that_name_no_time_are_no_range(text: str) -> None:
    assert understand(text, as_of="2023-08-17").days == ()


@pytest.mark.parametrize("as_of", [FIRST_DAY, LAST_DAY, "2024-02-29", "0001-02-01"])
@pytest.mark.parametrize("time", ["yesterday", "last week", "last month", "since last year", "after today"])
def test_no_day_breaks_it(as_of: str, time: str) -> None:
    for days in understand(f"Who won {time}?", as_of=as_of).days:
        assert days.first <= days.last and str(days)
        days.holds("2024-02-29", days_after=45)


@pytest.fixture(scope="module")
def races(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("news")
    for day, winner in WINNERS.items():
        text = f"{winner} first\n\nPublished: {day}\n\n{winner} won the Ostrevik canal race before a small crowd.\n"
        (folder / f"{day}.txt").write_text(text, encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        yield opened


@pytest.mark.parametrize(
    ("when", "as_of", "winner"),
    [
        ("this week", "2023-08-17", "Ada Brandt"),
        ("this week", "2023-08-10", "Bo Carlsen"),
        ("last week", "2023-08-17", "Bo Carlsen"),
        ("last month", "2023-08-17", "Cleo Dahl"),
        ("last year", "2023-08-17", "Dag Eriksen"),
        ("last year", "2022-08-17", "Eva Falk"),
    ],
)
def test_the_answer_moves_with_the_day_it_is_asked(races: Assistant, when: str, as_of: str, winner: str) -> None:
    answer = races.ask(f"Who won the Ostrevik canal race {when}?", as_of=as_of)
    assert answer.sentences[0].text.startswith(winner), answer.text


def test_what_fits_less_but_is_of_the_day_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for number in range(40):
        text = f"Published: 2021-03-01\n\nWhat happened at the Ostrevik quay was that race {number} was won."
        (folder / f"{number}.txt").write_text(f"What happened at Ostrevik quay\n\n{text}\n", encoding="utf-8")
    text = "Published: 2023-08-17\n\nA ferry sank off the old stone quay, near the fish market of Ostrevik, at dawn."
    (folder / "ferry.txt").write_text(f"Ferry sinks\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path / "store") as opened:
        opened.sync(folder)
        answer = opened.ask("What happened at the Ostrevik quay today?", as_of="2023-08-17")
        other = opened.ask("Who won race 7 at the Ostrevik quay today?", as_of="2023-08-17")
    assert {citation.path for citation in answer.citations} == {"ferry.txt"} and other.refused


def test_a_week_of_which_nothing_is_reported_is_refused(races: Assistant) -> None:
    answer = races.ask("Who won the Ostrevik canal race this week?", as_of="2023-05-20")
    assert answer.refused and "14 May 2023 to 20 May 2023" in answer.text


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
     ("before 2019", "the time up to 31 December 2018"), ("since 2019", "the time since 1 January 2019")],
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
