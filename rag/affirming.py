"""Does a sentence say outright what a yes/no question asks? It begins with its words, and nothing stands between."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence

from rag.evidence import Evidence
from rag.question import Question
from rag.wording import DENYING, NEGATION

_LOOKED_AT = 10  # sentences that may say it, or deny it
_DENIED = 0.7  # share of the question's words, by rarity, in a sentence that denies it
_ASKED = re.compile(r"(is|are|was|were|did|does|has|have|had|will) ", re.IGNORECASE)
_POINTS = re.compile(  # to something outside the question, or to a second one
    r"\b(?:there|it|he|she|they|we|you|i|this|that|these|those|his|her|their|its|our|my|your|or)\b", re.IGNORECASE
)
_PRESENT = frozenset("is are does has have will".split())
_DAY = f"(?:{'|'.join(calendar.day_name)})"
_OPENING = re.compile(
    rf"(?:[A-Z]{{2,}}[A-Z ,.]{{0,30}})?\((?:AP|AFP|CNN|Reuters)\)[ –—-]*|(?:On |Last ){_DAY},? |{_DAY}, "
)
_ENDING = re.compile(rf"(?: (?:(?:on |last |this )?{_DAY}|last week|this week|yesterday|today))?[.!]?$")
_ADVERBS = frozenset("also already finally formally just now officially still then".split())
_UNSURE = re.compile(  # or said by somebody, a mere plan, a tale
    r"\b(?:if|whether|unless|(?-i:may)|might|could|should|would|must|can|possibl[ey]|perhaps|maybe|likely|almost|nearly"
    r"|about to|in order|until|before|once|alleg\w*|accus\w*|claim\w*|suspect\w*|believ\w*|report\w*|rumou?r\w*|seem\w*"
    r"|appear\w*|plan\w*|expect\w*|propos\w*|threat\w*|want\w*|hop(?:e|es|ed|ing)|aim\w*|try|tries|tried|attempt\w*"
    r"|consider\w*|agree\w*|demand\w*|urg\w*|ask\w*|call\w* for|sa(?:y|ys|id)|told|tell\w*|according|warn\w*|think\w*"
    r"|thought|argu\w*|insist\w*|suggest\w*|former\w*|fake|hoax|supposed\w*|so-called|but|however|although|though"
    r"|contend\w*|fear\w*|doubt\w*|predict\w*|jok\w*|imagin\w*|novel|film|movie|play|dream\w*|myth|legend|except|only"
    r"|less|half|some|sometimes|mostly|partly|briefly|temporarily)\b|[?“”‘\":]|(?<!\w)['’]",
    re.IGNORECASE,
)
_PAST = {form: verb for pair in (
    "met meet, took take, gave give, won win, shot shoot, sent send, left leave, held hold, saw see, made make,"
    " kept keep, brought bring, bought buy, sold sell, lost lose, fought fight, wrote write, found find, got get,"
    " ran run, went go, came come, began begin, broke break, rose rise, fell fall, fled flee, flew fly, spoke speak,"
    " chose choose, became become, led lead, built build, paid pay, stole steal, drew draw, struck strike, sank sink,"
    " spent spend, taught teach, withdrew withdraw, woke wake, hit hit, cut cut,"
    " put put, shut shut, quit quit"
).split(", ") for form, verb in [pair.split()]}  # fmt: skip


def affirmed(question: Question, evidence: Sequence[Evidence]) -> Evidence | None:
    """The likeliest sentence that "Yes" may stand in front of; None if there is none, or another denies it.

    What is so now is affirmed by the newest article alone. Every doubt is a no.
    """
    asked = _ASKED.match(question.text)
    if question.kind != "yes_no" or asked is None or _POINTS.search(question.text) or _turns(question.text):
        return None
    near = evidence[:_LOOKED_AT]
    if any(item.coverage >= _DENIED and _turns(item.text) for item in near):
        return None
    newest = max((item.article.published or "" for item in near), default="")
    for item in near:
        is_of_its_time = item.timely == 2 if question.days else True
        is_now = asked[1].lower() not in _PRESENT or item.article.published == newest != ""
        is_plain = not (_turns(item.text) or _UNSURE.search(item.text) or _is_quoted(item))
        if is_plain and is_now and is_of_its_time and _says(question.text, item.text):
            return item
    return None


def _turns(text: str) -> bool:
    return bool(DENYING.search(text) or NEGATION & {*re.findall(r"[a-z]+|n['’]t", text.lower())})


def _is_quoted(item: Evidence) -> bool:
    """Whether a quotation goes on around a sentence of its passage."""
    passage, at = item.found.passage, item.start - item.found.passage.start
    before, after = passage.text[:at], passage.text[at + len(item.text) :]
    closes, opens = after.find("”"), after.find("“")
    is_closed = closes < 0 or 0 <= opens < closes
    return before.rfind("“") > before.rfind("”") or not is_closed or before.count('"') % 2 == 1


def _says(question: str, sentence: str) -> bool:
    """Whether the sentence is the question as a statement, word for word, but for an adverb and when it was."""
    auxiliary, *asked = question.rstrip(" ?").split()
    auxiliary = auxiliary.lower()
    opening = _OPENING.match(sentence)
    told = _ENDING.sub("", sentence[opening.end() if opening else 0 :]).split()
    if told and asked and asked[0].islower():  # "the ferry", "The ferry"
        told[0] = told[0][0].lower() + told[0][1:]
    told = [word for number, word in enumerate(told) if word not in _ADVERBS or number == 0]
    if auxiliary in ("did", "does"):
        is_verb = _is_past_of if auxiliary == "did" else _is_present_of
        differing = [pair for pair in zip(asked, told, strict=False) if pair[0] != pair[1]]
        return len(asked) == len(told) and len(differing) == 1 and is_verb(*differing[0])
    places = [number for number, word in enumerate(told) if word == auxiliary and number]
    return any(told[:place] + told[place + 1 :] == asked for place in places)


def _is_past_of(verb: str, form: str) -> bool:
    regular = (f"{verb}ed", f"{verb}d", f"{verb}{verb[-1]}ed", f"{verb.removesuffix('y')}ied")
    return verb.islower() and (form in regular or _PAST.get(form) == verb)


def _is_present_of(verb: str, form: str) -> bool:
    return verb.islower() and form in (f"{verb}s", f"{verb}es", f"{verb.removesuffix('y')}ies")
