"""Lists of the words that turn a sentence's meaning (negation, direction, attribution), and what they find."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.figures import Day, Figure, read_days, read_figures
from rag.names import STRAIGHT, Name, Word, keys_of, read_names, read_words, stem_of

NEGATION = frozenset("not no never none nor neither nobody nothing nowhere cannot without n't".split())
# Words that deny what follows without saying "not".
DENYING = re.compile(
    r"\b(?:fail(?:s|ed|ing|ure)?|refus\w+|den(?:y|ies|ied|ial|ying)|lack(?:s|ed|ing)?|declin(?:ed|es|ing) to"
    r"|reject\w*|stop(?:s|ped)?|ban(?:s|ned)?|prohibit\w*|prevent\w*|avoid\w*|absence|hardly|barely|rarely|seldom|few"
    r"|free of|instead of|rather than|far from|impossible|forbidden|forbid\w*|block(?:s|ed)?|halt\w*|cancel\w*|except"
    r"|illegal|illegally|unlawful|false|falsely|non|un(?:able|likely|willing|successful\w*|supported|proven|known|aware|changed|finished|safe|fair\w*|lawful\w*|happy|necessary|clear|certain|confirmed|true)|dis(?:allow|agree|miss|prov|continu|band|qualif)\w*|in(?:ability|complete|eligible|capable)\w*)\b",
    re.IGNORECASE,
)
# Each line two sides: a sentence that has one where its source has the other says the opposite.
_OPPOSITES = """
rise rose risen rising increase grow grew grown growth climb jump surge soar gain up higher expand upward | fall fell fallen falling decrease decline drop plunge shrink shrank shrunk slump slip tumble down lower contract downward dip
approve approval adopt pass passed accept ratify endorse back support uphold upheld | reject rejection refuse veto dismiss oppose block deny overturn
before earlier prior | after later following
win won winner victory beat defeat | lose lost loser loss
more over above most exceed | fewer less under below least
open reopen opening launch | close shut closure closing
begin began begun start commence | end finish stop cease conclude halt
arrive enter join come came | leave left depart exit quit withdraw withdrew
buy bought purchase acquire | sell sold sale
north northern | south southern
east eastern | west western
hire appoint recruit | fire dismiss sack resign
allow permit legalise legalize | ban forbid forbade forbidden prohibit bar outlaw
first | last
confirm acknowledge admit | deny denied
arrest detain jail imprison | release free
guilty convict conviction | acquit innocent acquittal
strengthen | weaken
import | export
lend lent | borrow
give gave given send sent | receive
remember | forget forgot
succeed success | fail failure
ally | enemy foe
best largest biggest highest longest | worst smallest lowest shortest
large big high long old | small little low short new young
early | late
major majority | minor minority
male man men boy father son brother husband king | female woman women girl mother daughter sister wife queen
inside indoor internal | outside outdoor external
public | private
love | hate
friend | enemy
hot warm | cold cool
good better | bad worse
life live alive born | death die died dead
attack | defend defence defense
add | remove
raise | cut reduce lower
extend lengthen | shorten
agree | disagree
praise | criticise criticize condemn
upper | lower
safe | dangerous unsafe
legal | illegal
""".strip()
SPEECH = (
    r"(?:said|says|saying|say|told|tells|claim(?:ed|s|ing)?|alleg(?:e|ed|es|edly|ing|ation|ations)|accus(?:e|ed|es|ing)|report(?:ed|s|edly)"
    r"|according to|argu(?:e|ed|es)|assert(?:ed|s)?|insist(?:ed|s)?|contend(?:ed|s)?|estimat(?:e|ed|es)|suggest(?:ed|s)?"
    r"|believ(?:e|ed|es)|think|thinks|thought|den(?:y|ied|ies)|warn(?:ed|s)?|predict(?:ed|s)?|testif(?:y|ied)|stat(?:ed|es)"
    r"|announc(?:ed|es)|declar(?:ed|es)|add(?:ed|s)|wrote|writes|call(?:ed|s)|describ(?:ed|es)|acknowledg(?:ed|es)"
    r"|maintain(?:ed|s)?|quoted|cited|citing|complain(?:ed|s)?|not(?:ed|es)|explain(?:ed|s)|admit(?:ted|s)?|conclud(?:ed|es)"
    r"|in (?:his|her|its|their) (?:view|words|opinion|account)|by (?:his|her|its|their) own account|for (?:him|her|them))"
)
# The source does not vouch for what it says in these words.
DOUBT = re.compile(
    r"\b(?:alleg\w+|claim(?:ed|s|ing)?|reportedly|accus\w+|purported\w*|suspected|unconfirmed|rumou?r\w*|supposed\w*"
    r"|insist(?:ed|s)?|believ(?:e|ed|es)|contend(?:ed|s)?|speculat\w+|apparently|denied|denies|asserted|suggest(?:ed|s)?"
    r"|estimat(?:e|ed|es)|predict(?:ed|s)?|expects?|expected|feared|argued|argues|thinks?|suspects?)\b", re.IGNORECASE,
)  # fmt: skip
MODAL = re.compile(
    r"\b(?:may|might|could|possibl[ey]|perhaps|likely|probably|plans?|planned|propos\w+|expected|hopes?|hoped|intends?|intended"
    r"|aims?|aimed|consider(?:s|ed|ing)?|potential\w*|would|if|unless|should|will|to be|set to|due to|scheduled|seek\w*|sought|appear(?:s|ed)?|seem(?:s|ed)?"
    r"|threaten\w*|vow\w*|pledg\w*|promis\w*|urg\w+|call(?:s|ed|ing)? for|want(?:s|ed)?|unclear|whether)\b", re.IGNORECASE,
)  # fmt: skip
SAYS = re.compile(rf"\b{SPEECH}\b", re.IGNORECASE)


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
    straight = text.translate(STRAIGHT)
    words = read_words(straight)
    days = read_days(straight, published)
    figures = read_figures(straight, days)
    spans = [(item.start, item.end) for item in days] + [(item.start, item.end) for item in figures]
    taken = {place for start, end in spans for place in range(start, end)}
    content = tuple(
        place for place, word in enumerate(words) if not word.is_light and word.start not in taken and len(word.low) > 1
    )
    return Reading(straight, words, keys_of(words), read_names(words, straight, common), days, figures, content)


def denial_fault(claim: Reading, near: Sequence[Reading]) -> str:
    """What the claim denies and the nearest sentences do not, or the reverse; "" when they agree."""
    denied = [] if DENYING.search(claim.text) and not any(DENYING.search(part.text) for part in near[:1]) else list(_denials(claim))
    for scope in denied:
        answers = [answer for part in near for answer in _is_denied(scope[:1], part)]
        if any(answers) or (not answers and any(DENYING.search(part.text) or any(_denials(part)) for part in near[:1])):
            continue
        return f"denies ({' '.join(['not', *scope])}) what the source does not deny"
    if near and not denied and not DENYING.search(claim.text):
        stems = {claim.words[place].stem for place in claim.content}
        for scope in _denials(near[0]):
            if scope and scope[0] in stems:
                return f"leaves out that the source denies it (not {scope[0]})"
    return ""


def _denials(reading: Reading) -> Iterator[tuple[str, ...]]:
    """For each negation the stems of the first two content words that it reaches."""
    for place, word in enumerate(reading.words[:-1]):
        following = reading.words[place + 1]
        if word.low not in NEGATION or following.low in ("only", "just", "merely", "least") or following.low[0].isdigit():
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
    """A word of the claim whose opposite stands in the nearest sentence; `elsewhere` are the source's words and stems."""
    known = opposites()
    ours = {form for word in claim.words for form in (word.low, word.stem)}
    theirs = {form: word.text for word in nearest.words if word.stem not in ours for form in (word.low, word.stem)}
    for word in claim.words:
        against = known.get(word.low) or known.get(word.stem)
        if against is None or word.low in elsewhere or word.stem in elsewhere:
            continue
        same_side = {other for form in against for other in known[form]}
        if (found := sorted(against & set(theirs))) and same_side.isdisjoint(elsewhere):
            return f"says {word.text}, source says {theirs[found[0]]}"
    return ""


