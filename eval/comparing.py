"""Is it worse than before, where, and is that chance? The baseline, the gate, and two runs side by side."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from eval.case import Strict
from eval.running import Result, Run
from eval.scoring import Outcome, share
from index.article import UserError

BASELINE = Path(__file__).parent / "baseline.json"


class Known(Strict):
    """What the baseline knows of a case. Citations are (path, start, end); `text` is a hash of the answer."""

    case: str
    outcome: Outcome
    text: str
    citations: tuple[tuple[str, int, int], ...] = ()


class Baseline(Strict):
    """What was right when someone last accepted it. Holds no words of the articles."""

    made_on: Mapping[str, str]
    sets: Annotated[Mapping[str, Mapping[str, Known]], Field(default_factory=dict)]


@dataclass(frozen=True)
class Failure:
    """One reason why the gate fails: a case that was right, a broken promise, a kind below its floor, no baseline."""

    what: Literal["flip", "invariant", "floor", "baseline"]
    where: str  # the case's id, or "set kind"
    text: str


@dataclass(frozen=True)
class Verdict:
    """What the gate says. It passes when there are no failures; the rest is for the reader."""

    failures: tuple[Failure, ...]
    improved: tuple[str, ...] = ()  # ids of cases that are right now and were not
    new: tuple[str, ...] = ()  # ids of cases that the baseline does not know, as they stand now
    gone: tuple[str, ...] = ()  # ids that the baseline knows and the sets do not
    changed: tuple[str, ...] = ()  # ids of cases that are right, as before, with another answer
    differs: tuple[str, ...] = ()  # "numpy 2.4.6 (baseline 2.3.0)"

    @property
    def passes(self) -> bool:
        return not self.failures


def gate(run: Run, baseline: Baseline | None) -> Verdict:
    """Judge a run: against the baseline if it was made offline, by invariants and floors in any case."""
    failures = [*_broken(run.results), *_below_floor(run)]
    if run.model is not None:
        return Verdict(tuple(failures))
    if baseline is None:
        missing = Failure("baseline", BASELINE.name, "there is none; `python -m eval accept` writes it")
        return Verdict((*failures, missing))
    known = {id: entry for name in run.sets for id, entry in baseline.sets.get(name, {}).items()}
    now = {result.id: result for result in run.results}
    pairs = [(known[id], result) for id, result in now.items() if id in known and known[id].case == result.fingerprint]
    flips = [
        Failure("flip", result.id, f"was right, now {result.outcome}: {result.reason}")
        for was, result in pairs
        if was.outcome == "right" and result.outcome != "right"
    ]
    right = [(was, result) for was, result in pairs if result.outcome == "right"]
    return Verdict(
        (*flips, *failures),
        improved=tuple(result.id for was, result in right if was.outcome != "right"),
        new=tuple(id for id in now if id not in {result.id for _, result in pairs}),
        gone=tuple(id for id in known if id not in now),
        changed=tuple(result.id for was, result in right if was.outcome == "right" and was.text != _known(result).text),
        differs=tuple(
            f"{name} {value} (baseline {baseline.made_on.get(name)})"
            for name, value in run.made_on.items()
            if baseline.made_on.get(name) != value
        ),
    )


def accept(run: Run, baseline: Baseline | None) -> Baseline:
    """The baseline with what this run found in the place of what it said of the same sets.

    Raises UserError for what nobody may accept: a broken invariant, a kind below its floor, an error, a model.
    """
    if run.model is not None:
        raise UserError("A run with a model cannot be the baseline: replies vary.", "Compare two with `run --before`.")
    errors = [Failure("invariant", r.id, r.reason) for r in run.results if r.outcome == "error"]
    if refused := [*_broken(run.results), *_below_floor(run), *errors]:
        listed = "; ".join(f"{failure.where}: {failure.text}" for failure in refused[:5])
        raise UserError(f"This cannot be accepted: {listed}.", "Fix it, or lower the floor in the set's first line.")
    sets = {name: {result.id: _known(result) for result in results} for name, results in run.sets.items()}
    return Baseline(made_on=run.made_on, sets={**(baseline.sets if baseline else {}), **sets})


def paired(before: Run, after: Run) -> list[tuple[Result, Result]]:
    """(before, after) of each case that both runs have and that is the same. Raises UserError when there is none."""
    then = {result.id: result for result in before.results}
    pairs = [(then[result.id], result) for result in after.results if result.id in then]
    pairs = [(a, b) for a, b in pairs if a.fingerprint == b.fingerprint]
    if not pairs:
        raise UserError("The two runs have no case in common.", "Run the same set for both.")
    return pairs


def mcnemar(worse: int, better: int) -> float:
    """The two-sided p value of the exact McNemar test: a fair coin for each case that flipped.

    >>> mcnemar(5, 0), mcnemar(0, 0)
    (0.0625, 1.0)
    """
    flips = worse + better
    tail: float = sum(math.comb(flips, k) for k in range(min(worse, better) + 1)) / 2**flips
    return min(1.0, 2 * tail)


def read_baseline(file: Path = BASELINE) -> Baseline | None:
    """The baseline, or None when nothing was accepted yet. Raises UserError when the file is damaged."""
    try:
        return Baseline.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UserError(f"'{file}' is not a baseline ({error}).", "Restore it from git.") from error


def write_baseline(baseline: Baseline, file: Path = BASELINE) -> None:
    """One line a case, so that a change of it can be read."""
    lines = ['{"made_on": ' + json.dumps(baseline.made_on, indent=1) + ',\n"sets": {']
    for place, (name, cases) in enumerate(sorted(baseline.sets.items())):
        rows = [f"{json.dumps(id)}: {json.dumps(known.model_dump(mode='json'))}" for id, known in sorted(cases.items())]
        lines.append(("," if place else "") + f"{json.dumps(name)}: {{\n" + ",\n".join(rows) + "}")
    file.write_text("\n".join(lines) + "}}\n", encoding="utf-8")


def _broken(results: Iterable[Result]) -> list[Failure]:
    return [Failure("invariant", result.id, text) for result in results for text in result.broken]


def _below_floor(run: Run) -> list[Failure]:
    below = []
    for name, results in run.sets.items():
        for kind, floor in run.floors.get(name, {}).items():
            right = [r.outcome == "right" for r in results if r.kind == kind]
            if right and share(right) < floor:
                text = f"{sum(right)} of {len(right)} right, below the floor of {floor:.0%}"
                below.append(Failure("floor", f"{name} {kind}", text))
    return below


def _known(result: Result) -> Known:
    answer = result.answer or {"text": "", "citations": []}
    citations = tuple((cited["path"], cited["start"], cited["end"]) for cited in answer["citations"])
    text = hashlib.sha256(answer["text"].encode()).hexdigest()[:12]
    return Known(case=result.fingerprint, outcome=result.outcome, text=text, citations=citations)
