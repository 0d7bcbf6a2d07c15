"""A run in the terminal: what flipped comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from eval.comparing import Failure, Verdict, mcnemar, paired
from eval.reporting import print_difference, print_run
from eval.running import Result, Run
from eval.scoring import Outcome
from index.article import UserError
from tests.fakes import answer

HOSTILE = "Who is [/red] in [bold]?"  # what rich would take for mark-up


def result(id: str, outcome: Outcome = "right", said: str = "Venn opened it.", **fields: Any) -> Result:
    shown = answer((said, "a.txt")) if outcome != "refused" else answer()
    plain = Result(id, "small", "fact", "print", f"{id}: who?", outcome, "", 0.25, shown.to_dict(), shown.confidence)
    return replace(plain, **fields)


RUN = Run(
    {"numpy": "2.0"},
    (
        result("fine"),
        result("flip", "wrong", f"{HOSTILE} said.", question=HOSTILE, reason="not shown: Venn"),
        result("promise", set="other", kind="refuse", broken_quotes=("[1] is elsewhere",)),
    ),
    {"corpus": "'x.txt' is not there"},
)
FAILURES = (
    Failure("flip", "flip", "was right, now wrong: not shown: Venn"),
    Failure("invariant", "promise", "[1] is elsewhere"),
    Failure("floor", "small fact", "1 of 2 right"),
)


def test_the_terminal_shows_flips_before_tables() -> None:
    console = Console(width=140)
    with console.capture() as captured:
        print_run(console, RUN, Verdict(FAILURES, new=("fine",)))
    text = captured.get()
    shown = (
        "flip: flip: was right",
        f"question {HOSTILE}",
        "  now ",
        "said. [1]",
        "floor: small fact",
        "small: 2 cases",
        "other: 1 cases",
        "corpus: skipped",
        "not in the baseline (1): fine",
    )
    assert [part for part in shown if part not in text] == []
    assert sorted(shown, key=text.index) == list(shown)
    assert text.strip().splitlines()[-1] == "2 of 3 right; the gate FAILS: 1 flip, 1 invariant, 1 floor"


def test_refusals_are_counted_without_errors(capsys: pytest.CaptureFixture[str]) -> None:
    bad = [result("c", "refused", kind="refuse"), result("d", "wrong", kind="false_premise")]
    results = (result("a"), result("b", "refused"), result("e", "error"), *bad)
    print_run(Console(width=200), Run({}, results), Verdict(()))
    assert (
        "refusal: 1 of 2 that the articles do not answer are refused, 1 of 2 that they do (precision 0.50); AUROC 0.500"
    ) in capsys.readouterr().out


def test_tokens_and_cost_are_told_for_a_question_and_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    usages = [{"requests": 1.0, "prompt_tokens": 2000.0, "cost": 0.0004}, {"requests": 2.0, "prompt_tokens": 2400.0}]
    results = tuple(result(f"q{number}", usage=usage) for number, usage in enumerate([*usages, {}]))
    print_run(Console(width=200), Run({}, results, model="m at host"), Verdict(()))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "model, a question" in line]
    assert "1.50 requests (3.00 in all), 2,200 prompt_tokens (4,400 in all), 0.000200 cost (0.000400 in all)" in line


def test_two_runs_differ_by_what_flipped_in_cases_that_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    lost, won = result("lost"), result("won", "wrong", "Rask did.")
    before = Run({}, (lost, won, result("edited"), result("unasked")))
    edited = result("edited", "wrong", fingerprint="another")
    after = Run({}, (result("lost", "refused", reason="refused"), result("won"), edited))
    pairs = paired(before, after)
    assert pairs == [(lost, after.results[0]), (won, after.results[1])]
    print_difference(Console(width=200), pairs)
    told = capsys.readouterr().out
    parts = ("worse: lost: refused", "before   Venn opened it. [1]", "better: won: right", "before   Rask did. [1]")
    assert sorted(parts, key=told.index) == list(parts)
    assert told.endswith("changed by +0.0%. Chance alone flips this unevenly with p = 1.000 (exact McNemar).\n")


def test_runs_without_a_case_in_common_are_not_compared() -> None:
    with pytest.raises(UserError, match="no case in common"):
        paired(Run({}, (result("a"),)), Run({}, (result("b"),)))


def test_the_p_value_is_that_of_the_exact_test() -> None:
    assert (mcnemar(5, 0), mcnemar(0, 0), mcnemar(1, 1)) == (0.0625, 1.0, 1.0)
