"""The commands of the suite, and what finds fault with a case."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

from eval.case import Case, CaseSet, Header, load_sets
from eval.linting import lint
from tests.fakes import articles_of, write

PROJECT = Path(__file__).resolve().parents[1]
WRONG = {
    "lint --set nowhere": "There is no set 'nowhere'.\nThere are: corpus, features, sample.\n",
    "run --before nowhere.json": "'nowhere.json' is not a saved run.\nMake one with ",
    "bench nothing": "There is no bench 'nothing'.\nThere are: ",
}
LINT = "lint --set sample"
BRIDGE = "Bridge opens\n\nMayor Ida Venn opened the bridge. It cost 40 million crowns.\n"
DATED = "Bridge shut\n\nThe Norrvik Post, March 3, 2021 —\n\nMayor Ida Venn shut the bridge at Norrvik on Tuesday.\n"


@pytest.fixture(scope="module")
def ended() -> dict[str, Any]:
    """Exit code, stdout and stderr of each command, run side by side."""
    options: dict[str, Any] = {"cwd": PROJECT, "stdout": PIPE, "stderr": PIPE, "encoding": "utf-8"}
    options["env"] = os.environ | {"PYTHONIOENCODING": "utf-8"}
    running = {line: Popen([sys.executable, "-m", "eval", *line.split()], **options) for line in (LINT, *WRONG)}
    said = {line: process.communicate(timeout=120) for line, process in running.items()}
    return {line: (running[line].returncode, *said[line]) for line in running}


def test_lint_finds_nothing_in_the_samples(ended: dict[str, Any]) -> None:
    assert ended[LINT] == (0, f"{len(load_sets('sample')[0].cases)} cases, 0 problems\n", "")


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_name_is_told_in_a_sentence(ended: dict[str, Any], line: str) -> None:
    code, out, error = ended[line]
    assert (code, out) == (1, "") and error.startswith(WRONG[line]) and error.count("\n") <= 2


def make(name: str, question: str = "", **fields: Any) -> Case:
    """A case that the bridge's article answers; another id asks another question."""
    plain = {"kind": "fact", "facts": [["Venn", "Wenn"]], "articles": {"any": ["bridge.txt"]}}
    return Case.model_validate({"id": name, "question": question or f"Who is {name}?", **plain, **fields})


def faults(folder: Path, *cases: Case) -> list[str]:
    write(folder, {"bridge.txt": BRIDGE, "deep/dated.txt": DATED})
    return lint(CaseSet(header=Header(set="small", articles={}), cases=cases), articles_of(folder, "small"))


def test_lint_finds_a_fact_that_does_not_stand(folder: Path) -> None:
    assert faults(folder, make("a")) == []
    assert faults(folder, make("a", facts=[["Rask"]])) == ["a: no sentence of its articles states 'Rask'"]


def test_lint_finds_the_same_question_twice(folder: Path) -> None:
    same = [make("a", "Who is it?"), make("b", "who is it")]
    dated = make("c", "Who is it?", as_of="2023-08-17")
    assert faults(folder, *same, dated) == ["b: asks the same as a"]


def test_lint_finds_an_article_that_nobody_sees_on_the_day(folder: Path) -> None:
    early, late = (make("a", as_of=f"2021-03-0{day}", articles={"any": ["deep/dated.txt"]}) for day in (2, 3))
    assert faults(folder, early) == ["a: deep/dated.txt is from 2021-03-03, so it is not seen as of 2021-03-02"]
    assert faults(folder, late) == []
