"""From a folder to the index: publishing what changed in it, so that a crash loses nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import Document, MetadataMode

from index import reading
from index.article import Article, Skipped, UserError
from index.catalog import Snapshot
from index.changes import Progress, Source, look_at, tell
from index.english.words import plain
from index.metadata import FIELDS
from index.reading import MAX_FILE_BYTES
from index.records import Change, NewPassage
from index.splitting import ArticleSplitter, to_document
from index.store import Store

_CHUNK = 64  # passages whose vectors are saved together


@dataclass(frozen=True)
class SyncReport:
    """What a sync did, by article path; `embedded` counts the passages that needed a new vector."""

    root: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    embedded: int = 0

    @property
    def articles(self) -> int:
        """How many articles the root holds now."""
        return len(self.added) + len(self.changed) + len(self.unchanged)


def sync_folder(
    store: Store,
    folder: Path,
    embedder: BaseEmbedding,
    *,
    prune: bool = False,
    max_bytes: int = MAX_FILE_BYTES,
    progress: Progress | None = None,
) -> SyncReport:
    """Make the index equal to `folder` (one root of it; other roots stay as they are).

    Raises UserError when the folder is missing or has lost all its articles (unless `prune`), or another writes.
    """
    with store.writing():
        folder = folder.resolve()
        source = look_at(store.catalog, folder, prune=prune, again=False, max_bytes=max_bytes, progress=progress)
        return _apply(store, embedder, [source], again=False, progress=progress)[0]


def sync_documents(
    store: Store,
    documents: Sequence[Document],
    embedder: BaseEmbedding,
    *,
    root: str,
    prune: bool = False,
    progress: Progress | None = None,
) -> SyncReport:
    """Add or change the articles of LlamaIndex Documents under `root`; with `prune` drop its other ones.

    An article's path is the document's `path`, `file_path` or `file_name`, else its id. Title, publisher,
    published, author and url are taken from the metadata of those names. Raises UserError when the root is
    a folder's, or when another process is writing.
    """
    with store.writing():
        with store.catalog.snapshot() as snapshot:
            if dict(snapshot.roots()).get(root) is not None:
                raise UserError(f"The root '{root}' belongs to a folder.", "Use another root for the documents.")
            known = snapshot.digests(root)
        articles, skipped = _read_documents(documents, root)
        kept = frozenset() if prune else frozenset(known) - {*articles, *(skip.path for skip in skipped)}
        source = Source(Change(root, None), tuple(articles.items()), kept, tuple(skipped))
        return _apply(store, embedder, [source], again=False, progress=progress)[0]


def remove_root(store: Store, root: str, embedder: BaseEmbedding) -> SyncReport:
    """Drop a root and all its articles. Raises UserError when there is none of that name."""
    with store.writing():
        with store.catalog.snapshot() as snapshot:
            roots, files = dict(snapshot.roots()), tuple(snapshot.files(root))
        if root not in roots:
            raise UserError(f"The index has no root '{root}'.", f"It has: {', '.join(roots) or 'none'}.")
        source = Source(Change(root, roots[root], files_gone=files, is_dropped=True))
        return _apply(store, embedder, [source], again=False, progress=None)[0]


def rebuild(
    store: Store, embedder: BaseEmbedding, progress: Progress | None = None, max_bytes: int = MAX_FILE_BYTES
) -> list[SyncReport]:
    """Read, split and embed everything again, and publish it at once; what is embedded already is kept.

    A folder that is gone or empty now keeps the articles that the index has of it, to be read when it is back.
    """
    with store.writing():
        with store.catalog.snapshot() as snapshot:
            stored = [_stored(snapshot, root, folder) for root, folder in snapshot.roots()]
        sources = []
        for source in stored:
            folder = Path(source.change.folder) if source.change.folder else None
            if folder and folder.exists():
                now = look_at(store.catalog, folder, prune=True, again=True, max_bytes=max_bytes, progress=progress)
                unread = tuple(pair for pair in source.fresh if pair[1].path in now.kept)
                gone = now.change.files_gone + tuple(file for file, _ in unread)  # to be read when it can be
                now = replace(now, change=replace(now.change, files_gone=gone), fresh=now.fresh + unread)
                source = replace(now, kept=frozenset()) if now.fresh else source
            sources.append(source)
        return _apply(store, embedder, sources, again=True, progress=progress)


def _stored(snapshot: Snapshot, root: str, folder: str | None) -> Source:
    """A root as the index has it; its files are forgotten, so that the next sync reads them."""
    rows = ((file, snapshot.article(root, path)) for path, (file, _) in snapshot.digests(root).items())
    fresh = tuple((file, article) for file, article in rows if article is not None)
    return Source(Change(root, folder, files_gone=tuple(snapshot.files(root))), fresh)


def _read_documents(documents: Sequence[Document], root: str) -> tuple[dict[str, Article], list[Skipped]]:
    articles: dict[str, Article] = {}
    skipped: list[Skipped] = []
    for document in documents:
        metadata = document.metadata
        names = (metadata.get(key) for key in ("path", "file_path", "file_name"))
        path = str(next((name for name in names if name), document.id_))
        if path in articles:
            path = f"{path}#{metadata.get('page_label') or len(articles)}"
        known = {name: str(metadata[name]) for name in FIELDS if metadata.get(name)}
        text = document.get_content(MetadataMode.NONE)
        try:
            articles[path] = reading.article_from_text(text, root=root, path=path, metadata=known)
        except UserError as error:
            skipped.append(Skipped(path, error.message))
    return articles, skipped


def _apply(
    store: Store, embedder: BaseEmbedding, sources: Sequence[Source], *, again: bool, progress: Progress | None
) -> list[SyncReport]:
    """Split and embed what is new, write the generation if it is time, and publish everything together."""
    with store.catalog.snapshot() as snapshot:
        known = [snapshot.digests(source.change.root) for source in sources]
        ids = count(snapshot.next_passage_id())
    changes, reports = [], []
    for source, digests in zip(sources, known, strict=True):
        report = _compare(source, digests, again)
        new = {*report.added, *report.changed}
        added, searched = _passages(store, [pair for pair in source.fresh if pair[1].path in new], ids)
        embedded = _embed(store, embedder, searched, progress)
        changes.append(replace(source.change, removed=(*report.changed, *report.removed), added=added))
        reports.append(replace(report, embedded=embedded))
    needed = [change for change in changes if change.is_needed or again]
    if needed or not store.is_sound():
        store.publish(needed, lambda size: tell(progress, "writing vectors", 0, size))
    return reports


def _compare(source: Source, digests: Mapping[str, tuple[str, str]], again: bool) -> SyncReport:
    fresh = {article.path: article.sha256 for _, article in source.fresh}
    same = {path for path, sha256 in fresh.items() if not again and digests.get(path, ("", ""))[1] == sha256}
    return SyncReport(
        root=source.change.root,
        added=tuple(path for path in fresh if path not in digests),
        changed=tuple(path for path in fresh if path in digests and path not in same),
        removed=tuple(path for path in digests if path not in fresh and path not in source.kept),
        unchanged=tuple(path for path in digests if path in same or path in source.kept),
        skipped=source.skipped,
    )


def _passages(
    store: Store, fresh: Sequence[tuple[str, Article]], ids: Iterator[int]
) -> tuple[tuple[tuple[str, Article, tuple[NewPassage, ...]], ...], Mapping[bytes, str]]:
    """Each article with its passages; and the texts to be searched by their hash."""
    splitter = ArticleSplitter()
    rows: list[tuple[str, Article, tuple[NewPassage, ...]]] = []
    searched: dict[bytes, str] = {}
    for file, article in fresh:
        passages = []
        for node in splitter.get_nodes_from_documents([to_document(article)]):
            text = plain(node.get_content(MetadataMode.EMBED)).strip()
            start, end = node.start_char_idx, node.end_char_idx  # type: ignore[attr-defined]
            quoted = node.get_content(MetadataMode.NONE)
            assert article.text[start:end] == quoted, f"{article.path}: passage {start}-{end} is not its own text"
            key = hashlib.blake2b(f"{store.embedder}\0{text}".encode(), digest_size=16).digest()
            searched[key] = text
            passages.append(NewPassage(next(ids), start, end, key, node.get_metadata_str(MetadataMode.LLM), quoted))
        rows.append((file, article, tuple(passages)))
    return tuple(rows), searched


def _embed(store: Store, embedder: BaseEmbedding, searched: Mapping[bytes, str], progress: Progress | None) -> int:
    """Save the vector of every text; returns how many had to be embedded."""
    with store.catalog.snapshot() as snapshot:
        kept = snapshot.kept_vectors(searched)
    missing = sorted((key for key in searched if key not in kept), key=lambda key: len(searched[key]))
    for first in range(0, len(missing), _CHUNK):
        tell(progress, "embedding", first, len(missing))
        keys = missing[first : first + _CHUNK]
        vectors = np.asarray(embedder.get_text_embedding_batch([searched[key] for key in keys]), dtype=np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        store.catalog.save_vectors({key: vector.tobytes() for key, vector in zip(keys, vectors, strict=True)})
    tell(progress, "embedding", len(missing), len(missing))
    return len(missing)
