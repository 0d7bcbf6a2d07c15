"""The answerer with no model: the sentences that answer, word for word, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.article import Span
from index.catalog import Snapshot
from index.english.context import leans, quotation, told
from index.english.dates import written_day
from index.english.words import stems
from index.records import ArticleRow
from rag.answer import Shown
from rag.evidence import Evidence
from rag.question import Question

MAX_ANSWERS = 3
MAX_SENTENCES = 5  # with those brought along for sense
MAX_WORDS = 140
MAX_MORE = 5  # sentences beside an answer
MAX_MORE_OF_ONE = 2  # of one article
_NEAR_BEST = 0.6  # how far below the best sentence's score another may lie
_NEAR_ONE, _NEAR_UNSURE = 0.3, 0.5  # the same for a question that asks one thing: where the reader is sure, or not
_NEAR_MORE = 1.5  # the same for what is kept as `more`
_NEAR_COURSE = 1.0  # the same for what happened from first to last
SURE = 1.5  # of the reader (log odds): from here its words are the answer
_SAME = 0.6  # share of common words from which two sentences say the same


@dataclass(frozen=True)
class Pick:
    """A sentence chosen for display: `text` is its article's text[start:end]."""

    article: ArticleRow
    start: int
    end: int
    text: str
    emphasis: tuple[Span, ...] = ()


def extract(
    question: Question, evidence: Sequence[Evidence], snapshot: Snapshot, answers: int = MAX_ANSWERS
) -> list[Pick]:
    """At most so many sentences that answer, each after the one it needs to make sense; never more than five.

    Only in the likeliest are the answering words marked.
    """
    picks: list[Pick] = []
    chosen: list[str] = []
    done = [item for item in evidence if item.stance != "planned"]
    is_sure = _is_sure(_likely(question, done, _NEAR_UNSURE))
    within = _NEAR_BEST if not question.asks_one_thing else _NEAR_ONE if is_sure else _NEAR_UNSURE
    if question.is_course:
        return _in_time(_likely(question, done, _NEAR_COURSE), snapshot)
    for item in _likely(question, done, within):
        if len(chosen) == answers:
            break
        needed = in_context(item, snapshot) if is_sure and not picks else _quoted(item, snapshot)
        text = next(pick.text for pick in needed if holds(pick, item))
        if any(says_the_same(text, other) for other in chosen):
            continue
        fitting = [pick for pick in needed if not any(holds(known, pick) for known in picks)]
        words = sum(len(pick.text.split()) for pick in (*picks, *fitting))
        if not picks or (len(picks) + len(fitting) <= MAX_SENTENCES and words <= MAX_WORDS):
            chosen.append(text)
            picks.extend(fitting)
    return picks[:MAX_SENTENCES]


def _in_time(near: Sequence[Evidence], snapshot: Snapshot) -> list[Pick]:
    """The likeliest sentence of each article, from the oldest to the newest; an undated one comes last."""
    best: dict[ArticleRow, Pick] = {}
    for item in near:
        said = (pick.text for pick in best.values())
        if len(best) < MAX_SENTENCES and not any(says_the_same(item.text, text) for text in said):
            best.setdefault(item.article, _quoted(item, snapshot)[-1])
    return sorted(best.values(), key=lambda pick: pick.article.published or "9")


def _is_sure(near: Sequence[Evidence]) -> bool:
    """Whether the reader is sure of the likeliest of these sentences, and finds no other answer in the rest."""
    answers = [set(stems(item.text[slice(*item.words)])) for item in near if item.words and item.words_odds > 0]
    return bool(near) and near[0].words_odds >= SURE and all(answers[0] & other for other in answers)


