"""Rows of training data for the reader."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from eval.reader import rows


def test_our_near_misses_are_sound() -> None:
    for file in sorted(rows.OURS.glob("*.jsonl")):
        seen = Counter(row["id"] for row in rows.read_lines(file))
        assert max(seen.values()) == 1, file.name
    groups = rows.near_miss(rows.OURS, test=False) + rows.near_miss(rows.OURS, test=True)
    both = [row for group in groups for row in group]

    assert len(groups) >= 600 and len(both) >= 6000
    for row in both:
        assert row.answered == (row.span is not None) == any(row.flags or ())
    answered = Counter(row.answered for row in both)
    assert abs(answered[True] - answered[False]) < 0.1 * len(both)
    told = Counter((row.answered, row.words) for row in both)
    assert min(told.values()) > 0.2 * len(both)  # words alone tell nothing


def test_a_variant_turns_a_question_round() -> None:
    turned = []
    for group in rows.near_miss(rows.OURS, test=True):
        kinds: dict[str, set[bool]] = {}
        for row in group:
            kinds.setdefault(row.question, set()).add(row.answered)
        turned.append(any(len(kind) == 2 for kind in kinds.values()))
    assert sum(turned) > 0.97 * len(turned)  # a few lost the question to the second reading


def test_an_answered_question_that_names_something_also_stands_beside_another_passage() -> None:
    def group(name: str, question: str) -> rows.Group:
        return [rows.Row(question, name, (f"{name} opened the bridge.",), True, (True,), (0, 0, 4), "answered")]

    groups = [group("Venn", "When did Venn open it?"), group("Roe", "Who opened the bridge?")]
    first, second = rows.beside_others(groups, 1.0, random.Random(1))

    assert [(row.head, row.answered) for row in first] == [("Venn", True), ("Roe", False)]
    assert len(second) == 1  # "Who opened the bridge?" may well be answered elsewhere


def test_every_fifth_passage_is_a_test(tmp_path: Path) -> None:
    row = {"title": "T", "publisher": None, "published": None, "sentences": ["It rained."], "questions": []}
    lines = [row | {"questions": [{"q": f"{n}?", "kind": "outside", "closest": 0}]} for n in range(10)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    tested = rows.near_miss(tmp_path, test=True)

    assert [group[0].question for group in tested] == ["0?", "5?"]
    assert len(rows.near_miss(tmp_path, test=False)) == 8


def test_squad_rows_have_the_sentence_of_the_answer(tmp_path: Path) -> None:
    paragraph = "Ann Roe led the club. She left in 1999. Bo Li led it then."
    asked = [{"q": "When did Ann Roe leave?", "a": ["1999"]}, {"q": "When did Bo Li leave?", "a": []}]
    file = tmp_path / "squad.jsonl"
    file.write_text(json.dumps({"title": "Club", "paragraph": paragraph, "questions": asked}), encoding="utf-8")

    ((title, group),) = rows.squad(file, random.Random(1))

    assert title == "Club"
    assert [row.answered for row in group] == [True, False]
    at, start, end = group[0].span or (0, 0, 0)
    assert group[0].sentences[at][start:end] == "1999"


def test_a_question_of_an_article_also_stands_beside_a_passage_that_does_not_answer_it(
    tmp_path: Path,
) -> None:
    article = {
        "title": "Fire", "publisher": "The Post", "published": "2020-01-02",
        "passages": [["Ann Roe died."], ["The fire spread."], ["Two were hurt in the fire."]],
        "questions": [
            {"q": "Who died?", "passage": 0, "sentence": 0, "answer": "Ann Roe", "words": "same"},
            {"q": "Who started the fire?", "kind": "absent_attribute", "words": "same"},
        ],
    }  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(article), encoding="utf-8")

    (group,) = rows.near_miss(tmp_path, test=True)

    assert [(row.sentences, row.answered, row.kind) for row in group] == [
        (("Ann Roe died.",), True, "answered"),
        (("The fire spread.",), False, "sibling"),
        (("The fire spread.",), False, "absent_attribute"),
        (("Two were hurt in the fire.",), False, "absent_attribute"),
    ]
    assert {row.head for row in group} == {"Fire (The Post, 2020-01-02)"}


def test_like_articles_have_a_heading_each(tmp_path: Path) -> None:
    heads = [{"title": title, "publisher": None, "published": None} for title in ("A", "B")]
    asked = {"q": "Who won?", "passage": 1, "sentence": 0, "answer": "Li", "words": "same"}
    article = {"heads": heads, "passages": [["Roe won."], ["Li won."]], "questions": [asked]}
    (tmp_path / "a.jsonl").write_text(json.dumps(article), encoding="utf-8")

    (group,) = rows.near_miss(tmp_path, test=True)

    assert [(row.head, row.answered) for row in group] == [("B", True), ("A", False)]
