"""What differs in a sentence that nearly repeats its source's words, and whether that changes what it says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.english.dates import Day
from index.english.names import is_same
from index.english.numbers import Figure
from index.english.wording import NEGATION, Reading, opposites

_CLOSE = 0.75  # the share of its words that a claim repeats in order when it nearly repeats a sentence
_POINTING = frozenset(
    "he she it they we i you his her its their our my him them us who whom this that these those there".split()
)


@dataclass(frozen=True)
class Change:
    """Words of the source, and those of the claim that stand in their place; either may be empty."""

    theirs: range
    ours: range


def changes(claim: Reading, source: Reading, windows: Sequence[range]) -> tuple[range, tuple[Change, ...]] | None:
    """The first window of the source's words that the claim nearly repeats, with what differs, or None."""
    ours = [word.stem for word in claim.words]
    for window in windows:
        theirs = [source.words[place].stem for place in window]
        matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
        same = sum(block.size for block in matcher.get_matching_blocks() if block.size > 1)
        if same >= _CLOSE * len(ours):
            return window, tuple(Change(range(window.start + code[1], window.start + code[2]), range(code[3], code[4]))
                                 for code in matcher.get_opcodes() if code[0] != "equal")  # fmt: skip
    return None


def turned(claim: Reading, source: Reading, change: Change) -> str:
    """A negation that came or went, or a word that became its opposite; "" when neither."""
    theirs, ours = ([reading.words[place] for place in places]
                    for reading, places in ((source, change.theirs), (claim, change.ours)))  # fmt: skip
    denied, denies = (any(word.low in NEGATION for word in words) for words in (theirs, ours))
    if denied != denies:
        return "denies what the source says" if denies else "leaves out that the source denies it"
    known = opposites()
    said = {form: word.text for word in theirs for form in (word.low, word.stem)}
    for word in ours:
        against = known.get(word.low) or known.get(word.stem) or frozenset()
        if found := sorted(against & set(said)):
            return f"says {word.text}, but the source says {said[found[0]]}"
    return ""


def moved_figure(claim: Reading, source: Reading, window: range, change: Change) -> str:
    """A figure or day that stands where the source has another, or none that agrees; "" when there is none."""
    theirs = list(_items(source, change.theirs))
    here = list(_items(source, window))
    for item in _items(claim, change.ours):
        text = claim.text[item.start : item.end]
        if any(_is_said(item, other) for other in theirs):
            continue
        if rival := next((other for other in theirs if _is_alike(item, other)), None):
            return f"says {text}, but the source says {source.text[rival.start : rival.end]}"
        if theirs:
            return f"says {text} where the source does not"
        same = [other for other in here if _is_said(item, other)]
        if same and not any(_beside(claim, item) & _beside(source, other) for other in same):
            return f"says {text} where the source does not"
    return ""


def turned_range(claim: Reading, source: Reading) -> str:
    """A range or score ("5-4") whose two numbers the source has only the other way round; "" when there is none."""
    known = dict(_ranges(source))
    for values, text in _ranges(claim):
        if values not in known and values[::-1] in known:
            return f"says {text}, but the source says {known[values[::-1]]}"
    return ""


def _ranges(reading: Reading) -> Iterator[tuple[tuple[float, float], str]]:
    numbers = sorted(
        [(item.start, item.end, item.value) for item in reading.figures]
        + [(day.start, day.end, float(day.year)) for day in reading.days if day.year and not day.month]
    )
    for (start, end, first), (then, last, second) in pairwise(numbers):
        if re.fullmatch(r"\s?[-/]\s?| and |(?: \w+)? to ", reading.text[end:then]) and first != second:
            yield (first, second), reading.text[start:last]


def turned_amount(claim: Reading, source: Reading) -> str:
    """An amount by which something changed given as what it came to or from, or the reverse; "" when there is none."""
    for figure in claim.figures:
        role = _role(claim, figure)
        theirs = [(_role(source, other), other) for other in source.figures if figure.fits(other)]
        if role and theirs and all(other and other != role for other, _ in theirs):
            there = theirs[0][1]
            return f"says {role} {claim.text[figure.start : figure.end]}, but the source says {theirs[0][0]} " \
                   f"{source.text[there.start : there.end]}"  # fmt: skip
    return ""


def _role(reading: Reading, figure: Figure) -> str:
    """Whether a figure is what something changed "by", came "to" or came "from"; "" when it is none of them."""
    before = re.search(r"\b(by|to|from)(?: (?:about|around|some|nearly|almost|over|more than|an average of))? ?[$€£]?$",
                       reading.text[: figure.start])  # fmt: skip
    more = re.match(
        r"\W*(?:\w+ )?(?:more|fewer|less|extra|additional|higher|lower)\b(?! than)", reading.text[figure.end :]
    )
    return "by" if more else before[1] if before else ""


def strange_name(claim: Reading, source: Reading, change: Change) -> str:
    """A name that stands in the place of other words than a pronoun or a plain description; "" when none does."""
    names = [place for place in change.ours if place in claim.content and claim.words[place].is_capital]
    theirs = [source.words[place] for place in change.theirs]
    there = [source.keys[place] for place in change.theirs]
    strange = [place for place in names if not any(is_same(claim.keys[place], key) for key in there)]
    is_described = len(theirs) > 1 and not any(word.is_capital for word in theirs[1:])
    is_other = len(theirs) > len(change.ours) + 4  # too much for one thing put in another's place
    if not strange or not theirs or is_other or is_described or all(word.low in _POINTING for word in theirs):
        return ""
    return (f"says {' '.join(claim.words[place].text for place in strange)}, "
            f"but the source says {' '.join(word.text for word in theirs)}")  # fmt: skip


def _items(reading: Reading, places: range) -> Iterator[Figure | Day]:
    """The figures and days that have a word among `places`."""
    if places:
        start, end = reading.words[places[0]].start, reading.words[places[-1]].end
        items: tuple[Figure | Day, ...] = (*reading.figures, *reading.days)
        yield from (item for item in items if item.start < end and item.end > start)


def _is_said(item: Figure | Day, other: Figure | Day) -> bool:
    if isinstance(item, Figure) and isinstance(other, Figure):
        is_rounded = item.slack != other.slack and item.fits(other)
        same = item.value == other.value or is_rounded
        return same and not item.unit_differs(other) and item.is_ordinal == other.is_ordinal
    return isinstance(item, Day) and isinstance(other, Day) and item.agrees(other)


def _is_alike(item: Figure | Day, other: Figure | Day) -> bool:
    """Whether one can stand in the place of the other: days, or figures of one unit."""
    if isinstance(item, Figure) and isinstance(other, Figure):
        return not item.unit_differs(other)
    return isinstance(item, Day) and isinstance(other, Day)


def _beside(reading: Reading, item: Figure | Day) -> set[tuple[str, str]]:
    """The words before and after, each marked with its side."""
    before = [word for word in reading.words if word.end <= item.start][-1:]
    after = [word for word in reading.words if word.start >= item.end][:1]
    return {("before", word.stem) for word in before} | {("after", word.stem) for word in after}
