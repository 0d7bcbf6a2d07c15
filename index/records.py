"""What passes between the catalog, the sync and the search: rows, filters and a sync's change."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from index.article import Article


@dataclass(frozen=True)
class Filters:
    """Which articles may be seen. Days are ISO days, inclusive; `exclude` holds paths or "root/path".

    `only` holds folders, files and patterns, of which one must fit an article's path or "root/path": "*" stands for
    any characters, "?" for one, "[ab]" for one of these; a name without "/" may stand at any depth. A folder's name
    is all below it, and the name of a file with many articles all of these.
    An undated article passes `as_of` but not `since` or `until`.
    """

    as_of: str | None = None
    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArticleRow:
    """What is known of an article without its text."""

    root: str
    path: str
    title: str
    publisher: str | None
    published: str | None
    author: str | None
    url: str | None
    encoding: str
    pages: tuple[int, ...] = ()
    recognized: float | None = None

    def page_at(self, offset: int) -> int | None:
        """The number of the page, from 1, on which an offset of the text stands; None without pages."""
        return bisect_right(self.pages, offset) or None


@dataclass(frozen=True)
class Passage:
    """A passage as it is found: its article and its exact span there."""

    id: int
    article: ArticleRow
    start: int
    end: int
    text: str

    @property
    def page(self) -> int | None:
        """The page on which it begins."""
        return self.article.page_at(self.start)


@dataclass(frozen=True)
class NewPassage:
    """A passage to be published. `hash` names its vector, `head` is the searched line in front of `text`."""

    id: int
    start: int
    end: int
    hash: bytes
    head: str
    text: str


@dataclass(frozen=True)
class FileRow:
    """A file as it was last read: what tells whether it changed, and what of it was skipped."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pointer:
    """The published generation of vectors: it holds the passages up to `top`; later ones are the tail."""

    generation: int = 0
    top: int = 0
    size: int = 0


@dataclass(frozen=True)
class Change:
    """What a sync publishes of one root. `removed` and `files_gone` hold paths of it."""

    root: str
    folder: str | None
    removed: tuple[str, ...] = ()
    added: tuple[tuple[str, Article, tuple[NewPassage, ...]], ...] = ()  # (file, article, passages)
    files: tuple[FileRow, ...] = ()
    files_gone: tuple[str, ...] = ()
    is_dropped: bool = False  # the root itself goes

    @property
    def is_needed(self) -> bool:
        return bool(self.removed or self.added or self.files or self.files_gone or self.is_dropped)
