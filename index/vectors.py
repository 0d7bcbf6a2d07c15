"""The vector store: generations of passages in Chroma, embedded in the store's folder or on a server.

A generation is written once, verified, and never written again: Chroma rewrites its graph in place, and
a process killed meanwhile leaves a folder that cannot be searched. Every generation can be made again
from the catalog.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import chdir, closing, contextmanager
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from index.article import UserError
from index.catalog import content_digest, hindered

COLLECTION = "passages"
MANIFEST = "manifest.json"
_SQLITE = "chroma.sqlite3"
_SAVED = "index_metadata.pickle"  # beside a graph that Chroma has saved
_OPENINGS = "acquire_write"  # the table that Chroma writes to when it only opens
_EF_SEARCH = 300  # candidates the graph search keeps; above the 200 that retrieval asks for
_MAX_BATCH = 5000
_SERVER_SECONDS = 60.0  # for one request
# What the environment says to other programs that use Chroma is not for us. A closed client leaves its
# connections open, so none is kept from one request to the next.
_SETTINGS = MappingProxyType(
    {
        "anonymized_telemetry": False,
        "chroma_api_impl": "chromadb.api.rust.RustBindingsAPI",
        "chroma_http_max_keepalive_connections": 0,
        "chroma_otel_granularity": "none",
        "chroma_server_host": None,
        "chroma_server_http_port": None,
    }
)


class VectorStore:
    """Cosine search over numbered generations. `server` is None or the address of a Chroma server.

    Safe to use from several threads. Raises UserError when the server does not answer,
    or the disk is full.
    """

    def __init__(self, folder: Path, store: str, server: str | None = None) -> None:
        self._folder = folder
        self._prefix = f"footnote-{store}-"
        self._server = server
        self._lock = threading.RLock()  # held while searching: closing a client would fail a search through it
        self._open: dict[int, tuple[Any, Any]] = {}  # generation -> (client, collection); the last two
        self._sound: set[int] = set()

    def build(self, generation: int, rows: Iterable[tuple[int, bytes]], size: int) -> None:
        """Write and verify a generation of `size` passages: (passage id, float32 bytes of a unit vector)."""
        self.drop(generation)
        if self._server:
            with self._reaching(), closing(self._client(None)) as client:
                self._fill(client, f"{self._prefix}{generation}", rows, size)
            return
        building = self._folder / f"{generation}.building"
        shutil.rmtree(building, ignore_errors=True)
        try:
            building.mkdir(parents=True)
            with closing(self._client(building)) as client:
                self._fill(client, COLLECTION, rows, size)
            (building / MANIFEST).write_text(json.dumps(_digests(building)), encoding="utf-8")
            building.rename(self._folder / str(generation))
        except (OSError, ValueError, self._chroma.errors.ChromaError) as error:
            told = hindered(self._folder.parent, error)  # while what was written still fills the disk
            shutil.rmtree(building, ignore_errors=True)
            raise told from error

    def _fill(self, client: Any, name: str, rows: Iterable[tuple[int, bytes]], size: int) -> None:
        hnsw = {"space": "cosine", "ef_search": _EF_SEARCH, "sync_threshold": max(size, 2)}
        collection = client.create_collection(name, embedding_function=None, configuration={"hnsw": hnsw})
        probe: tuple[str, Any] | None = None
        remaining, most = iter(rows), min(_MAX_BATCH, client.get_max_batch_size())
        while batch := list(islice(remaining, most)):
            ids = [str(passage) for passage, _ in batch]
            vectors = np.frombuffer(b"".join(vector for _, vector in batch), dtype=np.float32).reshape(len(ids), -1)
            collection.add(ids=ids, embeddings=vectors)
            probe = (ids[-1], vectors[-1])
        if collection.count() != size:
            raise RuntimeError(f"Chroma has {collection.count()} of {size} passages")
        if probe and probe[0] not in _query(collection, probe[1], min(size, 10))[0]:
            raise RuntimeError(f"Chroma cannot find passage {probe[0]}, which was just written")

    def is_sound(self, generation: int, size: int) -> bool:
        """Whether the generation is there, whole; found so once, it is so. A folder that is not is never opened."""
        with self._lock, self._reaching():
            if size > 0 and generation not in self._sound:
                is_whole = self._holds(generation, size) if self._server else self._is_whole(generation)
                if not is_whole:
                    return False
                self._sound.add(generation)
            return True

    def _holds(self, generation: int, size: int) -> bool:
        try:
            return bool(self._collection(generation).count() == size)
        except (self._chroma.errors.ChromaError, ValueError):
            self._forget(generation)
            return False

    def _is_whole(self, generation: int) -> bool:
        folder = self._folder / str(generation)
        try:
            return bool(json.loads((folder / MANIFEST).read_text(encoding="utf-8")) == _digests(folder))
        except (OSError, ValueError):
            return False

    def search(
        self, generation: int, size: int, vector: NDArray[np.float32], limit: int
    ) -> list[tuple[int, float]] | None:
        """(passage id, cosine), nearest first; None when the generation is not there, whole."""
        with self._lock, self._reaching():
            may_open = self._server or os.access(self._folder / str(generation), os.W_OK)  # Chroma writes at once
            if not may_open or not self.is_sound(generation, size):
                return None
            try:
                ids, distances = _query(self._collection(generation), vector, limit)
            except (self._chroma.errors.ChromaError, ValueError):  # swept, or lost by a server, since we looked
                self._forget(generation)
                return None
        return [(int(passage), 1.0 - distance) for passage, distance in zip(ids, distances, strict=True)]

    def drop(self, generation: int) -> None:
        """Remove a generation, whole or not, if it is there."""
        self._forget(generation)
        if self._server:
            with self._reaching(), closing(self._client(None)) as client:
                name = f"{self._prefix}{generation}"
                if name in [collection.name for collection in client.list_collections()]:
                    client.delete_collection(name)
            return
        folder = self._folder / str(generation)
        gone = folder.with_suffix(".gone")
        try:
            folder.rename(gone)  # at once, so that no reader opens half of it
        except OSError:
            gone = folder
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self, current: int) -> None:
        """Remove what no reader needs: all but the current generation and the one before it."""
        for generation in self._generations():
            if generation not in (current, current - 1):
                self.drop(generation)
        if not self._server and self._folder.exists():
            for leftover in (*self._folder.glob("*.building"), *self._folder.glob("*.gone")):
                shutil.rmtree(leftover, ignore_errors=True)

    def _generations(self) -> list[int]:
        if self._server:
            with self._reaching(), closing(self._client(None)) as client:
                names = [collection.name for collection in client.list_collections()]
            numbers = [name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)]
        else:
            numbers = [path.name for path in self._folder.iterdir()] if self._folder.exists() else []
        return [int(number) for number in numbers if number.isdigit()]

    def close(self) -> None:
        """Release Chroma's files and connections."""
        for generation in list(self._open):
            self._forget(generation)

    def _forget(self, generation: int) -> None:
        with self._lock:
            self._sound.discard(generation)
            client, _ = self._open.pop(generation, (None, None))
            if client is not None:
                client.close()

    def _collection(self, generation: int) -> Any:
        if generation not in self._open:
            for old in sorted(self._open)[:-1]:
                self._forget(old)
            name = f"{self._prefix}{generation}" if self._server else COLLECTION
            client = self._client(None if self._server else self._folder / str(generation))
            try:
                self._open[generation] = (client, client.get_collection(name, embedding_function=None))
            except BaseException:
                client.close()
                raise
        return self._open[generation][1]

    def _client(self, folder: Path | None) -> Any:
        settings = self._chroma.config.Settings(_env_file=None, **_SETTINGS)
        if folder is not None:
            try:
                return self._chroma.PersistentClient(str(folder), settings=settings)
            except self._chroma.errors.ChromaError:  # or the next opening would meet what is left of this one
                self._chroma.api.client.SharedSystemClient._identifier_to_system.pop(str(folder), None)
                raise
        host, port, is_tls = _address(self._server or "")
        try:
            client = self._chroma.HttpClient(host=host, port=port, ssl=is_tls, settings=settings)
        except (ValueError, OSError) as error:
            raise self._unreachable() from error
        client._server._session.timeout = _SERVER_SECONDS  # by itself it waits for ever
        return client

    @property
    def _chroma(self) -> Any:
        """The chromadb package, which at its import would obey a `.env` in the working directory."""
        if "chromadb" not in sys.modules and Path(".env").exists():
            with chdir(self._folder.parent):
                import chromadb
        import chromadb

        return chromadb

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.TransportError as error:
            raise self._unreachable() from error

    def _unreachable(self) -> UserError:
        return UserError(f"No Chroma server answers at {self._server}.", "Start one with `chroma run`.")


