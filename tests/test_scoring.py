"""What makes an answer right, and each measure by itself."""

from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import replace
from typing import Any

import pytest

from eval import scoring
from eval.case import Case
from eval.scoring import Marks, broken_markers, broken_quotes, hits, mark, outcome, reciprocal_rank
from rag.answer import Answer, Note
from tests.fakes import answer

OPENED = ("Mayor Ida Venn opened the bridge on 3 March 2021.", "a.txt")
COST = ("It cost 40 million crowns.", "b.txt")
OTHER = ("Mayor Ida Venn was ill on 3 March 2021.", "c.txt")
REFUSAL = Case(id="r", question="Who?", kind="refuse", why="absent")
PREMISE = Case(id="p", question="Why did she resign?", kind="false_premise")
Found = namedtuple("Found", "text path")


def case(**fields: Any) -> Case:
    plain = {"id": "a", "question": "Who?", "kind": "fact", "facts": [["Venn"]], "articles": {"any": ["a.txt"]}}
    return Case.model_validate(plain | fields)


def test_a_refusal_is_right_only_where_the_articles_do_not_answer() -> None:
    assert outcome(case(), answer()) == ("refused", "refused, though the articles answer")
    assert outcome(REFUSAL, answer()) == outcome(PREMISE, answer()) == ("right", "")
    assert outcome(REFUSAL, answer(OPENED)) == ("wrong", "answered, though the articles do not")


def test_another_person_shown_is_wrong() -> None:
    assert outcome(case(), answer(("Mayor Olav Rask opened it.", "a.txt"))) == ("wrong", "not shown: Venn")


def test_every_fact_must_be_shown() -> None:
    assert outcome(case(facts=["Venn.*closed"]), answer(OPENED)) == ("wrong", "not shown: /Venn.*closed/")
    two = case(facts=[["Venn"], ["3 March 2021"], ["40 million"]], articles={"any": ["a.txt", "b.txt"]})
    assert outcome(two, answer(OPENED)) == ("wrong", "not shown: 40 million")
    assert outcome(two, answer(OPENED, COST)) == ("right", "")


@pytest.mark.parametrize(("sentences", "words", "result"), [(5, 2, "right"), (6, 2, "wrong"), (5, 31, "wrong")])
def test_an_answer_may_have_five_sentences_and_150_words(sentences: int, words: int, result: str) -> None:
    said = answer(*[("Venn" + " and" * (words - 1), "a.txt")] * sentences)
    assert outcome(case(), said)[0] == result
    assert outcome(case(), answer(("Venn" + " and" * 149, "a.txt")))[0] == "right"


def test_a_fact_in_a_lead_is_not_shown() -> None:
    led = answer(("She opened the bridge.", "a.txt"))
    assert outcome(case(), replace(led, sentences=(replace(led.sentences[0], lead="Venn Daily:"),)))[0] == "wrong"


def test_a_fact_in_a_sentence_that_cites_another_article_or_none_is_not_shown() -> None:
    assert outcome(case(), answer(("She opened it.", "a.txt"), OTHER)) == ("wrong", "not shown: Venn")
    bare = answer(OPENED)
    assert outcome(case(), replace(bare, sentences=(replace(bare.sentences[0], citations=()),)))[0] == "wrong"


@pytest.mark.parametrize("fact", [["bridge in Norrvik"], "bridge.*Norrvik"])
def test_a_fact_stands_in_one_sentence(fact: Any) -> None:
    assert outcome(case(facts=[fact]), answer(("A bridge", "a.txt"), ("in Norrvik", "a.txt")))[0] == "wrong"


def test_a_fact_in_what_is_offered_instead_is_not_shown() -> None:
    assert outcome(case(), answer(closest=answer(OPENED).citations))[0] == "refused"
    assert outcome(case(), answer(COST, closest=answer(OPENED).citations))[0] == "wrong"


def test_one_of_any_articles_is_enough_and_all_are_needed_of_all() -> None:
    names = ["a.txt", "c.txt"]
    assert outcome(case(articles={"any": names}), answer(OTHER))[0] == "right"
    assert outcome(case(articles={"all": names}), answer(OPENED, OTHER))[0] == "right"
    missing = outcome(case(articles={"all": names}), answer(OPENED, COST))
    assert missing == ("wrong", "an article that proves it is not cited")


def test_a_false_premise_is_answered_rightly_only_by_the_facts_that_correct_it() -> None:
    corrected = case(kind="false_premise", facts=[["Venn opened"]])
    assert outcome(corrected, answer(OPENED)) == ("right", "")
    assert outcome(corrected, answer(COST))[0] == "wrong"
    assert outcome(PREMISE, answer(OPENED)) == ("wrong", "answered on a false premise")


@pytest.mark.parametrize("asked", [case(), REFUSAL])
def test_an_answer_cut_off_or_without_its_model_is_an_error(asked: Case) -> None:
    assert outcome(asked, answer(OPENED, complete=False)) == ("error", "the answer was cut off")
    failed = answer(OPENED, notes=(Note("conflict", "They differ."), Note("model_failed", "It did not answer.")))
    assert outcome(asked, failed) == ("error", "the model failed")


