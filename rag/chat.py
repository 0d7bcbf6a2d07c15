"""A conversation: a follow-up becomes a question that stands alone, and takes the one path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.answer import Answer, Shown, Turn
from rag.answering import Asked
from rag.question import clean_question, understand

Stream = Callable[[Asked], Iterator[Shown | Answer]]
Rewrite = Callable[[str, Sequence[Turn]], str | None]  # a follow-up as a question of its own, or None
_OPENING = re.compile(r"^(?:and|but|so|also|then|ok|okay|or)\b[ ,:]*", re.IGNORECASE)
_PERSON = re.compile(r"\b(he|she|him|her|his|hers|they|them|their)\b(?!['’])", re.IGNORECASE)
_THING = re.compile(r"\b(it|its|this|that|these|those|there)\b(?!['’])(?!\s+[a-z]+(?:ed|ing)\b)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?:his|their|its|hers|her (?!in\b|at\b|to\b|on\b|for\b|by\b)\w)", re.IGNORECASE)
_BARE = re.compile(r"^(?:who|whom|when|where|why|how|how (?:many|much|long|often)|which|what)\W*$", re.IGNORECASE)
_DAYS = re.compile(
    r"\s*\b(?:in|on|during|since|of)?\s*(?:early|late|mid)?\s*(?:[A-Z][a-z]+ )?(?:\d{1,2},? )?(?:19|20)\d\d\b"
)
_NAME = re.compile(r"\b[A-Z][\w’'-]+(?:[ -](?:al|bin|of|the|de|[A-Z0-9])[\w’'-]*)*")


class Chat:
    """Keeps the turns of a conversation. `ask` drains `stream`.

    A follow-up is understood by `rewrite` (a language model), and by rule where there is none or it fails.
    """

    def __init__(self, stream: Stream, turns: Sequence[Turn] = (), rewrite: Rewrite | None = None) -> None:
        self._stream, self._rewrite = stream, rewrite
        self.turns: tuple[Turn, ...] = tuple(turns)

    def ask(self, question: str) -> Answer:
        """The answer to a question, understood after the turns before it."""
        return next(event for event in self.stream(question) if isinstance(event, Answer))

    def stream(self, question: str) -> Iterator[Shown | Answer]:
        """Each sentence as it passes, then the Answer; `asked_as` says how the question was understood."""
        rewritten = self._rewrite(question, self.turns) if self._rewrite and self.turns else None
        requests = 2 if self._rewrite and self.turns else 3
        standalone = rewritten or stand_alone(question, self.turns)
        for event in self._stream(Asked(question, standalone, requests=requests)):
            if isinstance(event, Answer):
                self.turns = (*self.turns, Turn(question, event))
            yield event


def stand_alone(question: str, turns: Sequence[Turn]) -> str:
    """The question as it would be asked alone, by rule; unchanged when it needs nothing from before.

    A pronoun takes the last name spoken of, a bare "where?" the question before, and a mere new date
    replaces that question's.
    """
    text = clean_question(question)
    if not turns:
        return text
    last = turns[-1]
    bare = _OPENING.sub("", text)
    rest = bare[:1].upper() + bare[1:]
    asked = understand(rest)
    if _BARE.match(bare):
        return f"{bare.rstrip(' ?').capitalize()}: {last.answer.asked_as}"
    if asked.days and not asked.words and (before := understand(last.answer.asked_as)):
        return f"{_without_days(before.text)} {bare}"
    pronoun = _PERSON.search(bare) or _THING.search(bare)
    if pronoun and (name := _spoken_of(last, person=bool(_PERSON.search(bare)))):
        possessive = bool(_POSSESSIVE.match(bare, pronoun.start()))
        swapped = bare[: pronoun.start()] + name + ("’s" if possessive else "") + bare[pronoun.end() :]
        return swapped[:1].upper() + swapped[1:]
    if bare != text and not asked.names:
        return f"{rest.rstrip(' ?')}? ({last.answer.asked_as})"
    return text


def _without_days(question: str) -> str:
    return _DAYS.sub("", question).rstrip(" ?.")


def _spoken_of(turn: Turn, *, person: bool) -> str | None:
    """The name a pronoun most likely takes: the one that answered "who", else the last named in the question."""
    answer = turn.answer
    asked = understand(answer.asked_as)
    if person and asked.kind == "who" and answer.sentences and answer.sentences[0].emphasis:
        start, end = answer.sentences[0].emphasis[0]
        return answer.sentences[0].text[start:end]
    names = [match.group() for match in _NAME.finditer(answer.asked_as) if match.start() > 0]
    return names[0] if names else None
