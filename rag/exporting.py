"""A conversation as a file, and back: each answer is kept whole in it, so that `rag verify` can check every quote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from rag.answer import Answer
from rag.render import clean, html, inert, markdown, markdown_text

Form = Literal["markdown", "html"]
_KEPT = re.compile(r"<!-- footnote (\{.*?\}) -->")
BEGINS: dict[Form, str] = {
    "markdown": "# A conversation with Footnote\n\n",
    "html": Path(__file__).with_name("conversation.html").read_text(encoding="utf-8"),
}
ENDS: dict[Form, str] = {"markdown": "", "html": "</html>\n"}


def exported(answer: Answer, form: Form, turn: int = 0) -> str:
    """A question and its answer in that form, with all that `answers_in` reads back from it in a comment.

    `turn` tells the footnotes of a conversation's answers apart. A whole file has BEGINS before and ENDS after.
    """
    data = json.dumps(answer.to_dict()).replace("--", "\\u002d\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")
    kept = f"<!-- footnote {data} -->\n\n"
    if form == "html":
        return f"<h2>{inert(answer.question)}</h2>\n{html(answer, turn)}\n{kept}"
    return f"## {markdown_text(clean(answer.question).strip())}\n\n{markdown(answer)}\n{kept}"


def answers_in(text: str) -> list[dict[str, Any]]:
    """The answers saved in an export, whatever its form, or in what `rag ask --json` prints. Raises ValueError."""
    if text.lstrip().startswith(("{", "[")):
        saved = json.loads(text)
        return saved if isinstance(saved, list) else [saved]
    found = [json.loads(kept) for kept in _KEPT.findall(text)]
    if not found:
        raise ValueError("there is no answer in it")
    return found
