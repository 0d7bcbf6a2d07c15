"""Sentence spans: the traps of news prose, and 240 sentences labelled by hand."""

from __future__ import annotations

import importlib
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.english.sentences import sentence_spans
from tests.shared import shared

LABELS = Path(__file__).parent / "sentence_labels.json"
LINES = Path(__file__).parent / "sentence_lines.txt"  # one text a line, ‖ between sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Mr. Lee met Sen. Ann Poe.", "They spoke."],
        ["The U.S. Senate met.", "He lives in the U.S.", "She does not."],
        ["It opens at 5 p.m. Saturday.", "It shuts at 9 p.m.", "Police said so."],
        ["WASHINGTON (AP) — The vote was close.", "It passed."],
        ["“It is over,” she said.", "“Will it last?” he asked.", "No one knew."],
        ["“It is over. ", "We lost,” she said."],
        ["J.K. Rowling and George W. Bush met on Jan. 6 at No. 10.", "Rain fell."],
        ["It cost $3.5 million at Acme Inc. in www.example.com terms.", "Then it rose."],
        ["(He laughed.)", "Then he left."],
        ["The toll was Rs. 90 at first.", "It fell ill. ", "Doctors came."],
        ["Sgts. Ruiz and Poe rang Gen. (Retd.) A.K. Bose.", "M/s. Larkin Ltd. won."],
        ["Sen. Lund (D-Ore.) Monday left Salem, Ore.", "Deputies saw him at 6 a.m. EST.", "Fog fell."],
        ["We won!", "Corvane lost.", "Yum! Brands of Gary, Ind. Mayor Poe said, paid Orre Corp."],
        ["It was lost by Orre Corp.", "Shares rose."],
        ["It stood 12 ft.", "Police measured it by Hwy. 12 at max. 40 m.p.h.", "It rained."],
        ["She asked: why now?", "Nobody answered!", "“Strange.”", "Yes."],
    ],
)
def test_news_prose_splits_where_a_reader_would(sentences: list[str]) -> None:
    assert split(" ".join(sentence.strip() for sentence in sentences)) == [sentence.strip() for sentence in sentences]


def test_a_line_ends_a_sentence_and_hand_wrapped_lines_do_not() -> None:
    assert split("A heading\nThe text starts here.") == ["A heading", "The text starts here."]
    wrapped = "The minister who had spoken at length about the harbour\nand its cranes left early."
    assert split(wrapped) == [wrapped]


@given(st.text(alphabet=st.sampled_from("Ab. ?!“”\"'\n\r…1é😀(").filter(bool), max_size=200))
def test_spans_ascend_and_hold_every_visible_character(text: str) -> None:
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(end <= following for (_, end), (following, _) in pairwise(spans))
    outside = set(range(len(text))) - {at for start, end in spans for at in range(start, end)}
    assert all(text[at].isspace() for at in outside)


def test_hand_labelled_boundaries_are_found() -> None:
    records = {}
    with (shared("bench") / "news" / "articles.jsonl").open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            records[record["id"]] = record["text"]
    right = wrong = 0
    for label in json.loads(LABELS.read_text(encoding="utf-8")):
        text = records[label["id"]][label["start"] : label["end"]]
        expected = {end - label["start"] for _, end in label["sentences"]}
        found = {end for _, end in sentence_spans(text)}
        right += len(expected & found)
        wrong += len(expected ^ found)
        for at in sorted(expected ^ found):
            print("missed" if at in expected else "false", label["id"], repr(text[max(0, at - 40) : at + 40]))
    print(f"{right} boundaries right, {wrong} wrong")
    assert right / (right + wrong) >= 0.98


def _ends(sentences: list[str]) -> set[int]:
    """Where each sentence but the last ends in the text of all."""
    return {len(" ".join(sentences[:count])) for count in range(1, len(sentences))}


def test_boundaries_labelled_before_the_rules_were_written_are_found() -> None:
    right = wrong = 0
    for line in LINES.read_text(encoding="utf-8").splitlines():
        sentences = line.split(" ‖ ")
        found = split(" ".join(sentences))
        ends, expected = _ends(found), _ends(sentences)
        right += len(expected & ends)
        wrong += len(expected ^ ends)
        print(*sorted(set(found) - set(sentences)), sep="\n", end="")
    assert right >= 100 and right / (right + wrong) >= 0.98


def test_programs_outside_find_the_splitter_by_its_old_name() -> None:
    assert importlib.import_module("index.sentences").sentence_spans is sentence_spans
