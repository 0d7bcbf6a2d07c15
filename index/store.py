"""The store: a folder that holds one catalog and its vectors, and the search over both."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index.article import UserError
from index.catalog import Catalog, Snapshot, hindered
from index.reading import READING_VERSION
from index.records import Change, Filters, Pointer
from index.splitting import SPLITTING_VERSION
from index.vectors import VectorStore, exact_search

REBUILD_HINT = "Run `rag doctor --rebuild` to rebuild it from the files."
VERSIONS = f"reading {READING_VERSION}, splitting {SPLITTING_VERSION}"
_EXACT_LIMIT = 4000  # passages that are compared one by one sooner than found in Chroma and filtered
_FETCH_LIMIT = 1000
_TAIL_SHARE = 0.05  # passages outside the generation, or gone from it, before it is written anew
_log = logging.getLogger(__name__)


class Store:
    """Opens (or with `create` makes) the store in `folder`. Safe to use from several threads.

    Raises UserError when there is none, or when it was made by another embedder or version; with `check` so
    does every search and every write, for another process may have made the index anew meanwhile. A write
    waits for another's to end, at most `wait_seconds`.
    """

    def __init__(
        self,
        folder: Path,
        embedder: str,
        *,
        server: str | None = None,
        create: bool = False,
        check: bool = True,
        wait_seconds: float = 0,
    ) -> None:
        folder = folder.absolute()
        if create:
            _make_folder(folder)
        self.folder = folder
        self.embedder = embedder
        self.wait_seconds = wait_seconds
        self._is_checked = check
        self.catalog = Catalog(folder / "catalog.sqlite", create=create)
        try:
            with self.catalog.snapshot() as snapshot:
                name = snapshot.fact("store") or ""
                self._check(snapshot)
        except UserError:
            self.catalog.close()
            raise
        self.vectors = VectorStore(folder / "vectors", name, server)

    def _check(self, snapshot: Snapshot) -> None:
        made_by, versions = snapshot.fact("embedder"), snapshot.fact("versions")
        if self._is_checked and made_by and made_by != self.embedder:
            message = f"The index was made with the embedder '{made_by}', not '{self.embedder}'."
            raise UserError(message, REBUILD_HINT)
        if self._is_checked and versions and versions != VERSIONS:
            raise UserError(f"The index was made by another version ({versions}; now {VERSIONS}).", REBUILD_HINT)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.vectors.close()
        self.catalog.close()

    @contextmanager
    def writing(self, *, may_wait: bool = True) -> Iterator[None]:
        """The one writer's lock, which the system releases should the process die.

        Raises UserError when another process or thread still holds it after the store's `wait_seconds`, and
        when the folder may only be read.
        """
        with self._locked(self.wait_seconds if may_wait else 0):
            with self.catalog.snapshot() as snapshot:
                self._check(snapshot)
            yield

    def _locked(self, wait_seconds: float) -> AbstractContextManager[object]:
        lock, busy = FileLock(self.folder / "writer.lock"), f"Another process or thread is writing to '{self.folder}'"
        try:
            with suppress(Timeout):
                return lock.acquire(timeout=0)
            if wait_seconds:
                _log.warning("%s; waiting up to %.0f seconds for it to finish.", busy, wait_seconds)
            return lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            waited = f" (waited {wait_seconds:g} seconds)" if wait_seconds else ""
            raise UserError(f"{busy}{waited}.", "Try again when it has finished.") from error
        except OSError as error:
            raise hindered(self.folder, error) from error

    def nearest(
        self, snapshot: Snapshot, vector: Sequence[float], limit: int, filters: Filters
    ) -> list[tuple[int, float]]:
        """(passage id, cosine), nearest first, of the passages that this snapshot holds and `filters` pass.

        Chroma searches the generation; the tail (published since) and small selections are compared
        one by one from the catalog, and so is everything while a generation is broken, or when the
        filters leave too little of what Chroma found.
        """
        self._check(snapshot)
        unit = _unit(vector, snapshot.dimension())
        allowed = snapshot.allowed(filters)
        if allowed is not None and len(allowed) <= _EXACT_LIMIT:
            return exact_search(snapshot.vectors(ids=allowed), unit, limit)
        passing = None if allowed is None else set(allowed)
        found = self._search_generation(snapshot, unit, limit, passing)
        if found is None:
            return _permitted(exact_search(snapshot.vectors(), unit), passing)[:limit]
        found += _permitted(exact_search(snapshot.vectors(after=snapshot.pointer().top), unit), passing)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _search_generation(
        self, snapshot: Snapshot, unit: NDArray[np.float32], limit: int, passing: set[int] | None
    ) -> list[tuple[int, float]] | None:
        """The nearest passages of the generation; None when it cannot tell which are nearest, or is broken."""
        pointer = snapshot.pointer()
        live = snapshot.passages_up_to(pointer.top)
        share = 1.0 if passing is None else min(1.0, len(passing) / max(1, live))
        fetch = min(pointer.size, int(limit * (1.5 if share < 1 else 1) / share) + pointer.size - live)
        if fetch == 0:
            return []
        if fetch > max(_FETCH_LIMIT, limit):
            return None
        found = self.vectors.search(pointer.generation, pointer.size, unit, fetch)
        if found is None or len(found) < fetch:
            return None
        known = snapshot.existing([passage for passage, _ in found])
        found = _permitted([pair for pair in found if pair[0] in known], passing)
        return found if len(found) >= limit or fetch == pointer.size else None

    def is_sound(self) -> bool:
        """Whether the published vectors are there, whole."""
        with self.catalog.snapshot() as snapshot:
            pointer = snapshot.pointer()
        return self.vectors.is_sound(pointer.generation, pointer.size)

    def repair(self) -> None:
        """Make a generation that fails its check again from the catalog, unless another process writes.

        Until that is done `nearest` compares everything one by one: slower, and as exact. So it does for ever
        where the store may only be read, for Chroma writes when it only opens.
        """
        if not os.access(self.folder, os.W_OK) or self.is_sound():
            return
        try:
            with self.writing(may_wait=False):
                _log.warning("The vector index is corrupt; rebuilding it from the catalog.")
                self.publish((), lambda size: None)
        except UserError as error:
            _log.warning("The vector index is corrupt and cannot be rebuilt now: %s", error.message)

    def publish(self, changes: Sequence[Change], on_building: Callable[[int], None]) -> None:
        """Publish everything of a sync together, in a new generation if it is time; sweep what is left over.

        Without changes it makes again a generation that is not whole. The caller holds the writer's lock and
        has saved the vectors. `on_building` hears of how many passages a generation is written.
        """
        pointer = self._next_pointer(changes, on_building)
        self.catalog.publish(changes, pointer, {"embedder": self.embedder, "versions": VERSIONS})
        self.vectors.sweep(pointer.generation)

    def _next_pointer(self, changes: Sequence[Change], on_building: Callable[[int], None]) -> Pointer:
        """The generation to publish: the same, while little lies outside it or is gone from it, or the next one."""
        with self.catalog.snapshot() as snapshot:
            pointer = snapshot.pointer()
            gone = {passage for change in changes for passage in snapshot.passage_ids(change.root, change.removed)}
            new = [passage for change in changes for _, _, passages in change.added for passage in passages]
            live = snapshot.passages_up_to(pointer.top) - sum(passage <= pointer.top for passage in gone)
            size = snapshot.counts()[1] - len(gone) + len(new)
            outside = size - live + pointer.size - live
            if outside <= _TAIL_SHARE * pointer.size and self.vectors.is_sound(pointer.generation, pointer.size):
                return pointer
            if not size:
                return replace(pointer, size=0)
            on_building(size)
            old = ((passage, vector) for passage, vector in snapshot.vectors() if passage not in gone)
            vectors = snapshot.kept_vectors({passage.hash for passage in new})
            rows = chain(old, ((passage.id, vectors[passage.hash]) for passage in new))
            try:
                self.vectors.build(pointer.generation + 1, rows, size)
            except RuntimeError as error:
                raise UserError(f"The vector index is corrupt ({error}).", REBUILD_HINT) from error
            top = max([snapshot.next_passage_id() - 1, *(passage.id for passage in new)])
        return Pointer(pointer.generation + 1, top, size)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"Cannot make an index in '{folder}' ({error.strerror}).", "Choose another --store.") from error


def _unit(vector: Sequence[float], dimension: int | None) -> NDArray[np.float32]:
    if dimension not in (None, len(vector)):
        message = f"The vectors of the index have {dimension} dimensions, but the embedder's have {len(vector)}."
        raise UserError(message, "Use the embedder that made the index, or rebuild it with `rag doctor --rebuild`.")
    unit = np.asarray(vector, dtype=np.float32)
    return unit / max(float(np.linalg.norm(unit)), 1e-12)


def _permitted(found: list[tuple[int, float]], passing: set[int] | None) -> list[tuple[int, float]]:
    return [pair for pair in found if passing is None or pair[0] in passing]
