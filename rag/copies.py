"""One story once: which articles carry the same text, and how many bear on a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations

from index.article import Article
from index.catalog import Snapshot
from index.english.words import stems
from index.records import ArticleRow
from rag.answer import Note
from rag.evidence import Evidence
from rag.extracting import lead

# Set on the labelled pairs of eval/copies.jsonl. What is cited from a copy stands there word for word.
_SAME = 0.8  # share of the shorter text's shingles that the other has
_UPDATED = 0.45  # share of all shingles of both that both have
_LENGTHS = 0.35  # the shorter text's length against the other's: a caption or a paywall's notice is no copy
_COMPARED = 20_000  # characters
_WITHIN = 21  # days between two copies or versions
_TITLES = 0.25  # share of the shorter title's words that the other has
_BEARS = 0.85  # share of the question's words, by rarity, from which a passage bears on it


def is_one_story(one: Article, other: Article) -> bool:
    """Whether two articles are one text, or versions of it."""
    titles = sorted((set(stems(one.title)), set(stems(other.title))), key=len)
    if (days_apart(one, other) or 0) > _WITHIN or len(titles[0] & titles[1]) < _TITLES * len(titles[0]):
        return False
    shorter, longer = sorted((_shingles(one.text), _shingles(other.text)), key=len)
    if not shorter or len(shorter) < _LENGTHS * len(longer):
        return False
    return len(shorter & longer) >= min(_SAME * len(shorter), _UPDATED * len(shorter | longer))


def told_once(shown: Sequence[ArticleRow], evidence: Sequence[Evidence], snapshot: Snapshot) -> list[Note]:
    """A note beside an answer from these articles: who else carries the story, how many articles bear on it."""
    held = [item.around for item in evidence if item.article in shown]
    near = [item for item in evidence if item.around >= min([_BEARS, *held])]
    relevant = {item.article for item in near if item.around >= _BEARS}
    rows = dict.fromkeys([*shown, *(item.article for item in near)])
    texts = {row: text for row in rows if (text := snapshot.article(row.root, row.path))}
    one = {frozenset(pair) for pair in combinations(texts, 2) if is_one_story(texts[pair[0]], texts[pair[1]])}
    told_by = {row: [other for other in texts if other == row or frozenset((row, other)) in one] for row in texts}
    cited = list(dict.fromkeys(row for row in shown if row in texts))
    outlets = {row.publisher for row in cited}
    carriers = {lead(other)[:-1] for row in cited for other in told_by[row] if other.publisher not in outlets}
    told = [f"Also carried by {'; '.join(sorted(carriers))}."] if carriers else []
    stories = [*cited]
    for row in texts:
        stories += [row] if row in relevant and not {*told_by[row]} & {*stories} else []
    if len(stories) > len(cited):
        told.append(f"{len(stories)} articles are relevant; {len(cited)} {'is' if len(cited) == 1 else 'are'} cited.")
    return [Note("coverage", " ".join(told))] if told else []


def days_apart(one: Article | ArticleRow, other: Article | ArticleRow) -> int | None:
    """The days between two publications; None when either is not known."""
    if one.published is None or other.published is None:
        return None
    return abs((date.fromisoformat(one.published) - date.fromisoformat(other.published)).days)


@lru_cache(maxsize=64)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", text[:_COMPARED].lower())
    return frozenset(zip(*(words[start:] for start in range(5)), strict=False))
