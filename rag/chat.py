"""A conversation: a follow-up is asked with the question that it comes after, which it shows; others are left alone."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Literal

from index.english.periods import without_date
from index.english.words import ASKING, stems
from rag.about_articles import stands_apart
from rag.answer import Answer, Shown, Turn
from rag.answering import Asked
from rag.awaiting import in_thread, last_of
from rag.question import AFTER, checked_question, clean_question, parted, understand

Stream = Callable[[Asked], Iterator[Shown | Answer]]
Rewrite = Callable[[str, Sequence[Turn]], str | None]  # a follow-up as a question of its own, or None
_OPENING = re.compile(r"^(?:(?:and|but|so|also|then|ok|okay|or|yes|no|thanks)\b[ ,:.!]*)+", re.I)
_ABOUT = re.compile(r"(?i:what about|how about|in|on|for|to|from|by|with|according to) (?=the |[A-Z\d])")
_POINTS = re.compile(  # to something that stands outside the question, or before it in the same question
    r"\b(?:(?P<owner>his|hers?|its|theirs?)|(?P<bound>he|she|him|they|them|it)|this|these|those|there"
    r"|ones?(?=\W*$| (?:is|are|was|were|did|do|does|has|have|in|on|at|that)\b)"
    r"|same|(?:some|any|who|what|where)(?:one|thing)? else|that(?=\W*$| (?:is|are|was|were|had|has)\b)"
    r"|then(?=\W*$)|(?<!each )others?(?=\W*$| (?!than\b)))\b", re.I
)  # fmt: skip
_IDLE = re.compile(  # words that only look as if they pointed: "Is it true", "How far is it from"
    r"\bit (?:true|possible|likely|legal|safe)\b|\b(?:is|was) it (?=from|to)|\bthis (?:week|month|year)\b"
    r"|\b(?:is|are|was|were|be) there\b|\bthere (?:is|are|was|were)\b", re.I
)  # fmt: skip
_BARE = re.compile(r"(?:\w+ )?(?:how|what|which|whose) \w+", re.I)  # "By how much", "For what purpose"
_NAME = r"(?:(?<=\w )[A-Z][\w’'-]*)(?: (?:of |the |al-)?[A-Z][\w’'-]*)*"
_SUBJECT = re.compile(rf"{_NAME}|\b(?:[Tt]he|an?|whose|how many|how much|some|any|all|both|most) \w+ \w+")
_CLAUSE = re.compile(
    r",|\b(?:that|when|after|before|because|if|and|but|while|since|until|who|whom|where|than|as)\b", re.I
)
_BE = re.compile(r"\b(?:is|are|was|were) $", re.I)
_FEW = 2  # content words, none of them a name, that may be too few to be asked alone


class Chat:
    """Keeps the turns of a conversation. `ask` drains `stream`.

    A follow-up is understood by `rewrite` (a language model), and by rule where there is none or it fails.
    """

    def __init__(self, stream: Stream, turns: Sequence[Turn] = (), rewrite: Rewrite | None = None) -> None:
        self._stream, self._rewrite = stream, rewrite
        self.turns: tuple[Turn, ...] = tuple(turns)

    def ask(self, question: str, *, as_written: bool = False) -> Answer:
        """The answer to a question, understood after the turns before it unless it is asked `as_written`."""
        events = self.stream(question, as_written=as_written)
        return next(event for event in events if isinstance(event, Answer))

    async def aask(self, question: str, *, as_written: bool = False) -> Answer:
        """As `ask`, without blocking the event loop."""
        answer: Answer = await last_of(self.astream(question, as_written=as_written))
        return answer

    def astream(self, question: str, *, as_written: bool = False) -> AsyncGenerator[Shown | Answer, None]:
        """As `stream`, without blocking the event loop. Closing it early stops the work."""
        return in_thread(lambda: self.stream(question, as_written=as_written))

    def stream(self, question: str, *, as_written: bool = False) -> Iterator[Shown | Answer]:
        """Each sentence as it passes, then the Answer; `asked_as` says how the question was understood.

        Asked `as_written`, it takes nothing from the turns before.
        """
        question, turns = checked_question(question), () if as_written else self.turns
        turns = () if stands_apart(question) else tuple(turn for turn in turns if not stands_apart(turn.question))
        rewritten = self._rewrite(question, turns) if self._rewrite and turns else None
        typed, in_context = rewritten or clean_question(question), ""
        if turns and not rewritten:
            typed, in_context = readings(typed, turns[-1].answer.asked_as)
        requests = 2 if self._rewrite and turns else 3
        asked = Asked(question, typed, requests=requests, in_context=in_context, as_written=as_written)
        for event in self._stream(asked):
            if isinstance(event, Answer):
                self.turns = (*self.turns, Turn(question, event))
            yield event


def readings(question: str, last: str) -> tuple[str, str]:
    """How a question is asked after the `last` one, as that was understood, and another reading to try ("": none).

    >>> readings("How old is she?", "Who is Ida Venn?")
    ('How old is she? (after: Who is Ida Venn?)', '')
    >>> readings("Who paid?", "What did the bridge cost?")
    ('Who paid?', 'Who paid? (after: What did the bridge cost?)')
    """
    wants = wants_context(question)
    own, earlier = parted(last)
    before = earlier or own
    bare = _OPENING.sub("", question).rstrip(" ?.!")
    is_fragment = not ASKING.search(_ABOUT.sub("", bare, count=1))
    after = (is_fragment and _exchanged(bare, before)) or f"{question} {AFTER}{before})"
    return (question, "") if not wants else (after, "") if wants == "open" else (question, after)


def wants_context(question: str) -> Literal["open", "perhaps"] | None:
    """Whether a question says nothing without the one before it ("open"), may want it, or can stand alone.

    >>> [wants_context(text) for text in ("Where does she live?", "Who paid?", "Did Venn say that she would go?")]
    ['open', 'perhaps', None]
    """
    bare = _OPENING.sub("", question)
    asked, is_opened = understand(bare), bare != question
    if not asked.words or _BARE.fullmatch(bare.rstrip(" ?.!")) or not ASKING.search(_ABOUT.sub("", bare, count=1)):
        return "open" if is_opened or _ABOUT.match(bare) or not asked.names else None
    plain = _IDLE.sub(lambda match: "_" * len(match[0]), bare)
    if any(not _is_bound(bare[: match.start()], match) for match in _POINTS.finditer(plain)):
        return "perhaps" if asked.names else "open"
    is_short = not asked.names and len({*asked.words} - {"mani", "much"}) <= _FEW
    return "perhaps" if is_opened or is_short else None


def _is_bound(before: str, match: re.Match[str]) -> bool:
    """Whether what a pronoun stands for is named before it in the question itself."""
    subject = _SUBJECT.search(before)
    if subject is None:
        return False
    if match["owner"]:
        return not _BE.search(before)
    return bool(match["bound"] and (_CLAUSE.search(before, subject.end()) or _CLAUSE.match(before)))


def _exchanged(bare: str, before: str) -> str | None:
    """The question before with another day or first name: "And in 2019?", "What about Oslo?"; else None."""
    if re.search(r"\b(?:year before|previous year)$", bare) and (year := re.search(r"\b(?:19|20)\d\d\b", before)):
        return f"{before[: year.start()]}{int(year[0]) - 1}{before[year.end() :]}"
    new = _ABOUT.sub("", bare, count=1)
    if understand(bare).days and not stems(without_date(new)):
        return f"{without_date(before)} {re.sub('^(?:what|how) about', 'in', bare, flags=re.I)}?"
    old = re.search(_NAME, before)
    if old and re.fullmatch(r"(?:the )?[A-Z][\w’'-]*(?: [\w’'-]+){0,3}", new):
        return before[: old.start()] + new + before[old.end() :]
    return None
