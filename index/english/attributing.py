"""Who says it: claims that a source only reports, hedges, and words put into another's mouth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.english.names import Name
from index.english.sentences import SPEECH
from index.english.wording import Reading
from index.english.words import Word

# The source does not vouch for what it says in these words.
_DOUBT = re.compile(
    r"\b(?:alleg\w+|claim(?:ed|s|ing)?|reportedly|accus\w+|purported\w*|suspected|unconfirmed|rumou?r\w*|supposed\w*"
    r"|insist(?:ed|s)?|believ(?:e|ed|es)|contend(?:ed|s)?|speculat\w+|apparently|denied|denies|asserted"
    r"|suggest(?:ed|s)?|estimat(?:e|ed|es)|predict(?:ed|s)?|expects?|expected|feared|argued|argues|thinks?"
    r"|suspects?)\b", re.IGNORECASE,
)  # fmt: skip
# Words that leave open whether what follows is so. Announcements ("will", "would") are not among them.
_HEDGE = re.compile(r"\b(?:may|might|could|whether|possibl[ey]|perhaps|considering|plans? to|proposed to|if)\b")
_HEDGED = re.compile(
    r"\b(?:may|might|could|whether|possibl[ey]|perhaps|consider\w*|plan\w*|propos\w*|if|unless|would|likely|probabl[ey]"
    r"|potential\w*|examin\w*|investigat\w*|hop\w+|intend\w*|want\w*|threaten\w*)\b", re.IGNORECASE,
)  # fmt: skip
_SAYS = re.compile(
    rf"\b(?:{SPEECH}|claim\w*|alleg\w*|accus\w*|report(?:ed|s|edly)|according to|believ\w*|thinks?|thought"
    r"|den(?:y|ied|ies)|estimat\w*|suggest\w*|predict\w*|call(?:ed|s)|in (?:his|her|its|their) (?:view|words|opinion)"
    r"|by (?:his|her|its|their) own account|for (?:him|her|them))\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    rf"\b(?:{SPEECH}|say|put it|puts?|believes|thinks|expects|estimates|denied|denies|blamed|disputes"
    r"|[Aa]ccording to)\b"
)
_CALLED = re.compile(r",? (?:who|which|the|an?|its|their|his|her)\b[^,.;:]{1,45},|,? (?:is|was) (?:an?|the) [^,.;:]*")
_CUT = re.compile(r";|,? (?:but|while|whereas) ")
_LEAST_SHARED, _AS_MUCH, _BESIDE = 2, 0.7, 4  # words; share of the most shared; words from one name to another
_BREAK = re.compile(r"[\".;:]")


def attribution_fault(claim: Reading, part: Reading) -> str:
    """A claim stated as fact where the source only reports it or leaves it open; "" where it does neither."""
    stems = {claim.words[place].stem for place in claim.content}
    if not _HEDGED.search(claim.text):
        for found in _HEDGE.finditer(part.text):
            following = [part.words[place].stem for place in part.content if part.words[place].start >= found.end()][:2]
            if len(following) == 2 and stems.issuperset(following):
                return f"states as fact what the source leaves open ('{found[0]}')"
    if _SAYS.search(claim.text) or _DOUBT.search(claim.text):
        return ""
    for found in _DOUBT.finditer(part.text):
        told = [part.words[place] for place in part.content]
        after = [word.stem in stems for word in told if word.start >= found.end()][:4]
        is_aside = (re.search(r"(?:ed|es)$", found[0]) and "," in part.text[max(0, found.start() - 30) : found.start()]
                    and not any(after))  # fmt: skip
        if found[0][0].islower() and (sum(after[:3]) >= 2 or (is_aside and len(after) < 3)):
            return f"states as fact what the source only reports ('{found[0]}')"
    return ""


def is_speech(word: Word) -> bool:
    """Whether a word only says that something is said."""
    return bool(_SAYS.fullmatch(word.low)) or word.stem in ("report", "accord", "articl", "statement")


def speaker_fault(claim: Reading, parts: Sequence[Reading]) -> str:
    """Words that the source gives to another: another speaks where most of them stand, and not the claim's speaker.

    A speaker may be told by two names that stand side by side somewhere ("the director, Oswin Tarle").
    """
    clauses = [clause for part in parts for clause in _clauses(part)]
    known = frozenset().union(*(part.keys for part in parts))
    for speaker, said in _speakers(claim):
        shared = [len(clause.keys & said) for clause in clauses]
        most = max(shared, default=0)
        if not speaker & known or most < max(_LEAST_SHARED, len(said) / 2):
            continue
        there = [clause for clause, count in zip(clauses, shared, strict=True) if count >= _AS_MUCH * most]
        theirs = frozenset().union(*(clause.speakers for clause in there))
        if all(clause.speakers and not clause.keys & speaker for clause in there) and not any(
            _side_by_side(part, speaker, theirs) for part in parts
        ):
            return "attributes someone else's words to " + " ".join(
                word.text for word, key in zip(claim.words, claim.keys, strict=True) if key in speaker
            )
    return ""


def holder_fault(claim: Reading, parts: Sequence[Reading]) -> str:
    """What the claim calls a name ("Finchley, the captain,") where the source calls another so, never this one."""
    for name in claim.names:
        found = _CALLED.match(claim.text, claim.words[name[-1]].end)
        keys = frozenset(claim.keys[place] for place in name)
        start, end = found.span() if found else (0, 0)
        for word in (claim.words[place] for place in claim.content):
            if word.is_capital or not start < word.start < end:
                continue
            here = [part for part in parts if word.stem in {other.stem for other in part.words}]
            others = [other for part in here for other in part.names if _is_beside(part, other, word.stem)]
            if others and not any(keys & {*part.keys} for part in here):
                spelled = " ".join(claim.words[one].text for one in name)
                return f"calls {spelled} what the source calls another ('{word.text}')"
    return ""


def _is_beside(reading: Reading, name: Name, stem: str) -> bool:
    return any(word.stem == stem and min(abs(place - one) for one in name) <= _BESIDE
               for place, word in enumerate(reading.words))  # fmt: skip


@dataclass(frozen=True)
class _Clause:
    """What a clause of the source says: the keys of its words, and of those that speak in it."""

    keys: frozenset[str]
    speakers: frozenset[str]


def _clauses(reading: Reading) -> Iterator[_Clause]:
    """A sentence cut where another subject may begin."""
    told = [*_speakers(reading)]
    cuts = [0, *(found.end() for found in _CUT.finditer(reading.text)), len(reading.text)]
    for start, end in pairwise(cuts):
        keys = frozenset(reading.keys[place] for place in reading.content if start <= reading.words[place].start < end)
        yield _Clause(keys, frozenset().union(*(speaker for speaker, _ in told if speaker <= keys)))


def _side_by_side(reading: Reading, ours: frozenset[str], theirs: frozenset[str]) -> bool:
    places = [[place for place, key in enumerate(reading.keys) if key in keys] for keys in (ours, theirs)]
    return any(abs(one - other) <= _BESIDE for one in places[0] for other in places[1])


def _speakers(reading: Reading) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """For each verb of speech the keys of who speaks (names first, empty for a pronoun) and of what is said."""
    for found in _VERB.finditer(reading.text):
        before = _BREAK.split(reading.text[: found.start()])[-1]
        opens = found.start() - len(before)
        stop = found.end() + len(_BREAK.split(reading.text[found.end() :])[0])
        is_turned = not before.strip(" ,") or found[0].lower() == "according to"
        first, last = (found.end(), stop) if is_turned else (opens, found.start())
        names = [name for name in reading.names
                 if first <= reading.words[name[0]].start and reading.words[name[-1]].end <= last]  # fmt: skip
        inside = [place for place in reading.content if first <= reading.words[place].start < last]
        after = [place for place in reading.content if reading.words[place].start >= max(last, found.end())]
        rest = [place for place in reading.content if reading.words[place].start < min(first, found.start())]
        chosen = names[:1] if is_turned else names
        who = [place for name in chosen for place in name] or (inside[:2] if is_turned else inside[-2:])
        said = [*rest, *after] if is_turned else after or rest
        yield frozenset(reading.keys[place] for place in who), frozenset(reading.keys[place] for place in said)
