"""The catalog: one SQLite file that is the truth about articles, passages, words and vectors.

A reader works in a `Snapshot` (one read transaction). A writer saves vectors as they come and then
publishes everything else in one transaction, so that a reader sees all of a sync or none of it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock

from index.article import UserError
from index.catalog_snapshot import Snapshot as Snapshot
from index.english.words import plain
from index.records import Change, NewPassage, Pointer

SCHEMA = 2
_OPTIONS: dict[str, Any] = {"timeout": 30, "isolation_level": None, "check_same_thread": False}
_TABLES = f"""
PRAGMA user_version = {SCHEMA};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (name TEXT PRIMARY KEY, folder TEXT) WITHOUT ROWID;
CREATE TABLE files (root TEXT, path TEXT, size INTEGER, mtime_ns INTEGER, sha256 TEXT, skipped TEXT,
    PRIMARY KEY (root, path)) WITHOUT ROWID;
CREATE TABLE articles (id INTEGER PRIMARY KEY, root TEXT, path TEXT, file TEXT, title TEXT, publisher TEXT,
    published TEXT, published_from TEXT, author TEXT, url TEXT, text TEXT, encoding TEXT, body TEXT, sha256 TEXT,
    pages TEXT, recognized REAL,
    UNIQUE (root, path));