def exact_search(
    rows: Iterable[tuple[int, bytes]], vector: NDArray[np.float32], limit: int | None = None
) -> list[tuple[int, float]]:
    """(passage id, cosine) by comparing every row with a unit vector, nearest first."""
    pairs = list(rows)
    if not pairs:
        return []
    matrix: NDArray[np.float32] = np.frombuffer(b"".join(row for _, row in pairs), dtype=np.float32)
    cosines = matrix.reshape(len(pairs), -1) @ vector
    best = np.argsort(-cosines, kind="stable")[:limit]
    return [(pairs[index][0], float(cosines[index])) for index in best]


def _address(server: str) -> tuple[str, int, bool]:
    """(host, port, whether by TLS) of http://HOST:PORT; raises UserError for anything else."""
    try:
        url = urlsplit(server)
        if url.scheme in ("http", "https") and url.hostname:
            return url.hostname, url.port or (443 if url.scheme == "https" else 80), url.scheme == "https"
    except ValueError:
        pass
    raise UserError(f"'{server}' is not the address of a Chroma server.", "Write it as http://HOST:PORT.")


def _query(collection: Any, vector: Any, limit: int) -> tuple[list[str], list[float]]:
    found = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
    return found["ids"][0], found["distances"][0]


def _digests(folder: Path) -> dict[str, str]:
    """Name -> BLAKE2b of what every file holds that reading leaves alone. Raises OSError or ValueError for damage.

    A graph that was never saved (of one passage) lies in the database alone: Chroma makes its files anew at each open.
    """
    digests = {_SQLITE: content_digest(folder / _SQLITE, but=_OPENINGS)}
    for path in sorted(folder.rglob("*/*")):
        if path.is_file() and (path.parent / _SAVED).exists():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
            digests[path.relative_to(folder).as_posix()] = digest
    return digests
