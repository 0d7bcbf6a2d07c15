"""Stand-ins for the slow parts, small articles, and the comparison of an index with its folder."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
from llama_index.core.llms.custom import CustomLLM
from pydantic import PrivateAttr

from index.article import Article
from index.catalog import Snapshot
from index.embedding import identity_of
from index.reading import find_files, read_file, read_overrides
from index.records import Filters
from index.splitting import ArticleSplitter, passage_spans
from index.store import Store
from index.vectors import exact_search
from rag import Assistant
from rag.answer import Answer, Citation, Sentence

_WORDS = (
    "harbour council bridge ferry school budget station museum river market library storm festival engineer "
    "tunnel orchard bakery theatre hospital railway lighthouse garden factory village airport election painter "
    "measured opened repaired postponed rebuilt counted painted visited funded inspected closed voted planted"
).split()


class WordEmbedder(BaseEmbedding):
    """Texts with words in common are alike. `embedded` lists every text that was given to it, in order.

    `dimensions` is the number of numbers in a vector, `length` the length of each.
    """

    dimensions: int = 16
    length: float = 1.0
    _embedded: list[str] = PrivateAttr(default_factory=list)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("model_name", "words")
        super().__init__(**kwargs)

    @property
    def embedded(self) -> tuple[str, ...]:
        """Every text embedded so far, questions left out."""
        return tuple(self._embedded)

    def _get_text_embedding(self, text: str) -> list[float]:
        self._embedded.append(text)
        return self._get_query_embedding(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        vector = np.sum([_of_word(word, self.dimensions) for word in (*query.lower().split(), "")], axis=0)
        return list(map(float, vector * (self.length / np.linalg.norm(vector))))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class Fixed(CustomLLM):
    """A LlamaIndex LLM that says one thing, breaks then if it is to, knows what was asked, and if nobody reads on."""

    says: str
    breaks: bool = False
    ends: str = "stop"
    context: int = 900
    _is_left: threading.Event = PrivateAttr(default_factory=threading.Event)
    _asked: list[str] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> str:
        return self._asked[-1]

    @property
    def is_left(self) -> threading.Event:
        return self._is_left

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="fixed", context_window=self.context)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.says)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Iterator[CompletionResponse]:
        self._asked.append(prompt)
        try:
            for at in range(0, len(self.says), 5):
                yield CompletionResponse(text="", delta=self.says[at : at + 5], raw={"finish_reason": None})
            yield CompletionResponse(text=self.says, delta="", raw={"choices": [{"finish_reason": self.ends}]})
            if self.breaks:
                raise RuntimeError("out of memory")
        except GeneratorExit:
            self._is_left.set()


@cache
def _of_word(word: str, dimensions: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    seed = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).normal(size=dimensions) * (0.01 if word == "" else 1.0)


def story(seed: int, sentences: int = 6) -> str:
    """A small article: a title, an empty line and sentences that another seed does not share."""
    chance = Random(seed)
    lines = [f"The {' '.join(chance.choices(_WORDS, k=9))} of place {seed}-{number}." for number in range(sentences)]
    return f"{chance.choice(_WORDS).title()} report number {seed}\n\n{' '.join(lines)}\n"


def write(folder: Path, files: Mapping[str, str | bytes], *, age_seconds: float = 60) -> None:
    """Write files into a folder, by relative path, as if that many seconds ago."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        made = path.stat().st_mtime_ns - int(age_seconds * 1e9)
        os.utime(path, ns=(made, made))


def open_store(folder: Path, embedder: BaseEmbedding, **options: Any) -> Store:
    """The store in `folder`, made if it is not there."""
    return Store(folder, identity_of(embedder), create=True, **options)


def articles_of(folder: Path, root: str) -> dict[str, Article]:
    """What a folder holds now, read afresh, by path."""
    overrides, _ = read_overrides(folder)
    read = [read_file(folder, file.path, root, overrides)[0] for file in find_files(folder)[0]]
    return {article.path: article for articles in read for article in articles}


