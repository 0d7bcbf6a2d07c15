"""Two sides beside each other: "How do A and B differ?", "Who led it in 2019, and who in 2024?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.catalog import Snapshot
from index.english.names import named_in
from index.english.periods import DATE
from index.english.words import LIGHT, stems
from rag.evidence import Evidence, tells_of
from rag.extracting import MAX_SENTENCES, Pick, in_context, lead, says_the_same
from rag.question import Question

_NEAR_BEST = 0.7  # share of the best sentence's score that a side's sentence has at least
_SHORTEST = 4  # words of a sentence: a byline tells nothing
_DATE = re.compile(rf"\s*\b(?:(?:in|on|during|of)(?: early| late)? )?{DATE}", re.IGNORECASE)
_DATED = re.compile(r"^\W*(?:(?:in|on|of|during) )?", re.IGNORECASE)
_ELLIPTIC = frozenset("and but who whom what where which how many much again then in".split())
_JOINED = re.compile(r",? (?:and|or|but|while|versus|vs|than|compared (?:to|with))\b", re.IGNORECASE)
_NAME = r"(?!(?:Did|Do|Does|Was|Were|Is|Are|Has|Have) )[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*"
_PAIRED = re.compile(
    r"(?:['’]s?)?,? (?:(?:differ(?:s|ed)?|different|compared?) )?(?:and|or|with|from|to|than|versus|vs\.?)"
    r" (?:the |a |an |its |their |what )?",
    re.IGNORECASE,
)
_WITH = re.compile(r"\b(?:differ(?:s|ed|ent)?|disagree[ds]?) (?:from|with)\b", re.IGNORECASE)
_NO_NOUN = "|".join([*LIGHT, "differ(?:s|ed|ent|ences?)?", "disagree[ds]?", "compare[ds]?"])
_NOUN = re.compile(  # a name, or a run of other words that are no function words
    rf"\b(?!(?i:{_NO_NOUN})\b)(?:[A-Z][\w’'-]*(?: (?:(?:of|the|and|al|bin|de) )*[A-Z][\w’'-]*)*"
    rf"|[a-z][\w’'-]+(?: (?!(?:{_NO_NOUN})\b)[a-z][\w’'-]+)*)"
)
_CUT = re.compile(r"&|\b(?:Mr|Mrs|Ms|Dr|St|v)\.")  # names that are not read whole
_EARLIER = re.compile(r"\b(?:last|previous) (?:week|month|year)\b|\bearlier\b|\bago\b", re.IGNORECASE)
_CHOICE = re.compile(r"\bor\b", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:each|both|respectively)\b|, [^,]+ or [^,]+$", re.IGNORECASE)
_DIFFER = re.compile(
    r"^(?:how|in what way) (?:do|does|did|is|are|was|were|has|have) |^(?:do|does|did) |^compare "
    r"|^(?:what (?:is|are|was|were) the )?differences? between"
    r"| (?:differ(?:s|ed|ent)?|compared?|disagree[ds]?)(?: (?:from|with|to|on|over|about|in))?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Noun:
    """A name, or words that may be a noun, and where it starts and ends in its question."""

    text: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True)
class Side:
    """One of two things compared: `label` as the question has it, `text` the question about it alone.

    `words` are stems that a sentence about it holds; `publisher` is what is asked of, where two outlets are compared.
    """

    label: str
    text: str
    words: frozenset[str] = frozenset()
    publisher: str | None = None


def sides_of(question: Question) -> tuple[Side, ...]:
    """The two sides that a question sets beside each other: names, times or outlets; none for any other question.

    >>> from rag.question import understand
    >>> [side.label for side in sides_of(understand("How did Venn and Berg differ over the tolls?"))]
    ['Venn', 'Berg']
    """
    text = question.text
    dates = [match.span() for match in _DATE.finditer(text)]
    if len(dates) == len(question.days) == 2 and not any(days.is_open for days in question.days):
        is_joined = question.kind == "compare" or _JOINED.match(text, dates[0][1])
        return _times(text, *dates) if is_joined else ()
    if question.kind == "yes_no" or (question.kind != "compare" and not _BOTH.search(text)):
        return ()
    named = question.publishers
    outlets = [(match.span(), name) for name in named if (match := named_in(name, text, named))]
    if len(outlets) == 2:
        (one, _), (other, _) = sorted(outlets)
        asked = _DIFFER.sub("", text[: one[0]] + text[other[1] :])
        return tuple(Side(name, asked, publisher=name) for _, name in sorted(outlets))
    found = [] if _CUT.search(text) else [Noun(match[0], *match.span()) for match in _NOUN.finditer(text)]
    for parts in (found, [part for noun in found for part in _parts(noun)]):
        for before, venn, berg in zip([None, *parts], parts, parts[1:], strict=False):
            gap = text[venn.end : berg.start]
            between = text[before.end : venn.start].strip() if before else ""
            is_third = before and before.is_name == venn.is_name and between in (",", "and", "or")
            is_with = _WITH.search(text) and not _WITH.search(gap)  # "How do cats and dogs differ from wolves?"
            if _PAIRED.fullmatch(gap) and not is_third and not is_with:
                return _pair(text, venn, berg)
    return ()


def _pair(text: str, venn: Noun, berg: Noun) -> tuple[Side, Side]:
    if re.search("['’]s?$", venn.text) and (owner := re.match(r".+?['’]s?(?= )", berg.text)):  # Venn's and Berg's tolls
        berg = Noun(owner.group(), berg.start, berg.start + owner.end())
    return _side(venn, _without(text, venn.end, berg.end)), _side(berg, _without(text, venn.start, berg.start))


def _side(noun: Noun, text: str) -> Side:
    return Side(re.sub("['’]s?$", "", noun.text), _DIFFER.sub("", text), frozenset(stems(noun.text)))


def _times(text: str, one: tuple[int, int], other: tuple[int, int]) -> tuple[Side, Side]:
    """The same question of two times; of the second it may only say "and who in May 2015?", or another name."""
    first, second = (_DATED.sub("", text[slice(*date)]) for date in (one, other))
    venn, berg = (re.search(rf"{_NAME}$", text[: date[0]]) for date in (one, other))
    if venn and berg and text[one[1] : berg.start()].strip() in ("and", "or"):  # Venn in 2019 and Berg in 2023
        return (
            Side(f"{venn.group()}, {first}", _without(text, one[1], other[1]), frozenset(stems(venn.group()))),
            Side(
                f"{berg.group()}, {second}", _without(text, venn.start(), berg.start()), frozenset(stems(berg.group()))
            ),
        )
    if {*re.findall(r"\w+", (text[one[1] : other[0]] + text[other[1] :]).lower())} <= _ELLIPTIC:
        return Side(first, text[: one[1]] + "?"), Side(second, text[: one[0]] + text[slice(*other)] + "?")
    return Side(first, _without(text, *other)), Side(second, _without(text, *one))


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def _parts(noun: Noun) -> list[Noun]:
    """The two names that "and" joins, each a noun; else the noun itself."""
    first, joint, second = noun.text.partition(" and ")
    if not joint or " and " in second or not (first[0].isupper() and second[0].isupper()):
        return [noun]
    middle = noun.start + len(first)
    return [Noun(first, noun.start, middle), Noun(second, middle + len(joint), noun.end)]


def compared(
    question: Question,
    sides: Sequence[Side],
    whole: Sequence[Evidence],
    looks: Sequence[tuple[Question, Sequence[Evidence]]],
    snapshot: Snapshot,
) -> list[tuple[Pick, str]]:
    """The likeliest sentence about each side with its lead, "Venn (Coast Daily, 3 May 2023):"; [] if one has none.

    `whole` is the evidence for the question itself, of which a sentence that names both sides comes first, `looks`
    that for each side's.
    """
    if not all(evidence for _, evidence in looks):
        return []
    words = frozenset().union(*(side.words for side in sides))
    both = [item for item in whole if words and words.issubset(stems(item.text))
            and item.score >= _NEAR_BEST * whole[0].score][:1]  # fmt: skip
    if both and _CHOICE.search(question.text):
        return []
    entries = [(pick, lead(item.article)) for item in both for pick in in_context(item, snapshot)]
    for side, other in ((0, 1), (1, 0)):
        alone = _alone(sides[side], sides[other], looks[side], looks[other][0], both)
        if not alone and not both:
            return []
        for item in alone[:1]:
            entries += _labelled(sides[side], sides[other], item, snapshot)
    return entries if len(entries) <= MAX_SENTENCES else []


def _alone(
    side: Side, other: Side, look: tuple[Question, Sequence[Evidence]], others: Question, shown: Sequence[Evidence]
) -> list[Evidence]:
    """The likeliest sentences of one side and not of the other, none said twice."""
    question, evidence = look
    found = list(shown)
    for item in evidence:
        is_near = item.score >= _NEAR_BEST * evidence[0].score and len(item.text.split()) >= _SHORTEST
        is_new = not any(says_the_same(item.text, known.text) for known in found)
        if is_near and is_new and _is_of(side, question, others, item) and not _is_of(other, others, question, item):
            found.append(item)
    return found[len(shown) :]


def _is_of(side: Side, question: Question, others: Question, item: Evidence) -> bool:
    """Whether a sentence is of a side: of its outlet, or with its name, and of its time.

    Of a time is what names it, or what was published then and speaks of no other.
    """
    if side.publisher:
        return item.article.publisher == side.publisher
    if question.days and not any(tells_of(days, item.text) for days in question.days):
        years = re.findall(r"\b(?:19|20)\d\d\b", item.text)
        is_then = any(days.holds(item.article.published) for days in question.days)
        if not is_then or _EARLIER.search(item.text) or any(year != question.days[0].first[:4] for year in years):
            return False
    if question.days and any(tells_of(days, item.text) for days in others.days):
        return False
    return side.words.issubset(stems(item.text))


def _labelled(side: Side, other: Side, item: Evidence, snapshot: Snapshot) -> list[tuple[Pick, str]]:
    """A sentence with what it needs for sense, unless that is of the other side."""
    source = lead(item.article)
    opening = source if side.publisher else f"{side.label} ({source[:-1]}):"
    picks = in_context(item, snapshot)
    if other.words and any(other.words.issubset(stems(pick.text)) for pick in picks):
        picks = [pick for pick in picks if pick.start == item.start]
    return [(pick, opening if pick.start >= item.start else source) for pick in picks]
