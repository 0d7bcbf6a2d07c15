"""Lists of the words that turn a sentence's meaning (negation, direction, attribution), and what they find."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from index.english.dates import Day, read_days
from index.english.names import Name, keys_of, read_names
from index.english.numbers import Figure, read_figures
from index.english.words import Word, read_words, stem_of, straight

NEGATION = frozenset("not no never none nor neither nobody nothing nowhere cannot without n't".split())
_NOT_ONLY = frozenset(("only", "just", "merely", "least"))
# Words that deny what follows without saying "not".
DENYING = re.compile(
    r"\b(?:fail(?:s|ed|ing|ure)?|refus\w+|den(?:y|ies|ied|ial|ying)|lack(?:s|ed|ing)?|declin(?:ed|es|ing) to"
    r"|reject\w*|stop(?:s|ped)?|ban(?:s|ned)?|prohibit\w*|prevent\w*|avoid\w*|absence|hardly|barely|rarely|seldom"
    r"|few|free of|instead of|rather than|far from|impossible|forbidden|forbid\w*|block(?:s|ed)?|halt\w*|cancel\w*"
    r"|except|illegal|illegally|unlawful|false|falsely|non|un(?:able|likely|willing|successful\w*|supported|proven"
    r"|known|aware|changed|finished|safe|fair\w*|lawful\w*|happy|necessary|clear|certain|confirmed|true)"
    r"|dis(?:allow|agree|miss|prov|continu|band|qualif)\w*|in(?:ability|complete|eligible|capable)\w*)\b",
    re.IGNORECASE,
)
# Irregular pasts, and pairs of words for one event, with the plain form.
PAST = {form: verb for pair in (
    "met meet, took take, gave give, won win, shot shoot, sent send, left leave, held hold, saw see, made make,"
    " kept keep, brought bring, bought buy, sold sell, lost lose, fought fight, wrote write, found find, got get,"
    " ran run, went go, came come, began begin, broke break, rose rise, fell fall, fled flee, flew fly, spoke speak,"
    " chose choose, became become, led lead, built build, paid pay, stole steal, drew draw, struck strike, sank sink,"
    " spent spend, taught teach, withdrew withdraw, woke wake, hit hit, cut cut, put put, shut shut, quit quit,"
    " written write, taken take, given give, seen see, risen rise, told tell, beat beat, caught catch, drove drive,"
    " lent lend, hurt hurt, fed feed, cost cost, died die, dead die, killed die"
).split(", ") for form, verb in [pair.split()]}  # fmt: skip
# Pairs of two sides: a sentence that has one where its source has the other says the opposite.
_OPPOSITES = """
rise rose risen rising increase grow grew grown growth climb jump surge soar up higher expand upward | fall fell
fallen falling decrease decline drop plunge shrink shrank shrunk slump slip tumble down lower contract downward dip;
approve approval adopt pass passed accept ratify endorse back support uphold upheld | reject rejection refuse veto
dismiss oppose block deny overturn; before earlier prior | after later following; win won winner victory beat defeat
| lose lost loser loss; more over above most exceed | fewer less under below least; open reopen opening launch |
close shut closure closing; begin began begun start commence | end finish stop cease conclude halt; arrive enter
join come came | leave left depart exit quit withdraw withdrew; buy bought purchase acquire | sell sold sale; north
northern | south southern; east eastern | west western; hire appoint recruit | fire dismiss sack resign; allow
permit legalise legalize | ban forbid forbade forbidden prohibit bar outlaw; confirm acknowledge admit | deny
denied; arrest detain jail imprison | release free; guilty convict conviction | acquit innocent acquittal;
strengthen | weaken; import | export; lend lent | borrow; give gave given send sent | receive; remember | forget
forgot; succeed success | fail failure; ally | enemy foe; best largest biggest highest longest | worst smallest
lowest shortest; large big high long old | small little low short new young; long longer | short shorter; early |
late; major majority | minor minority; male man men boy father son brother husband king | female woman women girl
mother daughter sister wife queen; inside indoor internal | outside outdoor external; public | private; love | hate;
friend | enemy; hot warm | cold cool; good better | bad worse; life live alive born | death die died dead; attack |
defend defence defense; add | remove; raise | cut reduce lower; extend lengthen | shorten; agree | disagree; praise
| criticise criticize condemn; upper | lower; safe | dangerous unsafe; legal | illegal; gain | lose lost; accelerate
quicken hasten | slow slowed; ahead | behind; favour favor | against; wide widen | narrow; heavy heavier | light
lighter; strong stronger | weak weaker; present | absent; employ | dismiss; victory | defeat
"""


@dataclass(frozen=True)
class Reading:
    """A sentence read: its words, what stands for each as a name, and the places of its content words."""

    text: str
    words: tuple[Word, ...]
    keys: tuple[str, ...]
    names: tuple[Name, ...]
    days: tuple[Day, ...]
    figures: tuple[Figure, ...]
    content: tuple[int, ...]


def read(text: str, published: str | None = None, common: frozenset[str] = frozenset()) -> Reading:
    """`common` are words that the source also writes small: at a sentence's start they are no names."""
    bare = straight(text)
    words = read_words(bare)
    days = read_days(bare, published)
    figures = read_figures(bare, days)
    spans = [(item.start, item.end) for item in days] + [(item.start, item.end) for item in figures]
    taken = {place for start, end in spans for place in range(start, end)}
    content = tuple(
        place for place, word in enumerate(words) if not word.is_light and word.start not in taken and len(word.low) > 1
    )
    return Reading(bare, words, keys_of(words), read_names(words, bare, common), days, figures, content)


