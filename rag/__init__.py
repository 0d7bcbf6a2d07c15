"""Footnote: from a question to a checked answer. `from rag import Assistant` is the way in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.article import Article, UserError
    from rag.answer import Answer, Citation, Note, Sentence, Shown, Turn
    from rag.assistant import Assistant

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "Citation",
    "Note",
    "Sentence",
    "Shown",
    "Turn",
    "UserError",
]
_HOMES = {"Article": "index.article", "Assistant": "rag.assistant", "UserError": "index.article"}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for, so that `import rag` and `rag --help` stay quick."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "rag.answer")), name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
