"""Disagreements between articles of ours, and what is none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rag.answer import Answer
from rag.assistant import Assistant
from tests.fakes import open_samples

ARTICLES = (
    ("c", "Coast Daily", "2023-05-03", "Ferry lost",
     "The ferry Marigold sank off Harwick on Tuesday. Twelve people died when the Marigold sank, the guard said."),
    ("d", "The Post", "2023-05-05", "Mourning in Harwick",
     "Fifteen people were killed when the ferry Marigold sank off Harwick this week, the harbour master said."),
    ("e", "Coast Daily", "2018-05-20", "Trams return", "Velden mayor Piet Haan rode the first tram on Sunday."),
    ("f", "The Post", "2023-03-12", "School row", "Parents met Velden mayor Sofie Dries on Saturday about the school."),
    ("g", "Coast Daily", "2022-05-15", "Speech", "Vesh president Salome Ardan spoke to parliament on Sunday."),
    ("h", "The Post", "2022-06-20", "Visit", "Vesh vice president Emin Tosk arrived in Hest on Monday."),
    ("i", "The Post", "2022-07-20", "Memoirs", "Former president of Vesh Gustav Ahn published his memoirs."),
    ("j", "Coast Daily", "2021-11-24", "Pensions", "The Ravel parliament approved the pension bill on Tuesday night."),
    ("k", "The Post", "2021-11-24", "Late vote", "The Ravel parliament rejected the pension bill late on Tuesday."),
    ("l", "Coast Daily", "2023-02-01", "Tunnel", "The Castor tunnel will open on 14 May 2023, the ministry said."),
    ("m", "The Post", "2023-02-03", "A pump", "The Castor tunnel is to open on 30 June 2023, its builder told us."),
    ("n", "Coast Daily", "2021-04-04", "Troops", "Norvia has 3,200 soldiers abroad, the army said."),
    ("o", "The Post", "2021-04-06", "Mission", "In Vesh Norvia has 1,100 soldiers abroad, the army said."),
    ("p", "Coast Daily", "2022-01-11", "Guests", "The Quell museum was visited by 41,000 people in 2021."),
    ("q", "The Post", "2022-01-12", "More guests", "The Quell museum was visited by 68,000 people in 2020."),
    ("r", "Coast Daily", "2022-03-30", "Census", "The town of Ardel has 48,213 inhabitants, the census found."),
    ("s", "The Post", "2022-04-02", "Hospitals", "The town of Ardel has about 48,000 inhabitants."),
    ("t", "Coast Daily", "2018-05-18", "Fares", "A day ticket on the Orrin tram costs 4 euros."),
    ("v", "Coast Daily", "2022-05-02", "Veto", "President of Melk Emil Brand Wednesday vetoed the dam bill."),
    ("w", "The Post", "2022-05-12", "Harvest", "The president of Melk, Emil Brand, spoke about the harvest."),
    ("x", "Coast Daily", "2022-05-02", "Opening", "The mayor of Tolne, Ann Lee, opened the bridge."),
    ("y", "The Post", "2022-05-12", "Closing", "The mayor of Tolne, Ann Lee-Smith, closed the bridge."),
    ("z", "Coast Daily", "2022-05-02", "Lights", "The prime minister of Osk, Mara Vint, lit the lamp."),
    ("0", "The Post", "2022-12-22", "A lamp", "The prime minister of Osk, David Horn, lit it in 1950."),
    ("1", "Coast Daily", "2022-05-02", "Raid", "Norvia attacked Hest on Monday, a spokesman said."),
    ("2", "The Post", "2022-05-04", "Talks", "A Defense Department official spoke of Norvia and Hest on Monday."),
    ("3", "Coast Daily", "2023-03-01", "Dues", "Harbour dues in Sollen rose by 4 percent, the port said."),
    ("4", "The Post", "2023-03-02", "Dues", "Harbour dues in Sollen rose by 4 percentage points, a trader said."),
    ("5", "Coast Daily", "2023-04-04", "Dike", "The Bramm dike cost 7 million crowns, the board said."),
    ("6", "The Post", "2023-04-05", "Dike", "The Bramm dike cost 7 billion crowns, its critics said."),
    ("7", "Coast Daily", "2023-05-09", "Slide", "At least 6 people died when a slide hit Tolk on Monday night."),
    ("8", "The Post", "2023-05-10", "Slide", "The death toll of the slide in Tolk rose to 19 on Tuesday."),
    ("9", "Coast Daily", "2023-06-06", "Court", "A jury found Otto Pell guilty of theft on Monday."),
    ("A", "The Post", "2023-06-07", "Court", "A jury acquitted Otto Pell of theft on Monday."),
    ("B", "Coast Daily", "2023-07-07", "Orm", "The mayor of Orm has quit, a radio station said."),
    ("C", "The Post", "2023-07-08", "Orm", "The mayor of Orm has not quit, the town hall said."),
    ("D", "The Post", "2023-07-08", "Lisk", "The mayor of Lisk has quit, the town hall said."),
    ("E", "The Post", "2023-08-08", "Ward", "The Hale ward has 61 beds, a nurse said.\n\nCorrection: An earlier version"
     " of this article misstated the number of beds. The Hale ward has 16 beds, not 61."),
    ("F", "The Post", "2023-08-09", "Ward", "The Dunn ward has 35 beds.\n\nCorrection: An earlier version of this"
     " article misspelled the name of a nurse."),
    ("u", "Coast Daily", "2023-01-02", "New fares", "A day ticket on the Orrin tram costs 6.50 euros since Sunday."),
)  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    for name, publisher, published, title, text in ARTICLES:
        record = {"publisher": publisher, "published": published, "title": title, "text": text}
        (folder / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        yield opened


def told(answer: Answer) -> Sequence[tuple[str, str]]:
    return [(note.kind, note.text) for note in answer.notes if note.kind in ("conflict", "outdated")]


def cited(answer: Answer) -> set[str]:
    return {citation.path[0] for citation in answer.citations}


def test_two_figures_for_one_thing_are_told_side_by_side_and_both_cited(assistant: Assistant) -> None:
    answer = assistant.ask("How many people died when the ferry Marigold sank?")
    [(kind, text)] = told(answer)
    assert kind == "conflict" and text.index("Daily, 3 May 2023: twelve") < text.index("Post, 5 May 2023: fifteen")
    assert cited(answer) >= {"c", "d"}


def test_two_days_for_one_event_are_told(assistant: Assistant) -> None:
    [(kind, text)] = told(assistant.ask("When will the Castor tunnel open?"))
    assert kind == "conflict" and "14 May 2023" in text and "30 June 2023" in text


def test_two_outcomes_are_told(assistant: Assistant) -> None:
    [(kind, text)] = told(assistant.ask("Did the Ravel parliament approve the pension bill?"))
    assert kind == "conflict" and "approved" in text and "rejected" in text


def test_an_office_that_changed_hands_names_both_holders_with_their_days(assistant: Assistant) -> None:
    answer = assistant.ask("Who is the mayor of Velden?")
    [(kind, text)] = told(answer)
    assert kind == "outdated" and text.index("20 May 2018: Piet Haan") < text.index("12 March 2023: Sofie Dries")
    assert cited(answer) >= {"e", "f"}


def test_a_price_that_the_same_outlet_tells_years_later_is_outdated(assistant: Assistant) -> None:
    [(kind, text)] = told(assistant.ask("How much does a day ticket on the Orrin tram cost?"))
    assert kind == "outdated" and "4 euros" in text and "6.50 euros" in text


@pytest.mark.parametrize(("question", "kind", "words"), [
    ("By how much did harbour dues in Sollen rise?", "conflict", ("4 percent;", "4 percentage points")),
    ("How much did the Bramm dike cost?", "conflict", ("7 million", "7 billion")),
    ("How many people died in the slide in Tolk?", "outdated", ("6 people", "19")),
    ("Was Otto Pell found guilty?", "conflict", ("guilty", "acquitted")),
    ("Has the mayor of Orm quit?", "conflict", ("7 July 2023: yes", "8 July 2023: no")),
    ("How many beds does the Hale ward have?", "outdated", ("61", "16")),
])  # fmt: skip
def test_units_tolls_verdicts_denials_and_corrections_are_told(
    assistant: Assistant, question: str, kind: str, words: tuple[str, str]
) -> None:
    [(noted, text)] = told(assistant.ask(question))
    assert noted == kind and text.index(words[0]) < text.index(words[1])


@pytest.mark.parametrize(
    "question",
    [
        "Has the mayor of Lisk quit?",  # another mayor has not
        "How many beds does the Dunn ward have?",  # the correction is of something else
        "Who is the president of Vesh?",  # a deputy, a former one
        "Who is the president of Melk?",  # a day beside the name
        "Who is the mayor of Tolne?",  # a longer form of the name
        "Who is the prime minister of Osk?",  # one of an earlier year
        "Did Norvia attack Hest?",  # the opposite only as a name
    ],
)
def test_one_answer_told_in_two_ways_is_no_change(assistant: Assistant, question: str) -> None:
    assert not told(assistant.ask(question))


def test_a_part_elsewhere_is_no_contradiction(assistant: Assistant) -> None:
    assert not told(assistant.ask("How many soldiers does Norvia have abroad?"))


def test_figures_of_two_years_are_no_contradiction(assistant: Assistant) -> None:
    assert not told(assistant.ask("How many people visited the Quell museum in 2021?"))


def test_a_rounded_figure_is_no_contradiction(assistant: Assistant) -> None:
    assert not told(assistant.ask("How many inhabitants does the town of Ardel have?"))


def test_every_quote_and_marker_holds_where_sides_are_shown(assistant: Assistant) -> None:
    answer = assistant.ask("Who is the mayor of Velden?")
    for citation in answer.citations:
        article = assistant.article(citation.root, citation.path)
        assert article and article.text[citation.start : citation.end] == citation.quote
    numbers = [number for sentence in answer.sentences for number in sentence.citations]
    assert numbers == [citation.number for citation in answer.citations]


def test_what_is_said_of_somebody_else_is_no_other_side(tmp_path: Path) -> None:
    with open_samples(tmp_path) as samples:
        answer = samples.ask("How old is Ruta Kessing?")
        fire = samples.ask("How many people were injured in the fire at Skellmouth?")
    assert "Kessing, 46" in answer.text and not told(answer)
    assert "17 people" in fire.text and "Nine people" in fire.text and told(fire)
