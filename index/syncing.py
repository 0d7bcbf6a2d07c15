"""From a folder to the index: what changed (a pure plan), and doing it so that a crash loses nothing."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import Document, MetadataMode

from index import reading
from index.article import Article, Skipped, UserError
from index.catalog import Snapshot
from index.metadata import FIELDS
from index.reading import MAX_FILE_BYTES, FoundFile, Overrides
from index.records import Change, FileRow, NewPassage
from index.splitting import ArticleSplitter, to_document
from index.store import Store

Progress = Callable[[str, int, int], None]  # (what is being done, done, of how many)
_CHUNK = 64  # passages whose vectors are saved together
_UNTIMED = -1  # the time of no file: the next sync compares the content
_RACY_NS = 2_000_000_000  # a file changed this recently may change again within its clock's tick


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


@dataclass(frozen=True)
class Plan:
    """What one sync has to do: files to read, files left as they are, files that are gone."""

    read: tuple[str, ...]
    same: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class _Source:
    """What a root holds now: articles just read, with their file, and the paths known to be as they were.

    `change` holds what is known of the change before the articles are compared with the catalog.
    """

    change: Change
    fresh: tuple[tuple[str, Article], ...] = ()
    kept: frozenset[str] = frozenset()
    skipped: tuple[Skipped, ...] = ()


def plan(found: Sequence[FoundFile], known: Mapping[str, FileRow], *, read_all: bool) -> Plan:
    """Compare a folder with what the catalog knows of it, by size and time only.

    >>> old = {"a.txt": FileRow("a.txt", 5, 1, "..."), "b.txt": FileRow("b.txt", 5, 1, "...")}
    >>> plan([FoundFile("a.txt", 5, 1), FoundFile("c.txt", 9, 1)], old, read_all=False)
    Plan(read=('c.txt',), same=('a.txt',), gone=('b.txt',))
    """
    before = {path: (row.size, row.mtime_ns) for path, row in known.items()}
    is_same = {file.path: not read_all and before.get(file.path) == (file.size, file.mtime_ns) for file in found}
    return Plan(
        read=tuple(path for path, same in is_same.items() if not same),
        same=tuple(path for path, same in is_same.items() if same),
        gone=tuple(path for path in known if path not in is_same),
    )


def sync_folder(
    store: Store,
    folder: Path,
    embedder: BaseEmbedding,
    *,
    prune: bool = False,
    max_bytes: int = MAX_FILE_BYTES,
    progress: Progress | None = None,
    wait_seconds: float = 0,
) -> SyncReport:
    """Make the index equal to `folder` (one root of it; other roots stay as they are).

    Raises UserError when the folder is missing or has lost all its articles (unless `prune`), or another writes.
    """
    with store.writing(wait_seconds):
        source = _look(store, folder.resolve(), prune=prune, again=False, max_bytes=max_bytes, progress=progress)
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
                raise UserError(f"The root '{root}' is a folder.", "Give the documents another root.")
            known = snapshot.digests(root)
        articles, skipped = _read_documents(documents, root)
        kept = frozenset() if prune else frozenset(known) - {*articles, *(skip.path for skip in skipped)}
        source = _Source(Change(root, None), tuple(articles.items()), kept, tuple(skipped))
        return _apply(store, embedder, [source], again=False, progress=progress)[0]


def remove_root(store: Store, root: str, embedder: BaseEmbedding) -> SyncReport:
    """Drop a root and all its articles. Raises UserError when there is none of that name."""
    with store.writing():
        with store.catalog.snapshot() as snapshot:
            roots, files = dict(snapshot.roots()), tuple(snapshot.files(root))
        if root not in roots:
            raise UserError(f"The index has no root '{root}'.", f"It has: {', '.join(roots) or 'none'}.")
        source = _Source(Change(root, roots[root], files_gone=files, is_dropped=True))
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
            folder = source.change.folder
            if folder is not None and Path(folder).exists():
                now = _look(store, Path(folder), prune=True, again=True, max_bytes=max_bytes, progress=progress)
                source = now if now.fresh else source
            sources.append(source)
        return _apply(store, embedder, sources, again=True, progress=progress)


def _stored(snapshot: Snapshot, root: str, folder: str | None) -> _Source:
    """A root as the index has it; its files are forgotten, so that the next sync reads them."""
    rows = ((file, snapshot.article(root, path)) for path, (file, _) in snapshot.digests(root).items())
    fresh = tuple((file, article) for file, article in rows if article is not None)
    return _Source(Change(root, folder, files_gone=tuple(snapshot.files(root))), fresh)


def _look(
    store: Store, folder: Path, *, prune: bool, again: bool, max_bytes: int, progress: Progress | None
) -> _Source:
    """Read what changed in a folder since the catalog last saw it."""
    with store.catalog.snapshot() as snapshot:
        root = _root_name(snapshot.roots(), folder)
        known, digests = snapshot.files(root), snapshot.digests(root)
    found, unread = _find(folder, is_known=bool(digests), prune=prune)
    overrides, wrong = reading.read_overrides(folder) if folder.is_dir() else ({}, [])
    sheet = _sheet(overrides, max_bytes)
    before = known.pop(reading.OVERRIDES_FILE, None)
    planned = plan(found, known, read_all=again or (before is not None and before.sha256 != sheet.sha256))
    stats = {file.path: file for file in found}
    kept, skipped, files = set(planned.same), [*unread, *wrong], [sheet]
    fresh: list[tuple[str, Article]] = []
    for done, path in enumerate(planned.read):
        _tell(progress, "reading", done, len(planned.read))
        row = known.get(path)
        digest = _hash_file(folder, path, max_bytes)
        if row is not None and row.sha256 == digest and digest and before == sheet and not again:
            files.append(_seen(stats[path], digest, row.skipped))
            kept.add(path)
            continue
        articles, refused = reading.read_file(folder, path, root, overrides, max_bytes)
        fresh += [(path, article) for article in articles]
        skipped += refused
        files.append(_seen(stats[path], digest, tuple((skip.path, skip.reason) for skip in refused)))
    skipped += [Skipped(*pair) for path in kept for pair in known[path].skipped]
    same = frozenset(path for path, (file, _) in digests.items() if file in kept)
    if digests and not fresh and not same and not prune:
        message = f"'{folder}' holds no article any more, and the index holds {len(digests)} from it."
        raise UserError(message, "Is a disk not mounted? Use --prune to drop them.")
    if len(files) == 1 and before == sheet:
        files = []
    change = Change(root, str(folder), files=tuple(files), files_gone=planned.gone)
    return _Source(change, tuple(fresh), same, tuple(skipped))


def _find(folder: Path, *, is_known: bool, prune: bool) -> tuple[list[FoundFile], list[Skipped]]:
    if folder.exists():
        return reading.find_files(folder)
    if is_known and prune:
        return [], []
    hint = "Is a disk not mounted? Use --prune to drop its articles." if is_known else "Name a folder of articles."
    raise UserError(f"There is no folder '{folder}'.", hint)


def _sheet(overrides: Overrides, max_bytes: int) -> FileRow:
    """Stands for what decides, beside the files themselves, how they are read: when it changes all are read again."""
    read_with = json.dumps([{path: dict(cells) for path, cells in overrides.items()}, max_bytes], sort_keys=True)
    return FileRow(reading.OVERRIDES_FILE, 0, 0, hashlib.sha256(read_with.encode()).hexdigest())


def _root_name(roots: Sequence[tuple[str, str | None]], folder: Path) -> str:
    """The root that is this folder, or a new name for it: its own, numbered if that is taken."""
    for name, known in roots:
        if known == str(folder):
            return name
    taken = {name for name, _ in roots}
    base = folder.name or "root"
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _hash_file(folder: Path, path: str, max_bytes: int) -> str:
    """SHA-256 of a file's bytes; empty when it cannot be read or is too large to be an article."""
    try:
        return hashlib.sha256(reading.read_bytes(folder, path, max_bytes)).hexdigest()
    except UserError:
        return ""


def _seen(file: FoundFile, digest: str, skipped: tuple[tuple[str, str], ...]) -> FileRow:
    mtime_ns = file.mtime_ns if time.time_ns() - file.mtime_ns >= _RACY_NS else _UNTIMED
    return FileRow(file.path, file.size, mtime_ns, digest, skipped)


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
    store: Store, embedder: BaseEmbedding, sources: Sequence[_Source], *, again: bool, progress: Progress | None
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
        store.publish(needed, lambda size: _tell(progress, "writing vectors", 0, size))
    return reports


def _compare(source: _Source, digests: Mapping[str, tuple[str, str]], again: bool) -> SyncReport:
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
            text = node.get_content(MetadataMode.EMBED).strip()
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
        _tell(progress, "embedding", first, len(missing))
        keys = missing[first : first + _CHUNK]
        vectors = np.asarray(embedder.get_text_embedding_batch([searched[key] for key in keys]), dtype=np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        store.catalog.save_vectors({key: vector.tobytes() for key, vector in zip(keys, vectors, strict=True)})
    _tell(progress, "embedding", len(missing), len(missing))
    return len(missing)


def _tell(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)
