"""Finding passages: full text and vectors together, within what the question's time allows."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import PrivateAttr

from index.article import UserError
from index.catalog import Snapshot
from index.english.words import stems, words_by_stem
from index.records import ArticleRow, Filters, Passage
from index.store import REBUILD_HINT, Store
from rag.question import Question, understand

DEPTH = 200  # passages each search contributes before fusion
LOOKED_AT = 100  # of those that get a second look
HEAD_WEIGHT = 1.0  # of title, publisher and date against the text, in BM25
PER_ARTICLE = 3
_MAX_TERMS = 40
_NAMED_BONUS = 0.25  # for the outlet or the days that the question names, on the scale of the score
# Of the second look, round and set by hand: what is found hardly changes when one is halved or doubled.
_WEIGHTS: Mapping[str, float] = {"cosine": 1.0, "bm25": 1.0, "coverage": 0.5, "before": 0.5, "opens": 0.2}
_RECENT = 0.35  # twice: half-lives of two weeks (news) and a year (what is still so), when the question asks for news


@dataclass(frozen=True)
class Found:
    """A passage that was found. `score` is 0 to about 1, `cosine` and `bm25` (0: not among its best) as measured."""

    passage: Passage
    score: float
    cosine: float
    bm25: float


@dataclass(frozen=True)
class SearchResult:
    """A passage as `search` returns it: `text` is its article's text[start:end]."""

    root: str
    path: str
    title: str
    publisher: str | None
    published: str | None
    start: int
    end: int
    text: str
    score: float

    @classmethod
    def of(cls, found: Found) -> SearchResult:
        passage, article = found.passage, found.passage.article
        return cls(article.root, article.path, article.title, article.publisher, article.published,
                   passage.start, passage.end, passage.text, round(found.score, 4))  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The fields in their order, as `rag search --json` prints them."""
        return asdict(self)


def search(
    store: Store,
    snapshot: Snapshot,
    embedder: BaseEmbedding,
    question: Question,
    filters: Filters,
    *,
    limit: int = 10,
    per_article: int = PER_ARTICLE,
) -> list[Found]:
    """The best passages for a question, best first, at most `per_article` of one article."""
    vector = embedder.get_query_embedding(question.text or " ")
    words = dict(list(words_by_stem(question.text).items())[:_MAX_TERMS])
    bm25 = dict(snapshot.search_any(words, DEPTH, filters, HEAD_WEIGHT)) if words else {}
    first = fuse(dict(store.nearest(snapshot, vector, DEPTH, filters)), bm25)
    keys = sorted(first, key=lambda key: (-first[key], key))[: max(LOOKED_AT, limit)]
    passages = snapshot.passages([*keys, *(key - 1 for key in keys)])
    asked = np.asarray(vector, np.float32) / max(float(np.linalg.norm(vector)), 1e-12)
    cosines = {key: float(np.frombuffer(row, np.float32) @ asked) for key, row in snapshot.vectors(ids=list(passages))}
    if len(cosines) < len(passages):
        raise UserError("The vectors of some passages are missing from the index.", REBUILD_HINT)
    scores = _second_look(question, cosines, {key: bm25.get(key, 0.0) for key in keys}, passages, snapshot)
    today = filters.as_of or snapshot.counts()[2]
    scores = {key: score + _bonus(question, passages[key].article, today) for key, score in scores.items()}
    best: list[Found] = []
    taken: Counter[tuple[str, str]] = Counter()
    for key in sorted(scores, key=lambda key: (-scores[key], key)):
        article = passages[key].article
        taken[article.root, article.path] += 1
        if taken[article.root, article.path] <= per_article:
            best.append(Found(passages[key], scores[key], cosines[key], bm25.get(key, 0.0)))
        if len(best) == limit:
            break
    return best


def fuse(*rankings: Mapping[int, float]) -> dict[int, float]:
    """Scale each ranking to 0..1 over what it found, and average; what one did not find counts 0 there.

    >>> fuse({1: 0.9, 2: 0.5}, {2: 7.0, 3: 3.0})
    {1: 0.5, 2: 0.5, 3: 0.0}
    """
    fused: dict[int, float] = {}
    for ranking in rankings:
        for key, scaled in _scaled(ranking).items():
            fused[key] = fused.get(key, 0.0) + scaled / len(rankings)
    return fused


def _second_look(
    question: Question,
    cosines: Mapping[int, float],
    bm25: Mapping[int, float],
    passages: Mapping[int, Passage],
    snapshot: Snapshot,
) -> dict[int, float]:
    """Score the passages that `bm25` names with all that is known of them, their title and the passage before."""
    rarity = word_rarity(question, snapshot)
    follows = {key: key - 1 in passages and passages[key - 1].article == passages[key].article for key in bm25}
    terms = {
        "cosine": _scaled({key: cosines[key] for key in bm25}),
        "bm25": _scaled(bm25),
        "coverage": {key: share(_words(passages[key]), rarity) for key in bm25},
        "before": {key: cosines[key - 1 if follows[key] else key] for key in bm25},
        "opens": {key: float(not follows[key]) for key in bm25},
    }
    total = sum(_WEIGHTS.values())
    return {key: sum(_WEIGHTS[name] * values[key] for name, values in terms.items()) / total for key in bm25}


def _words(passage: Passage) -> set[str]:
    return set(stems(f"{passage.article.title} {passage.text}"))


def word_rarity(question: Question, snapshot: Snapshot) -> dict[str, float]:
    """How rare each of the question's words is in the index: ln(1 + (N - n + .5) / (n + .5)), as in BM25."""
    passages = max(1, snapshot.counts()[1])
    frequency = snapshot.document_frequency(question.words)
    counts = {word: frequency.get(word, 0) for word in question.words}
    return {word: math.log(1 + (passages - count + 0.5) / (count + 0.5)) for word, count in counts.items()}