CREATE INDEX articles_file ON articles (root, file);
CREATE TABLE passages (id INTEGER PRIMARY KEY, article INTEGER, start INTEGER, "end" INTEGER, hash BLOB);
CREATE INDEX passages_article ON passages (article);
CREATE TABLE vectors (hash BLOB PRIMARY KEY, vector BLOB);
CREATE VIRTUAL TABLE words USING fts5 (head, body, quoted UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
INSERT INTO meta VALUES ('store', lower(hex(randomblob(8))));
PRAGMA journal_mode = WAL;
"""  # WAL comes last: a log that a full disk kept from being written back would be left under the name of `.new`
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_HINDERED = ("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_PERM")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_FULL_BYTES = 50_000_000  # free on a disk on which a write failed: what Chroma writes at once may be more


class Catalog:
    """Opens (or with `create` makes) the catalog. Safe to use from several threads.

    Reading needs no right to write, and no room on the disk. Raises UserError when the file is missing or of
    another version, and in every use when it is damaged, or cannot be read or written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._start_again = f"Delete the folder '{path.parent}' and index again."
        if not path.exists():
            if not create:
                raise UserError(f"No index in '{path.parent}'.", "Create one with `rag index FOLDER`.")
            self._make()
        try:
            with self._connection() as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA:
                raise UserError(f"The index has schema {version}, but this version needs {SCHEMA}.", self._start_again)
        except UserError:
            self.close()
            raise

    def _make(self) -> None:
        """Make the file beside its place, so that no other process meets half of it."""
        new = self.path.with_suffix(".new")
        try:
            with self._explained(), FileLock(self.path.parent / "making.lock", timeout=30):
                if self.path.exists():
                    return
                for leftover in self.path.parent.glob(f"{new.name}*"):
                    leftover.unlink()
                with closing(sqlite3.connect(new)) as connection:
                    connection.executescript(_TABLES)
                new.replace(self.path)
        except OSError as error:
            raise hindered(self.path.parent, error) from error

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._explained():
            connection = self._take()
            if connection is None:
                with self._frozen() as connection:
                    yield connection
                return
            try:
                yield connection
            finally:
                self._put_back(connection)

    def _take(self) -> sqlite3.Connection | None:
        """An open connection; None when SQLite can make no `-shm` file here, which even a reader needs."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(self.path, **_OPTIONS)
        try:
            connection.execute("PRAGMA user_version")
        except sqlite3.OperationalError as error:
            connection.close()
            if not error.sqlite_errorname.startswith(_HINDERED):
                raise
            log = self.path.with_name(f"{self.path.name}-wal")
            if log.exists() and log.stat().st_size:
                message = f"Writing the index in '{self.path.parent}' was interrupted."
                raise UserError(message, "It is read-only here: ask once as a user who may write to it.") from error
            return None
        return _prepared(connection)

    @contextmanager
    def _frozen(self) -> Iterator[sqlite3.Connection]:
        """A connection for one use that locks nothing; raises UserError when another user wrote meanwhile."""
        before = _state(self.path)
        try:
            uri = f"{self.path.absolute().as_uri()}?immutable=1"
            with closing(_prepared(sqlite3.connect(uri, uri=True, **_OPTIONS))) as connection:
                yield connection
        except sqlite3.DatabaseError:
            if _state(self.path) == before:
                raise
        if _state(self.path) != before:
            raise UserError(f"The index in '{self.path.parent}' changed while it was being read.", "Ask again.")

    def _put_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.rollback()
        with self._lock:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What is no bug of ours becomes a UserError: a damaged file, a full disk, a folder that is read-only."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorname", "")  # "SQLITE_IOERR_READ" and the like
            if code.startswith(_DAMAGED):
                raise UserError(f"'{self.path}' is not a readable index ({error}).", self._start_again) from error
            if code.startswith("SQLITE_BUSY"):
                message = f"Another process is writing to the index in '{self.path.parent}'."
                raise UserError(message, "Try again when it has finished.") from error
            if code.startswith(_HINDERED):
                raise hindered(self.path.parent, error) from error
            raise

    def close(self) -> None:
        """Release the file. Snapshots still open end first."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One consistent view, untouched by whatever a writer does meanwhile."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            yield Snapshot(connection)

    def save_vectors(self, vectors: Mapping[bytes, bytes]) -> None:
        """Keep vectors (float32 bytes by text hash) at once, so that a crash need not repeat them."""
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", vectors.items())

    def publish(self, changes: Sequence[Change], pointer: Pointer, facts: Mapping[str, str]) -> None:
        """Everything of a sync in one transaction: afterwards all of it has happened, before none."""
        with self._writing() as connection:
            for change in changes:
                _write(connection, change)
            if changes:  # vectors that a sync saved before it was killed may be all that there is to publish
                connection.execute("DELETE FROM vectors WHERE hash NOT IN (SELECT hash FROM passages)")
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", {**facts, **asdict(pointer)}.items())

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed when all of it went well."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


def hindered(folder: Path, error: Exception) -> UserError:
    """What a person is told when the index cannot be written, or not even read: what stands in the way."""
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(existing, os.W_OK):
        message = f"The index in '{folder}' is read-only here ({reason})."
        return UserError(message, "You can still ask questions; to add articles, index as a user who may write to it.")
    if getattr(error, "errno", None) in _NO_ROOM or shutil.disk_usage(existing).free < _FULL_BYTES:
        message = f"The disk is full: the index in '{folder}' cannot be written ({reason})."
        return UserError(message, "Free some space and try again; nothing was lost, and you can still ask questions.")
    return UserError(f"The index in '{folder}' cannot be used right now ({reason}).", "Check the disk.")


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("CREATE VIRTUAL TABLE temp.places USING fts5vocab ('main', 'words', 'instance')")
    return connection


def _state(path: Path) -> tuple[int, int, int]:
    now = path.stat()
    return now.st_ino, now.st_size, now.st_mtime_ns


def _write(connection: sqlite3.Connection, change: Change) -> None:
    root = change.root
    gone = [(root, path) for path in change.removed]
    passages = "SELECT p.id FROM passages p JOIN articles a ON a.id = p.article WHERE a.root = ? AND a.path = ?"
    connection.executemany(f"DELETE FROM words WHERE rowid IN ({passages})", gone)
    connection.executemany(f"DELETE FROM passages WHERE id IN ({passages})", gone)
    connection.executemany("DELETE FROM articles WHERE root = ? AND path = ?", gone)
    for file, article, new in change.added:
        cursor = connection.execute(
            "INSERT INTO articles VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (root, article.path, file, article.title, article.publisher, article.published, article.published_from,
             article.author, article.url, article.text, article.encoding, json.dumps(article.body), article.sha256,
             json.dumps(article.pages), article.recognized),
        )  # fmt: skip
        rows = [(passage.id, cursor.lastrowid, passage.start, passage.end, passage.hash) for passage in new]
        connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO words (rowid, head, body, quoted) VALUES (?, ?, ?, ?)", map(_words, new))
    connection.executemany("DELETE FROM files WHERE root = ? AND path = ?", [(root, one) for one in change.files_gone])
    files = [(root, row.path, row.size, row.mtime_ns, row.sha256, json.dumps(row.skipped)) for row in change.files]
    connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", files)
    if change.is_dropped:
        connection.execute("DELETE FROM roots WHERE name = ?", (root,))
    else:
        connection.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (root, change.folder))


def _words(passage: NewPassage) -> tuple[int, str, str, str | None]:
    """The row of the full text: what is searched, and the passage's own text where that is another."""
    body = plain(passage.text)
    return passage.id, plain(passage.head), body, None if body == passage.text else passage.text


def content_digest(path: Path, *, but: str) -> str:
    """BLAKE2b of the rows of another program's SQLite file, one of its tables left out.

    The same whichever Python and SQLite read it. Raises ValueError when the file is missing or damaged.
    """
    digest = blake2b(digest_size=16)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise ValueError(f"{path} is damaged")
            schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
            digest.update(json.dumps(schema).encode())
            for kind, name, made_by in schema:
                if kind == "table" and name != but and not made_by.startswith("CREATE VIRTUAL"):
                    rows = connection.execute(f'SELECT * FROM "{name}"')
                    for row in sorted(json.dumps(row, default=bytes.hex) for row in rows):
                        digest.update(row.encode())
    except sqlite3.Error as error:
        raise ValueError(f"{path} is damaged ({error})") from error
    return digest.hexdigest()