def denial_fault(claim: Reading, near: Sequence[Reading]) -> str:
    """What the claim denies and the nearest sentences do not, or the reverse; "" when they agree."""
    is_told = bool(DENYING.search(claim.text)) and not DENYING.search(near[0].text)
    denied = [] if is_told else list(_denials(claim))
    for scope in denied:
        answers = [answer for part in near for answer in _is_denied(scope[:1], part)]
        if any(answers) or (not answers and (DENYING.search(near[0].text) or any(_denials(near[0])))):
            continue
        return f"denies what the source does not deny ({' '.join(['not', *scope])})"
    if not denied and not DENYING.search(claim.text):
        stems = {claim.words[place].stem for place in claim.content}
        for scope in _denials(near[0]):
            if scope and scope[0] in stems:
                return f"leaves out that the source denies it (not {scope[0]})"
    return ""


def _denials(reading: Reading) -> Iterator[tuple[str, ...]]:
    """For each negation the stems of the first two content words that it reaches."""
    for place, word in enumerate(reading.words[:-1]):
        following = reading.words[place + 1]
        if word.low not in NEGATION or following.low in _NOT_ONLY or following.low[0].isdigit():
            continue
        reach = [
            other.stem
            for other in reading.words[place + 1 : place + 8]
            if not other.is_light and not re.search(r"[.;:]", reading.text[word.end : other.start])
        ]
        yield tuple(reach[:2])


def _is_denied(stems: Sequence[str], part: Reading) -> Iterator[bool]:
    """For each of the stems that stands in the part: whether the part denies it."""
    for stem in stems:
        for word in part.words:
            if word.stem == stem:
                before = part.text[max(0, word.start - 40) : word.start]
                yield any(stem in scope for scope in _denials(part)) or bool(DENYING.search(before))


def opposite_fault(claim: Reading, nearest: Reading, elsewhere: Collection[str]) -> str:
    """A word of the claim whose opposite stands in the nearest sentence, as a reason; "" if there is none."""
    found = opposed(claim, nearest, elsewhere)
    return f"says {found[0].text}, but the source says {found[1].text}" if found else ""


