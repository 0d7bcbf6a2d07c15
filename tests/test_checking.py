"""What the checker says of sentences beside a source: every check by name, and what it must let pass."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.english.sentences import sentence_spans
from index.records import ArticleRow, Passage
from rag.checking import Check, Checker
from rag.citing import Draft
from rag.matching import Source
from rag.retrieval import Found
from rag.writing import judge

HARBOUR = Source(
    "The port of Skellmouth handled 1.2 million containers in 2022, 8% fewer than a year earlier. "
    'Harbour master Ingrid Vell said on Tuesday that the quay "will not close before March". '
    "Dockers rejected the company's offer and walked out last month, the union said. "
    "Vell denied that 40 workers had been dismissed. "
    "Prosecutors allege that the deputy manager, Tomas Reyk, took bribes of $3 million. "
    "The city council approved a new terminal; Mayor Ada Quill opened it on 4 May 2023.",
    published="2023-05-11",
    title="Strike at Skellmouth",
    publisher="Coast Daily",
)

TRUE = {
    "a whole sentence": "Vell denied that 40 workers had been dismissed.",
    "a figure written out": "The port handled 1,200,000 containers in 2022.",
    "per cent for %": "In 2022 Skellmouth handled 8 per cent fewer containers than in the year before.",
    "a weekday as a day": "Ingrid Vell spoke about the quay on 9 May 2023.",
    "last month as a month": "The dockers walked out in April 2023.",
    "a surname for the whole name": "Reyk is alleged to have taken bribes of $3 million.",
    "another spelling of a name": "Mayor Ada Quil opened the terminal on 4 May.",
    "an attributed claim": "Prosecutors say that Tomas Reyk took bribes of 3 million dollars.",
    "a passive": "The terminal was opened by Mayor Ada Quill on 4 May 2023.",
    "a denial kept": "Vell says the quay will not close before March.",
    "a quote": 'Vell said the quay "will not close before March".',
    "a quote in curly marks": "Vell said the quay “will not close before March”.",
}

FALSE = {
    "numbers": ("The port handled 1.3 million containers in 2022.", "numbers"),
    "a scale": ("Tomas Reyk allegedly took bribes of $3 billion.", "numbers wording"),
    "a unit": ("Reyk allegedly took bribes of 3 million euros.", "numbers"),
    "a percentage": ("Skellmouth handled 9% fewer containers in 2022.", "numbers"),
    "a year": ("The port handled 1.2 million containers in 2021.", "dates wording"),
    "a day": ("Mayor Ada Quill opened the new terminal on 5 May 2023.", "dates"),
    "a foreign name": ("Mayor Oskar Lind opened the new terminal on 4 May 2023.", "names"),
    "another name of the source": (
        "The city council approved a new terminal; Mayor Tomas Reyk opened it on 4 May 2023.", "wording"),
    "a negation added": ("The city council did not approve a new terminal.", "negation wording"),
    "a negation dropped": (
        "Harbour master Ingrid Vell said on Tuesday that the quay will close before March.", "wording"),
    "an opposite": ("The city council rejected a new terminal.", "direction wording"),
    "more for fewer": ("The port handled 8% more containers in 2022 than a year earlier.", "direction wording"),
    "a claim stated as fact": ("The deputy manager, Tomas Reyk, took bribes of $3 million.", "attribution"),
    "an altered quote": ('Vell said the quay "will never close before March".', "quotes"),
    "someone else's words": ("Tomas Reyk said that the quay will not close before March.", "attribution"),
    "an added circumstance": (
        "Dockers rejected the company's generous offer and walked out last month, the union said.", "wording"),
    "something else": ("Shares in the brewery rose sharply after the takeover.", "coverage"),
}  # fmt: skip


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.mark.parametrize("sentence", TRUE.values(), ids=TRUE)
def test_what_the_source_says_is_supported(checker: Checker, sentence: str) -> None:
    assert checker.check(sentence, HARBOUR).verdict == "supported", checker.check(sentence, HARBOUR).reason


@pytest.mark.parametrize("sentence, check", FALSE.values(), ids=FALSE)
def test_what_it_does_not_say_loses_its_footnote(checker: Checker, sentence: str, check: str) -> None:
    result = checker.check(sentence, HARBOUR)
    assert result.verdict in ("contradicted", "not_shown")
    assert result.checks[-1] in check.split(), result.reason


def test_a_reason_names_both_figures(checker: Checker) -> None:
    result = checker.check("Vell denied that 50 workers had been dismissed.", HARBOUR)
    assert (result.verdict, result.reason) == ("contradicted", "says 50, but the source says 40")


def test_figures_that_changed_places_are_contradicted(checker: Checker) -> None:
    source = Source("The bill passed by 118 votes to 101 after 14 hours.")
    assert checker.check("The bill passed by 101 votes to 118 after 14 hours.", source).verdict == "contradicted"


def test_a_range_turned_round_is_contradicted(checker: Checker) -> None:
    source = Source("Dunmere Rovers won the derby 3-1 on a wet pitch before 9,000 people.")
    result = checker.check("On a wet pitch the derby went to Dunmere Rovers, who won 1-3.", source)
    assert result.reason == "says 1-3, but the source says 3-1"


def test_by_is_not_to(checker: Checker) -> None:
    source = Source("Average rents in the town rose to 1,240 crowns, the statistics office said.")
    assert checker.check("Rents in the town rose by 1,240 crowns.", source).verdict == "contradicted"


def test_doing_and_suffering_exchanged_is_contradicted(checker: Checker) -> None:
    source = Source("Norwell Foods bought the biscuit maker Tansy for 85 million pounds.")
    assert checker.check("Tansy bought Norwell Foods for 85 million pounds.", source).verdict == "contradicted"
    assert checker.check("Tansy was bought by Norwell Foods for 85 million pounds.", source).verdict == "supported"


def test_who_buys_is_sold_to(checker: Checker) -> None:
    source = Source("A fund in Norrick bought the Clearbrook works from the state in 2007.")
    check = checker.check("In 2007 the state sold the Clearbrook works to a fund in Norrick.", source)
    assert check.verdict == "supported"


def test_what_may_be_is_not_what_is(checker: Checker) -> None:
    source = Source("Health officials are examining whether a leak at the paint factory caused the rashes.")
    assert checker.check("A leak at the paint factory caused the rashes.", source).verdict == "not_shown"


def test_a_name_far_from_what_is_said_of_it_loses_its_footnote(checker: Checker) -> None:
    source = Source(
        "Lena Orvik trains the swimmers of Brunnen. The pool has eight lanes and was paid for by a lottery. Tickets "
        "are sold at the gate every morning. In the archery hall across the street the coach Petra Salm broke the "
        "national record with 340 points."
    )
    assert checker.check("With 340 points Lena Orvik broke the national record.", source).verdict != "supported"
    assert checker.check("With 340 points Petra Salm broke the national record.", source).verdict == "supported"


SPOKEN = Source(
    "The ferry's owner, Baltor, said the ship had been inspected in August; "
    "the inspectorate said it was still looking for the papers. "
    "Captain Elias Mbura was the last to leave. Passenger Nora Finchley praised him. "
    "Analysts say fares could rise by a tenth. Corvair disputes that figure."
)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The inspectorate said that the ship had been inspected in August.", "someone else's words to inspectorate"),
        ("Corvair says fares could rise by a tenth.", "someone else's words to Corvair"),
        ("Nora Finchley, the ferry's captain, was the last to leave it.", "calls Nora Finchley what the source calls"),
    ],
)
def test_who_speaks_and_who_is_called_what_are_read_clause_by_clause(
    checker: Checker, sentence: str, reason: str
) -> None:
    check = checker.check(sentence, SPOKEN)
    assert check.verdict == "contradicted" and reason in check.reason


@pytest.mark.parametrize(
    "sentence",
    ["Baltor said the ship had been inspected in August.", "The owner said the ship was inspected in August."],
)
def test_a_speaker_by_name_or_by_office_keeps_the_footnote(checker: Checker, sentence: str) -> None:
    assert checker.check(sentence, SPOKEN).verdict == "supported"


def test_a_name_written_out_before_its_short_form_is_that_name(checker: Checker) -> None:
    source = Source("The council formed a committee with the coalition against [ISIS] on Monday in the capital.")
    told = "The council formed a committee with the coalition against the Islamic State (ISIS)."
    assert checker.check(told, source).verdict == "supported"


def test_a_passage_that_is_not_named_must_have_the_whole_in_one_place(checker: Checker) -> None:
    text = ("The harbour council approved a terminal. It rained for a week. Prices fell. Ships waited outside. "
            "The union led a strike over night shifts at the bakery.")  # fmt: skip
    row = ArticleRow("news", "a.txt", "", None, None, None, None, "utf-8")
    sent = [Found(Passage(0, row, 0, len(text), text), 1.0, 1.0, 1.0)]
    apart = "The harbour council led a strike over a terminal."
    assert not judge(Draft(apart, ()), sent, checker).quotes
    assert judge(Draft("The harbour council approved the terminal.", ()), sent, checker).quotes


def test_what_a_model_puts_under_an_outlets_name_is_checked_against_that_outlet_alone(checker: Checker) -> None:
    text = "Fire destroyed a warehouse on the quay overnight."
    rows = [ArticleRow("news", f"{name}.txt", "", name, None, None, None, "utf-8") for name in ("Ledger", "Echo")]
    sent = [Found(Passage(0, row, 0, len(words), words), 1.0, 1.0, 1.0)
            for row, words in zip(rows, (text, "It rained on Monday."), strict=True)]  # fmt: skip
    assert judge(Draft(f"Ledger, 12 October 2021: {text}", ()), sent, checker).support == "supported"
    assert not judge(Draft(f"Echo, 12 October 2021: {text}", ()), sent, checker).quotes


def test_initials_of_a_name_in_the_source_are_that_name(checker: Checker) -> None:
    source = Source("The Popular Mobilization Forces lost two men in the raid, a commander said.")
    assert checker.check("The PMF lost two men in the raid, according to a commander.", source).verdict == "supported"


def test_the_title_of_a_work_is_no_quote(checker: Checker) -> None:
    source = Source("Her third album, Salt and Iron, came out in Norway on Friday.")
    assert checker.check('Her third album, "Salt and Iron", came out in Norway.', source).verdict == "supported"


def test_spans_are_sentences_of_the_source_best_first(checker: Checker) -> None:
    result = checker.check("Mayor Ada Quill opened a new terminal.", HARBOUR)
    assert set(result.spans) <= set(sentence_spans(HARBOUR.text))
    assert "Quill" in HARBOUR.text[slice(*result.spans[0])]


def test_a_check_that_breaks_is_unchecked_never_supported() -> None:
    def broken(texts: Sequence[str]) -> object:
        raise RuntimeError("no vectors today")

    checker = Checker(broken)  # type: ignore[arg-type]
    result = checker.check("Dockers of the company rejected and quit quickly.", HARBOUR)
    assert (result.verdict, result.reason) == ("unchecked", "a check failed (RuntimeError)")


@pytest.mark.parametrize("sentence", ["", "...", "It was.", "?!", "\x00", "and the of"])
def test_a_sentence_without_content_is_not_shown(checker: Checker, sentence: str) -> None:
    assert checker.check(sentence, HARBOUR).verdict == "not_shown"


def test_an_empty_source_shows_nothing(checker: Checker) -> None:
    assert checker.check("The port handled containers.", Source("")) == Check(
        "not_shown", "there is nothing to compare", (), ()
    )


@given(st.text(max_size=200), st.text(max_size=300))
def test_no_text_breaks_a_check(sentence: str, source: str) -> None:
    assert Checker().check(sentence, Source(source, "2023-05-11")).verdict != "unchecked"


@given(st.lists(st.sampled_from(HARBOUR.text.split()), min_size=1, max_size=25))
def test_words_of_the_source_in_any_order_break_no_check(words: list[str]) -> None:
    assert Checker().check(" ".join(words), HARBOUR).verdict != "unchecked"
