"""The values of the suite: a Case, the set it belongs to, and reading them from a .jsonl file, strictly."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.facts import Fact
from index.article import UserError

SETS = Path(__file__).parent / "sets"
Kind = Literal[
    "fact", "time", "several", "compare", "why", "list", "yes_no", "follow_up", "new_topic", "refuse", "false_premise",
]
KINDS: tuple[Kind, ...] = Kind.__args__  # type: ignore[attr-defined]
Why = Literal["wrong_person", "wrong_year", "wrong_number", "absent", "elsewhere"]
_Line = TypeVar("_Line", bound=BaseModel)


def _is_fact(fact: Fact) -> Fact:
    try:
        re.compile(fact if isinstance(fact, str) else "")
    except re.error as error:
        raise ValueError(f"{fact!r} is not a regular expression ({error})") from error
    if not fact or not all(fact):
        raise ValueError("a fact needs a wording")
    return fact


def _is_day(day: str | None) -> str | None:
    if day is not None and date.fromisoformat(day).isoformat() != day:
        raise ValueError("write the day as 2023-08-17")
    return day


class Strict(BaseModel):
    """A value that is read from a file: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Articles(Strict):
    """The files that prove a case: one of `any`, or each of `all`. Exactly one of the two is given."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.any) == bool(self.all):
            raise ValueError("articles holds either `any` or `all`")
        return self

    def are_cited(self, cited: set[str]) -> bool:
        """Whether the paths cited prove the case."""
        return bool(cited & set(self.any)) if self.any else cited >= set(self.all)


class Case(Strict):
    """A question with its known answer.

    Every fact must stand in a shown sentence that cites one of `articles`. `history` holds the questions
    asked before in the same conversation, `standalone` the question as a person would put it without them:
    a `new_topic` needs no other words, and must be left as it is. `leads` are words that a lead must hold
    each (the label of a side), `notes` words that the notes must hold; `in_order`: the facts must first be
    shown in the order they are given. A `refuse` must be refused, for the reason `why`; a `false_premise`
    may be refused or, if it has facts, be answered with them.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    question: Annotated[str, Field(min_length=1)]
    kind: Kind
    history: tuple[str, ...] = ()
    standalone: str | None = None
    leads: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    in_order: bool = False
    as_of: Annotated[str | None, AfterValidator(_is_day)] = None
    facts: tuple[Annotated[Fact, AfterValidator(_is_fact)], ...] = ()
    articles: Articles | None = None
    why: Why | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if (self.kind == "refuse") != (self.why is not None):
            raise ValueError("`why` belongs to a refuse case, and only there")
        if self.kind == "refuse" and (self.facts or self.articles):
            raise ValueError("a refuse case has neither facts nor articles")
        if self.kind not in ("refuse", "false_premise") and not self.facts:
            raise ValueError(f"a case of kind {self.kind} needs facts")
        if bool(self.facts) > (self.articles is not None):
            raise ValueError("facts need the articles that contain them")
        if (self.kind in ("follow_up", "new_topic") or self.standalone is not None) > bool(self.history):
            raise ValueError("a case of this kind needs its history")
        if self.kind == "new_topic" and self.standalone != self.question:
            raise ValueError("the standalone of a new_topic must be its question")
        return self

    @property
    def is_answerable(self) -> bool:
        """Whether the articles answer it. A false premise is not answered, even where it can be corrected."""
        return self.kind not in ("refuse", "false_premise")

    @property
    def accepted(self) -> tuple[str, ...]:
        """The paths of the articles whose sentences count."""
        return (self.articles.any or self.articles.all) if self.articles else ()

    @property
    def fingerprint(self) -> str:
        """Changes when anything of the case does: then what was known of it no longer counts."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:12]


class Header(Strict):
    """The first line of a set: its name, the sha256 of each file it is about, the least share right by kind."""

    set: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    articles: Mapping[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]
    floors: Mapping[Kind, Annotated[float, Field(ge=0, le=1)]] = {}


class CaseSet(Strict):
    """A set as its file holds it."""

    header: Header
    cases: tuple[Case, ...]

    @property
    def name(self) -> str:
        return self.header.set


def load_set(file: Path) -> CaseSet:
    """Read a set. Raises UserError, with the line, for an unknown key or a wrong value."""
    # A question may hold what `splitlines` takes for the end of a line.
    lines = [(number, line) for number, line in enumerate(file.read_bytes().split(b"\n"), start=1) if line.strip()]
    if not lines:
        raise UserError(f"The set '{file}' is empty.", "Its first line is a header: see docs/eval.md.")
    header = _parse(Header, lines[0][1], file, lines[0][0])
    return CaseSet(header=header, cases=tuple(_parse(Case, line, file, number) for number, line in lines[1:]))


def load_sets(name: str | None = None, folder: Path = SETS) -> tuple[CaseSet, ...]:
    """The set called `name`, or all of them. Raises UserError when there is none, or an id is used twice."""
    files = {file.stem: file for file in sorted(folder.glob("*.jsonl"))}
    if name is not None and name not in files:
        raise UserError(f"There is no set '{name}'.", f"There are: {', '.join(files) or 'none'}.")
    sets = tuple(load_set(file) for stem, file in files.items() if name in (None, stem))
    seen: dict[str, str] = {}
    for each in sets:
        for case in each.cases:
            if case.id in seen:
                both = f"'{seen[case.id]}' and '{each.name}'"
                raise UserError(f"The id '{case.id}' is used twice, in {both}.", "Ids are unique among all sets.")
            seen[case.id] = each.name
    return sets


def _parse(kind: type[_Line], line: bytes, file: Path, number: int) -> _Line:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or kind.__name__.lower()
        message = f"{file.name}:{number}: {where}: {first['msg'].removeprefix('Value error, ')}."
        raise UserError(message, "docs/eval.md says what a line may contain.") from error
