"""Finding passages: full text and vectors together, within what the question's time allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.catalog import Snapshot
from index.records import ArticleRow, Filters, Passage
from index.store import Store
from rag.question import Question, stems, understand

DEPTH = 200  # passages each search contributes before fusion
HEAD_WEIGHT = 1.0  # of title, publisher and date against the text, in BM25
PER_ARTICLE = 3
_MAX_TERMS = 40
_NEIGHBOUR_SHARE = 0.2
_NAMED_BONUS = 0.25  # for the outlet or the days that the question names, on the scale of the fused score


@dataclass(frozen=True)
class Found:
    """A passage that was found. `score` is fused (0 to about 1), `cosine` and `bm25` are as measured."""

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
    cosines = dict(store.nearest(snapshot, vector, DEPTH, filters))
    words = match_any(stems(question.text))
    bm25 = dict(snapshot.search_words(words, DEPTH, filters, HEAD_WEIGHT)) if words else {}
    fused = fuse(cosines, bm25)
    passages = snapshot.passages(list(fused))
    fused = _add_neighbours(fused, passages)
    scores = {key: fused[key] + _named_bonus(question, passage) for key, passage in passages.items()}
    best: list[Found] = []
    taken: Counter[tuple[str, str]] = Counter()
    for key in sorted(scores, key=lambda key: (-scores[key], key)):
        article = passages[key].article
        taken[article.root, article.path] += 1
        if taken[article.root, article.path] <= per_article:
            best.append(Found(passages[key], scores[key], cosines.get(key, 0.0), bm25.get(key, 0.0)))
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
        low, high = min(ranking.values(), default=0.0), max(ranking.values(), default=0.0)
        for key, score in ranking.items():
            scaled = (score - low) / (high - low) if high > low else 1.0
            fused[key] = fused.get(key, 0.0) + scaled / len(rankings)
    return fused


def _add_neighbours(fused: Mapping[int, float], passages: Mapping[int, Passage]) -> dict[int, float]:
    """A passage gains a share of the best other passage of its article: an article found twice is likelier."""
    by_article: dict[ArticleRow, list[int]] = {}
    for key in sorted(passages, key=lambda key: -fused[key]):
        by_article.setdefault(passages[key].article, []).append(key)
    scores = {}
    for keys in by_article.values():
        for key in keys:
            other = next((fused[other] for other in keys if other != key), 0.0)
            scores[key] = fused[key] + _NEIGHBOUR_SHARE * other
    return scores


def match_any(words: Sequence[str]) -> str:
    """An FTS5 expression that any of these words satisfies; each is quoted, so none is syntax."""
    return " OR ".join(f'"{word}"' for word in list(dict.fromkeys(words))[:_MAX_TERMS])


def _named_bonus(question: Question, passage: Passage) -> float:
    bonus = 0.0
    if any(days.holds(passage.article.published) for days in question.days):
        bonus += _NAMED_BONUS
    if passage.article.publisher in question.publishers:
        bonus += _NAMED_BONUS
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
            return self._search(query_bundle.query_str, self._snapshot)
        with self._store.catalog.snapshot() as snapshot:
            return self._search(query_bundle.query_str, snapshot)

    def _search(self, text: str, snapshot: Snapshot) -> list[NodeWithScore]:
        question = understand(text, snapshot.publishers())
        found = search(self._store, snapshot, self._embedder, question, self._filters, limit=self._limit)
        return [to_node(item) for item in found]


def to_node(found: Found) -> NodeWithScore:
    """The passage as LlamaIndex knows it: text, offsets in its article, and what is known of the article."""
    passage = found.passage
    article = {key: value for key, value in asdict(passage.article).items() if value is not None}
    node = TextNode(
        id_=f"{passage.article.root}/{passage.article.path}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={**article, "passage": passage.id, "cosine": found.cosine, "bm25": found.bm25},
    )
    return NodeWithScore(node=node, score=found.score)


def to_found(item: NodeWithScore) -> Found:
    """The passage that a node of this retriever stands for."""
    node, known = item.node, item.node.metadata
    assert isinstance(node, TextNode) and node.start_char_idx is not None and node.end_char_idx is not None
    row: dict[str, Any] = {name: known.get(name) for name in ArticleRow.__dataclass_fields__}
    article = ArticleRow(**row)
    passage = Passage(known["passage"], article, node.start_char_idx, node.end_char_idx, node.text)
    return Found(passage, item.score or 0.0, known["cosine"], known["bm25"])
