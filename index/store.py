"""The store: a folder that holds one catalog and its vectors, and the search over both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from index.article import UserError
from index.catalog import REBUILD_HINT, Catalog, Snapshot
from index.embedding import Identity
from index.reading import READING_VERSION
from index.records import Filters, Pointer
from index.splitting import SPLITTING_VERSION
from index.vectors import VectorStore, exact_search

if TYPE_CHECKING:
    from types import TracebackType

VERSIONS = f"reading {READING_VERSION}, splitting {SPLITTING_VERSION}"
_EXACT_LIMIT = 4000  # passages that are compared one by one sooner than found in Chroma and filtered
_FETCH_LIMIT = 1000


class Store:
    """Opens (or with `create` makes) the store in `folder`. Safe to use from several threads.

    Raises UserError when there is none, or when it was made by another embedder or version.
    """

    def __init__(
        self, folder: Path, embedder: Identity, *, server: str | None = None, create: bool = False, check: bool = True
    ) -> None:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.embedder = embedder
        self.catalog = Catalog(folder / "catalog.sqlite", create=create)
        with self.catalog.snapshot() as snapshot:
            name = snapshot.fact("store") or ""
            if check:
                self._check(snapshot)
        self.vectors = VectorStore(folder / "vectors", name, server)

    def _check(self, snapshot: Snapshot) -> None:
        made_by, versions = snapshot.fact("embedder"), snapshot.fact("versions")
        if made_by and made_by != str(self.embedder):
            message = f"The index was made with the embedder '{made_by}', not '{self.embedder}'."
            raise UserError(message, REBUILD_HINT)
        if versions and versions != VERSIONS:
            raise UserError(f"The index was made by another version ({versions}; now {VERSIONS}).", REBUILD_HINT)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.vectors.close()
        self.catalog.close()

    @contextmanager
    def writing(self, wait_seconds: float = 0) -> Iterator[None]:
        """The one writer's lock, which the system releases should the process die.

        Raises UserError when another process holds it, at once or after `wait_seconds`.
        """
        lock = FileLock(self.folder / "writer.lock")
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            message = f"Another process is writing to the index in '{self.folder}'."
            raise UserError(message, "Try again when it is done.") from error
        try:
            yield
        finally:
            lock.release()

    def nearest(
        self, snapshot: Snapshot, vector: Sequence[float], limit: int, filters: Filters
    ) -> list[tuple[int, float]]:
        """(passage id, cosine), nearest first, of the passages that this snapshot holds and `filters` pass.

        Chroma searches the generation; the tail (published since) and small selections are compared
        one by one from the catalog, and so is everything while a generation is broken.
        """
        allowed = snapshot.allowed(filters)
        pointer = snapshot.pointer()
        if allowed is not None and len(allowed) <= _EXACT_LIMIT:
            return exact_search(snapshot.vectors(ids=allowed), vector, limit)
        live = snapshot.passages_up_to(pointer.top)
        share = 1.0 if allowed is None else len(allowed) / max(1, live)
        fetch = min(pointer.size, int(limit * (1.5 if share < 1 else 1) / share) + (pointer.size - live))
        if fetch > max(_FETCH_LIMIT, limit) or not self.vectors.is_sound(pointer.generation, pointer.size):
            return _permitted(exact_search(snapshot.vectors(), vector, 2**62), allowed, limit)
        found = self.vectors.search(pointer.generation, vector, fetch) if fetch else []
        known = snapshot.existing([passage for passage, _ in found])
        found = [(passage, cosine) for passage, cosine in found if passage in known]
        found += exact_search(snapshot.vectors(after=pointer.top), vector, limit)
        return _permitted(sorted(found, key=lambda pair: (-pair[1], pair[0])), allowed, limit)

    def repair(self, say: Callable[[str], None]) -> None:
        """Make a generation that fails its check again from the catalog, unless another process writes.

        Until that is done `nearest` compares everything one by one: slower, and as exact.
        """
        with self.catalog.snapshot() as snapshot:
            pointer = snapshot.pointer()
        if self.vectors.is_sound(pointer.generation, pointer.size):
            return
        try:
            with self.writing():
                say("The vectors are not whole; making them again from the catalog.")
                self.rebuild_generation()
        except UserError as error:
            say(f"The vectors are not whole, and cannot be made again now: {error.message}")

    def rebuild_generation(self) -> None:
        """Write and publish a new generation of what the catalog holds. The caller holds the writer's lock."""
        with self.catalog.snapshot() as snapshot:
            number = snapshot.pointer().generation + 1
            top, size = snapshot.next_passage_id() - 1, snapshot.counts()[1]
            self.vectors.build(number, snapshot.vectors(), size)
        self.catalog.point_to(Pointer(number, top, size))
        self.vectors.sweep(number)


def _permitted(
    found: list[tuple[int, float]], allowed: list[int] | None, limit: int
) -> list[tuple[int, float]]:
    passing = None if allowed is None else set(allowed)
    return [pair for pair in found if passing is None or pair[0] in passing][:limit]
