"""Is everything there, and does every saved quote still stand? `rag doctor` and `rag verify`."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.article import KEPT, UserError
from index.catalog import Snapshot
from index.english.sentences import sentence_spans
from index.records import FileRow
from rag.answer import Citation, Note
from rag.exporting import answers_in

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.writing import Writer

_PROBE_SECONDS = 30.0
_FREE_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """One line of a check-up."""

    is_well: bool
    text: str


def check(assistant: Assistant) -> Iterator[Finding]:
    """What an installation needs, one line each, in the order in which to mend it."""
    yield Finding(True, f"Python {platform.python_version()}")
    store = assistant.settings.store
    existing = next(path for path in (store, *store.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    yield Finding(free > _FREE_BYTES, f"{free / 1e9:.1f} GB free for the index in {store}")
    yield Finding(True, "No index yet: questions are answered from the sample articles" if assistant.is_sample
                  else f"Index: {assistant.status()}")  # fmt: skip
    for name, folder in assistant.roots():
        if folder is not None:
            is_there = Path(folder).exists()
            state = "" if is_there else f" is missing; mount its disk, or run `rag articles --remove {name}`"
            yield Finding(is_there, f"Root '{name}': {folder}{state}")
    if assistant.articles():
        found = assistant.search("what happened", limit=1)
        yield Finding(bool(found), "Search works" if found else "Search finds nothing; run `rag doctor --rebuild`")
    yield _check_model(assistant.writer)


def _check_model(writer: Writer | None) -> Finding:
    if writer is None:
        text = "No language model: answers are the articles' own sentences, and nothing leaves this machine"
        return Finding(True, text)
    from rag.models import Allowance, ModelError, read
    from rag.prompts import PROBE

    name, host = writer.llm.metadata.model_name, getattr(writer.llm, "host", "its own client")
    allowance = Allowance(min(writer.seconds, _PROBE_SECONDS))
    try:
        reply = "".join(read(writer.llm, PROBE, allowance))
    except ModelError as error:
        return Finding(False, f"Language model '{name}': {error.text}")
    piecemeal = "" if allowance.streams else " (all at once: the endpoint does not stream)"
    return Finding(True, f"Language model '{name}' at {host} answers{piecemeal}: {' '.join(reply.split())[:60]}")


def verify_export(assistant: Assistant, file: Path) -> list[Finding]:
    """Whether each citation of saved answers still stands where it says, and what changed where it does not.

    Raises UserError when the file is neither what `rag ask --json` prints nor an export of the page.
    """
    try:
        return verify_answers(assistant, answers_in(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"'{file}' cannot be read as a saved answer ({error})."
        raise UserError(message, "Save one with `rag ask --json`, or export a conversation from the page.") from error


def verify_answers(assistant: Assistant, answers: list[dict[str, Any]], *, only_indexed: bool = False) -> list[Finding]:
    """Whether each citation of these answers still stands; with `only_indexed`, no other file is read for it."""
    cited = [("", citation) for answer in answers for citation in (*answer["citations"], *answer["closest"])]
    cited += [("more ", citation) for answer in answers for citation in answer.get("more", ())]  # not in old ones
    return [_verify(assistant, citation, mark, only_indexed) for mark, citation in cited]


def text_behind(assistant: Assistant, root: str, path: str, encoding: str) -> str | None:
    """The text that a citation's offsets count: the file as it is now, or what the index keeps; None if gone."""
    folder = dict(assistant.roots()).get(root)
    if encoding != KEPT and folder is not None:
        base = Path(folder)
        try:
            data = (base if base.is_file() else base / path).read_bytes()
            return data.decode(encoding).removeprefix("\ufeff")
        except (OSError, ValueError, LookupError):
            return None
    article = assistant.article(root, path)
    return article.text if article else None


def _verify(assistant: Assistant, citation: dict[str, Any], mark: str, only_indexed: bool) -> Finding:
    name = f"{mark}[{citation['number']}] {citation['path']}"
    root, path = citation["root"], citation["path"]
    is_hidden = only_indexed and assistant.article(root, path) is None
    text = None if is_hidden else text_behind(assistant, root, path, citation["encoding"])
    if text is None:
        return Finding(False, f"{name}: the article is no longer there")
    if text[citation["start"] : citation["end"]] == citation["quote"]:
        return Finding(True, f"{name}: the quote is unchanged, at {citation['start']}-{citation['end']}")
    if citation["quote"] in text:
        return Finding(False, f"{name}: the quote is unchanged, but has moved to {text.index(citation['quote'])}")
    now = get_close_matches(citation["quote"], [text[start:end] for start, end in sentence_spans(text)], n=1)
    instead = f"; it now says: “{' '.join(now[0].split())}”" if now else ""
    return Finding(False, f"{name}: the article no longer says this{instead}")


def stale_notes(citations: Sequence[Citation], snapshot: Snapshot) -> tuple[Note, ...]:
    """A note for every cited file that changed or went after it was indexed."""
    notes = []
    for root, path in dict.fromkeys((citation.root, citation.path) for citation in citations):
        known = snapshot.file_of(root, path)
        if known is not None and (what := _what_happened(*known)):
            text = f"{path} {what} since it was indexed; the quote is from the indexed text. Run `rag index` again."
            notes.append(Note("stale", text))
    return tuple(notes)


def _what_happened(file: Path, row: FileRow) -> str:
    try:
        stat = file.stat()
        if (stat.st_size, stat.st_mtime_ns) == (row.size, row.mtime_ns):
            return ""
        is_same = stat.st_size == row.size and hashlib.sha256(file.read_bytes()).hexdigest() == row.sha256
    except OSError:
        return "has disappeared"
    return "" if is_same else "has changed"
