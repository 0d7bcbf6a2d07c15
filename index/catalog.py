"""The catalog: one SQLite file that is the truth about articles, passages, words and vectors.

A reader works in a `Snapshot` (one read transaction). A writer saves vectors as they come and then
publishes everything else in one transaction, so that a reader sees all of a sync or none of it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock

from index.article import Article, UserError
from index.records import ArticleRow, Change, FileRow, Filters, Passage, Pointer

SCHEMA = 1
_TABLES = f"""
PRAGMA journal_mode = WAL;
PRAGMA user_version = {SCHEMA};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (name TEXT PRIMARY KEY, folder TEXT) WITHOUT ROWID;
CREATE TABLE files (root TEXT, path TEXT, size INTEGER, mtime_ns INTEGER, sha256 TEXT, skipped TEXT,
    PRIMARY KEY (root, path)) WITHOUT ROWID;
CREATE TABLE articles (id INTEGER PRIMARY KEY, root TEXT, path TEXT, file TEXT, title TEXT, publisher TEXT,
    published TEXT, published_from TEXT, author TEXT, url TEXT, text TEXT, encoding TEXT, body TEXT, sha256 TEXT,
    UNIQUE (root, path));
CREATE INDEX articles_file ON articles (root, file);
CREATE TABLE passages (id INTEGER PRIMARY KEY, article INTEGER, start INTEGER, "end" INTEGER, hash BLOB);
CREATE INDEX passages_article ON passages (article);
CREATE TABLE vectors (hash BLOB PRIMARY KEY, vector BLOB);
CREATE VIRTUAL TABLE words USING fts5 (head, body, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
INSERT INTO meta VALUES ('store', lower(hex(randomblob(8))));
"""
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_HINDERED = ("SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")
_SET_FACT = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
_ROW = "a.root, a.path, a.title, a.publisher, a.published, a.author, a.url, a.encoding"


class Catalog:
    """Opens (or with `create` makes) the catalog. Safe to use from several threads.

    Raises UserError when the file is missing or of another version, and in every use when it is damaged,
    or cannot be read or written.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._start_again = f"Delete the folder '{path.parent}' and index again."
        if not path.exists():
            if not create:
                raise UserError(f"No index in '{path.parent}'.", "Make one with `rag index FOLDER`.")
            self._make()
        try:
            with self._connection() as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA:
                raise UserError(f"The index has schema {version}, and this version {SCHEMA}.", self._start_again)
        except UserError:
            self.close()
            raise

    def _make(self) -> None:
        """Make the file beside its place, so that no other process meets half of it."""
        new = self.path.with_suffix(".new")
        with self._explained(), FileLock(self.path.parent / "writer.lock", timeout=30):
            if self.path.exists():
                return
            for leftover in self.path.parent.glob(f"{new.name}*"):
                leftover.unlink()
            with closing(sqlite3.connect(new)) as connection:
                connection.executescript(_TABLES)
            new.replace(self.path)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._explained():
            connection = self._take()
            try:
                yield connection
            finally:
                self._put_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA cache_size = -65536")
        return connection

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
                raise UserError(f"'{self.path}' cannot be read as an index ({error}).", self._start_again) from error
            if code.startswith(_HINDERED):
                message = f"The index in '{self.path.parent}' cannot be used now ({error})."
                raise UserError(message, "Is the disk full, or the folder not yours to write in?") from error
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
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", vectors.items())
            connection.execute("COMMIT")

    def publish(self, changes: Sequence[Change], pointer: Pointer, facts: Mapping[str, str]) -> None:
        """Everything of a sync in one transaction: afterwards all of it has happened, before none."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            for change in changes:
                _write(connection, change)
            connection.execute("DELETE FROM vectors WHERE hash NOT IN (SELECT hash FROM passages)")
            connection.executemany(_SET_FACT, [*facts.items(), *asdict(pointer).items()])
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def point_to(self, pointer: Pointer) -> None:
        """Publish another generation of the same passages."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_SET_FACT, asdict(pointer).items())
            connection.execute("COMMIT")


def _write(connection: sqlite3.Connection, change: Change) -> None:
    root = change.root
    gone = [(root, path) for path in change.removed]
    passages = "SELECT p.id FROM passages p JOIN articles a ON a.id = p.article WHERE a.root = ? AND a.path = ?"
    connection.executemany(f"DELETE FROM words WHERE rowid IN ({passages})", gone)
    connection.executemany(f"DELETE FROM passages WHERE id IN ({passages})", gone)
    connection.executemany("DELETE FROM articles WHERE root = ? AND path = ?", gone)
    for file, article, new in change.added:
        cursor = connection.execute(
            "INSERT INTO articles VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (root, article.path, file, article.title, article.publisher, article.published, article.published_from,
             article.author, article.url, article.text, article.encoding, json.dumps(article.body), article.sha256),
        )  # fmt: skip
        rows = [(passage.id, cursor.lastrowid, passage.start, passage.end, passage.hash) for passage in new]
        connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
        words = [(passage.id, passage.head, passage.text) for passage in new]
        connection.executemany("INSERT INTO words (rowid, head, body) VALUES (?, ?, ?)", words)
    connection.executemany("DELETE FROM files WHERE root = ? AND path = ?", [(root, one) for one in change.files_gone])
    files = [(root, row.path, row.size, row.mtime_ns, row.sha256, json.dumps(row.skipped)) for row in change.files]
    connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", files)
    if change.is_dropped:
        connection.execute("DELETE FROM roots WHERE name = ?", (root,))
    else:
        connection.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (root, change.folder))


