"""The answerer with no model: the sentences that answer, word for word, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.article import Span
from index.catalog import Snapshot
from index.records import ArticleRow
from rag.answer import Shown, written_day
from rag.context import leans, quotation, told
from rag.evidence import Evidence
from rag.question import Question, stems

MAX_ANSWERS = 3
MAX_SENTENCES = 5  # with those brought along for sense
MAX_WORDS = 140
MAX_MORE = 5  # sentences beside an answer
MAX_MORE_OF_ONE = 2  # of one article
_NEAR_BEST = 0.6  # how far below the best sentence's score another may lie
_SURE = 0.9  # share of the best coverage of the question's words from which answering words are marked
_SAME = 0.6  # share of common words from which two sentences say the same
_MAX_EMPHASIS = {"who": 1, "where": 1, "when": 2, "how_many": 2}


@dataclass(frozen=True)
class Pick:
    """A sentence chosen for display: `text` is its article's text[start:end]."""

    article: ArticleRow
    start: int
    end: int
    text: str
    emphasis: tuple[Span, ...] = ()


def extract(question: Question, evidence: Sequence[Evidence], snapshot: Snapshot) -> list[Pick]:
    """One to three sentences that answer, each after the one it needs to make sense; never more than five."""
    picks: list[Pick] = []
    chosen: list[str] = []
    near = [item for item in _likely(question, evidence) if item.stance != "planned"]
    fullest = max((item.coverage for item in near if item.answers), default=0.0)
    for item in near:
        if len(chosen) == MAX_ANSWERS:
            break
        is_sure = item.coverage >= _SURE * fullest
        needed = in_context(item, snapshot, question if is_sure else None)
        text = next(pick.text for pick in needed if holds(pick, item))
        if any(says_the_same(text, other) for other in chosen):
            continue
        fitting = [pick for pick in needed if not any(holds(known, pick) for known in picks)]
        words = sum(len(pick.text.split()) for pick in (*picks, *fitting))
        if not picks or (len(picks) + len(fitting) <= MAX_SENTENCES and words <= MAX_WORDS):
            chosen.append(text)
            picks.extend(fitting)
    return picks[:MAX_SENTENCES]


def further(question: Question, evidence: Sequence[Evidence], shown: Sequence[Shown], snapshot: Snapshot) -> list[Pick]:
    """Other sentences that bear on the question and make sense alone, best first; none says what is shown already."""
    said = [event.sentence.text for event in shown]
    said += [citation.quote for event in shown for citation in event.citations]
    picks: list[Pick] = []
    for item in _likely(question, [item for item in evidence if item.stance == "so"]):
        *before, pick = _quoted(item, snapshot)
        is_new = not before and not any(says_the_same(pick.text, text) for text in said)
        if is_new and sum(known.article == pick.article for known in picks) < MAX_MORE_OF_ONE:
            picks.append(pick)
            said.append(pick.text)
        if len(picks) == MAX_MORE:
            break
    return picks


def _likely(question: Question, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """Of the days asked about, the sentences near the likeliest, best first; of the latest on a topic, newest first."""
    timely = [item for item in evidence if item.is_timely] or evidence
    first = next((number for number, item in enumerate(timely) if item.timely == 2), len(timely))
    timely = [item for number, item in enumerate(timely) if number <= first or item.timely == 2]
    near = [item for item in timely if item.score >= timely[0].score - _NEAR_BEST]
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


def in_context(item: Evidence, snapshot: Snapshot, question: Question | None = None) -> list[Pick]:
    """A sentence after those that it needs to make sense; the words that answer the question are marked."""
    *before, pick = _quoted(item, snapshot)
    answers = item.answers[: _MAX_EMPHASIS.get(question.kind, 0)] if question else ()
    moved = [(item.start - pick.start + start, item.start - pick.start + end) for start, end in sorted(answers)]
    return [*before, replace(pick, emphasis=tuple(moved))]


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