def test_marks_are_shares_of_facts_and_citations() -> None:
    two = case(facts=[["Venn"], ["40 million"]], articles={"all": ["a.txt", "b.txt"]})
    words = len(f"{OPENED[0]} {OTHER[0]}".split())
    assert mark(two, answer(OPENED, OTHER)) == Marks(0.5, True, None, False, 0.5, 0.5, words)
    said = answer(OPENED, COST)
    words = len(f"{OPENED[0]} {COST[0]}".split())
    assert mark(two, said) == Marks(1.0, True, None, True, 1.0, 1.0, words)
    unquoted = replace(said, citations=tuple(replace(citation, quote="Yes.") for citation in said.citations))
    assert mark(two, unquoted) == Marks(1.0, True, None, True, 0.0, 0.0, words)


def test_bold_counts_where_it_is_of_a_fact() -> None:
    said = answer(OPENED)
    for span, share in (((0, 4), 1.0), ((5, 11), 0.0)):
        sentence = replace(said.sentences[0], text="Venn opened it.", emphasis=(span,))
        marks = mark(case(facts=[["Venn"]]), replace(said, sentences=(sentence,)))
        assert marks and marks.bold == share


def test_a_label_a_note_and_an_order_are_asked_for() -> None:
    said = answer(OPENED, COST, notes=(Note("conflict", "nine; 17"),))
    facts, both = [["Venn"], ["40 million"]], {"all": ["a.txt", "b.txt"]}
    assert outcome(case(facts=facts, articles=both, notes=["nine", "17"], in_order=True), said) == ("right", "")
    assert outcome(case(facts=facts[::-1], articles=both, in_order=True), said) == ("wrong", "not in order")
    assert outcome(case(facts=facts, articles=both, notes=["18"]), said) == ("wrong", "no note of “18”")
    assert outcome(case(facts=facts, articles=both, leads=["Venn 2021"]), said)[1] == "no label “Venn 2021”"


def test_marks_do_not_apply_to_refusals_and_cases_without_facts() -> None:
    assert mark(case(), answer()) is mark(REFUSAL, answer(OPENED)) is None


@pytest.mark.parametrize(
    ("found", "rank"),
    [([OTHER, ("A bridge.", "a.txt"), OPENED], 1 / 3), ([OPENED, OPENED, COST], 1), ([COST], 0), ([], 0)],
)
def test_a_rank_is_of_the_first_accepted_passage_that_states_a_fact(found: list[tuple[str, str]], rank: float) -> None:
    two = case(facts=[["Venn"], ["40 million"]])
    assert reciprocal_rank(two, [Found(*each) for each in found]) == rank


def test_hits_are_shares_of_the_first_places() -> None:
    assert hits([1, 1 / 4, 1 / 10, 1 / 11]) == {"hit@1": 0.25, "hit@4": 0.5, "hit@10": 0.75, "mrr@10": 1.35 / 4}


@pytest.mark.parametrize(
    "change", [{"start": 1}, {"end": 9}, {"quote": "Mayor Ida Wenn"}, {"quote": "", "end": 0}, {"path": "gone.txt"}]
)
def test_a_quote_that_does_not_stand_there_is_broken(change: dict[str, Any]) -> None:
    texts = {path: text for text, path in (OPENED, COST)}
    sound = answer(OPENED, COST)
    assert broken_quotes(sound, lambda citation: texts.get(citation.path)) == []
    altered = (replace(sound.citations[0], **change), sound.citations[1])
    for broken in (replace(sound, citations=altered), answer(closest=altered), replace(sound, more=altered)):
        assert len(broken_quotes(broken, lambda citation: texts.get(citation.path))) == 1


def test_brackets_in_a_quoted_sentence_break_nothing() -> None:
    quoted = answer(("It was [2015] or [7] in the report.", "a.txt"), OPENED, ("As [1] says.", "b.txt"))
    assert broken_markers(quoted) == broken_markers(answer()) == []


SOUND = answer(OPENED, COST)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (replace(SOUND, citations=SOUND.citations[:1]), "sentences cite"),
        (replace(SOUND, sentences=SOUND.sentences[:1], text=str(SOUND.sentences[0])), "sentences cite"),
        (replace(SOUND, citations=SOUND.citations[::-1]), "sentences cite"),
        (replace(SOUND, sentences=SOUND.sentences[::-1], text=" ".join(map(str, SOUND.sentences[::-1]))), "cite"),
        (replace(SOUND, text=SOUND.text.replace("[2]", "[3]")), "markers in the text"),
        (replace(SOUND, text=SOUND.text.replace(" [2]", "")), "markers in the text"),
        (replace(SOUND, refused=True), "a refusal shows"),
        (answer(refused=False), "no footnote"),
    ],
)
def test_broken_markers_are_told(broken: Answer, said: str) -> None:
    assert any(said in text for text in broken_markers(broken))


def test_wilson_intervals_are_the_published_ones() -> None:
    known = {(0, 10): (0, 0.2775), (5, 10): (0.2366, 0.7634), (81, 263): (0.2553, 0.3662), (0, 0): (0, 1)}
    for counts, interval in known.items():
        assert scoring.wilson(*counts) == pytest.approx(interval, abs=5e-5)


def test_auroc_counts_pairs_and_halves_ties() -> None:
    assert scoring.auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert math.isnan(scoring.auroc([], [0.1])) and math.isnan(scoring.auroc([0.1], []))
