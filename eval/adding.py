"""A question just asked becomes a case."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.case import SETS, Case, CaseSet, Header, load_set, load_sets, to_line
from eval.linting import lint, read_articles
from index.article import UserError
from index.reading import find_files


def case_of(
    saved: str,
    *,
    kind: str,
    facts: Sequence[str],
    articles: Sequence[str],
    why: str | None,
    name: str | None,
) -> Case:
    """The case that holds a saved answer (what `rag ask --json` prints) to be right, or what is named instead.

    Facts default to the answering words it emphasised, articles to those it cites. With `why` it is a case
    that must be refused. Raises UserError when it is no answer, or a fact is still missing.
    """
    try:
        answer: Mapping[str, Any] = json.loads(saved)
        question, sentences, cited = answer["question"], answer["sentences"], answer["citations"]
        emphasised = [[s["text"][start:end]] for s in sentences for start, end in s["emphasis"]]
        slug = "-".join(re.findall(r"[a-z0-9]+", question.lower())[:7]) or "case"
        fields: dict[str, Any] = {"id": name or slug, "question": question, "kind": kind, "as_of": answer["as_of"]}
        paths = list(articles) or list(dict.fromkeys(citation["path"] for citation in cited))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"This is no saved answer ({error}).", "Save one with `rag ask --json`.") from error
    if why:
        fields |= {"kind": "refuse", "why": why}
    elif known := [fact.split("|") for fact in facts] or emphasised:
        fields |= {"facts": known, "articles": {"any": paths}}
    try:
        return Case.model_validate(fields)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise UserError(f"This makes no case: {reason}.", "Use --kind, --fact, --article or --why.") from error


def liked_or_not(file: Path, number: int) -> str:
    """The answer of the page's feedback that is `number` from the end (1 is the newest), as `case_of` takes it."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return json.dumps(json.loads(lines[-number])["answer"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        message = f"'{file}' holds no feedback {number} from its end."
        raise UserError(message, "The page's thumbs put it there.") from error


def add_case(case: Case, name: str, corpus: Path, folder: Path = SETS) -> str:
    """Write the case at the end of a set, which is made over the files of `corpus` if there is none.

    Returns what was done, in a sentence. Raises UserError, and writes nothing, when lint objects to the case.
    """
    file = folder / f"{name}.jsonl"
    is_new = not file.exists()
    if any(case.id == known.id for each in load_sets(folder=folder) for known in each.cases):
        raise UserError(f"There is a case '{case.id}' already.", "Give it another --id.")
    old = CaseSet(header=_header(name, corpus), cases=()) if is_new else load_set(file)
    new = old.model_copy(update={"cases": (*old.cases, case)})
    problems = [line for line in lint(new, read_articles(new, corpus)) if line.startswith(f"{case.id}: ")]
    if problems:
        raise UserError("; ".join(problems) + ".", "Nothing was written.")
    is_cut = not is_new and not file.read_bytes().endswith(b"\n")
    with file.open("a", encoding="utf-8") as end:
        end.write("\n" * is_cut + "".join(f"{to_line(line)}\n" for line in ([new.header] if is_new else []) + [case]))
    return f"Added '{case.id}' to {file.name}: {to_line(case)}"


def _header(name: str, corpus: Path) -> Header:
    files, _ = find_files(corpus)
    sums = {file.path: hashlib.sha256((corpus / file.path).read_bytes()).hexdigest() for file in files}
    try:
        return Header(set=name, articles=sums)
    except ValidationError as error:
        raise UserError(f"'{name}' cannot name a set.", "Use lower-case letters, digits and '_'.") from error
