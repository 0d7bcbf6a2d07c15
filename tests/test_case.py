"""Reading sets is strict, and the sets that we ship are what they should be."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.case import KINDS, SETS, Case, CaseSet, Header, load_set, load_sets
from index.article import UserError
from tests.shared import shared

HEADER = {"set": "small", "articles": {"a.txt": "0" * 64}}
FACT = {"id": "a", "question": "Who?", "kind": "fact", "facts": [["Venn"]], "articles": {"any": ["a.txt"]}}
REFUSE = {"id": "r", "question": "Who else?", "kind": "refuse", "why": "absent"}
FOLLOW_UP = FACT | {"id": "f", "kind": "follow_up", "history": ["When?"]}


def write(file: Path, *lines: Any) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8", errors="surrogateescape")
    return file


def without(case: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name not in keys}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (FACT | {"colour": "red"}, "colour"),
        (FACT | {"kind": "riddle"}, "kind"),
        (FACT | {"id": "A b"}, "id"),
        (without(REFUSE, "why"), "`why` belongs to a refuse case, and only there"),
        (FACT | {"why": "absent"}, "`why` belongs to a refuse case, and only there"),
        (REFUSE | {"why": "tired"}, "why"),
        (FACT | REFUSE, "neither facts nor articles"),
        (without(FOLLOW_UP, "history"), "needs its history"),
        (without(FACT, "facts", "articles"), "kind fact needs facts"),
        (without(FACT, "articles"), "facts need the articles"),
        (FACT | {"articles": {"any": ["a.txt"], "all": ["a.txt"]}}, "either `any` or `all`"),
        (FACT | {"articles": {}}, "either `any` or `all`"),
        (FACT | {"facts": ["(unclosed"]}, "not a regular expression"),
        (FACT | {"facts": [["Venn", ""]]}, "needs a wording"),
        (FACT | {"as_of": "20230817"}, "write the day as 2023-08-17"),
        (FACT | {"as_of": "2023-02-30"}, "as_of"),
        ("no json", "Invalid JSON"),
        ('{"id": "a", "question": "\udce9"}', "Invalid JSON"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, wrong: Any, said: str) -> None:
    file = write(tmp_path / "small.jsonl", HEADER, FACT, "", wrong, REFUSE)
    with pytest.raises(UserError) as error:
        load_set(file)
    assert error.value.message.startswith("small.jsonl:4: ") and said in error.value.message


@pytest.mark.parametrize("change", [{"set": "No name"}, {"articles": {"a.txt": "abc"}}, {"floors": {"fact": 1.5}}])
def test_a_wrong_header_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"^small.jsonl:1: "):
        load_set(write(tmp_path / "small.jsonl", HEADER | change, FACT))


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"small\.jsonl' is empty"):
        load_set(write(tmp_path / "small.jsonl", "", " "))


def test_an_id_used_twice_is_named_with_its_sets(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", HEADER | {"set": "one"}, FACT)
    write(tmp_path / "two.jsonl", HEADER | {"set": "two"}, REFUSE, FACT)
    assert load_sets("two", tmp_path)[0].name == "two"
    with pytest.raises(UserError, match="'a' is used twice, in 'one' and 'two'"):
        load_sets(folder=tmp_path)
    write(tmp_path / "one.jsonl", HEADER | {"set": "one"}, FACT, FACT)
    with pytest.raises(UserError, match="'a' is used twice, in 'one' and 'one'"):
        load_sets(folder=tmp_path)


@pytest.mark.parametrize("name", Case.model_fields)
def test_a_change_of_any_field_changes_the_fingerprint(name: str) -> None:
    other: dict[str, Any] = {"id": "b", "question": "Whom?", "kind": "time", "history": ["When?"]}
    follows = {"history": ["When?"]} if name == "standalone" else {}
    other |= {"as_of": "2023-08-17", "facts": [["Venn", "Wenn"]], "articles": {"all": ["a.txt"]}, "why": "elsewhere"}
    other |= {"standalone": "Who was it?", "leads": ["2021"], "notes": ["nine"], "in_order": True}
    before = (REFUSE if name == "why" else FACT) | follows
    case, changed = Case.model_validate(before), Case.model_validate(before | {name: other[name]})
    assert case.fingerprint != changed.fingerprint == Case.model_validate_json(changed.model_dump_json()).fingerprint


@pytest.mark.parametrize("question", ["Qui était là ?", "one\u2028two", "three\x85four", 'a "b"\n c'])
def test_a_line_comes_back_as_it_was(tmp_path: Path, question: str) -> None:
    header = Header.model_validate(HEADER | {"floors": {"fact": 0.5}})
    cases = [Case.model_validate(case | {"question": question}) for case in (FACT, REFUSE, FOLLOW_UP)]
    lines = [json.dumps(value.model_dump(exclude_defaults=True), ensure_ascii=False) for value in (header, *cases)]
    file = write(tmp_path / "small.jsonl", *lines)
    assert load_set(file) == CaseSet(header=header, cases=tuple(cases))


def test_the_shipped_sets_say_enough() -> None:
    corpus, features, sample = load_sets()
    shows = [case.leads or case.notes or case.in_order or case.kind == "fact" for case in features.cases]
    assert len(shows) >= 60 and all(shows)
    assert len(corpus.cases) >= 120 and len(sample.cases) >= 80
    assert {case.kind for case in corpus.cases} == {case.kind for case in sample.cases} == set(KINDS)
    assert Counter(case.kind for case in corpus.cases)["refuse"] >= 40


def runs(text: str) -> set[tuple[str, ...]]:
    """Every ten consecutive words."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + 10]) for start in range(len(words) - 9)}


def test_the_corpus_set_holds_no_passage_of_the_corpus() -> None:
    known = set().union(*(runs(file.read_text("utf-8", "replace")) for file in shared("corpus").glob("*.txt")))
    lines = (SETS / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(known) > 1000 and [line for line in lines if runs(line) & known] == []
