"""The names of a text, and whether two names may be the same: spelling, surnames, acronyms, demonyms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.english.dates import CALENDAR
from index.english.words import STOP_WORDS, Word, fold

_BODIES = re.compile(  # how the names of bodies end, and not those of people
    r"\b(?:Agency|Airport|Army|Association|Bank|Bureau|City|Commission|Committee|Corps|Council|Court|Department|Federation"
    r"|Force|Front|Government|Group|Guard|House|Institute|League|Ministry|Movement|Organi[sz]ation|Parliament|Party|Press"
    r"|Province|Region|Republic|State|Union|University)s?(?:['’]s?)?$"
)
_JOINTS = frozenset("of de van von bin al el the da di du la le del ibn den der and".split())
_ALIASES = (  # names that no rule of spelling brings together
    "us usa america american americans", "uk britain british briton britons", "uae emirates emirati emiratis",
    "eu european europe", "un nations", "france french", "netherlands dutch holland", "spain spanish spaniard",
    "poland polish pole poles", "turkey turkish turk turks turkiye", "germany german germans",
    "greece greek greeks", "wales welsh", "denmark danish danes", "sweden swedish swedes",
    "finland finnish finns", "scotland scottish scots", "ireland irish", "switzerland swiss",
    "philippines filipino philippine filipinos", "thailand thai thais", "kurdistan kurdish kurd kurds",
    "islam islamic muslim", "ukraine ukrainian", "england english", "gop republican republicans", "kyiv kiev",
    "moscow russia russian russians kremlin",
)  # fmt: skip
_ALIAS = {name: group.split()[0] for group in _ALIASES for name in group.split()}
_SOUNDS = (
    (r"^(?:al|el)(?=[^aeiou]{1}\w{4})", ""), (r"gh|q|ck|kh|g|c(?=[aoukl]|$)", "k"), (r"ph", "f"),
    (r"[ae]+|ai|ay|ei|ey", "a"), (r"[ou]+|w", "u"), (r"[iyj]+", "i"),
    (r"sch|ch|sh|tch", "s"), (r"z", "s"), (r"(.)\1+", r"\1"), (r"(?<=.{3})h$", ""),
)  # fmt: skip
_ENDINGS = frozenset("asa ian ians an ans i is n ns s a ia iti ik ist ists ism iss".split())  # as the keys write them
_UNIONS = {("united", "states"): "=us", ("united", "kingdom"): "=uk", ("united", "nations"): "=un",
           ("european", "union"): "=eu", ("islamic", "state"): "=isis"}  # fmt: skip
# Words of names that describe more than they name: a source that leaves one out may still mean the same.
GENERIC = frozenset(
    "war memorial prefecture province county city state university college school court order commander "
    "knight bachelor arts sciences prize award empire league cup church house party president "
    "presidential minister premier prince princess duke king queen sir lord saint judge justice general "
    "colonel officer director chief department ministry committee council board commission association "
    "society institute foundation museum library hall center centre park river lake street road avenue "
    "bridge station airport hospital company corporation group club band team records studios series "
    "season episode volume album tour festival games championship national international royal federal "
    "supreme republic kingdom government army navy force forces police election day ii iii iv vi vii viii "
    "ix governor senator congressman representative mayor secretary chairman professor captain major "
    "lieutenant sergeant district region island islands mountain valley bay sea ocean agency bureau "
    "office union the system open tribute revisited".split()
)
_CALENDAR = frozenset(name.lower() for name in (*CALENDAR, *(name[:3] for name in CALENDAR[:12])))
_SITE = 6  # letters of a site's name
Name = tuple[int, ...]  # a run of words written as a name: their places in the sentence's words, joints left out


def unlike_a_person(name: str) -> tuple[bool, bool, bool]:
    """How unlike a person's a name is, to sort by: that of a body, of one word, in capitals."""
    return bool(_BODIES.search(name)), " " not in name, name.isupper()


def names_in(text: str) -> tuple[str, ...]:
    """Words written as names: capitalised or in capitals, but not only because they open the question."""
    found = []
    for number, match in enumerate(re.finditer(r"[^\W\d_][\w’'.-]*", text)):
        word = re.sub(r"[’']s$", "", match.group()).strip(".’'-")
        is_name = any(char.isupper() for char in word) and fold(word) not in STOP_WORDS
        opens = number == 0 or text[: match.start()].rstrip().endswith((".", "?", "!"))
        if is_name and (not opens or not word[1:].islower()) and len(word) > 1:
            found.append(word)
    return tuple(dict.fromkeys(found))


