"""The answer and its parts: values only, and their JSON face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Span = tuple[int, int]
Mode = Literal["extractive", "model", "mixed", "catalog"]
Support = Literal["quoted", "supported", "not_shown", "unchecked"]
NoteKind = Literal[
    "conflict", "outdated", "coverage", "missing", "stale", "left_out", "cut_off", "dropped", "model_failed",
    "prompt_shortened"
]  # fmt: skip


@dataclass(frozen=True)
class Citation:
    """The exact words a sentence rests on: `article.text[start:end] == quote`, in code points."""

    number: int
    root: str
    path: str
    title: str
    quote: str
    start: int
    end: int
    encoding: str
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    page: int | None = None  # of a format that has pages, from 1


@dataclass(frozen=True)
class Sentence:
    """One sentence shown. `citations` are numbers of the answer's citations; `emphasis` spans `text`.

    `lead` says who says it and when ("The Cradle, 17 August 2023:") or is empty.
    """

    text: str
    lead: str
    citations: tuple[int, ...]
    support: Support
    emphasis: tuple[Span, ...] = ()

    def __str__(self) -> str:
        marks = "".join(f" [{number}]" for number in self.citations)
        return f"{self.lead} {self.text}{marks}".strip()


@dataclass(frozen=True)
class Shown:
    """What a stream yields before the Answer: a sentence that passed, with the citations its numbers name."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Note:
    """What the reader must know beside the answer, in one plain sentence."""

    kind: NoteKind
    text: str


@dataclass(frozen=True)
class Turn:
    """One exchange of a conversation."""

    question: str
    answer: Answer


@dataclass(frozen=True)
class Answer:
    """A whole answer or a refusal. A refusal has no sentences and no citations; `closest` is what it offers.

    Nor has an answer from the catalog (`mode` "catalog"), which is about the articles themselves: its `closest` is how
    those that it names open. `more` are sentences that bear on the question too and are not shown, word for word,
    numbered from 1 on their own.
    "mixed" is what the articles support of a model's reply, then their own sentences.
    `confidence` is the probability (0 to 1) that the articles answer; `as_of` is an ISO day or None.
    """

    question: str
    asked_as: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    refused: bool
    confidence: float
    mode: Mode = "extractive"
    complete: bool = True
    as_of: str | None = None
    closest: tuple[Citation, ...] = ()
    more: tuple[Citation, ...] = ()
    suggestion: str | None = None
    notes: tuple[Note, ...] = ()

    def __str__(self) -> str:
        return self.text

    def citation(self, number: int) -> Citation:
        """The citation with this number, from 1 in order of first use. Raises IndexError where there is none."""
        if not 1 <= number <= len(self.citations):
            raise IndexError(f"There is no footnote {number}: this answer has {len(self.citations)}.")
        return self.citations[number - 1]

    def to_dict(self) -> dict[str, Any]:
        """Exactly what `--json` prints: plain lists, strings and numbers, in the order of the contract."""
        return {
            "question": self.question,
            "asked_as": self.asked_as,
            "text": self.text,
            "refused": self.refused,
            "mode": self.mode,
            "complete": self.complete,
            "as_of": self.as_of,
            "confidence": round(self.confidence, 4),
            "sentences": [_sentence_dict(sentence) for sentence in self.sentences],
            "citations": [_citation_dict(citation) for citation in self.citations],
            "closest": [_citation_dict(citation) for citation in self.closest],
            "more": [_citation_dict(citation) for citation in self.more],
            "suggestion": self.suggestion,
            "notes": [asdict(note) for note in self.notes],
        }


def join(sentences: Sequence[Sentence]) -> str:
    """An answer's text: each sentence's lead, text and markers; a new source starts a new line."""
    parts = [("\n" if sentence.lead and number else " " if number else "") + str(sentence)
             for number, sentence in enumerate(sentences)]  # fmt: skip
    return "".join(parts)


def counted(number: int, what: str) -> str:
    """A number of things in words ("1 article", "1,200 articles")."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _sentence_dict(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "lead": sentence.lead,
        "citations": list(sentence.citations),
        "support": sentence.support,
        "emphasis": [list(span) for span in sentence.emphasis],
    }


def _citation_dict(citation: Citation) -> dict[str, Any]:
    order = "number root path title publisher published url page quote start end encoding".split()
    return {name: getattr(citation, name) for name in order}
