"""The article: the content of a file (or of one record in it), and why a file is not one."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from math import ceil

Span = tuple[int, int]
KEPT = "index"  # the encoding of a text that only the index holds


class UserError(Exception):
    """A problem the person can mend: what happened, and what to do about it.

    >>> raise UserError("No articles in 'news/'.", "Put .txt, .md or .html files there.")
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Article:
    """One article. Offsets count Unicode code points of `text`.

    `text` is the whole decoded file without a BOM, newlines left alone; `data.decode(encoding)` gives it
    back. For a converted format (HTML, PDF, DOCX) and for a record of a .json or .jsonl file (whose `path`
    is `file.jsonl#id`) `encoding` is `KEPT`: the text is the one that the index keeps. So it is for a text
    file of which a few bytes are damaged, for no codec gives its text back.
    `body` holds the spans that are article, ascending and apart; everything else is boilerplate, kept for
    the offsets and never quoted. `published` is an ISO day ("2023-08-17") or None, `published_from` says
    where it was found ("byline", "dateline", "json-ld", "meta", "time", "address", "entry" of a live blog,
    "record", "metadata.csv", "running head", "properties" of a Word file).
    `pages` holds where each page begins in `text`, for a format that has pages. Where pages were pictures,
    `recognized` is how sure the text recognition is, from 0 to 1.
    """

    root: str
    path: str
    title: str
    text: str
    body: tuple[Span, ...]
    encoding: str
    sha256: str  # of the content and of the metadata below
    publisher: str | None = None
    published: str | None = None
    published_from: str | None = None
    author: str | None = None
    url: str | None = None
    pages: tuple[int, ...] = ()
    recognized: float | None = None

    @property
    def id(self) -> str:
        """Names the article in the index: 32 hexadecimal digits of its root and path."""
        return blake2b(f"{self.root}\0{self.path}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Skipped:
    """A file or record that was not read, and why, in words for the person who put it there.

    `is_unread`: it (or the folder, whose path ends in "/") is there and may hold articles, but could not be read.
    """

    path: str
    reason: str
    is_unread: bool = False


def too_large(size: int, limit: int) -> str:
    """The reason for leaving out what is larger than its limit, both in bytes."""
    return f"{ceil(size / 1e5) / 10} MB, over the limit of {limit / 1e6:g} MB"
