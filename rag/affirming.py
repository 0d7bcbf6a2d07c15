"""Does a sentence say outright what a yes/no question asks? It begins with its words, and nothing stands between."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence

from rag.evidence import Evidence
from rag.phrases import AUXILIARIES
from rag.question import Question, fold, stems
from rag.wording import DENYING, NEGATION

_LOOKED_AT = 10  # sentences that may say it, or deny it
_DENIED = 0.7  # share of the question's words, by rarity, in a sentence that denies it
_ASKED = re.compile(
    r"(is|are|was|were|did|does|has|have|had|will) (?!(?:there|it|he|she|they|we|you|i|this|that)\b)", re.IGNORECASE
)
_PRESENT = frozenset("is are does has have".split())
_WORD = re.compile(r"\d[\d,.]*\d|[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_DAY = f"(?:{'|'.join(calendar.day_name)})"
_OPENING = re.compile(rf"(?:[A-Z][\w ,.]{{0,40}})?\([A-Z][\w ]*\)[ –—-]*|(?:On |Last )?{_DAY},? |Yesterday,? ")
# Between the question's words only these may stand, and after them an end, a comma, or a place or time.
_SOFT = frozenset("also again already finally formally just now officially still then".split()) | {
    "on", "this", "last", "week", *(day.lower() for day in calendar.day_name),
}  # fmt: skip
_ENDS = re.compile(
    rf"\s*(?:$|[.!,;]|(?:on|in|at|since|by) (?:the )?(?!{_DAY}s)(?:[A-Z]|\d)|(?:last|this|early|late) |yesterday|today)"
)
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
    " sued sue, spent spend, taught teach, withdrew withdraw, woke wake, hit hit, cut cut,"
    " put put, shut shut, quit quit"
).split(", ") for form, verb in [pair.split()]}  # fmt: skip


def affirmed(question: Question, evidence: Sequence[Evidence]) -> Evidence | None:
    """The likeliest sentence that "Yes" may stand in front of; None if there is none, or another denies it.

    What is so now is affirmed by the newest article alone. Every doubt is a no.
    """
    asked = _ASKED.match(question.text)
    if question.kind != "yes_no" or asked is None or " or " in question.text or _turns(question.text):
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
    """Whether the sentence begins with the question's words as a statement, its auxiliary in place."""
    auxiliary, *asked = _tokens(question.rstrip(" ?"))
    opening = _OPENING.match(sentence)
    told = _tokens(sentence[opening.end() :] if opening else sentence)
    auxiliaries, place, is_past = [], 0, False
    for _, raw, stem, _ in asked:
        while place < len(told) and told[place][2] != stem:
            _, word, _, is_auxiliary = told[place]
            if is_auxiliary and place:
                auxiliaries.append(word)
            elif word not in _SOFT or not place:
                return False
            place += 1
        if place == len(told):
            return False
        is_past |= (told[place][1].endswith("ed") and not raw.endswith("ed")) or told[place][1] in _PAST
        place += 1
    wanted = {"did": [], "does": []}.get(auxiliary[1], [auxiliary[1]])
    is_in_time = is_past if auxiliary[1] == "did" else not is_past if auxiliary[1] == "does" else True
    end = told[place - 1][0] + (opening.end() if opening else 0)
    return bool(asked) and auxiliaries == wanted and is_in_time and bool(_ENDS.match(sentence, end))


def _tokens(text: str) -> list[tuple[int, str, str, bool]]:
    """(end, word, stem, whether an auxiliary) of each word and mark; articles are left out."""
    found = []
    for number, match in enumerate(_WORD.finditer(text)):
        word = re.sub("['’]s?$", "'s", fold(match.group()))
        is_auxiliary = word in AUXILIARIES - {"to"} and (number == 0 or match.group().islower())
        if word in ("a", "an", "the"):
            continue
        is_whole = is_auxiliary or not word.isalpha()
        stem = word if is_whole else next(iter(stems(_PAST.get(word, word))), word).rstrip("e")  # die, died
        found.append((match.end(), word, f"={word}" if is_auxiliary else stem, is_auxiliary))
    return found