def swap_fault(claim: Reading, part: Reading) -> str:
    """Who does and who suffers it exchanged about the same verb; a passive counts as its active."""
    for place in claim.content:
        word = claim.words[place]
        if word.is_capital:
            continue
        sides = _sides(claim, place)
        for other_place in part.content:
            other = part.words[other_place]
            if other.stem != word.stem or other.is_capital or not all(sides):
                continue
            before, after = _sides(part, other_place)
            if sides[0] & after and sides[1] & before and not sides[0] & before and not sides[1] & after:
                return f"exchanges who and whom of '{word.text}'"
    return ""


_CLAUSE = re.compile(r"[,;:()\"]|\b(?:that|which|who|when|while|because|but|after|before|as)\b")


def _sides(reading: Reading, place: int) -> tuple[frozenset[str], frozenset[str]]:
    """The keys of the names, or else the stems of the last and first content words, that do and suffer the verb."""
    verb = reading.words[place]
    before = [other for other in range(max(0, place - 8), place)
              if not _CLAUSE.search(reading.text[reading.words[other].end : verb.start])]  # fmt: skip
    after = [other for other in range(place + 1, min(len(reading.words), place + 9))
             if not _CLAUSE.search(reading.text[verb.end : reading.words[other].start])]  # fmt: skip
    sides = _who(reading, before, last=True), _who(reading, after, last=False)
    is_passive = re.search(r"\b(?:was|were|is|are|been|being|be)\b[\w ]{0,15}$", reading.text[: verb.start]) and re.match(
        r"[\w ]{0,20}\bby\b", reading.text[verb.end :]
    )
    return (sides[1], sides[0]) if is_passive else sides


def _who(reading: Reading, places: Sequence[int], *, last: bool) -> frozenset[str]:
    content = [place for place in places if place in reading.content]
    named = [place for place in content if reading.words[place].is_capital]
    chosen = named or content
    return frozenset(reading.keys[place] for place in (chosen[-2:] if last else chosen[:2]))


def attribution_fault(claim: Reading, part: Reading) -> str:
    """A claim stated as fact where the source only reports it; "" where it is attributed or the source vouches for it."""
    if SAYS.search(claim.text) or DOUBT.search(claim.text):
        return ""
    stems = {claim.words[place].stem for place in claim.content}
    for found in DOUBT.finditer(part.text):
        told = [part.words[place] for place in part.content]
        after = [word.stem in stems for word in told if word.start >= found.end()][:4]
        is_aside = (re.search(r"(?:ed|es)$", found[0]) and "," in part.text[max(0, found.start() - 30) : found.start()]
                    and not any(after))  # fmt: skip
        if found[0][0].islower() and (sum(after[:3]) >= 2 or (is_aside and len(after) < 3)):
            return f"states as fact what the source only reports ('{found[0]}')"
    return ""


@cache
def opposites() -> Mapping[str, frozenset[str]]:
    """The stems that say the opposite of each stem."""
    found: dict[str, frozenset[str]] = {}
    for line in _OPPOSITES.splitlines():
        left, right = ([*side.split(), *(stem_of(word) for word in side.split())] for side in line.split("|"))
        for words, others in ((left, right), (right, left)):
            for word in words:
                found[word] = found.get(word, frozenset()) | frozenset(others)
    return found
