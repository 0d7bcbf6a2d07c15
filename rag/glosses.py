"""A question as the index reads it: its outlets and days, and its names with what articles gloss them as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from index.catalog import Snapshot
from index.english.names import BODIES
from index.english.words import fold, stems
from index.records import Filters
from rag.question import Question, understand

_LOOKED_AT = 100  # passages that hold a name, in which a gloss of it is looked for
_MOST_NAMES = 4  # of a question
_PART = r"(?:al-)?[A-Z][\w’'-]*"
_LONG = rf"{_PART}(?:(?: (?:of|for|and|the|in|on|to|de|al|bin)){{0,2}} {_PART}){{1,8}}"
# Beside "known as" a small word more often stands between two names: "Biden on Wednesday".
_PLAIN = rf"{_PART}(?:(?: (?:of|for|and|the|de|al|bin)){{0,2}} {_PART}){{1,8}}"
_SHORT = r"[A-Z][A-Z&-]{1,7}"
_KNOWN_AS = (
    r"(?:,? \(?(?:also |better |commonly |widely |locally )?(?:known|referred to)(?: in [A-Z]\w+)? as"
    r"|,? \(?(?:also|better|commonly|widely|locally) called| \(called| (?:is|are|was|were) called) "
)
_BRACKETED = re.compile(rf"(?P<the>\b[Tt]he )?(?P<long>\b{_LONG}) \((?:the |or )?(?P<short>{_SHORT})\b[^()]{{0,40}}\)")
_OPENED = re.compile(rf"(?P<the>)\b(?P<short>{_SHORT}) \((?:the )?(?P<long>{_LONG})\)")
_PART_OF = re.compile(r"\b(?:of|in|at|near) (?:the )?$")  # "a part of the Pacific Ocean known as Point Nemo"
_NAMED = re.compile(rf"\b(?P<long>{_PLAIN}|{_SHORT}){_KNOWN_AS}(?:the |“)?(?P<short>{_PLAIN}|{_SHORT})")
_ASKS = re.compile(  # words that open a question and are no part of the name behind them
    r"\W*(?:is|are|was|were|did|does|do|has|have|had|will|who|what|which|when|where|why|how)\b(?: the\b)?",
    re.IGNORECASE,
)
_MAY_HOLD = re.compile(r" \((?:the |or )?[A-Z]|\b(?:known|called|referred)\b")
_IN_QUESTION = re.compile(rf"\b(?:{_LONG}|{_SHORT})")


def read_question(text: str, snapshot: Snapshot, filters: Filters) -> Question:
    """The question taken apart, with the other names that articles which `filters` let through give its names."""
    question = understand(text, snapshot.publishers(), filters.as_of)
    meant, spelled_out = [], question.text
    opening = _ASKS.match(question.text)
    names = _IN_QUESTION.findall(question.text[opening.end() if opening else 0 :])
    for asked in list(dict.fromkeys(names))[:_MOST_NAMES]:
        if not set(stems(asked)) & set(question.words):
            continue
        passages = {asked: _holding(asked, snapshot, filters)}
        for _ in range(2):  # PMF, the Popular Mobilization Forces, which another sentence calls Hashd al-Shaabi
            for name in [name for known in list(passages) for name in _others(known, passages[known], snapshot)]:
                if not any(stems(name) == stems(known) for known in passages):
                    passages[name] = _holding(name, snapshot, filters)
        others = list(passages)[1:]
        meant += [(asked, name) for name in others]
        if usual := [name for name in others if len(passages[name]) > len(passages[asked])]:
            spelled_out = re.sub(rf"\b{re.escape(asked)}\b", f"{asked} ({', '.join(usual)})", spelled_out)
    return replace(question, glosses=tuple(meant), spelled_out=spelled_out)


def _holding(name: str, snapshot: Snapshot, filters: Filters) -> list[int]:
    phrase = " ".join(re.findall(r"[^\W_]+", fold(name)))
    return [key for key, _ in snapshot.search_words(f'"{phrase}"', _LOOKED_AT, filters, 1.0)]


def _others(name: str, keys: Sequence[int], snapshot: Snapshot) -> Iterator[str]:
    for passage in snapshot.passages(keys).values():
        for pair in glosses(passage.text):
            if stems(name) in [stems(one) for one in pair]:
                yield from pair


@lru_cache(maxsize=4096)
def glosses(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of names of which a text says that they are one.

    >>> glosses("He joined the Harbour Workers' Union (HWU) in May.")
    (("Harbour Workers' Union", 'HWU'),)
    """
    if not _MAY_HOLD.search(text):
        return ()
    return tuple((long.removeprefix("The "), short) for long, short in dict.fromkeys(_glossed(text)))


def _glossed(text: str) -> Iterator[tuple[str, str]]:
    for form in (_BRACKETED, _OPENED):
        for match in form.finditer(text):
            long = _spelled(match["long"], match["short"])
            letters = iter(re.sub(r"\W", "", match["long"].lower()))
            is_within = all(letter in letters for letter in re.sub(r"\W", "", match["short"].lower()))  # in their order
            # The short form of a body may be of another language: "the Kurdistan Freedom Party (PAK)".
            if long or (match["the"] and (is_within or BODIES.search(match["long"]))):
                yield long or match["long"], match["short"]
    for match in _NAMED.finditer(text):
        if not _PART_OF.search(text[: match.start()]) and not re.search(" [A-Z]$", match["short"]):  # "Daniel K."
            yield match["long"], match["short"]


def _spelled(long: str, short: str) -> str:
    """The words at the end of `long` whose first letters are `short`, small words counted or not; else nothing."""
    words = list(re.finditer(r"[\w’']+", long))
    letters = re.sub(r"[^A-Z]", "", short)
    for first in reversed(words):
        rest = long[first.start() :]
        initials = [word[0] for word in re.findall(r"[\w’']+", rest) if word != "al"]
        if letters in ("".join(initials).upper(), "".join(letter for letter in initials if letter.isupper())):
            return rest
    return ""