def opposed(claim: Reading, nearest: Reading, elsewhere: Collection[str] = ()) -> tuple[Word, Word] | None:
    """A word of the claim and its opposite in the nearest sentence; `elsewhere` are the source's words and stems.

    A word that the source has elsewhere counts only beside the same words as its opposite.
    """
    known = opposites()
    ours = {form for word in claim.words for form in (word.low, word.stem)}
    for place, word in enumerate(claim.words):
        against = known.get(word.low) or known.get(word.stem)
        if against is None or any(word.stem == other.stem for other in nearest.words):
            continue
        same_side = {word.low, word.stem, *(other for form in against for other in known[form])}
        for number, other in enumerate(nearest.words):
            if not against & {other.low, other.stem} or other.stem in ours or other.low in ours:
                continue
            if same_side & {form for near in nearest.words for form in (near.low, near.stem)}:
                continue
            is_said = not same_side.isdisjoint(elsewhere)
            if is_said and not _company(claim, place) & _company(nearest, number):
                continue
            if word.stem in converses() and not _sides(claim, place)[0] & _sides(nearest, number)[0]:
                continue
            return word, other
    return None


def _company(reading: Reading, place: int) -> set[str]:
    """The stems of the content words beside a word, two on each side."""
    before = [other for other in reading.content if other < place][-2:]
    after = [other for other in reading.content if other > place][:2]
    return {reading.words[other].stem for other in (*before, *after)}


def swap_fault(claim: Reading, part: Reading) -> str:
    """Who does and who suffers it exchanged about the same verb; a passive counts as its active."""
    verbs = [place for place in part.content if _may_be_verb(part.words[place])]
    for place in claim.content:
        word = claim.words[place]
        sides = _sides(claim, place)
        if not all(sides) or not _may_be_verb(word):
            continue
        for other in verbs:
            if not _means(word, part.words[other]):
                continue
            before, after = _sides(part, other)
            if sides[0] & after and sides[1] & before and not sides[0] & before and not sides[1] & after:
                return f"swaps who did it and to whom ('{word.text}')"
    return ""


_CLAUSE = re.compile(r"[,;:()\"]|\b(?:that|which|who|when|while|because|but|after|before|as)\b")
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be)\b[\w ]{0,15}$")
_BY = re.compile(r"[^,;:()\"]{0,60}?\bby\b")


def _may_be_verb(word: Word) -> bool:
    return not word.is_capital and (word.low in PAST or bool(re.search(r"(?:ed|es|[^s]s|ing)$", word.low)))


def _means(word: Word, other: Word) -> bool:
    """Whether two verbs are one or stand on the same side of a line of opposites."""
    against = opposites().get(word.stem)
    return word.stem == other.stem or (against is not None and against == opposites().get(other.stem))


def _sides(reading: Reading, place: int) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of the names, or else the stems of the last and first content words, that do and suffer the verb."""
    verb = reading.words[place]
    before = [other for other in range(max(0, place - 8), place)
              if not _CLAUSE.search(reading.text[reading.words[other].end : verb.start])]  # fmt: skip
    by = _BY.match(reading.text, verb.end) if _PASSIVE.search(reading.text[: verb.start]) else None
    start = by.end() if by else verb.end
    after = [other for other in range(place + 1, min(len(reading.words), place + 16))
             if reading.words[other].start >= start
             and not _CLAUSE.search(reading.text[start : reading.words[other].start])][:8]  # fmt: skip
    sides = _who(reading, before, last=True), _who(reading, after, last=False)
    return (sides[1], sides[0]) if by else sides


def _who(reading: Reading, places: Sequence[int], *, last: bool) -> frozenset[str]:
    content = [place for place in places if place in reading.content]
    named = [place for place in content if reading.words[place].is_capital]
    chosen = named or content
    return frozenset(reading.keys[place] for place in (chosen[-2:] if last else chosen[:2]))


@cache
def converses() -> frozenset[str]:
    """The stems of verbs whose opposite tells the same from the other's side: who buys is sold to."""
    return frozenset(stem_of(word) for pair in _OPPOSITES.split(";")
                     if pair.split()[0] in ("buy", "lend", "give", "win") for word in pair.split())  # fmt: skip


@cache
def opposites() -> Mapping[str, frozenset[str]]:
    """The stems that say the opposite of each stem."""
    found: dict[str, frozenset[str]] = {}
    for pair in _OPPOSITES.split(";"):
        left, right = ([*side.split(), *(stem_of(word) for word in side.split())] for side in pair.split("|"))
        for words, others in ((left, right), (right, left)):
            for word in words:
                found[word] = found.get(word, frozenset()) | frozenset(others)
    return found