def check_index(store: Store, folder: Path, root: str = "news") -> None:
    """Fails unless the index holds the folder's articles, each passage of them once, with words and vector."""
    expected = articles_of(folder, root)
    with store.catalog.snapshot() as snapshot:
        assert {path: sha256 for path, (_, sha256) in snapshot.digests(root).items()} == {
            path: article.sha256 for path, article in expected.items()
        }
        words = ArticleSplitter().passage_words
        spans = {path: passage_spans(article.text, article.body, words) for path, article in expected.items()}
        ids = {path: snapshot.passage_ids(root, [path]) for path in expected}
        for path, article in expected.items():
            found = snapshot.passages(ids[path]).values()
            assert sorted((passage.start, passage.end) for passage in found) == sorted(spans[path])
            assert all(article.text[passage.start : passage.end] == passage.text for passage in found)
    check_store(store)


def check_store(store: Store) -> None:
    """Fails unless every passage has one row of words and one vector, and every search structure agrees."""
    with closing(sqlite3.connect(store.catalog.path)) as catalog:
        passages = {row[0] for row in catalog.execute("SELECT id FROM passages")}
        assert {row[0] for row in catalog.execute("SELECT rowid FROM words")} == passages
        kept = {row[0] for row in catalog.execute("SELECT hash FROM vectors")}
        assert {row[0] for row in catalog.execute("SELECT hash FROM passages")} == kept
        articles = {row[0] for row in catalog.execute("SELECT id FROM articles")}
        assert {row[0] for row in catalog.execute("SELECT article FROM passages")} <= articles
        catalog.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    with store.catalog.snapshot() as snapshot:
        pointer = snapshot.pointer()
        assert store.vectors.is_sound(pointer.generation, pointer.size)
        if pointer.size:
            one = np.frombuffer(next(snapshot.vectors())[1], dtype=np.float32)
            found = [key for key, _ in store.vectors.search(pointer.generation, pointer.size, one, pointer.size) or ()]
            assert len(found) == len(set(found)) == pointer.size, "Chroma does not hold what the catalog says"
            assert {key for key in passages if key <= pointer.top} <= set(found)
        for _, vector in list(snapshot.vectors())[:3]:
            check_nearest(store, snapshot, np.frombuffer(vector, dtype=np.float32).tolist())


def check_nearest(store: Store, snapshot: Snapshot, vector: Sequence[float], limit: int = 10, **filters: Any) -> None:
    """Fails unless the search finds what comparing every passage that may be seen finds."""
    limits = Filters(**filters)
    unit = np.asarray(vector, dtype=np.float32)
    allowed = snapshot.allowed(limits)
    seen = [pair for pair in snapshot.vectors() if allowed is None or pair[0] in set(allowed)]
    expected = exact_search(seen, unit / np.linalg.norm(unit))
    found = store.nearest(snapshot, vector, limit, limits)
    cosines = dict(expected)
    assert len({key for key, _ in found}) == len(found) == min(limit, len(expected))
    assert all(abs(cosines[key] - cosine) < 1e-4 for key, cosine in found)
    assert np.allclose([cosine for _, cosine in found], [cosine for _, cosine in expected[:limit]], atol=1e-4)


@contextmanager
def open_samples(place: Path) -> Iterator[Assistant]:
    """The assistant of a person who has no index yet, and whose data folder is `place`: the samples answer."""
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(place)
    try:
        opened = Assistant.open()
    finally:
        os.environ.pop("XDG_DATA_HOME") if before is None else os.environ.update(XDG_DATA_HOME=before)
    with opened:
        yield opened


def answer(*said: tuple[str, str], **fields: Any) -> Answer:
    """An answer of (sentence, path) pairs, each sentence citing the whole of its article; a refusal without any."""
    whole = [Citation(n, "news", path, path, text, 0, len(text), "utf-8") for n, (text, path) in enumerate(said, 1)]
    sentences = tuple(Sentence(cited.quote, "", (cited.number,), "quoted") for cited in whole)
    text = " ".join(map(str, sentences)) or "The articles do not answer this."
    made = Answer("Who?", "Who?", text, sentences, tuple(whole), not said, 0.9 if said else 0.1)
    return replace(made, **fields)