def further(question: Question, evidence: Sequence[Evidence], shown: Sequence[Shown], snapshot: Snapshot) -> list[Pick]:
    """Other sentences that bear on the question and make sense alone, best first; none says what is shown already."""
    said = [event.sentence.text for event in shown]
    said += [citation.quote for event in shown for citation in event.citations]
    picks: list[Pick] = []
    for item in _likely(question, [item for item in evidence if item.stance == "so"], _NEAR_MORE):
        *before, pick = _quoted(item, snapshot)
        is_new = not before and not any(says_the_same(pick.text, text) for text in said)
        if is_new and sum(known.article == pick.article for known in picks) < MAX_MORE_OF_ONE:
            picks.append(pick)
            said.append(pick.text)
        if len(picks) == MAX_MORE:
            break
    return picks


def _likely(question: Question, evidence: Sequence[Evidence], within: float) -> Sequence[Evidence]:
    """Of the days asked about, the sentences near the likeliest, best first; of the latest on a topic, newest first.

    `within` is how far below the best score another may lie.
    """
    if not evidence:
        return []
    timely = [item for item in evidence if item.is_timely] or evidence
    first = next((number for number, item in enumerate(timely) if item.timely == 2), len(timely))
    timely = [item for number, item in enumerate(timely) if number <= first or item.timely == 2]
    near = [item for item in timely if item.score >= timely[0].score - within]
    if question.kind == "topic" and question.is_recent:
        near.sort(key=lambda item: item.article.published or "", reverse=True)
    return near


def lead(article: ArticleRow) -> str:
    """Who published it and when: "The Cradle, 17 August 2023:"; the title where the outlet is unknown.

    >>> lead(ArticleRow("r", "a.txt", "Rain", None, "2019-09-21", "Ann Roe", None, "utf-8"))
    '“Rain”, 21 September 2019:'
    """
    name = article.publisher or f"“{article.title.strip('“”')}”"
    return f"{name}, {written_day(article.published)}:"


def says_the_same(text: str, other: str) -> bool:
    """Whether two sentences have most of their words in common."""
    words, others = set(stems(text)), set(stems(other))
    return len(words & others) > _SAME * min(len(words), len(others)) if words and others else text == other


def in_context(item: Evidence, snapshot: Snapshot) -> list[Pick]:
    """A sentence after those that it needs to make sense.

    The words that the reader takes for the answer are marked where it is sure and they are of the kind asked for.
    """
    *before, pick = _quoted(item, snapshot)
    if item.words is None or item.words_odds < SURE:
        return [*before, pick]
    start, end = item.words
    if not any(first < end and last > start for first, last in item.answers):
        return [*before, pick]
    moved = item.start - pick.start
    return [*before, replace(pick, emphasis=((moved + start, moved + end),))]


def _quoted(item: Evidence, snapshot: Snapshot) -> list[Pick]:
    """The sentence, in one with the others of its quotation, after at most two that it needs to make sense."""
    article = snapshot.article(item.article.root, item.article.path)
    inside = [span for span in article.body if span[0] <= item.start < span[1]] if article else []
    around = [(part.start, part.end) for body in inside for part in told(article.text, *body)] if article else []
    here = next((number for number, span in enumerate(around) if span[0] <= item.start < span[1]), None)
    if article is None or here is None:
        return [Pick(item.article, item.start, item.end, item.text)]

    def pick(numbers: range) -> Pick:
        start, end = around[numbers[0]][0], around[numbers[-1]][1]
        return Pick(item.article, start, end, article.text[start:end])

    joined = quotation(article.text, around, here)
    if len(article.text[around[joined[0]][0] : around[joined[-1]][1]].split()) > MAX_WORDS:
        joined = range(here, here + 1)
    picks = [pick(joined)]
    while picks[0].start and leans(picks[0].text) and joined[0] and len(picks) < 3 and not item.asked:
        joined = quotation(article.text, around, joined[0] - 1)
        picks.insert(0, pick(joined))
    return picks


def holds(pick: Pick, part: Pick | Evidence) -> bool:
    """Whether a sentence stands in a pick."""
    return pick.article == part.article and pick.start <= part.start < pick.end
