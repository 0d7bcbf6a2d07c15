"""The commands of the suite, what adds a case to a set, and what finds fault with one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from eval.adding import add_case, case_of, liked_or_not
from eval.case import Case, CaseSet, Header, load_set, load_sets, to_line
from eval.linting import LEAST, lint
from index.article import UserError
from rag.answer import Answer
from tests.fakes import answer, articles_of, write

PROJECT = Path(__file__).resolve().parents[1]
WRONG = {
    "lint --set nowhere": "There is no set 'nowhere'.\nThere are: corpus, features, sample.\n",
    "show nobody": "There is no case 'nobody'.\nThe ids stand in eval/sets.\n",
    "bench nothing": "There is no bench 'nothing'.\nThere are: ",
}
LINT, SHOW = "lint --set sample", "show s-fact-missile-dead"
BRIDGE = "Bridge opens\n\nMayor Ida Venn opened the bridge. It cost 40 million crowns.\n"
DATED = "Bridge shut\n\nThe Norrvik Post, March 3, 2021 —\n\nMayor Ida Venn shut the bridge at Norrvik on Tuesday.\n"
SAID = ("Mayor Ida Venn opened the bridge.", "bridge.txt")


@pytest.fixture(scope="module")
def ended() -> dict[str, Any]:
    """Exit code, stdout and stderr of each command, run side by side."""
    options: dict[str, Any] = {"cwd": PROJECT, "stdout": PIPE, "stderr": PIPE, "encoding": "utf-8"}
    options["env"] = os.environ | {"PYTHONIOENCODING": "utf-8"}
    running = {line: Popen([sys.executable, "-m", "eval", *line.split()], **options) for line in (LINT, SHOW, *WRONG)}
    said = {line: process.communicate(timeout=120) for line, process in running.items()}
    return {line: (running[line].returncode, *said[line]) for line in running}


def test_lint_finds_nothing_in_the_samples(ended: dict[str, Any]) -> None:
    assert ended[LINT] == (0, f"{len(load_sets('sample')[0].cases)} cases, 0 problems\n", "")


def test_show_tells_where_the_fact_stands_and_what_is_answered(ended: dict[str, Any]) -> None:
    code, out, error = ended[SHOW]
    assert (code, error) == (0, "") and out.startswith("s-fact-missile-dead (fact): ")
    assert all(part in out for part in ("question All told", "  now ", "at least 10 at digests/", "found 1 "))


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_name_is_told_in_a_sentence(ended: dict[str, Any], line: str) -> None:
    code, out, error = ended[line]
    assert (code, out) == (1, "") and error.startswith(WRONG[line]) and error.count("\n") <= 2


def make(saved: Answer | None = None, name: str | None = "a", **fields: Any) -> Case:
    """The case of an answer; another id asks another question."""
    saved = saved or answer(SAID, question=f"Who is {name}?")
    plain: dict[str, Any] = {"kind": "fact", "facts": ["Venn|Wenn"], "articles": [], "why": None}
    return case_of(json.dumps(saved.to_dict()), name=name, **(plain | fields))


def test_an_answer_becomes_a_case_of_its_articles() -> None:
    case = make(answer(SAID, SAID, as_of="2023-08-17"), name=None)
    assert (case.id, case.question, case.as_of, case.facts) == ("who", "Who?", "2023-08-17", (("Venn", "Wenn"),))
    assert case.accepted == ("bridge.txt",) and make(articles=["other.txt"]).accepted == ("other.txt",)
    assert make(answer(), why="absent") == Case(id="a", question="Who?", kind="refuse", why="absent")


def test_what_is_no_answer_or_makes_no_case_is_told() -> None:
    wrong: list[dict[str, Any]] = [{"facts": []}, {"kind": "riddle"}, {"name": "A b"}, {"why": "tired"}]
    for fields in wrong:
        with pytest.raises(UserError, match="makes no case"):
            make(**fields)
    for saved in ("no json", "[]", "{}"):
        with pytest.raises(UserError, match="no saved answer"):
            case_of(saved, kind="fact", facts=["Venn"], articles=[], why=None, name=None)


@pytest.fixture
def sets(tmp_path: Path, folder: Path) -> Path:
    """A folder with the set `small` of one case, over the articles in `folder`."""
    write(folder, {"bridge.txt": BRIDGE, "deep/dated.txt": DATED})
    (tmp_path / "sets").mkdir()
    assert add_case(make(), "small", folder, tmp_path / "sets").startswith("Added 'a' to small.jsonl")
    return tmp_path / "sets"


def test_the_first_case_makes_the_set_and_the_next_is_one_line_more(sets: Path, folder: Path) -> None:
    before = (sets / "small.jsonl").read_text()
    add_case(make(name="b"), "small", folder, sets)
    assert (sets / "small.jsonl").read_text() == f"{before}{to_line(make(name='b'))}\n"
    assert set(load_set(sets / "small.jsonl").header.articles) == {"bridge.txt", "deep/dated.txt"}


@pytest.mark.parametrize(("lines", "ids"), [(1, ["b"]), (2, ["a", "b"])])
def test_a_set_may_have_no_case_yet_and_no_last_newline(sets: Path, folder: Path, lines: int, ids: list[str]) -> None:
    file = sets / "small.jsonl"
    file.write_text("\n".join(file.read_text().splitlines()[:lines]))
    add_case(make(name="b"), "small", folder, sets)
    assert [case.id for case in load_set(file).cases] == ids


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("small", {"facts": ["Olav Rask"]}, "no sentence of its articles states 'Olav Rask'"),
        ("small", {"articles": ["gone.txt"]}, "no article 'gone.txt'"),
        ("other", {"name": "a"}, "'a'"),
        ("../No Name", {}, "cannot name a set"),
    ],
)
def test_a_case_that_cannot_stand_is_not_written(
    sets: Path, folder: Path, name: str, fields: dict[str, Any], said: str
) -> None:
    before = (sets / "small.jsonl").read_bytes()
    with pytest.raises(UserError, match=said):
        add_case(make(**({"name": "new"} | fields)), name, folder, sets)
    assert (sets / "small.jsonl").read_bytes() == before and len(list(sets.iterdir())) == 1


def faults(folder: Path, *cases: Case) -> list[str]:
    write(folder, {"bridge.txt": BRIDGE, "deep/dated.txt": DATED})
    return lint(CaseSet(header=Header(set="small", articles={}), cases=cases), articles_of(folder, "small"))


def test_lint_finds_a_fact_that_does_not_stand(folder: Path) -> None:
    assert [line for line in faults(folder, make()) if line.startswith("a: ")] == []
    assert "a: no sentence of its articles states 'Rask'" in faults(folder, make(facts=["Rask"]))


def test_lint_finds_the_same_question_twice(folder: Path) -> None:
    same = [make(answer(SAID, question=asked), name) for asked, name in (("Who is it?", "a"), ("who is it", "b"))]
    dated = make(answer(SAID, question="Who is it?", as_of="2023-08-17"), "c")
    assert [line for line in faults(folder, *same, dated) if "same" in line] == ["b: asks the same as a"]


def test_lint_finds_thin_kinds_and_articles_that_no_case_asks_about(folder: Path) -> None:
    enough = [make(name=f"a{number}") for number in range(LEAST)]
    found = faults(folder, *enough, make(name="b", kind="time"))
    assert [line.split(";")[0] for line in found[:-1]] == ["small: only 1 of kind time"]
    assert found[-1] == "small: no case asks about 'deep/dated.txt'"


def test_lint_finds_an_article_that_nobody_sees_on_the_day(folder: Path) -> None:
    early, late = (make(answer(SAID, as_of=f"2021-03-0{day}"), articles=["deep/dated.txt"]) for day in (2, 3))
    assert "a: deep/dated.txt is of 2021-03-03, and nobody sees it as of 2021-03-02" in faults(folder, early)
    assert [line for line in faults(folder, late) if line.startswith("a: ")] == []


def test_a_thumb_of_the_page_becomes_a_case(tmp_path: Path) -> None:
    saved = answer(("Ida Venn keeps the light.", "a.txt"), question="Who keeps the light?").to_dict()
    lines = [json.dumps({"liked": False, "answer": saved | {"question": name}}) for name in ("Old?", "New?")]
    (tmp_path / "feedback.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert json.loads(liked_or_not(tmp_path / "feedback.jsonl", 2))["question"] == "Old?"
    with pytest.raises(UserError, match="holds no feedback 3"):
        liked_or_not(tmp_path / "feedback.jsonl", 3)
