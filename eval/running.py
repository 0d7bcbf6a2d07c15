"""Runs the sets: indexes their files, asks every case, scores what comes back."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from pydantic import TypeAdapter, ValidationError

from eval.case import Case, CaseSet, Kind
from eval.metering import Meter
from eval.scoring import Marks, Outcome, broken_markers, broken_quotes, mark, outcome, reciprocal_rank
from index.article import UserError
from rag.answer import Answer, Citation
from rag.assistant import SAMPLE_FOLDER, Assistant
from rag.checkup import text_behind
from rag.retrieval import SearchResult

if TYPE_CHECKING:
    from rag.models import Endpoint

FOUND = 10  # passages whose order is scored
_LIBRARIES = ("chromadb", "llama-index-core", "numpy", "onnxruntime", "snowballstemmer", "tokenizers", "trafilatura")


class Subject(Protocol):
    """What is measured: an assistant over the articles of one set."""

    def ask(self, question: str, history: Sequence[str], as_of: str | None) -> Answer: ...
    def search(self, question: str, as_of: str | None) -> Sequence[SearchResult]: ...
    def read(self, citation: Citation) -> str | None: ...


@dataclass(frozen=True)
class Indexed:
    """The Subject that people use."""

    assistant: Assistant

    def ask(self, question: str, history: Sequence[str], as_of: str | None) -> Answer:
        chat = self.assistant.chat(as_of=as_of)
        for earlier in history:
            chat.ask(earlier)
        return chat.ask(question)

    def search(self, question: str, as_of: str | None) -> Sequence[SearchResult]:
        return self.assistant.search(question, limit=FOUND, as_of=as_of)

    def read(self, citation: Citation) -> str | None:
        return text_behind(self.assistant, citation.root, citation.path, citation.encoding)


@dataclass(frozen=True)
class Result:
    """What came of one case. `seconds` is the last question's own time, search for the ranking apart."""

    id: str
    set: str
    kind: Kind
    fingerprint: str
    question: str
    outcome: Outcome
    reason: str
    seconds: float
    answer: Mapping[str, Any] | None = None  # as `rag ask --json` prints it; None after an error
    confidence: float | None = None
    marks: Marks | None = None
    reciprocal_rank: float | None = None  # of the first passage found that states a fact; None without facts
    broken_quotes: tuple[str, ...] = ()
    broken_markers: tuple[str, ...] = ()
    usage: Mapping[str, float] = field(default_factory=dict)  # tokens and cost, where the endpoint tells them

    @property
    def broken(self) -> tuple[str, ...]:
        """Which promises this answer breaks, in words."""
        return self.broken_quotes + self.broken_markers


@dataclass(frozen=True)
class Run:
    """The results of some sets. `made_on` names processor and libraries; `skipped` says which set did not run, why."""

    made_on: Mapping[str, str]
    results: tuple[Result, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)
    floors: Mapping[str, Mapping[Kind, float]] = field(default_factory=dict)
    model: str | None = None

    @property
    def sets(self) -> dict[str, list[Result]]:
        """The results of each set."""
        names = dict.fromkeys(result.set for result in self.results)
        return {name: [result for result in self.results if result.set == name] for name in names}


@dataclass(frozen=True)
class Model:
    """A language model under test, and what counts its tokens."""

    llm: Endpoint
    meter: Meter


class MissingArticles(UserError):
    """The files that a set is about are not at hand."""


def run_sets(sets: Sequence[CaseSet], corpus: Path, model: Model | None = None) -> Run:
    """Run each set over a fresh index of its files; a set whose files are not at hand is skipped, with the reason."""
    results: list[Result] = []
    skipped: dict[str, str] = {}
    for cases in sets:
        try:
            with indexed(cases, corpus, model=model.llm if model else "") as subject:
                results += run_set(cases, subject, model.meter if model else None)
        except MissingArticles as error:
            skipped[cases.name] = str(error)
    floors = {cases.name: cases.header.floors for cases in sets} if model is None else {}
    return Run(made_on(), tuple(results), skipped, floors, f"{model.llm.model} at {model.llm.host}" if model else None)


