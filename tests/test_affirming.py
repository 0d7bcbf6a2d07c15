"""When "Yes" may stand in front of a sentence: only if the sentence says it outright."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.records import ArticleRow, Passage
from rag.affirming import affirmed
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.question import understand
from rag.retrieval import Found

ARTICLE = ArticleRow("r", "a.txt", "T", "Coast Daily", "2023-05-02", None, None, "utf-8")


def evidence(text: str, coverage: float = 1.0) -> Evidence:
    found = Found(Passage(1, ARTICLE, 0, len(text), text), 1.0, 0.8, 9.0)
    return Evidence(ARTICLE, 0, len(text), text, found, coverage, 1.0, 0.8, (), 2, 2.0)


def says(question: str, *sentences: str) -> bool:
    return affirmed(understand(question), [evidence(sentence) for sentence in sentences]) is not None


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Is the ferry closed?", "The ferry is closed."),
        ("Was the old ferry sold?", "On Monday, the old ferry was finally sold."),
        ("Did Ida Venn meet Jon Berg?", "Ida Venn met Jon Berg on Friday."),
        ("Did Ida Venn visit Oslo?", "OSLO (AP) - Ida Venn visited Oslo this week."),
        ("Has the port bought a crane?", "The port has bought a crane."),
        ("Will the bridge open in May?", "The bridge will open in May."),
        ("Did 12 people die?", "12 people died on Monday."),
    ],
)
def test_what_a_sentence_says_outright_is_affirmed(question: str, sentence: str) -> None:
    assert says(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Did Venn attack Berg?", "Berg attacked Venn."),
        ("Did Venn attack Berg?", "Venn was attacked by Berg."),
        ("Did Venn attack Berg?", "Venn attacked a friend of Berg."),
        ("Did Venn attack Berg?", "The brother of Venn attacked Berg."),
        ("Did Venn attack Berg?", "Venn's brother attacked Berg."),
        ("Did Venn attack Berg?", "After a night with Venn, Holm attacked Berg."),
        ("Did Venn attack Berg?", "Venn, police said, attacked Berg."),
        ("Did Venn attack Berg?", "Venn is accused of having attacked Berg."),
        ("Did Venn attack Berg?", "Venn never attacked Berg."),
        ("Did Venn attack Berg?", "Venn refused to attack Berg."),
        ("Did Venn attack Berg?", "Venn planned to attack Berg."),
        ("Did Venn attack Berg?", "Venn will attack Berg."),
        ("Did Venn buy the ferry?", "Venn struck a deal to buy the ferry."),
        ("Did Venn attack Berg?", "Had Venn attacked Berg, he would be in jail, or so it seems."),
        ("Did Venn attack Berg?", "Nobody thinks that Venn attacked Berg."),
        ("Did Venn attack Berg?", "Did Venn attack Berg?"),
        ("Did Venn attack Berg twice?", "Venn attacked Berg."),
        ("Did Venn attack Berg in May?", "Venn attacked Berg in June."),
        ("Did Venn attack Berg or Holm?", "Venn attacked Berg."),
        ("Did 12 people die?", "21 people died."),
        ("Did all 12 people die?", "12 people died."),
        ("Is the price $4.04?", "The price is $4.40."),
        ("Was the ferry sold?", "The ferry was almost sold."),
        ("Was the ferry not sold?", "The ferry was sold."),
        ("Is Venn the mayor?", "Venn is the former mayor."),
        ("Is Venn the mayor?", "Venn is the mayor's sister."),
        ("Were the ferries delayed by fog?", "The ferries were delayed for hours by fog."),
        ("Is Venn the mayor?", "Venn attacked the mayor."),
        ("Is Venn the mayor?", "Venn was the mayor for ten years."),
        ("Is Venn the mayor of Oslo?", "Venn is the deputy mayor of Oslo."),
        ("Did the president visit Oslo?", "The vice president visited Oslo."),
        ("Did Venn resign?", "Tor Venn resigned."),
        ("Is Sudan at war?", "South Sudan is at war."),
        ("Was Venn killed?", "Venn killed three men."),
        ("Did Apple sue?", "Apple was sued."),
        ("Did Israel strike Iran?", "Israel struck Iran-backed militias."),
        ("Is the minister ill?", "The minister is ill-prepared for the talks."),
        ("Did Venn attack Berg?", "Venn attacked Holm while Berg slept."),
        ("Did Venn die?", "Venn watched Berg die."),
        ("Did Venn die?", "A man Venn knew died."),
        ("Does Iran have a bomb?", "Iran needs a bomb."),
        ("Is Venn rich?", "Venn is anything but rich."),
        ("Is the ferry safe?", "The ferry is less safe."),
        ("Is the port full?", "The port is half full."),
        ("Is the ferry closed?", "The ferry is closed on Sundays."),
        ("Is the ferry closed?", "When the ferry is closed, cars take the road."),
        ("Is there a vaccine?", "A vaccine remains years away."),
        ("Did Venn attack Berg?", "Venn, prosecutors contend, attacked Berg."),
        ("Did Venn attack Berg?", "In the film, Venn attacked Berg."),
        ("Did Venn attack Berg?", "Prosecutors: Venn attacked Berg."),
        ("Is Venn a liar?", "'Venn is a liar', Berg wrote."),
        ("Did Berg attack Lund?", "Holm, unlike Berg, on Monday, attacked Lund."),
        ("Did the ferries sink?", "Half the ferries sank."),
        ("Is the price 4 dollars?", "The price is 4 million dollars."),
        ("Did Venn win?", "Venn won second place."),
        ("Did Venn win?", "Venn won the popular vote."),
        ("Is Venn dead?", "Venn is dead tired."),
        ("Did he resign?", "He resigned."),
        ("Did Venn kill Berg?", "Venn killed Berg's hopes."),
        ("Were all passengers rescued?", "All passengers rescued were Danes."),
        ("Is Germany the largest economy?", "Germany is the largest economy in Europe."),
        ("Did Venn visit Paris?", "Venn visited Paris, Texas."),
        ("Did Venn attack Berg?", "Venn attacked Berg, a court heard."),
        ("Did Venn win the election?", "Venn won the election, pending a recount."),
        ("Did the bill pass?", "The bill passed in the House."),
        ("Was Venn shot?", "Venn was shooting."),
        ("Did the hostages die?", "A hostage died."),
        ("Did Gates close?", "The gates closed."),
        ("Did his brother resign?", "His brother resigned."),
        ("Did Harbor burn?", "Friday Harbor burned."),
        ("Did Venn win?", "Venn last won in 1990."),
        ("Is the minister a general?", "The minister is a generation younger."),
        ("Who attacked Berg?", "Venn attacked Berg."),
    ],
)
def test_every_doubt_is_a_no(question: str, sentence: str) -> None:
    assert not says(question, sentence)


def test_a_sentence_that_denies_it_silences_one_that_says_it() -> None:
    assert says("Was the ferry sold?", "The ferry was sold.", "The ferry was painted.")
    assert not says("Was the ferry sold?", "The ferry was sold.", "The ferry was not sold, its owner wrote.")


def test_a_sentence_of_another_day_says_nothing() -> None:
    asked = understand("Was the ferry sold in May 2023?")
    item = evidence("The ferry was sold in May 2023.")
    assert affirmed(asked, [item]) is item and affirmed(asked, [replace(item, timely=1)]) is None


def test_a_sentence_of_a_longer_quote_says_nothing_itself() -> None:
    text = "“We are lost. Venn attacked Berg. He must leave,” said Holm."
    item = evidence("Venn attacked Berg.")
    found = replace(item.found, passage=replace(item.found.passage, text=text))
    assert affirmed(understand("Did Venn attack Berg?"), [item]) is item
    assert affirmed(understand("Did Venn attack Berg?"), [replace(item, start=14, end=33, found=found)]) is None


def test_what_is_so_now_is_affirmed_by_the_newest_article() -> None:
    item = evidence("Venn is the mayor.")
    newer = replace(evidence("Berg is the mayor."), article=replace(ARTICLE, path="b.txt", published="2023-09-01"))
    asked = understand("Is Venn the mayor?")
    assert affirmed(asked, [item]) is item and affirmed(asked, [item, newer]) is None


def test_an_answer_begins_with_yes(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    text = "Coast Daily, 2 May 2023 —\n\nRain fell for days on end. The old Ostrevik ferry was sold on Monday.\n"
    (folder / "a.txt").write_text(f"The ferry\n\n{text}", encoding="utf-8")
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(folder)
        yes = assistant.ask("Was the old Ostrevik ferry sold?")
        assert yes.sentences[0].lead == "Yes (Coast Daily, 2 May 2023):" and "sold on Monday" in yes.sentences[0].text
        assert "Yes" not in assistant.ask("Was the old Ostrevik ferry sold to a dealer?").text
