"""Where sources differ on a figure, a day or an outcome, or name another holder of an office. Doubt keeps it quiet."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import cache, lru_cache
from itertools import combinations
from typing import Literal

from index.english.dates import CALENDAR, Day
from index.english.names import key, read_names
from index.english.numbers import Figure
from index.english.wording import Reading, opposed, opposites, read
from index.english.words import LIGHT, read_words, stems
from rag.answer import Note
from rag.copies import days_apart
from rag.evidence import Evidence
from rag.extracting import SURE, Pick, holds, lead
from rag.question import AFTER, Question

_BOUND = ("when", "who", "where")  # kinds whose answer is a day or a name
_Kind = Literal["conflict", "outdated"]
_Told = tuple[Evidence, str]  # a sentence and its words that differ
_Words = tuple[str, str]  # ours and theirs, in which two sentences differ
_ONE_EVENT = 10  # days between two articles that may tell of one event, or within which what is so is not news yet
_ROUNDED = 0.05  # how far apart two figures may lie that are one, told roughly
_ROOT = 6  # letters of a stem that count: renovate, renovation
_SYNONYMS = (  # beside a figure or an event
    "die died dead death kill killed fatality victim toll lives", "injured injure injury wounded wound hurt",
    "arrest detain detained custody", "cost price pay paid worth charge", "march protest rally", "begin start began",
    "attend spectator watch audience participant part", "inhabitant population resident", "buy bought purchase",
    "win won winner victory receive received awarded went", "meet met held",
)  # fmt: skip
_VAGUE = LIGHT | set(
    "peopl person mani much big tall high long old far larg fast deep heavi took take taken found".split()
)
_HOW_MUCH = re.compile(r"(?:for |by )?how (?!did|do|is|are|was|were|ha|can|will|would)\w+|what (?:is|was) the\b", re.I)
_STATE = re.compile(r"(?:[\w' ]+? )?(?:is|are|does|do|has|have|will)\b(?! been)", re.IGNORECASE)
# Of these there is one answer, ever or for an event; of who criticised a law there are many.
_ONCE = re.compile(r"\b(?:born|founded|invented|discovered|designed|wrote|written|built|directed)\b")
_NAMED = re.compile(r"[A-Z][\w’'-]*(?: (?:of |al-|de )?[A-Z][\w’'-]*)*")
_DEED = re.compile(
    rf"{_ONCE.pattern}|\b(?:won|wins?|winner|beat|elected|appointed|receive[sd]?|awarded|went to|die[ds]?|met|meet|held"
    r"|t[ao]+ke? place|land(?:ed)?|crash(?:ed)?|happen(?:ed)?|captured|shot|scored|found|buried|signed)\b"
)
_PLACE = re.compile(
    rf"\b(?i:in|at|on|near|off|outside|across|of|for) (?:the |its |their |his |her )?"
    rf"(?!{'|'.join(CALENDAR)})([A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)"
)
# The day of a statement is not that of what it tells.
_SAID_ON = re.compile(r"\b(?:said|says|told|announced|reported|according to)\b[^,.;]{0,25}$")
_RISEN = re.compile(r"\b(?:rose|rises|rising|risen|climb\w*|grew|grown|increas\w*|now)\b")
_DENIED = re.compile(r"\b(?:not|rather than|instead of) $")
_OF_WHAT = re.compile(
    r"(?: ?%)?(?:[ -](?!(?:an?|the|in|of|to|and|or|for|at|on|by|from|with|as|per|was|were|is|are"
    r"|ha[sd]|have)\b)[^\W\d_]+){0,2}"
)

_NAME = re.compile(r"[A-Z][\w’'.-]*[ -](?:al-|de |van |von |bin )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_OFFICE = re.compile(
    r"Who (?:is|are|leads|heads|runs|commands|chairs|governs|manages|coaches)"
    r" (?:the |now |currently |current |new )*(?P<office>.+?)\?*$"
)
# Whoever is named in a sentence with one of these may not hold the office, or not any more.
_NOT_NOW = re.compile(
    r"\b(?:former\w*|ex|deputy|vice|acting|then|late|outgoing|designate|candidate|nominee|next|future|once|until|not"
    r"|(?:was|were)(?! (?:named|appointed|elected))|kill\w*|assassinat\w*|died|death|slain|martyr\w*|resign\w*|oust\w*"
    r"|sack\w*|fired|dismiss\w*|stepped|bur(?:ied|ial)|founding|first(?= (?:prime|president|leader|head))|predecessor"
    r"|founder)\b", re.IGNORECASE
)  # fmt: skip


def beside(question: Question, picks: Sequence[Pick], evidence: Sequence[Evidence]) -> tuple[list[Pick], list[Note]]:
    """The picks with all that others say otherwise than one of them, and a note of who says it and when; or no note."""
    shown = [item for item in evidence if any(holds(pick, item) for pick in picks)]
    kind, sides = _dispute(question, shown, evidence)
    told = "; ".join(f"{lead(item.article)} {words}" for item, words in sides)
    others = [Pick(item.article, item.start, item.end, item.text) for item, _ in sides if item not in shown]
    opening = "Sources differ" if kind == "conflict" else "This has changed, or has been corrected"
    return [*picks, *others], [Note(kind, f"{opening}. {told}.")] if sides else []


def _dispute(question: Question, shown: Sequence[Evidence], evidence: Sequence[Evidence]) -> tuple[_Kind, list[_Told]]:
    """The first shown sentence that others dispute, and these, each with the words that differ; [] if none is."""
    held = _holders(question, evidence)
    if held is not None:
        return "outdated", held if len(held) > 1 and any(item in shown for item, _ in held) else []
    bearing = [item for item in evidence if item.corrects or (question.names and _bears_on(question, item))]
    for ours in shown:
        against = [(kind, other, words) for other in bearing if (kind := _kind_of(question, ours, other))
                   and (words := _differing(question, ours, other))]  # fmt: skip
        if against:
            first, _, said = against[0]
            others = {theirs: (item, theirs) for kind, item, (_, theirs) in reversed(against) if kind == first}
            sides = [(ours, said[0]), *others.values()]
            return first, sorted(sides, key=lambda side: (side[0].article.published or "", side[0].corrects))
    return "conflict", []


def _bears_on(question: Question, item: Evidence) -> bool:
    """Whether its passage has all names of the question, and the sentence enough of its other words."""
    core, named, words = _core(question), _roots(*question.names), read_words(item.text)
    is_of_them = named <= _roots(item.text) or not read_names(words, item.text)  # "Tarle, 61" is not of Kessing
    is_sure = item.words_odds >= SURE and is_of_them and AFTER not in question.text
    is_told = bool(core) or question.kind == "yes_no"
    is_enough = is_sure or (is_told and 2 * len(core & _roots(item.text)) >= len(core))
    return is_enough and _told(item) >= named


def _kind_of(question: Question, ours: Evidence, other: Evidence) -> _Kind | None:
    """What a difference would be, by the articles' days and outlets; None if the sentences may tell two things."""
    if ours.article == other.article:
        return "outdated" if ours.corrects != other.corrects else None
    is_bearing = question.names and _bears_on(question, ours) and _bears_on(question, other)
    if not is_bearing or ours.timely != other.timely or not _is_same_matter(question, ours, other):
        return None
    apart, is_state = days_apart(ours.article, other.article), question.kind != "when" and _STATE.match(question.text)
    if _ONCE.search(question.text) or apart is None:
        return "conflict" if is_state or apart is not None else None
    if apart > _ONE_EVENT:
        return "outdated" if is_state and _core(question) <= _roots(ours.text) & _roots(other.text) else None
    is_update = ours.article.publisher in {other.article.publisher} - {None} or _rises(ours, other)
    return "outdated" if apart and is_update else "conflict"


