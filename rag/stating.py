"""Does a sentence of a model state anything? Talk about the passages, questions, fragments and loops do not."""

from __future__ import annotations

import re
from collections import Counter

from index.english.wording import PAST
from index.english.words import read_words

_ABOUT = re.compile(
    r"\b(?:the|this|that|these|each|no|any|your|an?) (?:\w+ )?"
    r"(?:passages?(?! of| to| through)|previous (?:answer|question)|news articles?|narrative paragraph)\b"
    r"|^(?:\W|\w+,)*(?:the|this|that|these|both|no) (?:articles?|question|answer|response|context|text|author"
    r"|document)s? (?!of\b)(?:to (?:the|this) \w+ )?(?:\w+ ){0,2}?(?:is|are|was|were|does|do|did|lies|says?|states?"
    r"|mention\w*|explains?|provides?|describ\w+|discuss\w*|refers?|concludes?|tells?|contains?)\b"
    r"|\b(?:to|of|for|answer) (?:the|this) question\b|^(?:\W|\w+,)*you\b|\byou(?:['’]ve| have| are) [a-z]+(?:ed|ing)\b",
    re.IGNORECASE,
)
_MISSING = re.compile(  # "The passages do not say how ..."
    r"^(?:\W|\w+,)*(?:the |these |none of the )?(?:provided |given )?(?:passages?|articles?|sources?|texts?)\b"
    r"(?: (?:do|does|did)(?: not|n['’]t))?(?: \w+ly)? (?:say|state|mention|tell|provide|give|specif(?:y|ie)|include"
    r"|contain|report|name|explain)s? (?P<what>.+)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\bnot\b|n['’]t\b|\bnone\b", re.IGNORECASE)
_VERB = re.compile(
    r"(?:am|is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|may|might|must|should|shall)"
    r"|they|we|i|[a-z]\w+(?:ed|[^s]s)|rang|sang|rung|sung|hung|swung|stuck|stood|threw|grew|knew|blew|wore|tore|bore|swore|froze"
    r"|rode|shone|dug|slept|felt|dealt|meant|bent|laid|lay|lit|let|set|burst|split|spread", re.IGNORECASE
)  # fmt: skip
_QUOTATION = re.compile(r"[\"“][^\"”]*[\"”]?")
_LOOP, _OFTEN = 5, 4  # words that come again in the same order; times that one word comes


def missing(text: str) -> str:
    """What a sentence says that the passages do not tell; "" where it says no such thing.

    >>> missing("However, the passages do not say how she answered.")
    'how she answered?'
    """
    found = _MISSING.match(text)
    return f"{found['what'].rstrip('.')}?" if found and _NOT.search(text[: found.start("what")]) else ""


def unstated(text: str) -> str:
    """Why a sentence claims nothing that articles could support; "" where it does.

    >>> unstated("The passage is about a fire."), unstated("Skellmouth harbour."), unstated("It burned.")
    ('talks about the passages', 'is no whole sentence', '')
    """
    words = [word for word in read_words(text) if word.text[0].isalnum()]
    lows = [word.low for word in words]
    runs = Counter(tuple(lows[at : at + _LOOP]) for at in range(len(lows) - _LOOP + 1)
                   if sum(word.is_capital for word in words[at : at + _LOOP]) < _LOOP / 2)  # fmt: skip
    often = Counter(word.stem for word in words if not (word.is_light or word.is_capital or word.low[0].isdigit()))
    if text.rstrip("”\"' ").endswith("?"):
        return "is a question"
    if _ABOUT.search(_QUOTATION.sub("", text)):
        return "talks about the passages"
    if not any(_VERB.fullmatch(word) or word in PAST for word in lows):
        return "is no whole sentence"
    is_tautology = len(often) == 1 < max(often.values(), default=0) and not any(word.is_capital for word in words[1:])
    if is_tautology or max(runs.values(), default=0) > 1 or max(often.values(), default=0) >= _OFTEN:
        return "repeats itself"
    return ""
