"""What is each part worth? Switches parts of the path off in turn and counts which cases flip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rag.answering
import rag.chat
import rag.composing
from eval.case import CaseSet
from eval.running import indexed, run_set

# A part by its name: the modules that call it, under which name, and what takes its place.
PARTS: Mapping[str, tuple[Sequence[Any], str, Callable[..., Any]]] = {
    "spelling": ((rag.answering,), "respelled", lambda text, *_: text),
    "sides": ((rag.answering,), "sides_of", lambda question: ()),
    "disagreements": ((rag.composing,), "beside", lambda question, picks, evidence: (list(picks), [])),
    "copies": ((rag.composing,), "told_once", lambda shown, evidence, snapshot: []),
    "follow-ups": ((rag.chat,), "readings", lambda question, last: (question, "")),
}


@contextmanager
def without(part: str) -> Iterator[None]:
    """Switch a part off for as long as this lasts."""
    modules, name, instead = PARTS[part]
    before = getattr(modules[0], name)
    for module in modules:
        setattr(module, name, instead)
    try:
        yield
    finally:
        for module in modules:
            setattr(module, name, before)


def ablate(sets: Sequence[CaseSet], corpus: Path, parts: Sequence[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """For each part, the ids of the cases that are right only with it, and of those right only without it."""
    right: dict[str, set[str]] = {part: set() for part in ["", *parts]}
    for cases in sets:
        with indexed(cases, corpus) as subject:
            right[""] |= {result.id for result in run_set(cases, subject) if result.outcome == "right"}
            for part in parts:
                with without(part):
                    right[part] |= {result.id for result in run_set(cases, subject) if result.outcome == "right"}
    for part in parts:
        yield part, sorted(right[""] - right[part]), sorted(right[part] - right[""])
