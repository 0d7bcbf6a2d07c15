"""A question and the sentences of a passage as one row of tokens, and spans of tokens as characters.

[CLS] question [SEP] heading [unused1] sentence 1 [unused1] sentence 2 ... [SEP]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from index.embedding import MODEL_FOLDER

MAX_TOKENS = 256
_QUESTION_TOKENS, _HEADING_TOKENS = 64, 40
_LEAST_ROOM = 8  # a sentence of which fewer tokens would fit is left out


@dataclass(frozen=True, slots=True)
class Encoded:
    """`ids` and `types` (0 the question, 1 the rest), each as long as the row.

    `marks` has the position of the marker in front of each sentence that fits, and `offsets` for each of
    them the (start, end) of its tokens in characters; the first token stands one after the marker.
    """

    ids: list[int]
    types: list[int]
    marks: list[int]
    offsets: list[list[tuple[int, int]]]


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def heading(title: str | None, publisher: str | None, published: str | None) -> str:
    """What the reader is told of an article.

    >>> heading("Ferry resumes", "Harbour Post", "2023-05-07")
    'Ferry resumes (Harbour Post, 2023-05-07)'
    """
    source = ", ".join(part for part in (publisher, published) if part)
    return f"{title or ''} ({source})".strip() if source else title or ""


def encode(question: str, head: str, sentences: Sequence[str], limit: int = MAX_TOKENS) -> Encoded:
    """The row for these texts, cut at `limit` tokens; sentences that do not fit are left out from the end."""
    tokenizer = _tokenizer()
    cls, sep, mark = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]", "[unused1]"))
    encoded = [
        tokenizer.encode(text.encode("utf-8", "replace").decode(), add_special_tokens=False)
        for text in (question, head, *sentences)
    ]
    ids = [cls, *encoded[0].ids[:_QUESTION_TOKENS], sep]
    asked = len(ids)
    ids += encoded[1].ids[:_HEADING_TOKENS]
    marks, offsets = [], []
    for sentence in encoded[2:]:
        room = limit - len(ids) - 2
        if room < _LEAST_ROOM:
            break
        marks.append(len(ids))
        ids += [mark, *sentence.ids[:room]]
        offsets.append(sentence.offsets[:room])
    ids.append(sep)
    return Encoded(ids, [0] * asked + [1] * (len(ids) - asked), marks, offsets)
