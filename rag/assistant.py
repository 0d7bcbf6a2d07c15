"""The Assistant: builds the parts from Settings and holds them together. The Python API."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Unpack

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.llm import LLM
from llama_index.core.schema import Document

from index.article import Article, UserError
from index.changes import Progress
from index.embedding import MiniLM, identity_of
from index.english.dates import written_day
from index.records import ArticleRow, Filters
from index.store import VERSIONS, Store
from index.syncing import SyncReport, rebuild, remove_root, sync_documents, sync_folder
from rag.answer import Answer, Shown, Turn, counted
from rag.answering import Asked
from rag.awaiting import in_thread, last_of
from rag.chat import Chat
from rag.engine import CitedQueryEngine, stream
from rag.limits import Within, check_limits, parse_limits
from rag.question import checked_question, clean_question, understand
from rag.retrieval import ArticleRetriever, SearchResult, search
from rag.settings import Settings, load_settings
from rag.spelling import respelled

if TYPE_CHECKING:
    from rag.writing import Writer

WRITER_SECONDS = 600.0  # the longest that a sync waits for another one to end
SAMPLE_FOLDER = Path(__file__).parent / "sample"


class Assistant:
    """Answers from one store. Open it with `Assistant.open`, close it or use it in a `with`.

    While nobody named a store and there is none, questions are answered from the sample articles (`is_sample`).
    Asking is safe from several threads.
    """

    def __init__(self, settings: Settings, embedder: BaseEmbedding, writer: Writer | None = None) -> None:
        self.settings = settings
        self.embedder = embedder
        self.writer = writer
        self._max_bytes = int(settings.max_file_megabytes * 1_000_000)
        self._lock = RLock()
        self._store: Store | None = None
        self._sample: Store | None = None

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        model: LLM | str | None = None,
        embedder: BaseEmbedding | str | None = None,
        chroma: str | None = None,
        base_url: str | None = None,
    ) -> Assistant:
        """Open the store at `path` (default: the user's data folder). What is None comes from the settings.

        `model` is the name of a model at an OpenAI-compatible endpoint (`base_url`), any LlamaIndex LLM, or "" for
        none; where the settings name none either, answers are the articles' own sentences. `embedder` is "local",
        "openai:NAME" or any LlamaIndex embedding. Raises UserError for settings that are wrong, or a store made by
        another embedder.
        """
        name = embedder if isinstance(embedder, str) else None
        named = model if isinstance(model, str) else None
        settings = load_settings(store=path, embedder=name, chroma=chroma, base_url=base_url, model=named)
        chosen = _embedder(settings.embedder) if embedder is None or isinstance(embedder, str) else embedder
        llm = settings.model if model is None else model
        writer = _writer(llm, settings, chosen) if llm else None
        return cls(settings, chosen, writer)

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store's files. Asking opens them again."""
        with self._lock:
            for store in (self._store, self._sample):
                if store is not None:
                    store.close()
            self._store = self._sample = None

    def use_model(self, model: LLM | str | None, base_url: str | None = None) -> None:
        """Let this language model write the answers from now on, or with None nobody. Raises UserError as `open`."""
        settings = self.settings.model_copy(update={"base_url": base_url}) if base_url else self.settings
        self.writer = None if model is None else _writer(model, settings, self.embedder)

    # Indexing

    def sync(self, folder: str | Path, *, prune: bool = False, progress: Progress | None = None) -> SyncReport:
        """Make the index equal to a folder of articles. Raises UserError; see `index.syncing.sync_folder`.

        Where another thread or process is writing to the store, it waits for that to end, at most ten minutes.
        """
        return sync_folder(
            self._writable(), Path(folder), self.embedder, prune=prune, max_bytes=self._max_bytes, progress=progress
        )

    def sync_documents(
        self, documents: Sequence[Document], *, root: str, prune: bool = False, progress: Progress | None = None
    ) -> SyncReport:
        """Add LlamaIndex Documents as articles of `root`; see `index.syncing.sync_documents`."""
        return sync_documents(self._writable(), documents, self.embedder, root=root, prune=prune, progress=progress)

    def remove(self, root: str) -> SyncReport:
        """Drop a root and its articles from the index; the files stay."""
        return remove_root(self._writable(), root, self.embedder)

    def rebuild(self, progress: Progress | None = None) -> list[SyncReport]:
        """Make the index again from the files: after another version or embedder, or damage."""
        with self._lock:
            self.close()
            identity, server = identity_of(self.embedder), self.settings.chroma
            store = Store(self.settings.store, identity, server=server, check=False, wait_seconds=WRITER_SECONDS)
            with store:
                return rebuild(store, self.embedder, max_bytes=self._max_bytes, progress=progress)

    # Asking

    def ask(self, question: str, **within: Unpack[Within]) -> Answer:
        """The answer, or a refusal, from the articles that `within` lets through."""
        return next(event for event in self.stream(question, **within) if isinstance(event, Answer))

    async def aask(self, question: str, **within: Unpack[Within]) -> Answer:
        """As `ask`, without blocking the event loop."""
        answer: Answer = await last_of(self.astream(question, **within))
        return answer

    def astream(self, question: str, **within: Unpack[Within]) -> AsyncGenerator[Shown | Answer, None]:
        """As `stream`, without blocking the event loop. Closing it early stops the work."""
        return in_thread(lambda: self.stream(question, **within))

    def stream(self, question: str, **within: Unpack[Within]) -> Iterator[Shown | Answer]:
        """Each sentence with its citations as it passes the checks, then the Answer."""
        return self._stream(Asked(question, checked_question(question).strip(), self._filters(within)), self.writer)

    def chat(self, turns: Sequence[Turn] = (), *, with_model: bool = True, **within: Unpack[Within]) -> Chat:
        """A conversation, new or going on from `turns`; what limits it limits all its questions.

        Without `with_model` the answers are the articles' own sentences, also where there is a language model.
        """
        filters = self._filters(within)
        writer = self.writer if with_model else None
        rewrite = writer.rewritten if writer else None
        return Chat(lambda asked: self._stream(replace(asked, filters=filters), writer), turns, rewrite)

    def search(self, query: str, *, limit: int = 10, **within: Unpack[Within]) -> list[SearchResult]:
        """The best passages, best first, every copy of a story among them."""
        filters = self._filters(within)
        query = checked_question(query)
        if not isinstance(limit, int) or limit < 1:
            raise UserError(f"The limit of a search must be at least 1, not {limit!r}.")
        store = self.store
        with store.catalog.snapshot() as everything:
            snapshot = everything.within(filters)
            text = respelled(clean_question(query), snapshot, filters)
            question = understand(text, snapshot.publishers(), filters.as_of)
            found = search(store, snapshot, self.embedder, question, filters, limit=limit, per_article=limit)
        return [SearchResult.of(item) for item in found]

    def _filters(self, within: Within) -> Filters:
        filters = parse_limits(within)
        with self.store.catalog.snapshot() as snapshot:
            return check_limits(filters, snapshot)

    def _stream(self, asked: Asked, writer: Writer | None) -> Iterator[Shown | Answer]:
        yield from stream(self.store, self.embedder, asked, writer)

    # The parts it is made of

    @property
    def store(self) -> Store:
        """The store that questions are answered from. Raises UserError when one was named that is not there."""
        with self._lock:
            if (own := self._own()) is None and "store" in self.settings.model_fields_set:
                message = f"There is no index in '{self.settings.store}'."
                raise UserError(
                    message, "Create it with `rag index FOLDER`, or name no store to ask the sample articles."
                )
            return own or self._sample_store()

    @property
    def retriever(self) -> ArticleRetriever:
        """A LlamaIndex retriever over this store."""
        return ArticleRetriever(self.store, self.embedder)

    @property
    def query_engine(self) -> CitedQueryEngine:
        """A LlamaIndex query engine over this store; its Response carries the Answer."""
        return CitedQueryEngine(self.store, self.embedder, writer=self.writer)

    # What it holds

    @property
    def is_sample(self) -> bool:
        """Whether questions are answered from the sample articles, because there is no index yet. Raises as `store`."""
        return self.store is self._sample

    @property
    def model_host(self) -> str | None:
        """The host that receives text (of a LlamaIndex LLM: its class), or None when none does."""
        if self.writer is None:
            return None
        llm = self.writer.llm
        return str(getattr(llm, "host", None) or type(llm).__name__)

    def articles(self) -> list[ArticleRow]:
        """Every article, by root and path."""
        with self.store.catalog.snapshot() as snapshot:
            return snapshot.article_rows()

    def article(self, root: str, path: str) -> Article | None:
        """One article with its text, or None."""
        with self.store.catalog.snapshot() as snapshot:
            return snapshot.article(root, path)

    def roots(self) -> list[tuple[str, str | None]]:
        """(name, folder) of each root; a root of Documents has no folder."""
        with self.store.catalog.snapshot() as snapshot:
            return snapshot.roots()

    def status(self) -> str:
        """One line: "23 articles, 61 passages, newest 20 February 2024"."""
        with self.store.catalog.snapshot() as snapshot:
            articles, passages, newest = snapshot.counts()
        parts = [counted(articles, "article"), counted(passages, "passage")]
        return ", ".join(parts + ([f"newest {written_day(newest)}"] if newest else []))

    # Stores

    def _own(self) -> Store | None:
        with self._lock:
            if self._store is None and (self.settings.store / "catalog.sqlite").exists():
                self._store = self._open_store(create=False)
            return self._store

    def _writable(self) -> Store:
        with self._lock:
            self._store = self._store or self._open_store(create=True)
            return self._store

    def _open_store(self, *, create: bool) -> Store:
        identity, server = identity_of(self.embedder), self.settings.chroma
        store = Store(self.settings.store, identity, server=server, create=create, wait_seconds=WRITER_SECONDS)
        store.repair()
        return store

    def _sample_store(self) -> Store:
        if self._sample is None:
            identity = identity_of(self.embedder)
            folder = sample_store_folder(self.settings.cache, identity, SAMPLE_FOLDER)
            store = Store(folder, identity, create=True, wait_seconds=WRITER_SECONDS)
            sync_folder(store, SAMPLE_FOLDER, self.embedder)
            self._sample = store
        return self._sample


def _writer(model: LLM | str, settings: Settings, embedder: BaseEmbedding) -> Writer:
    from rag.checking import Checker
    from rag.models import open_model
    from rag.writing import Writer

    llm = open_model(model, settings.base_url) if isinstance(model, str) else model
    return Writer(llm, Checker(lambda texts: np.asarray(embedder.get_text_embedding_batch(list(texts)))),
                  settings.model_seconds)  # fmt: skip


def sample_store_folder(cache: Path, identity: str, sample: Path) -> Path:
    """Where the samples' index lies: one for each embedder, version and place of the samples.

    Two checkouts must not share one, or each sample article would be there twice, as of two roots.
    """
    place = blake2b(str(sample.resolve()).encode(), digest_size=4).hexdigest()
    made_by = re.sub(r"[^A-Za-z0-9]+", "-", f"{identity} {VERSIONS}")
    return cache / f"sample-{made_by}-{place}"


def _embedder(name: str) -> BaseEmbedding:
    if name == "local":
        return MiniLM()
    kind, _, model = name.partition(":")
    if kind == "openai" and model:
        from llama_index.embeddings.openai import OpenAIEmbedding

        chosen: BaseEmbedding = OpenAIEmbedding(model=model)
        return chosen
    raise UserError(f"There is no embedder '{name}'.", "Use `local` or `openai:NAME`.")
