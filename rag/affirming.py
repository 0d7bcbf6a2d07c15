"""Does a sentence say outright what a yes/no question asks? Every word in its order, and nothing that turns it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.evidence import Evidence
from rag.phrases import AUXILIARIES, PREPOSITIONS
from rag.question import Question, fold, stems
from rag.wording import DENYING, NEGATION

_LOOKED_AT = 10  # sentences that may say it, or deny it
_DENIED = 0.7  # share of the question's words, by rarity, in a sentence that denies it
_GAP = 4  # words that may stand between two of the question's
_WORD = re.compile(r"\d[\d,.]*\d|[^\W_]+(?:['’-][^\W_]+)*|[,;:()]")
_SKIPPED = AUXILIARIES - {"to"} | frozenset("a an the that there".split())
_WEIGHTY = PREPOSITIONS | frozenset("to and or who which ( ) ; :".split())  # what may part a verb from its own
_ASKED = re.compile(r"(?:is|are|was|were|did|does|do|has|have|had|will)\b", re.IGNORECASE)
_UNSURE = re.compile(  # or said by somebody, or a mere plan
    r"\b(?:if|whether|unless|(?-i:may)|might|could|should|would|must|can|possibl[ey]|perhaps|maybe|likely|almost|nearly"
    r"|about to|in order|until|before|once|alleg\w*|accus\w*|claim\w*|suspect\w*|believ\w*|report\w*|rumou?r\w*|seem\w*"
    r"|appear\w*|plan\w*|expect\w*|propos\w*|threat\w*|want\w*|hop(?:e|es|ed|ing)|aim\w*|try|tries|tried|attempt\w*"
    r"|consider\w*|agree\w*|demand\w*|urg\w*|ask\w*|call\w* for|sa(?:y|ys|id)|told|tell\w*|according|warn\w*|think\w*"
    r"|thought|argu\w*|insist\w*|suggest\w*|former\w*|fake|hoax|supposed\w*|so-called)\b|[?“”\"]",
    re.IGNORECASE,
)
_PAST = {form: verb for pair in (
    "met meet, took take, gave give, won win, shot shoot, sent send, left leave, held hold, saw see, made make,"
    " kept keep, brought bring, bought buy, sold sell, lost lose, fought fight, wrote write, found find, got get,"
    " ran run, went go, came come, began begin, broke break, rose rise, fell fall, fled flee, flew fly, spoke speak,"
    " chose choose, became become, led lead, built build, paid pay, stole steal, drew draw, struck strike, sank sink,"
    " sued sue, spent spend, taught teach, withdrew withdraw, woke wake"
).split(", ") for form, verb in [pair.split()]}  # fmt: skip


def affirmed(question: Question, evidence: Sequence[Evidence]) -> Evidence | None:
    """The likeliest sentence that "Yes" may stand in front of; None if there is none, or another denies it."""
    if question.kind != "yes_no" or not _ASKED.match(question.text) or " or " in question.text:
        return None
    near = evidence[:_LOOKED_AT]
    if any(item.coverage >= _DENIED and _turns(item.text) for item in near):
        return None
    return next((item for item in near if _affirms(question, item)), None)


def _affirms(question: Question, item: Evidence) -> bool:
    """Whether a sentence says outright what is asked; every doubt is a no."""
    is_to_be = ["will" in _WORD.findall(text.lower()) for text in (question.text, item.text)]
    if _turns(question.text) or _turns(item.text) or _UNSURE.search(item.text) or is_to_be[0] != is_to_be[1]:
        return False
    asked = _tokens(question.text)
    return bool(asked) and (item.timely == 2 or not question.days) and _says(asked, _tokens(item.text))


def _turns(text: str) -> bool:
    return bool(DENYING.search(text) or NEGATION & {*re.findall(r"[a-z]+|n['’]t", text.lower())})


def _tokens(text: str) -> list[str]:
    """The stems of a text's words, its small words and marks as they are; articles and auxiliaries are left out."""
    found = []
    for number, match in enumerate(_WORD.finditer(text)):
        word = re.sub("['’]s?$", "'s", fold(match.group()))
        if word in _SKIPPED and (number == 0 or match.group().islower()):  # "may", but not "May"
            continue
        is_whole = not word[0].isalpha() or word.endswith("'s")
        found.append(word if is_whole else next(iter(stems(_PAST.get(word, word))), word).rstrip("e"))  # die, died
    return found


def _says(asked: list[str], told: list[str]) -> bool:
    """Whether `told` has the words of `asked` in order, from the start of a clause, with nothing of weight between."""
    for first, word in enumerate(told):
        if word != asked[0] or not _opens(told[:first]):
            continue
        place, is_whole = first, True
        for word in asked[1:]:
            after = _next(told, place, word)
            if after is None:
                is_whole = False
                break
            place = after
        if is_whole:
            return True
    return False


def _opens(before: list[str]) -> bool:
    """Whether a word that follows these is what its clause is about: no other word of weight stands before it."""
    clause = before[max((place for place, word in enumerate(before) if word in ",;:"), default=-1) + 1 :]
    return not _WEIGHTY - {*'()'} & {*clause} and len(clause) <= _GAP


def _next(told: list[str], place: int, word: str) -> int | None:
    """Where `word` follows, behind few words that do not turn it, and whole insertions between commas."""
    gap = 0
    place += 1
    while place < len(told) and gap <= _GAP:
        if told[place] == word:
            return place
        if told[place] == ",":
            closing = next((at for at in range(place + 1, min(len(told), place + 20)) if told[at] == ","), None)
            if closing is None:
                return None
            place = closing
        elif told[place] in _WEIGHTY:
            return None
        gap += 1
        place += 1
    return None
