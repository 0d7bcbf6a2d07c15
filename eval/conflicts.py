"""`bench conflicts`: planted disagreements between articles of ours, and look-alikes that are none."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.bench import Count, read_lines
from eval.scoring import share
from rag.answer import Answer
from rag.assistant import Assistant

PLANTED = Path(__file__).with_name("conflicts.jsonl")


def bench_conflicts(data: Path, work: Path) -> Count:
    """All articles of the planted sets in one index, each question asked once; the figures of each set.

    `found` is the share of disagreements with a note of the kind labelled that cites both articles; `false_alarms` the
    share of look-alikes with a note of either kind; `answered` is of all questions.
    """
    cases = read_lines(PLANTED)
    answers = ask_planted(cases)
    metrics = {"answered": share(not answer.refused for answer in answers)}
    for number in sorted({case["set"] for case in cases}):
        pairs = [pair for pair in zip(cases, answers, strict=True) if pair[0]["set"] == number]
        metrics[f"found_{number}"] = share(_is_found(*pair) for pair in pairs if pair[0]["label"] != "none")
        metrics[f"false_alarms_{number}"] = share(bool(_noted(pair[1])) for pair in pairs if pair[0]["label"] == "none")
    return len(cases), {name: round(value, 3) for name, value in metrics.items()}


def ask_planted(cases: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """The answer to each case's question, with the articles of all cases in one folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "articles")
        folder.mkdir()
        for case in cases:
            for number, article in enumerate(case["articles"]):
                (folder / f"{case['id']}-{number}.json").write_text(json.dumps(article), encoding="utf-8")
        with Assistant.open(Path(name, "store")) as assistant:
            assistant.sync(folder)
            return [assistant.ask(case["question"]) for case in cases]


def _noted(answer: Answer) -> Sequence[str]:
    return [note.kind for note in answer.notes if note.kind in ("conflict", "outdated")]


def _is_found(case: Mapping[str, Any], answer: Answer) -> bool:
    cited = {citation.path.partition(".json")[0] for citation in answer.citations}
    return case["label"] in _noted(answer) and {f"{case['id']}-0", f"{case['id']}-1"} <= cited