def _rises(ours: Evidence, other: Evidence) -> bool:
    """Whether the older of two tells of "at least" so many, and the newer that they are more by now."""
    older, newer = sorted((ours, other), key=lambda item: item.article.published or "")
    return any(figure.slack > 0 for figure in _read(older).figures) and bool(_RISEN.search(newer.text))


def _holders(question: Question, evidence: Sequence[Evidence]) -> list[_Told] | None:
    """Whom the articles name as holders of the office asked about, in time; [] if times overlap, None if no office."""
    asked = _OFFICE.match(question.text)
    if asked is None or question.days or asked["office"].istitle():
        return None
    named_by: dict[str, list[_Told]] = {}  # by the last word of the name: titles and first names may be left out
    for item in sorted(evidence, key=lambda item: item.article.published or ""):
        name, published = _NAME.search(_words(item)), item.article.published or ""
        is_past = any(year < published[:4] for year in re.findall(r"\b(?:1\d|20)\d\d\b", item.text))
        is_of_it = _roots(asked["office"]) <= _roots(item.text)
        is_new = name and not _roots(name.group()) & _roots(question.text)
        if name and is_new and is_of_it and published and not is_past and not _NOT_NOW.search(item.text):
            named_by.setdefault(key(name.group().split()[-1].lower()), []).append((item, name.group()))
    parts = [set(re.split("[ -]", told[0][1])) for told in named_by.values()]
    if any(one <= other or other <= one for one, other in combinations(parts, 2)):
        return []
    times = [[item.article.published or "" for item, _ in told] for told in named_by.values()]
    is_overlap = any(days[-1] >= later[0] for days, later in zip(times, times[1:], strict=False))
    return [] if is_overlap else [max(told, key=lambda side: side[0].score) for told in named_by.values()]


