"""The vector store: generations of passages in Chroma, embedded in the store's folder or on a server.

A generation is written once, verified, and never written again: Chroma rewrites its graph in place, and
a process killed meanwhile leaves a folder that cannot be searched. Every generation can be made again
from the catalog.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from index.article import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLLECTION = "passages"
MANIFEST = "manifest.json"
_SQLITE = "chroma.sqlite3"  # the one file that Chroma touches when it only reads
_EF_SEARCH = 300  # candidates the graph search keeps; above the 200 that retrieval asks for
_MAX_BATCH = 5000


class VectorStore:
    """Cosine search over numbered generations. `server` is None or the address of a Chroma server.

    Safe to use from several threads. Raises UserError when the server does not answer.
    """

    def __init__(self, folder: Path, store: str, server: str | None = None) -> None:
        self._folder = folder
        self._prefix = f"footnote-{store}-"
        self._server = server
        self._lock = threading.Lock()
        self._open: dict[int, tuple[Any, Any]] = {}  # generation -> (client, collection); the last two

    def build(self, generation: int, rows: Iterable[tuple[int, bytes]], size: int) -> None:
        """Write and verify a generation of `size` passages: (passage id, float32 bytes of a unit vector)."""
        self.drop(generation)
        if self._server:
            client = self._client(None)
            self._fill(client, f"{self._prefix}{generation}", rows, size)
            return
        building = self._folder / f"{generation}.building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        client = self._client(building)
        try:
            self._fill(client, COLLECTION, rows, size)
        finally:
            client.close()
        (building / MANIFEST).write_text(json.dumps(_digests(building)), encoding="utf-8")
        building.rename(self._folder / str(generation))

    def _fill(self, client: Any, name: str, rows: Iterable[tuple[int, bytes]], size: int) -> None:
        hnsw = {"space": "cosine", "ef_search": _EF_SEARCH, "sync_threshold": max(size, 2)}
        collection = client.create_collection(name, embedding_function=None, configuration={"hnsw": hnsw})
        probe: tuple[str, Any] | None = None
        for batch in _batches(rows, min(_MAX_BATCH, client.get_max_batch_size())):
            ids = [str(passage) for passage, _ in batch]
            vectors = np.frombuffer(b"".join(vector for _, vector in batch), dtype=np.float32).reshape(len(ids), -1)
            collection.add(ids=ids, embeddings=vectors)
            probe = (ids[-1], vectors[-1])
        if collection.count() != size:
            raise RuntimeError(f"Chroma holds {collection.count()} passages of {size}")
        if probe and probe[0] not in _query(collection, probe[1], min(size, 10))[0]:
            raise RuntimeError(f"Chroma does not find passage {probe[0]} that was just written")

    def is_sound(self, generation: int, size: int) -> bool:
        """Whether the generation is there, whole. A folder that fails is never opened by Chroma."""
        if size == 0 or generation in self._open:
            return True
        if self._server:
            return self._holds(generation, size)
        folder = self._folder / str(generation)
        try:
            written = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            return bool(written == _digests(folder))
        except (OSError, ValueError):
            return False

    def _holds(self, generation: int, size: int) -> bool:
        import chromadb.errors

        try:
            return bool(self._collection(generation).count() == size)
        except (chromadb.errors.NotFoundError, ValueError):
            return False

    def search(self, generation: int, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        """(passage id, cosine), nearest first, of a sound generation."""
        ids, distances = _query(self._collection(generation), np.asarray(vector, dtype=np.float32), limit)
        return [(int(passage), 1.0 - distance) for passage, distance in zip(ids, distances, strict=True)]

    def drop(self, generation: int) -> None:
        """Remove a generation, whole or not, if it is there."""
        with self._lock:
            client, _ = self._open.pop(generation, (None, None))
            if client is not None:
                client.close()
        if self._server:
            client = self._client(None)
            name = f"{self._prefix}{generation}"
            if name in [collection.name for collection in client.list_collections()]:
                client.delete_collection(name)
            return
        shutil.rmtree(self._folder / str(generation), ignore_errors=True)

    def sweep(self, current: int) -> None:
        """Remove what no reader needs: all but the current generation and the one before it."""
        for generation in self._generations():
            if generation not in (current, current - 1):
                self.drop(generation)
        if not self._server and self._folder.exists():
            for leftover in self._folder.glob("*.building"):
                shutil.rmtree(leftover, ignore_errors=True)

    def _generations(self) -> list[int]:
        if self._server:
            names = [collection.name for collection in self._client(None).list_collections()]
            numbers = [name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)]
        else:
            numbers = [path.name for path in self._folder.iterdir()] if self._folder.exists() else []
        return [int(number) for number in numbers if number.isdigit()]

    def close(self) -> None:
        """Release Chroma's files and connections."""
        with self._lock:
            for client, _ in self._open.values():
                client.close()
            self._open.clear()

    def _collection(self, generation: int) -> Any:
        with self._lock:
            if generation not in self._open:
                for old in sorted(self._open)[:-1]:
                    self._open.pop(old)[0].close()
                name = f"{self._prefix}{generation}" if self._server else COLLECTION
                client = self._client(None if self._server else self._folder / str(generation))
                self._open[generation] = (client, client.get_collection(name, embedding_function=None))
            return self._open[generation][1]

    def _client(self, folder: Path | None) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(_env_file=None, anonymized_telemetry=False)  # type: ignore[call-arg]
        if folder is not None:
            return chromadb.PersistentClient(str(folder), settings=settings)
        address = urlsplit(self._server or "")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UserError(f"'{self._server}' is not the address of a Chroma server.", "Write http://HOST:PORT.")
        is_tls = address.scheme == "https"
        port = address.port or (443 if is_tls else 80)
        try:
            return chromadb.HttpClient(host=address.hostname, port=port, ssl=is_tls, settings=settings)
        except (ValueError, OSError) as error:
            raise UserError(f"No Chroma server answers at {self._server}.", "Start one with `chroma run`.") from error


def exact_search(rows: Iterable[tuple[int, bytes]], vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
    """(passage id, cosine) by comparing every row, nearest first."""
    pairs = list(rows)
    if not pairs:
        return []
    matrix: NDArray[np.float32] = np.frombuffer(b"".join(row for _, row in pairs), dtype=np.float32)
    cosines = matrix.reshape(len(pairs), -1) @ np.asarray(vector, dtype=np.float32)
    best = np.argsort(-cosines, kind="stable")[:limit]
    return [(pairs[index][0], float(cosines[index])) for index in best]


def _query(collection: Any, vector: Any, limit: int) -> tuple[list[str], list[float]]:
    found = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
    return found["ids"][0], found["distances"][0]


def _digests(folder: Path) -> dict[str, list[Any]]:
    """Name -> [size, BLAKE2b] of every file that reading leaves alone."""
    digests: dict[str, list[Any]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST and not path.name.startswith(_SQLITE):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
            digests[path.relative_to(folder).as_posix()] = [path.stat().st_size, digest]
    if not (folder / _SQLITE).is_file():
        raise FileNotFoundError(_SQLITE)
    return digests


def _batches(rows: Iterable[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