def share(words: set[str], rarity: Mapping[str, float]) -> float:
    """The share (0 to 1) of the question's words that are among `words`, weighted by rarity."""
    total = sum(rarity.values())
    return sum(weight for word, weight in rarity.items() if word in words) / total if total else 0.0


def _scaled(values: Mapping[int, float]) -> dict[int, float]:
    low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
    return {key: (value - low) / (high - low) if high > low else 1.0 for key, value in values.items()}


def _bonus(question: Question, article: ArticleRow, today: str | None) -> float:
    bonus = _NAMED_BONUS * any(days.holds(article.published) for days in question.days if not days.is_open)
    bonus += _NAMED_BONUS * (article.publisher in question.publishers)
    if question.is_recent and today:
        age = (date.fromisoformat(today) - date.fromisoformat(article.published)).days if article.published else 365
        bonus += _RECENT * sum(0.5 ** (max(age, 0) / half_life) for half_life in (14, 365))
    return bonus


class ArticleRetriever(BaseRetriever):
    """The LlamaIndex component of `search`: nodes with exact offsets, highest score first.

    Given a snapshot it reads that one; without it, the newest each time.
    """

    def __init__(
        self,
        store: Store,
        embedder: BaseEmbedding,
        filters: Filters | None = None,
        *,
        limit: int = 10,
        snapshot: Snapshot | None = None,
    ) -> None:
        super().__init__(callback_manager=None)
        self._store, self._embedder, self._snapshot = store, embedder, snapshot
        self._filters, self._limit = filters or Filters(), limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if self._snapshot is not None:
            return self._search(query_bundle, self._snapshot)
        with self._store.catalog.snapshot() as snapshot:
            return self._search(query_bundle, snapshot.within(self._filters))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _search(self, asked: QueryBundle, snapshot: Snapshot) -> list[NodeWithScore]:
        known = asked.question if isinstance(asked, _Asked) else None
        question = known or understand(asked.query_str, snapshot.publishers(), self._filters.as_of)
        found = search(self._store, snapshot, self._embedder, question, self._filters, limit=self._limit)
        return [NodeWithScore(node=to_node(item), score=item.score) for item in found]


class FoundNode(TextNode):
    """The passage as LlamaIndex knows it: text, offsets in its article, and what is known of the article."""

    _found: Found = PrivateAttr()


def to_node(found: Found) -> FoundNode:
    passage = found.passage
    article = {key: value for key, value in asdict(passage.article).items() if value not in (None, ())}
    node = FoundNode(
        id_=f"{passage.article.root}/{passage.article.path}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        extra_info={**article, "passage": passage.id, "cosine": found.cosine, "bm25": found.bm25},
        excluded_llm_metadata_keys=["pages"],
        excluded_embed_metadata_keys=["pages"],
    )
    node._found = found
    return node


@dataclass
class _Asked(QueryBundle):
    question: Question = field(kw_only=True)


def find(
    store: Store, embedder: BaseEmbedding, question: Question, filters: Filters, snapshot: Snapshot
) -> tuple[Found, ...]:
    """The best passages for a question, by way of the LlamaIndex component, whose events tracing tools see."""
    retriever = ArticleRetriever(store, embedder, filters, snapshot=snapshot)
    nodes = retriever.retrieve(_Asked(question.text, question=question))
    return tuple(item.node._found for item in nodes if isinstance(item.node, FoundNode))