def _words(item: Evidence) -> str:
    """The words that the reader takes for the answer, whether it is sure of them or not."""
    return item.text[slice(*item.words)] if item.words else ""


def _is_same_matter(question: Question, ours: Evidence, other: Evidence) -> bool:
    """Whether neither sentence has a day, a place or an asked word that the other is not about."""
    asked, core = _roots(*question.words), _core(question)
    for one, two in ((ours, other), (other, ours)):
        places = _PLACE.findall(one.text) if question.kind not in _BOUND else []
        if not core & _roots(one.text) <= _told(two) or not _roots(*places) <= _told(two) | asked:
            return False
    days = [_days(item) for item in (ours, other)]
    are_apart = all(days) and not any(day.agrees(told) for day in days[0] for told in days[1])
    return are_apart == (question.kind == "when") or (are_apart and _rises(ours, other))


def _differing(question: Question, ours: Evidence, other: Evidence) -> _Words | None:
    """The words in which two sentences of one matter answer otherwise, each with one answer."""
    if ours.article == other.article:
        said = [[item.text[slice(*span)] for span in item.answers] for item in (ours, other)]
        return (said[0][0], said[1][0]) if all(said) and not {*said[0]} & {*said[1]} else None
    if question.kind in ("who", "where"):
        return _names_differ(question, ours, other)
    if question.kind == "yes_no":
        return _outcomes_differ(question, ours, other)
    if question.kind == "when":
        return _one_each(*({item.text[day.start : day.end] for day in _days(item)} for item in (ours, other)))
    is_how_much = question.kind in ("how", "what") and _HOW_MUCH.match(question.text)
    return _figures_differ(question, ours, other) if is_how_much or question.kind == "how_many" else None


def _names_differ(question: Question, ours: Evidence, other: Evidence) -> _Words | None:
    """The one name of each of which the other's passage has no word, where there can be but one answer."""
    deeds = [_roots(*_DEED.findall(text)) for text in (question.text, ours.text, other.text)]
    names = [set(_NAMED.findall(_words(item))) for item in (ours, other)]
    new = [{name for name in found if not _roots(name) & _told(item)}
           for found, item in zip(names, (other, ours), strict=True)]  # fmt: skip
    return _one_each(*new) if deeds[0] & deeds[1] & deeds[2] else None


