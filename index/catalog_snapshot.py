"""What the catalog holds at one moment: every question that is put to it, and the filters on articles."""

from __future__ import annotations

import json
import math
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from index.article import Article
from index.records import ArticleRow, FileRow, Filters, Passage, Pointer

_ALL = Filters()
_ROW = "a.root, a.path, a.title, a.publisher, a.published, a.author, a.url, a.encoding, a.pages, a.recognized"
# The condition that `Filters` put on `articles a`.
_PASSES = """(:as_of IS NULL OR a.published IS NULL OR a.published <= :as_of)
    AND (:since IS NULL OR a.published >= :since) AND (:until IS NULL OR a.published <= :until)
    AND (:publisher IS NULL OR a.publisher = :publisher COLLATE NOCASE)
    AND (:exclude IS NULL OR a.path NOT IN (SELECT value FROM json_each(:exclude))
    AND a.root || '/' || a.path NOT IN (SELECT value FROM json_each(:exclude)))
    AND (:only IS NULL OR EXISTS (SELECT 1 FROM json_each(:only)
    WHERE a.path GLOB value OR a.root || '/' || a.path GLOB value))"""


_HEAVY, _EVEN = 1.2, 0.75  # k1 and b of BM25, as FTS5 has them


class Snapshot:
    """One consistent view of the catalog, or of what `scope` lets through. Lives as long as its `with`.

    What is counted (`counts`, `publishers`, `document_frequency` and the weights of `search_any`) is counted over the
    scope alone, so that articles outside it change no answer.
    """

    def __init__(self, connection: sqlite3.Connection, scope: Filters = _ALL) -> None:
        self._connection, self._scope = connection, scope
        self._query = connection.execute

    def within(self, scope: Filters) -> Snapshot:
        """The same moment, of these articles alone."""
        return Snapshot(self._connection, scope)

    def fact(self, key: str) -> str | None:
        """A line of the catalog about itself: "embedder", "versions"..."""
        row = self._query("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def pointer(self) -> Pointer:
        return Pointer(*(int(self.fact(key) or 0) for key in ("generation", "top", "size")))

    def counts(self) -> tuple[int, int, str | None]:
        """(articles, passages, newest publication day)."""
        query = f"SELECT count(*), max(published) FROM articles a WHERE {_PASSES}"
        articles, newest = self._query(query, _parameters(self._scope)).fetchone()
        if self._scope != _ALL:
            return articles, len(self._lengths), newest
        return articles, self._query("SELECT count(*) FROM passages").fetchone()[0], newest

    def roots(self) -> list[tuple[str, str | None]]:
        """(name, folder); a root of Documents has no folder."""
        return self._query("SELECT name, folder FROM roots ORDER BY name").fetchall()

    def publishers(self) -> tuple[str, ...]:
        """Every publisher that an article is known to have."""
        query = f"SELECT DISTINCT publisher FROM articles a WHERE publisher IS NOT NULL AND {_PASSES} ORDER BY 1"
        return tuple(row[0] for row in self._query(query, _parameters(self._scope)))

    def files(self, root: str) -> dict[str, FileRow]:
        rows = self._query("SELECT path, size, mtime_ns, sha256, skipped FROM files WHERE root = ?", (root,))
        return {
            path: FileRow(path, size, mtime_ns, sha256, tuple(map(tuple, json.loads(skipped))))
            for path, size, mtime_ns, sha256, skipped in rows
        }

    def digests(self, root: str) -> dict[str, tuple[str, str]]:
        """Path of each article of a root -> (its file, its sha256)."""
        rows = self._query("SELECT path, file, sha256 FROM articles WHERE root = ?", (root,))
        return {path: (file, sha256) for path, file, sha256 in rows}

    def article_rows(self, filters: Filters = _ALL) -> list[ArticleRow]:
        query = f"SELECT {_ROW} FROM articles a WHERE {_PASSES} ORDER BY a.root, a.path"
        return [_row(row) for row in self._query(query, _parameters(filters))]

    def has(self, filters: Filters) -> bool:
        """Whether any article passes."""
        query = f"SELECT EXISTS (SELECT 1 FROM articles a WHERE {_PASSES})"
        return bool(self._query(query, _parameters(filters)).fetchone()[0])

    def undated(self, filters: Filters) -> int:
        """How many articles `since` and `until` leave out for having no day, of those that pass the rest."""
        if filters.since is None and filters.until is None:
            return 0
        query = f"SELECT count(*) FROM articles a WHERE a.published IS NULL AND {_PASSES}"
        return int(self._query(query, _parameters(replace(filters, since=None, until=None))).fetchone()[0])

    def article(self, root: str, path: str) -> Article | None:
        names = [field.name for field in fields(Article)]
        query = f"SELECT {', '.join(names)} FROM articles WHERE root = ? AND path = ?"
        row = self._query(query, (root, path)).fetchone()
        if row is None:
            return None
        known = dict(zip(names, row, strict=True))
        body, pages = (json.loads(known[name]) for name in ("body", "pages"))
        return Article(**known | {"body": tuple(map(tuple, body)), "pages": tuple(pages)})

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
        query = (
            f'SELECT p.id, p.start, p."end", ifnull(w.quoted, w.body), {_ROW} FROM passages p'
            " JOIN articles a ON a.id = p.article JOIN words w ON w.rowid = p.id"
            " WHERE p.id IN (SELECT value FROM json_each(?))"
        )
        rows = self._query(query, (json.dumps(list(ids)),))
        return {number: Passage(number, _row(row), start, end, text) for number, start, end, text, *row in rows}

    def search_words(self, words: str, limit: int, filters: Filters, head_weight: float) -> list[tuple[int, float]]:
        """(passage id, BM25), best and highest first. `words` is an FTS5 expression."""
        # The matches first: with a filter SQLite would else look up every passage that passes in the full text.
        query = (
            "WITH found AS MATERIALIZED (SELECT rowid AS id, -bm25(words, :weight, 1.0) AS score FROM words"
            " WHERE words MATCH :words) SELECT f.id, f.score FROM found f"
        )
        if filters != _ALL:
            query += f" JOIN passages p ON p.id = f.id JOIN articles a ON a.id = p.article WHERE {_PASSES}"
        parameters = {"weight": head_weight, "words": words, "limit": limit, **_parameters(filters)}
        return self._query(query + " ORDER BY f.score DESC, f.id LIMIT :limit", parameters).fetchall()

    def search_any(
        self, words: Mapping[str, str], limit: int, filters: Filters, head_weight: float
    ) -> list[tuple[int, float]]:
        """(passage id, BM25), best first, of the passages with any of these words; each by its Porter stem."""
        if self._scope == _ALL:
            return self.search_words(" OR ".join(f'"{word}"' for word in words.values()), limit, filters, head_weight)
        lengths, scores = self._lengths, dict[int, float]()
        mean = sum(lengths.values()) / max(1, len(lengths))
        query = "SELECT doc, sum(iif(col = 'head', ?, 1.0)) FROM places WHERE term = ? GROUP BY doc"
        for stem in words:
            held = [pair for pair in self._query(query, (head_weight, stem)) if pair[0] in lengths]
            rarity = max(math.log((len(lengths) - len(held) + 0.5) / (len(held) + 0.5)), 1e-6)
            for key, times in held:
                length = _HEAVY * (1 - _EVEN + _EVEN * lengths[key] / mean)
                scores[key] = scores.get(key, 0.0) + rarity * times * (_HEAVY + 1) / (times + length)
        allowed = None if filters == self._scope else self.allowed(filters)
        passing = scores.keys() if allowed is None else scores.keys() & set(allowed)
        return sorted(((key, scores[key]) for key in passing), key=lambda pair: (-pair[1], pair[0]))[:limit]

    @cached_property
    def _lengths(self) -> dict[int, int]:
        """How many words each passage of the scope has."""
        query = "SELECT d.id, d.sz FROM articles a CROSS JOIN passages p ON p.article = a.id JOIN words_docsize d"
        rows = self._query(f"{query} ON d.id = p.id WHERE {_PASSES}", _parameters(self._scope))
        return {key: _total(sizes) for key, sizes in rows}

    def document_frequency(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each (Porter-stemmed) word stands."""
        if self._scope != _ALL:
            query = "SELECT DISTINCT doc FROM places WHERE term = ?"
            found = {stem: sum(key in self._lengths for (key,) in self._query(query, (stem,))) for stem in stems}
            return {stem: count for stem, count in found.items() if count}
        query = "SELECT term, doc FROM vocabulary WHERE term = ?"
        rows = (self._query(query, (stem,)).fetchone() for stem in stems)
        return {row[0]: row[1] for row in rows if row}

    def words_from(self, first: str, shortest: int, longest: int) -> list[tuple[str, int]]:
        """The (Porter-stemmed) words of these lengths that begin so, and in how many passages each stands."""
        query = "SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?"
        return self._query(query, (first, chr(ord(first) + 1), shortest, longest)).fetchall()

    def allowed(self, filters: Filters) -> list[int] | None:
        """Ids of the passages that pass, or None when all do."""
        if filters == _ALL:
            return None
        # CROSS: the condition is put to every article then, not to every passage.
        query = f"SELECT p.id FROM articles a CROSS JOIN passages p ON p.article = a.id WHERE {_PASSES}"
        return [row[0] for row in self._query(query, _parameters(filters))]

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


def _row(columns: Sequence[Any]) -> ArticleRow:
    return replace(ArticleRow(*columns), pages=tuple(json.loads(columns[-2])))


def _parameters(filters: Filters) -> dict[str, Any]:
    """What `_PASSES` asks for."""
    said = {"as_of": filters.as_of, "since": filters.since, "until": filters.until}
    said["publisher"] = (filters.publisher or "").encode("utf-8", "replace").decode()  # SQLite takes no lone surrogate
    said["only"] = json.dumps([glob for pattern in filters.only for glob in _globs(pattern)]) if filters.only else None
    said["exclude"] = json.dumps(filters.exclude) if filters.exclude else None
    return {name: text or None for name, text in said.items()}


def _total(sizes: bytes) -> int:
    """The sum of SQLite's variable-length integers: the lengths of a row's columns in words."""
    total = value = 0
    for byte in sizes:
        value = value << 7 | byte & 127
        if byte < 128:
            total, value = total + value, 0
    return total


def _globs(pattern: str) -> Iterator[str]:
    """What `Filters.only` promises of a pattern, as SQLite's GLOB has it. Names may be composed or decomposed."""
    written = pattern.replace("\\", "/").removeprefix("./").rstrip("/").encode("utf-8", "replace").decode()
    for form in {unicodedata.normalize(form, written) for form in ("NFC", "NFD")}:
        for glob in {form, form.replace("**/", ""), form.replace("[", "[[]")}:  # the last: a name that holds a bracket
            for place in (glob,) if "/" in glob else (glob, f"*/{glob}"):
                yield from (place, f"{place}/*", f"{place}#*")