def named_in(publisher: str, text: str, publishers: tuple[str, ...] = ()) -> re.Match[str] | None:
    """Where a text names a publisher, one of `publishers`: "the Ledger", if but one has that last word.

    A name of one word may be any word, written small: the guardian of the orphans is no newspaper.

    >>> bool(named_in("newarab", "How does The New Arab see it?")), bool(named_in("The Oslo Post", "the Post said"))
    (True, True)
    """
    words = publisher.removeprefix("The ").split()
    is_only = not any(words[-1] in name.split() for name in publishers if name != publisher)
    if len(words) > 1:
        forms = [rf"(?i:{re.escape(publisher)})"]
        forms += [rf"(?i:the) {re.escape(words[-1])}"] if words[-1][0].isupper() and is_only else []
    elif publisher.islower() and len(publisher) >= _SITE:
        forms = [rf"(?i:{'[ -]?'.join(map(re.escape, publisher))})"]
    else:
        forms = [re.escape(words[0])] if words else []
    found = re.search(rf"\b(?:{'|'.join(forms)})(?!\w)", text) if forms else None
    if found and len(words) == 1:  # "Capitol Hill", "New York Times", "Fortune 500" and "Cradle of Filth" are others
        goes_on = re.match(r" (?:[A-Z]|\d|of\b)", text[found.end() :])
        return None if goes_on or re.search(r"\b(?!The )[A-Z]\w* $", text[: found.start()]) else found
    return found


@lru_cache(maxsize=65536)
def key(low: str) -> str:
    """What the spellings of a name have in common.

    >>> key("qaani") == key("qani") == key("ghaani"), key("american") == key("us"), key("ali") == key("adel")
    (True, True, False)
    """
    if low in _ALIAS:
        return f"={_ALIAS[low]}"
    for pattern, sound in _SOUNDS if len(low) > 3 and low.isascii() else ():
        low = re.sub(pattern, sound, low)
    return low


def read_names(words: Sequence[Word], text: str, common: frozenset[str] = frozenset()) -> tuple[Name, ...]:
    """The names of a text. `common` are words that the source writes small: they are no names at a sentence's start."""
    found: list[list[int]] = []
    for number, word in enumerate(words):
        if not _is_name(number, word, words, text, common):
            continue
        gap = text[words[number - 1].end : word.start] if number else ""
        if found and found[-1][-1] == number - 1 and re.fullmatch(r"[ .'’-]{1,2}", gap):
            found[-1].append(number)
        else:
            found.append([number])
    return tuple(map(tuple, found))


def _is_name(number: int, word: Word, words: Sequence[Word], text: str, common: frozenset[str]) -> bool:
    if not word.is_capital or word.is_light or (len(word.low) < 2 and not word.text.isupper()):
        return False
    opens = number == 0 or re.search(r"[.!?:\"“]\s*$", text[words[number - 1].end : word.start])
    follows = number + 1 < len(words) and words[number + 1].is_capital and not words[number + 1].is_light
    if not opens or follows or not word.text[1:].islower():
        return word.low not in _CALENDAR
    return word.low not in common | _CALENDAR and not re.search(r"(?:ing|ed|ly|ions?|ments?)$", word.low)


def acronyms(words: Sequence[Word]) -> set[str]:
    """Each short form that the initials of capitalised words spell."""
    found: set[str] = set()
    for first, word in enumerate(words):
        if not word.is_capital or word.is_light:
            continue
        initials = ""
        for follower in words[first : first + 9]:
            if follower.is_capital:
                initials += follower.low[0]
            elif follower.low not in _JOINTS and follower.low not in ("for", "on", "in"):
                break
            if 2 <= len(initials) <= 6:
                found.add(initials)
    return found


def keys_of(words: Sequence[Word]) -> tuple[str, ...]:
    """The key of each word; both words of "United States" have the key of "US"."""
    keys = [key(word.low) for word in words]
    for place, pair in enumerate(zip(words, words[1:], strict=False)):
        if union := _UNIONS.get((pair[0].low, pair[1].low)):
            keys[place : place + 2] = [union, union]
    return tuple(keys)


def is_same(one: str, other: str) -> bool:
    """Whether two keys may be one name or a name and what is made of it: Iran and Iranian, Kent and Kent's."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    root = short.rstrip("aiu")
    return len(short) >= 4 and len(root) >= 3 and long.startswith(root) and long[len(root) :] in _ENDINGS
