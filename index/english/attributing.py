"""Who says it: claims that a source only reports, hedges, and words put into another's mouth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.english.sentences import SPEECH
from index.english.wording import Reading
from index.english.words import Word

# The source does not vouch for what it says in these words.
_DOUBT = re.compile(
    r"\b(?:alleg\w+|claim(?:ed|s|ing)?|reportedly|accus\w+|purported\w*|suspected|unconfirmed|rumou?r\w*|supposed\w*"
    r"|insist(?:ed|s)?|believ(?:e|ed|es)|contend(?:ed|s)?|speculat\w+|apparently|denied|denies|asserted"
    r"|suggest(?:ed|s)?"
    r"|estimat(?:e|ed|es)|predict(?:ed|s)?|expects?|expected|feared|argued|argues|thinks?|suspects?)\b", re.IGNORECASE,
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
    rf"\b(?:{SPEECH}|put it|called|believes|thinks|expects|estimates|denied|denies|blamed|disputes|according to)\b"
)
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


def speaker_fault(claim: Reading, part: Reading) -> str:
    """Words that the source gives to another: both name who speaks, and none is the same."""
    ours, theirs = ([speaker for speaker in _speakers(reading) if speaker] for reading in (claim, part))
    if not ours or not theirs or any(keys & other for keys in ours for other in theirs):
        return ""
    if any(keys <= frozenset(part.keys) for keys in ours):
        return ""
    return "attributes someone else's words to " + " ".join(
        word.text for word, key in zip(claim.words, claim.keys, strict=True) if key in ours[0]
    )


def _speakers(reading: Reading) -> Iterator[frozenset[str]]:
    """For each verb of speech the keys of the name that speaks; empty where it is no name."""
    for found in _VERB.finditer(reading.text):
        before = _BREAK.split(reading.text[: found.start()])[-1]
        opens = found.start() - len(before)
        ahead = [name for name in reading.names if reading.words[name[0]].start >= opens
                 and reading.words[name[-1]].end <= found.start()]  # fmt: skip
        stop = found.end() + len(_BREAK.split(reading.text[found.end() :])[0])
        behind = [name for name in reading.names if found.end() <= reading.words[name[0]].start < stop]
        is_turned = not before.strip(" ,") or found[0] == "according to"
        chosen = behind[:1] if is_turned else ahead[-1:]
        yield frozenset(reading.keys[place] for name in chosen for place in name)