def run_set(cases: CaseSet, subject: Subject, meter: Meter | None = None) -> Iterator[Result]:
    """Ask every case of a set. `meter` counts what the language model of the subject costs."""
    for case in cases.cases:
        yield _run_case(cases.name, case, subject, meter)


def _run_case(name: str, case: Case, subject: Subject, meter: Meter | None) -> Result:
    started = time.perf_counter()
    result = Result(case.id, name, case.kind, case.fingerprint, case.question, "error", "", 0.0)
    try:
        answer = subject.ask(case.question, case.history, case.as_of)
        seconds = time.perf_counter() - started
        verdict, reason = outcome(case, answer)
        return replace(
            result, outcome=verdict, reason=reason, seconds=seconds, answer=answer.to_dict(),
            confidence=answer.confidence, marks=mark(case, answer),
            reciprocal_rank=reciprocal_rank(case, subject.search(answer.asked_as, case.as_of)) if case.facts else None,
            broken_quotes=tuple(broken_quotes(answer, subject.read)), broken_markers=tuple(broken_markers(answer)),
            usage=meter.take() if meter else {},
        )  # fmt: skip
    except Exception as error:  # one case that breaks must not hide the others
        return replace(result, reason=f"{type(error).__name__}: {error}", seconds=time.perf_counter() - started)


@contextmanager
def metered(name: str | None, base_url: str | None) -> Iterator[Model | None]:
    """The model `name` (see `rag.models.open_model`), counted."""
    from rag.models import open_model

    if name is None and base_url:
        raise UserError("No model is named.", "Use --model to name the one to ask.")
    if name is None:
        yield None
        return
    meter = Meter(httpx.HTTPTransport())
    with closing(open_model(name, base_url, transport=meter)) as llm:
        yield Model(llm, meter)


@contextmanager
def indexed(cases: CaseSet, corpus: Path, **options: Any) -> Iterator[Indexed]:
    """A fresh index of exactly the set's files, wherever below `corpus` (or in the samples) they are.

    `options` go to `Assistant.open`; no model is asked but one named there. Raises MissingArticles naming a file that
    is missing or has other content.
    """
    with TemporaryDirectory(prefix="footnote-eval-") as work:
        folder = Path(work) / cases.name
        gather(cases, corpus, folder)
        with Assistant.open(Path(work) / "store", **{"model": "", **options}) as assistant:
            assistant.sync(folder)
            assistant.search("warm up")
            yield Indexed(assistant)


def gather(cases: CaseSet, corpus: Path, folder: Path) -> None:
    """Copy the set's files into `folder`. Raises MissingArticles for one missing or with other content."""
    places: dict[str, list[Path]] = {}
    for file in (file for base in (SAMPLE_FOLDER, corpus) if base.is_dir() for file in base.rglob("*")):
        places.setdefault(file.name, []).append(file)
    for name, sha256 in cases.header.articles.items():
        candidates = places.get(Path(name).name, [])
        same = [file for file in candidates if hashlib.sha256(file.read_bytes()).hexdigest() == sha256]
        if not same:
            what = "has other content than the cases were written for" if candidates else "is not there"
            raise MissingArticles(f"'{name}' {what} (looked below '{corpus}').", "Give its folder with --corpus.")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(same[0], folder / name)


def made_on() -> dict[str, str]:
    """The processor and the versions that the figures may depend on."""
    versions = {library: importlib.metadata.version(library) for library in _LIBRARIES}
    return {"processor": _processor(), "python": ".".join(platform.python_version_tuple()[:2]), **versions}


def save(run: Run, file: Path) -> None:
    """Write a run, articles' words and all, for `run --before`."""
    file.write_bytes(TypeAdapter(Run).dump_json(run, indent=1))


def load(file: Path) -> Run:
    """Read what `save` wrote. Raises UserError when it is something else."""
    try:
        return TypeAdapter(Run).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(f"'{file}' is not a saved run.", "Make one with `python -m eval run --json F`.") from error


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
