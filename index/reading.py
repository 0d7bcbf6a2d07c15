"""Files -> Articles: finds the files of a folder, reads each, and says why another was not read."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from index.article import KEPT, Article, Skipped, UserError, too_large
from index.boilerplate import Layout, read_layout
from index.decoding import decode
from index.english.stamps import parse_day
from index.formats import SUFFIXES, read_format
from index.metadata import FIELDS, Content, declared, first_words, mended, read_dateline, site_of

READING_VERSION = 3  # raised when reading changes what comes out
OVERRIDES_FILE = "metadata.csv"
MAX_FILE_BYTES = 25_000_000  # a larger file is not read, unless somebody says so
Overrides = Mapping[str, Mapping[str, str]]
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class Unreadable(UserError):
    """A file that is there, or may be, and cannot be read: no right to, a broken disk, a share that does not answer."""


@dataclass(frozen=True)
class FoundFile:
    """A file to read: `path` is relative to its folder, with "/" between names; `size` in bytes."""

    path: str
    size: int
    mtime_ns: int


_NOTHING: Mapping[str, str] = MappingProxyType({})


def find_files(folder: Path) -> tuple[list[FoundFile], list[Skipped]]:
    """The files of `folder` that hold articles, sorted by path, and the entries that are not read, with the reason.

    Nothing is opened; hidden entries and the top `metadata.csv` are left out silently; a link counts when it leads to
    a file inside the folder. `folder` may be a single file. Raises UserError when it is neither.
    """
    if not os.path.exists(folder):
        raise UserError(f"No folder or file at '{folder}'.", "Give the path of a folder of articles.")
    base = folder.resolve()
    entries = list(_walk(base)) if base.is_dir() else [_look_at(base, base.parent, folder.name)]
    entries.sort(key=lambda entry: entry.path)
    found = [entry for entry in entries if isinstance(entry, FoundFile)]
    return found, [entry for entry in entries if isinstance(entry, Skipped)]


def read_file(
    folder: Path, path: str, root: str, overrides: Overrides, max_bytes: int = MAX_FILE_BYTES
) -> tuple[list[Article], list[Skipped]]:
    """The articles of one file (one, or one a record) and what in it was not read, and why. Never raises for content.

    `overrides` gives metadata by path ("a.txt", "news.jsonl#17") and wins over what the file says.
    """
    read = list(_read(folder, path, root, overrides, max_bytes))
    articles = [article for article in read if isinstance(article, Article)]
    return articles, [reason for reason in read if isinstance(reason, Skipped)]


def read_overrides(folder: Path) -> tuple[Overrides, list[Skipped]]:
    """What `metadata.csv` at the top of the folder says: metadata by path, and the rows that cannot be used.

    Columns path, title, publisher, published (a whole day), author, url, in any order; an empty cell says nothing.
    """
    overrides: dict[str, Mapping[str, str]] = {}
    skipped: list[Skipped] = []
    if os.path.lexists(folder / OVERRIDES_FILE):
        try:
            text, _ = decode(read_bytes(folder, OVERRIDES_FILE, MAX_FILE_BYTES))
            skipped += _read_rows(text, overrides)
        except (UserError, csv.Error) as problem:
            skipped.append(Skipped(OVERRIDES_FILE, str(problem), isinstance(problem, Unreadable)))
    return overrides, skipped


def article_from_text(text: str, *, root: str, path: str, metadata: Mapping[str, object] = _NOTHING) -> Article:
    """The article in `text`; metadata under any of the usual names ("headline", "date") wins over what the text says.

    A leading byte order mark goes, and what UTF-8 cannot hold becomes U+FFFD.
    Raises UserError when there is no article text in it.
    """
    content = Content(mended(text).removeprefix("\ufeff"), KEPT, declared(metadata, "record"))
    article = _article(content, root, path, _NOTHING)
    if isinstance(article, Skipped):
        raise UserError(f"No article in '{path}': {article.reason}.", "Give it at least one sentence of text.")
    return article


def _read(folder: Path, path: str, root: str, overrides: Overrides, max_bytes: int) -> Iterator[Article | Skipped]:
    try:
        data = read_bytes(folder, path, max_bytes)
        for content in read_format(path, data):
            if isinstance(content, Skipped):
                yield content
                continue
            name = f"{path}#{content.id}" if content.id else path
            given = overrides.get(unicodedata.normalize("NFC", name), _NOTHING)
            yield _article(content, root, name, declared(given, OVERRIDES_FILE))
    except UserError as problem:
        yield Skipped(path, problem.message, isinstance(problem, Unreadable))


def _article(content: Content, root: str, path: str, given: Mapping[str, str]) -> Article | Skipped:
    title, text = content.metadata.get("title"), content.text
    layout = read_layout(text, title=title, renamed=given.get("title"), outside=content.outside)
    if not layout.body:
        return Skipped(path, "no article text")
    merged = {**content.fallback, **_found(layout), **content.metadata, **given}
    stated = {name: value for name, value in merged.items() if value}
    if site := site_of(stated.get("url", "")):
        stated.setdefault("publisher", site)
    shown = stated.pop("title", "") or first_words(text[layout.body[0][0] : layout.body[-1][1]])
    pages, recognized = content.pages, content.recognized
    article = Article(
        root, path, shown, text, layout.body, content.encoding, "", pages=pages, recognized=recognized, **stated
    )
    return replace(article, sha256=_digest(article))


def _found(layout: Layout) -> dict[str, str]:
    """The metadata that the text itself states; the first line that states something counts."""
    credits = layout.credits
    days = [credit.published for credit in credits if credit.published and not credit.revised]
    datelines = (read_dateline(opening, needs_place=at > 0) for at, opening in enumerate(layout.opening))
    day = days[0] if days else next(filter(None, datelines), None)
    found = {
        "title": layout.title,
        "author": next((credit.author for credit in credits if credit.author), None),
        "publisher": next((credit.publisher for credit in credits if credit.publisher), None),
        "published": day,
        "published_from": day and ("byline" if days else "dateline"),
    }
    return {field: value for field, value in found.items() if value}


def _digest(article: Article) -> str:
    names = ("text", "body", "encoding", "pages", "recognized", "published_from", *FIELDS)
    content = json.dumps([getattr(article, name) for name in names], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def _walk(base: Path) -> Iterator[FoundFile | Skipped]:
    """Every entry under `base` that is neither hidden nor a folder, and the folders that may not be read."""
    folders = [base]
    while folders:
        folder = folders.pop()
        try:
            entries = [(entry, entry.is_dir(follow_symlinks=False)) for entry in os.scandir(folder)]
        except OSError as problem:
            name = folder.relative_to(base).as_posix() + "/"
            yield Skipped(name, _reason(problem), problem.errno not in _ABSENT)
            continue
        for entry, is_folder in entries:
            if entry.name.startswith((".", "~$")) or (folder == base and entry.name == OVERRIDES_FILE):
                continue
            path = folder / entry.name
            if is_folder:
                folders.append(path)
            else:
                yield _look_at(path, base, path.relative_to(base).as_posix())


def _look_at(path: Path, base: Path, name: str) -> FoundFile | Skipped:
    readable = name.encode("utf-8", "replace").decode()
    if readable != name:
        return Skipped(readable, "its name is not UTF-8")
    try:
        real, info = _resolve(path, base)
    except UserError as problem:
        return Skipped(name, problem.message, isinstance(problem, Unreadable))
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        return Skipped(name, f"this type of file is not supported ({suffix or 'no extension'})")
    if not os.access(real, os.R_OK):
        return Skipped(name, "permission denied", is_unread=True)
    return FoundFile(name, info.st_size, info.st_mtime_ns)


def read_bytes(folder: Path, path: str, max_bytes: int) -> bytes:
    """The bytes of a file within the folder (or of the file that `folder` is), whatever is in its place by now.

    Raises UserError with the reason when it cannot be read, or has more than `max_bytes`.
    """
    base = folder.resolve()
    real, info = _resolve(base / path if base.is_dir() else base, base)
    if info.st_size > max_bytes:
        raise UserError(too_large(info.st_size, max_bytes))
    try:
        return Path(real).read_bytes()
    except OSError as problem:
        raise _not_read(problem) from None


def _resolve(path: Path, base: Path) -> tuple[str, os.stat_result]:
    """The regular file within `base` that `path` is or leads to. Raises UserError with the reason when there is none.

    Only such a file may be opened: opening a named pipe waits for a writer for ever.
    """
    try:
        real = os.path.realpath(path, strict=True)
        info = os.stat(real)
    except (OSError, ValueError) as problem:
        raise _not_read(problem) from None
    if not Path(real).is_relative_to(base):
        raise UserError("a link to a place outside the folder")
    if stat.S_ISDIR(info.st_mode):
        raise UserError("a link to a folder that is read anyway")
    if not stat.S_ISREG(info.st_mode):
        raise UserError("a pipe, socket or device, not a file")
    return real, info


def _not_read(problem: Exception) -> UserError:
    is_there = isinstance(problem, OSError) and problem.errno not in _ABSENT
    return (Unreadable if is_there else UserError)(_reason(problem))


def _reason(problem: Exception) -> str:
    return (getattr(problem, "strerror", None) or str(problem)).lower()


def _read_rows(text: str, overrides: dict[str, Mapping[str, str]]) -> Iterator[Skipped]:
    """Puts the rows into `overrides` and yields those that cannot be used. The first of two rows for a path counts."""
    first_line = text.partition("\n")[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    names = [name.strip().lower() for name in next(rows, [])]
    if "path" not in names:
        raise UserError(f"line 1 must name the columns: path,{','.join(FIELDS)}")
    for row in rows:
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
        path = unicodedata.normalize("NFC", cells.pop("path", "").replace("\\", "/").removeprefix("./"))
        problem = ""
        if len(row) > len(names):
            problem = "more cells than columns (a comma inside a cell needs quotation marks around the cell)"
        elif path in overrides:
            problem = f"{path!r} is already on an earlier line"
        elif path:
            day = cells.get("published", "")
            if day and not parse_day(day):
                problem = f"{cells.pop('published')!r} is not a date such as 2023-08-17; the other cells are used"
            overrides[path] = {name: cells[name] for name in FIELDS if name in cells}
        elif cells:
            problem = "no path"
        if problem:
            yield Skipped(OVERRIDES_FILE, f"line {rows.line_num}: {problem}")