class Snapshot:
    """What the catalog holds at one moment. Lives as long as the `with` that opened it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._query = connection.execute

    def fact(self, key: str) -> str | None:
        """A line of the catalog about itself: "embedder", "versions"..."""
        row = self._query("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def pointer(self) -> Pointer:
        return Pointer(*(int(self.fact(key) or 0) for key in ("generation", "top", "size")))

    def counts(self) -> tuple[int, int, str | None]:
        """(articles, passages, newest publication day)."""
        articles, newest = self._query("SELECT count(*), max(published) FROM articles").fetchone()
        return articles, self._query("SELECT count(*) FROM passages").fetchone()[0], newest

    def roots(self) -> list[tuple[str, str | None]]:
        """(name, folder); a root of Documents has no folder."""
        return self._query("SELECT name, folder FROM roots ORDER BY name").fetchall()

    def publishers(self) -> tuple[str, ...]:
        """Every publisher that an article is known to have."""
        rows = self._query("SELECT DISTINCT publisher FROM articles WHERE publisher IS NOT NULL ORDER BY 1")
        return tuple(row[0] for row in rows)

    def files(self, root: str) -> dict[str, FileRow]:
        rows = self._query("SELECT path, size, mtime_ns, sha256, skipped FROM files WHERE root = ?", (root,))
        return {
            path: FileRow(path, size, mtime_ns, sha256, tuple((name, reason) for name, reason in json.loads(skipped)))
            for path, size, mtime_ns, sha256, skipped in rows
        }

    def digests(self, root: str) -> dict[str, tuple[str, str]]:
        """Path of each article of a root -> (its file, its sha256)."""
        rows = self._query("SELECT path, file, sha256 FROM articles WHERE root = ?", (root,))
        return {path: (file, sha256) for path, file, sha256 in rows}

    def article_rows(self, filters: Filters | None = None) -> list[ArticleRow]:
        where, values = _where(filters or Filters())
        rows = self._query(f"SELECT {_ROW} FROM articles a WHERE {where} ORDER BY a.root, a.path", values)
        return [ArticleRow(*row) for row in rows]

    def article(self, root: str, path: str) -> Article | None:
        names = [field.name for field in fields(Article)]
        query = f"SELECT {', '.join(names)} FROM articles WHERE root = ? AND path = ?"
        row = self._query(query, (root, path)).fetchone()
        if row is None:
            return None
        known = dict(zip(names, row, strict=True))
        return Article(**known | {"body": tuple(map(tuple, json.loads(known["body"])))})

    def file_of(self, root: str, path: str) -> tuple[Path, FileRow] | None:
        """The file an article came from, and how it was when it was read; None for a Document."""
        row = self._query(
            "SELECT r.folder, f.path, f.size, f.mtime_ns, f.sha256 FROM articles a JOIN roots r ON r.name = a.root"
            " JOIN files f ON f.root = a.root AND f.path = a.file WHERE a.root = ? AND a.path = ?",
            (root, path),
        ).fetchone()
        if row is None or row[0] is None:
            return None
        folder = Path(row[0])  # or a root that is a single file
        return folder if folder.is_file() else folder / row[1], FileRow(*row[1:])

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages that exist, by id."""
        found: dict[int, Passage] = {}
        query = (
            f'SELECT p.id, p.start, p."end", w.body, {_ROW} FROM passages p JOIN articles a ON a.id = p.article'
            " JOIN words w ON w.rowid = p.id WHERE p.id IN (SELECT value FROM json_each(?))"
        )
        for passage_id, start, end, text, *row in self._query(query, (json.dumps(list(ids)),)):
            found[passage_id] = Passage(passage_id, ArticleRow(*row), start, end, text)
        return found

    def search_words(self, words: str, limit: int, filters: Filters, head_weight: float) -> list[tuple[int, float]]:
        """(passage id, BM25), best and highest first. `words` is an FTS5 expression."""
        where, values = _where(filters)
        # The matches first: with a filter SQLite would else look up every passage that passes in the full text.
        query = (
            "WITH found AS MATERIALIZED (SELECT rowid AS id, -bm25(words, ?, 1.0) AS score FROM words"
            " WHERE words MATCH ?) SELECT f.id, f.score FROM found f"
        )
        if where != "1":
            query += f" JOIN passages p ON p.id = f.id JOIN articles a ON a.id = p.article WHERE {where}"
        arguments = [head_weight, words, *values, limit]
        return self._query(query + " ORDER BY f.score DESC, f.id LIMIT ?", arguments).fetchall()

    def document_frequency(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each (Porter-stemmed) word stands."""
        query = "SELECT term, doc FROM vocabulary WHERE term = ?"
        rows = (self._query(query, (stem,)).fetchone() for stem in stems)
        return {row[0]: row[1] for row in rows if row}

    def allowed(self, filters: Filters) -> list[int] | None:
        """Ids of the passages that pass, or None when all do."""
        where, values = _where(filters)
        if where == "1":
            return None
        query = f"SELECT p.id FROM passages p JOIN articles a ON a.id = p.article WHERE {where}"
        return [row[0] for row in self._query(query, values)]

    def passage_ids(self, root: str, paths: Iterable[str]) -> list[int]:
        query = "SELECT p.id FROM passages p JOIN articles a ON a.id = p.article WHERE a.root = ? AND a.path = ?"
        return [row[0] for path in paths for row in self._query(query, (root, path))]

    def passages_up_to(self, top: int) -> int:
        """How many passages of the generation are still there."""
        return int(self._query("SELECT count(*) FROM passages WHERE id <= ?", (top,)).fetchone()[0])

    def existing(self, ids: Sequence[int]) -> set[int]:
        query = "SELECT id FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._query(query, (json.dumps(list(ids)),))}

    def vectors(self, *, after: int = 0, ids: Sequence[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """(passage id, float32 bytes): of the ids given, or of all passages with an id above `after`."""
        query = "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.hash = p.hash WHERE "
        if ids is None:
            return iter(self._query(query + "p.id > ? ORDER BY p.id", (after,)))
        chosen = "p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id"
        return iter(self._query(query + chosen, (json.dumps(list(ids)),)))

    def dimension(self) -> int | None:
        """How many numbers a vector of the published passages has; None while there are none."""
        row = self._query("SELECT length(vector) / 4 FROM passages JOIN vectors USING (hash) LIMIT 1").fetchone()
        return row[0] if row else None

    def kept_vectors(self, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
        """The vectors already saved, by text hash."""
        query = "SELECT hash, vector FROM vectors WHERE hash = ?"
        rows = (self._query(query, (key,)).fetchone() for key in hashes)
        return {row[0]: row[1] for row in rows if row}

    def next_passage_id(self) -> int:
        """Above every id ever given out: the generation may still hold ids of passages that are gone."""
        highest = self._query("SELECT max(id) FROM passages").fetchone()[0] or 0
        return max(int(highest), self.pointer().top) + 1


def content_digest(path: Path, *, but: str) -> str:
    """BLAKE2b of what another program's SQLite file holds, one of its tables left out.

    Raises ValueError when the file is missing or damaged.
    """
    digest = blake2b(digest_size=16)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise ValueError(f"{path} is damaged")
            for line in connection.iterdump():
                if not line.startswith(f'INSERT INTO "{but}"'):
                    digest.update(line.encode())
    except sqlite3.Error as error:
        raise ValueError(f"{path} is damaged ({error})") from error
    return digest.hexdigest()


def _where(filters: Filters) -> tuple[str, list[Any]]:
    """The condition on `articles a`, with its parameters; "1" when everything passes."""
    parts: list[tuple[str, list[Any]]] = []
    if filters.as_of:
        parts.append(("(a.published IS NULL OR a.published <= ?)", [filters.as_of]))
    if filters.since:
        parts.append(("a.published >= ?", [filters.since]))
    if filters.until:
        parts.append(("a.published <= ?", [filters.until]))
    if filters.publisher:
        name = filters.publisher.encode("utf-8", "replace").decode()  # SQLite takes no lone surrogate
        parts.append(("a.publisher = ? COLLATE NOCASE", [name]))
    if filters.exclude:
        listed = "(SELECT value FROM json_each(?))"
        paths = json.dumps(filters.exclude)
        parts.append((f"a.path NOT IN {listed} AND a.root || '/' || a.path NOT IN {listed}", [paths, paths]))
    return " AND ".join(sql for sql, _ in parts) or "1", [value for _, values in parts for value in values]
