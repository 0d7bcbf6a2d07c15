"""The answerer with no model: the sentences that answer, word for word, best first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Span
from index.catalog import Snapshot
from index.records import ArticleRow
from index.sentences import sentence_spans
from rag.answer import written_day
from rag.evidence import Evidence
from rag.question import Question, stems

MAX_ANSWERS = 3
MAX_SENTENCES = 5  # with those brought along for sense
MAX_WORDS = 140
_NEAR_BEST = 0.6  # how far below the best sentence's score another may lie
_SAME = 0.6  # share of common words from which two sentences say the same
_MAX_EMPHASIS = {"who": 1, "where": 1, "when": 2, "how_many": 2}
_LEANS = re.compile(
    r"[“\"'(]*(?:He|She|They|It|His|Her|Their|Its|This|That|These|Those|Such|Both|Neither|There|Here|Following the"
    r"|In response|As a result|Consequently|Besides|However|Despite this|Instead|Therefore|But|And|So|Also|Another"
    r"|The (?:source|agency|report|official|spokesman|spokesperson|spokeswoman|statement|visit|talks|move|group|attack"
    r"|incident|decision|deal|agreement|same|latter|former|other|premier|minister|two|three|company|man|woman))\b"
)
_SPEAKS = re.compile(
    r"\b(?:said|says|say|told|tells|added|adds|saying|asked|wrote|remarked|stated|claimed|noted|explained|according to"
    r"|outlined|announced|declared|warned|insisted|replied|tweeted|testified|quoted|argued|cited)\b"
)


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
    chosen: list[Evidence] = []
    for item in _likely(question, evidence):
        if len(chosen) == MAX_ANSWERS:
            break
        if any(says_the_same(item.text, other.text) for other in chosen):
            continue
        fitting = [pick for pick in in_context(item, snapshot, question) if not _holds(picks, pick)]
        words = sum(len(pick.text.split()) for pick in (*picks, *fitting))
        if not picks or (len(picks) + len(fitting) <= MAX_SENTENCES and words <= MAX_WORDS):
            chosen.append(item)
            picks.extend(fitting)
    return picks[:MAX_SENTENCES]


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
    """Who says it and when: "The Cradle, 17 August 2023:"; what is unknown is not made up.

    >>> lead(ArticleRow("r", "a.txt", "T", None, "2019-09-21", "PMOI", None, "utf-8"))
    'PMOI, 21 September 2019:'
    """
    name = article.publisher or article.author or article.path.rpartition("/")[2]
    return f"{name}, {written_day(article.published)}:"


def says_the_same(text: str, other: str) -> bool:
    """Whether two sentences have most of their words in common."""
    words, others = set(stems(text)), set(stems(other))
    return len(words & others) > _SAME * min(len(words), len(others)) if words and others else text == other


def _pick(question: Question, item: Evidence) -> Pick:
    is_year = re.compile(r"(?:19|20)\d\d" if question.kind == "how_many" else "(?!)")
    answers = [span for span in item.answers if not is_year.fullmatch(item.text[slice(*span)])]
    likeliest = answers[: _MAX_EMPHASIS.get(question.kind, 0)]
    return Pick(item.article, item.start, item.end, item.text, tuple(sorted(likeliest)))


def in_context(item: Evidence, snapshot: Snapshot, question: Question | None = None) -> list[Pick]:
    """A sentence between those that it needs to make sense; the words that answer the question are marked."""
    before, after = _context(item, snapshot)
    plain = Pick(item.article, item.start, item.end, item.text)
    return [*before, _pick(question, item) if question else plain, *after]


def _context(item: Evidence, snapshot: Snapshot) -> tuple[list[Pick], list[Pick]]:
    """What this sentence needs to make sense: the sentences before it (at most two), and those that end its quote."""
    if not _leans(item.text) and not _is_open(item.text):
        return [], []
    article = snapshot.article(item.article.root, item.article.path)
    if article is None:
        return [], []
    inside = [span for span in article.body if span[0] <= item.start < span[1]]
    around = [span for body in inside for span in sentence_spans(article.text, *body)]
    picks = [Pick(item.article, start, end, article.text[start:end]) for start, end in around]
    before = [pick for pick in picks if pick.end <= item.start][-2:] if _leans(item.text) else []
    after = [pick for pick in picks if pick.start >= item.end][:2] if _is_open(item.text) else []
    last_standing = max((number for number, pick in enumerate(before) if not _leans(pick.text)), default=0)
    first_closed = next((number for number, pick in enumerate(after) if "”" in pick.text), len(after))
    return before[last_standing:], after[: first_closed + 1]


def _leans(text: str) -> bool:
    """Whether a sentence only makes sense after the one before: a pronoun opens it, or it ends or is a bare quote."""
    if _LEANS.match(text) or text.count("”") > text.count("“"):
        return True
    is_quote = text[0] in "“\"" and not _is_open(text)
    return is_quote and not _SPEAKS.search(re.sub(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)", " ", text))


def _is_open(text: str) -> bool:
    """Whether a quote begins in this sentence and does not end in it: who speaks is said after it."""
    return text.count("“") > text.count("”")


def _holds(picks: Sequence[Pick], pick: Pick) -> bool:
    return any((known.article, known.start) == (pick.article, pick.start) for known in picks)