def _outcomes_differ(question: Question, ours: Evidence, other: Evidence) -> _Words | None:
    """What one of them denies, or the words for two opposite outcomes, one of which is asked about."""
    is_denied = [item.stance == "denied" for item in (ours, other)]
    if is_denied[0] != is_denied[1]:
        return ("no", "yes") if is_denied[0] else ("yes", "no")
    said = opposed(_read(ours), _read(other))
    asked = {form for stem in question.words for form in (stem, *opposites().get(stem, ()))}
    is_name = said and (said[0].is_capital or said[1].is_capital)  # "the Defense Department"
    is_told = said and said[0].stem in asked and not (is_name or any(is_denied))
    return (said[0].text, said[1].text) if said and is_told else None


def _figures_differ(question: Question, ours: Evidence, other: Evidence) -> _Words | None:
    """The figure in question of each, with the words behind it; None when both may be so."""
    asked = _roots(*question.words) - _VAGUE | {"peopl"}
    found = _likeliest(asked, ours), _likeliest(asked, other)
    if found[0] is None or found[1] is None:
        return None
    (one, counted), (two, others) = found[0], found[1]
    words = _figure(ours, one) + counted, _figure(other, two) + others
    if one.value == two.value and one.unit != two.unit and one.unit and two.unit:
        return words  # 5 percent or 5 percentage points
    low, high = sorted((one, two), key=lambda figure: figure.value)
    is_about = high.value - low.value <= _ROUNDED * high.value or low.fits(high) or high.fits(low)
    beside = {figure.value for item in (ours, other) for figure in _read(item).figures} - {low.value, high.value}
    is_told = {high.value - low.value, high.value / (low.value or 1)} & beside or any(
        {low.value, high.value} <= {figure.value for figure in _read(item).figures if not _DENIED.search(
            item.text[: figure.start])} for item in (ours, other))  # fmt: skip
    return words if (one.unit, one.rate) == (two.unit, two.rate) and not (is_about or is_told) else None


def _figure(item: Evidence, figure: Figure) -> str:
    """Its words, without the capital of a sentence's first word."""
    words = item.text[figure.start : figure.end]
    return words if figure.start else words[:1].lower() + words[1:]


def _likeliest(asked: Set[str], item: Evidence) -> tuple[Figure, str] | None:
    """The figure that is the only one, or the only one of what is asked, and the words behind it that say of what."""
    figures = [figure for figure in _read(item).figures if not figure.is_ordinal]
    start, end = item.words or (0, 0)
    figures = [figure for figure in figures if figure.start < end and figure.end > start] or figures
    found = [(figure, match[0]) for figure in figures if (match := _OF_WHAT.match(item.text, figure.end))]
    of_it = [told for told in found if asked & _roots(told[1])]
    return of_it[0] if len(of_it) == 1 else found[0] if len(found) == 1 else None


def _one_each(ours: Set[str], theirs: Set[str]) -> _Words | None:
    return (next(iter(ours)), next(iter(theirs))) if len(ours) == len(theirs) == 1 and ours != theirs else None


def _core(question: Question) -> Set[str]:
    """What a question says besides names; not a word that has an opposite, where it asks whether something is so."""
    words = {*question.words} - (opposites().keys() if question.kind == "yes_no" else set())
    return _roots(*words) - _roots(*question.names) - _VAGUE


def _days(item: Evidence) -> list[Day]:
    return [day for day in _read(item).days if (day.year or day.day or day.weekday is not None)
            and not _SAID_ON.search(item.text[: day.start])]  # fmt: skip


def _told(item: Evidence) -> Set[str]:
    return _roots(item.article.title, item.found.passage.text)


@lru_cache(maxsize=256)
def _read(item: Evidence) -> Reading:
    return read(item.text, item.article.published)


@lru_cache(maxsize=1024)
def _roots(*texts: str) -> Set[str]:
    return frozenset(map(_root, stems(" ".join(texts))))


@cache
def _root(stem: str) -> str:
    return next((group.split()[0] for group in _SYNONYMS if stem in (*group.split(), *stems(group))), stem)[:_ROOT]
