"""What fails the gate, what may be accepted, and the statistics of two runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval import comparing
from eval.comparing import Baseline, Verdict, accept, diff, gate
from eval.running import Result, Run
from eval.scoring import Outcome
from index.article import UserError
from tests.fakes import answer

SAID = "Mayor Ida Venn opened the bridge."
BROKEN: dict[str, Any] = {"broken_quotes": ("[1] is elsewhere",)}
ALL: Any = {"small": {"fact": 1}}  # floors


def result(id: str, outcome: Outcome = "right", said: str = SAID, **fields: Any) -> Result:
    shown = answer((said, "a.txt")) if outcome != "refused" else answer()
    plain = Result(id, "small", "fact", f"print-{id}", "Who?", outcome, "", 0.1, shown.to_dict(), shown.confidence)
    return replace(plain, **fields)


def run(*results: Result, **fields: Any) -> Run:
    return replace(Run({"numpy": "2.0"}, results), **fields)


def failures(verdict: Verdict) -> list[tuple[str, str]]:
    return [(failure.what, failure.where) for failure in verdict.failures]


@pytest.mark.parametrize("outcome", ["wrong", "refused", "error", "unscored"])
def test_a_case_that_was_right_and_is_not_fails(outcome: Outcome) -> None:
    verdict = gate(run(result("a", outcome, reason="why"), result("b")), accept(run(result("a"), result("b")), None))
    assert not verdict.passes and verdict.flipped == ("a",)
    assert verdict.failures[0].text == f"was right, now {outcome}: why"


def test_what_is_better_new_gone_or_said_otherwise_is_told_and_passes() -> None:
    was = run(result("better", "wrong"), result("gone"), result("other"), result("same"), result("bad", "wrong"))
    now = run(result("better"), result("new", "wrong"), result("other", said="Venn did."), result("same"),
              result("bad", "refused"), made_on={"numpy": "2.1"})  # fmt: skip
    told = Verdict((), ("better",), ("new",), ("gone",), ("other",), ("numpy 2.1 (baseline 2.0)",))
    assert gate(now, accept(was, None)) == told and told.passes


def test_an_edited_case_is_a_new_one_and_a_set_that_did_not_run_is_not_gone() -> None:
    known = accept(run(result("a"), result("b", set="other")), None)
    assert gate(run(result("a", "wrong", fingerprint="edited")), known) == Verdict((), new=("a",))


@pytest.mark.parametrize("broken", [BROKEN, {"broken_markers": ("no footnote",)}])
def test_a_broken_promise_fails_a_case_that_the_baseline_does_not_know(broken: Mapping[str, Any]) -> None:
    known = accept(run(result("a")), None)
    assert failures(gate(run(result("a"), result("b", **broken)), known)) == [("invariant", "b")]


def test_a_kind_below_its_floor_fails() -> None:
    half = run(result("a"), result("b", "wrong"), result("c", "unscored"), result("d", "wrong", kind="time"))
    at, below = (replace(half, floors={"small": {"fact": floor}, "other": {"time": 1}}) for floor in (0.5, 0.51))
    known = Baseline(made_on=half.made_on, sets={})
    assert gate(at, known).passes and failures(gate(below, known)) == [("floor", "small fact")]
    assert gate(below, known).failures[0].text == "1 of 2 right, below the floor of 51%"


def test_no_baseline_fails() -> None:
    assert failures(gate(run(result("a")), None)) == [("baseline", "baseline.json")]


def test_a_run_with_a_model_is_judged_by_promises_and_floors_alone() -> None:
    after = run(result("a", "wrong"), model="openai:some")
    assert gate(after, None) == gate(after, accept(run(result("a")), None)) == Verdict(())
    assert failures(gate(run(result("a", **BROKEN), model="openai:some"), None)) == [("invariant", "a")]
    assert failures(gate(replace(after, floors=ALL), None)) == [("floor", "small fact")]


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (run(result("a", **BROKEN)), "a: [1] is elsewhere"),
        (run(result("a", "error", reason="ValueError: oh")), "a: ValueError: oh"),
        (run(result("a", "unscored", reason="no reply")), "a: no reply"),
        (run(result("a", "wrong"), floors=ALL), "below the floor"),
        (run(result("a"), model="openai:some"), "with a model"),
    ],
)
def test_nobody_may_accept_it(refused: Run, said: str) -> None:
    with pytest.raises(UserError) as error:
        accept(refused, None)
    assert said in error.value.message


def test_accepting_replaces_the_sets_that_ran_and_keeps_the_others() -> None:
    first = accept(run(result("a"), result("b"), result("c", set="other")), None)
    second = accept(run(result("a", "wrong")), first)
    assert second.sets["other"] == first.sets["other"]
    assert {id: entry.outcome for id, entry in second.sets["small"].items()} == {"a": "wrong"}


def test_a_baseline_comes_back_one_line_a_case_without_a_sentence(tmp_path: Path) -> None:
    made = accept(run(result("b"), result("a"), result("d", "refused", set="other"), result("c", set="other")), None)
    comparing.write_baseline(made, tmp_path / "baseline.json")
    text = (tmp_path / "baseline.json").read_text()
    assert comparing.read_baseline(tmp_path / "baseline.json") == made
    assert [line[1] for line in text.splitlines() if '"outcome"' in line] == ["c", "d", "a", "b"]  # by set, then id
    assert json.loads(text) and "Venn" not in text and "do not answer" not in text


def test_a_baseline_that_is_not_there_is_none_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    assert comparing.read_baseline(tmp_path / "baseline.json") is None
    (tmp_path / "baseline.json").write_text('{"made_on": {}, "sets": {"small": {"a": {}}}}')
    with pytest.raises(UserError, match="is no baseline"):
        comparing.read_baseline(tmp_path / "baseline.json")


def test_the_answer_of_before_is_read_from_its_citations() -> None:
    known = accept(run(result("a"), result("b", "refused")), None).sets["small"]
    assert comparing.before(known["a"], lambda path: SAID if path == "a.txt" else None) == f"{SAID} [1]"
    assert comparing.before(known["b"], lambda path: None) == "(refused)"


def test_mcnemar_is_the_exact_two_sided_binomial() -> None:
    known = {(0, 0): 1, (1, 0): 1, (6, 0): 0.03125, (2, 8): 0.109375, (8, 2): 0.109375}  # (worse, better): p
    assert {flips: comparing.mcnemar(*flips) for flips in known} == pytest.approx(known)


def test_the_bootstrap_interval_is_near_the_normal_one_and_the_same_each_time() -> None:
    changes = [1.0] * 30 + [-1.0] * 10 + [0.0] * 160
    interval, half = comparing.bootstrap(changes), 1.96 * np.std(changes) / np.sqrt(200)
    assert interval == pytest.approx((0.1 - half, 0.1 + half), abs=0.01) and interval == comparing.bootstrap(changes)


def test_two_runs_are_compared_over_the_cases_that_both_scored() -> None:
    first = run(result("a"), result("b", "wrong"), result("c"), result("d"), result("e", "unscored"), result("f"))
    second = run(result("a", "error"), result("b"), result("c"), result("d", fingerprint="edited"), result("e"))
    found = diff(first, second)
    assert (found.both, found.worse, found.better, found.change, found.p_value) == (3, ("a",), ("b",), 0.0, 1.0)
    with pytest.raises(UserError, match="no case in common"):
        diff(first, run(result("z")))
