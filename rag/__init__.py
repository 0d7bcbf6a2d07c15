"""Footnote: from a question to a checked answer. `from rag import Assistant` is the way in."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.article import Article, UserError
    from rag.answer import Answer, Citation, Note, Sentence, Shown, Turn
    from rag.assistant import Assistant

__version__ = "0.1.0"
__all__ = ["Answer", "Article", "Assistant", "Citation", "Note", "Sentence", "Shown", "Turn", "UserError"]
_HOMES = {"Article": "index.article", "Assistant": "rag.assistant", "UserError": "index.article"}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for, so that `import rag` and `rag --help` stay quick."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "rag.answer")), name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")


def _refuse_another_index() -> None:
    """Say which file Python would import in place of our package `index`, as a script's folder comes first."""
    found, ours = find_spec("index"), Path(__file__).resolve().parents[1] / "index" / "__init__.py"
    if found is not None and found.origin is not None and Path(found.origin).resolve() != ours:
        message = f"'{found.origin}' hides Footnote's own package 'index': rename that file or folder, or move it."
        raise ImportError(message, name="index", path=found.origin)


_refuse_another_index()
