"""The LlamaIndex face of the path: its events, and a query engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import Response
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.events.query import QueryEndEvent, QueryStartEvent
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.records import Filters
from index.store import Store
from rag.answer import Answer, Citation, Shown
from rag.answering import Asked, answered
from rag.question import checked_question

if TYPE_CHECKING:
    from rag.writing import Writer

_dispatcher = get_dispatcher(__name__)


def stream(
    store: Store, embedder: BaseEmbedding, asked: Asked, writer: Writer | None = None
) -> Iterator[Shown | Answer]:
    """What `rag.answering.answered` yields; LlamaIndex sees a query start and end."""
    _dispatcher.event(QueryStartEvent(query=QueryBundle(asked.standalone)))
    for event in answered(store, embedder, asked, writer):
        if isinstance(event, Answer):
            _dispatcher.event(QueryEndEvent(query=QueryBundle(asked.standalone), response=_response(event)))
        yield event


class CitedQueryEngine(BaseQueryEngine):
    """The LlamaIndex face of the path: a Response whose source nodes are the quotes, with their offsets.

    `response.metadata["answer"]` is our Answer; a refusal's response has no source nodes.
    """

    def __init__(
        self, store: Store, embedder: BaseEmbedding, filters: Filters | None = None, *, writer: Writer | None = None
    ) -> None:
        super().__init__(callback_manager=None)
        self._store, self._embedder, self._writer = store, embedder, writer
        self._filters = filters or Filters()

    def _query(self, query_bundle: QueryBundle) -> Response:
        question = checked_question(query_bundle.query_str)
        asked = Asked(question, question, self._filters)
        events = answered(self._store, self._embedder, asked, self._writer)
        return _response(next(event for event in events if isinstance(event, Answer)))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _response(answer: Answer) -> Response:
    return Response(
        response=answer.text,
        source_nodes=[_source_node(citation, answer.confidence) for citation in answer.citations],
        metadata={"answer": answer},
    )


def _source_node(citation: Citation, score: float) -> NodeWithScore:
    known = {name: getattr(citation, name) for name in "root path title publisher published url page".split()}
    node = TextNode(
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata={name: value for name, value in known.items() if value},
    )
    return NodeWithScore(node=node, score=score)
