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

from index.article import KEPT, Article, Skipped, UserError
from index.boilerplate import Layout, read_layout
from index.dates import parse_day
from index.formats import SUFFIXES, Content, decode, read_format, too_large
from index.metadata import FIELDS, declared, first_words, mended, read_dateline

READING_VERSION = 1  # raised when reading changes what comes out
OVERRIDES_FILE = "metadata.csv"
Overrides = Mapping[str, Mapping[str, str]]

_KINDS = (
    (stat.S_ISFIFO, "a named pipe, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
)
_PROBLEMS = MappingProxyType(
    {
        errno.ELOOP: "a link that leads to itself",
        errno.ENOENT: "no longer there",
        errno.EACCES: "may not be read",
        errno.EISDIR: "a folder, not a file",
        errno.ENXIO: "a socket, not a file",
    }
)


@dataclass(frozen=True)
class Limits:
    """The largest file and the largest record (or line of .jsonl) that is read, in bytes."""

    file_bytes: int = 25_000_000
    record_bytes: int = 2_000_000


@dataclass(frozen=True)
class FoundFile:
    """A file to read: `path` is relative to its folder, with "/" between names; `size` in bytes."""

    path: str
    size: int
    mtime_ns: int


_USUAL = Limits()
_NOTHING: Mapping[str, str] = MappingProxyType({})


def find_files(folder: Path) -> tuple[list[FoundFile], list[Skipped]]:
    """The files of `folder` that hold articles, sorted by path, and the entries that are not read, with the reason.

    Nothing is opened. Hidden entries and the top `metadata.csv` are left out silently; a link is followed when it
    leads to a file inside the folder. The path of a folder that may not be read ends in "/". `folder` may be a
    single file. Raises UserError when it is neither.
    """
    if not os.path.exists(folder):
        raise UserError(f"No folder or file at '{folder}'.", "Name the folder that holds the articles.")
    base = folder.resolve()
    entries = list(_walk(base)) if base.is_dir() else [_look_at(base, base.parent, folder.name)]
    entries.sort(key=lambda entry: entry.path)
    found = [entry for entry in entries if isinstance(entry, FoundFile)]
    return found, [entry for entry in entries if isinstance(entry, Skipped)]


def read_file(
    folder: Path, path: str, root: str, overrides: Overrides, limits: Limits = _USUAL
) -> tuple[list[Article], list[Skipped]]:
    """The articles of one file (one, or one a record) and what in it was not read, and why. Never raises for content.

    `overrides` gives metadata by path ("a.txt", "news.jsonl#17") and wins over what the file says.
    """
    read = list(_read(folder, path, root, overrides, limits))
    articles = [article for article in read if isinstance(article, Article)]
    return articles, [reason for reason in read if isinstance(reason, Skipped)]


def read_overrides(folder: Path) -> tuple[Overrides, list[Skipped]]:
    """What `metadata.csv` at the top of the folder says: metadata by path, and the rows that cannot be used.

    Columns path, title, publisher, published (an ISO day), author, url, in any order; an empty cell says nothing.
    """
    overrides: dict[str, Mapping[str, str]] = {}
    skipped: list[Skipped] = []
    if os.path.lexists(folder / OVERRIDES_FILE):
        try:
            text, _ = decode(_read_bytes(folder, OVERRIDES_FILE, _USUAL.file_bytes))
            skipped += _read_rows(text, overrides)
        except UserError as problem:
            skipped.append(Skipped(OVERRIDES_FILE, problem.message))
        except csv.Error as problem:
            skipped.append(Skipped(OVERRIDES_FILE, f"cannot be read to its end: {problem}"))
    return overrides, skipped


def article_from_text(
    text: str, *, root: str, path: str, encoding: str = KEPT, metadata: Mapping[str, object] = _NOTHING
) -> Article:
    """The article in `text`; metadata under any of the usual names ("headline", "date") wins over what the text says.

    In a text that only the index keeps, a leading byte order mark goes and what UTF-8 cannot hold becomes U+FFFD.
    Raises UserError when there is no article text in it.
    """
    if encoding == KEPT:
        text = mended(text).removeprefix("\ufeff")
    article = _article(Content(text, encoding, declared(metadata, "record")), root, path, _NOTHING)
    if isinstance(article, Skipped):
        raise UserError(f"No article in '{path}': {article.reason}.", "Give a text of at least a sentence.")
    return article


def _read(folder: Path, path: str, root: str, overrides: Overrides, limits: Limits) -> Iterator[Article | Skipped]:
    try:
        data = _read_bytes(folder, path, limits.file_bytes)
        for content in read_format(path, data, limits.record_bytes):
            if isinstance(content, Skipped):
                yield content
                continue
            name = f"{path}#{content.id}" if content.id else path
            given = overrides.get(name) or overrides.get(unicodedata.normalize("NFC", name)) or _NOTHING
            yield _article(content, root, name, declared(given, OVERRIDES_FILE))
    except UserError as problem:
        yield Skipped(path, problem.message)


def _article(content: Content, root: str, path: str, given: Mapping[str, str]) -> Article | Skipped:
    title, text = content.metadata.get("title"), content.text
    layout = read_layout(text, title=title, renamed=given.get("title"), outside=content.outside)
    if not layout.body:
        return Skipped(path, "no article text")
    stated = {**_found(layout), **content.metadata, **given}
    article = Article(
        root=root,
        path=path,
        title=stated.get("title") or first_words(text[layout.body[0][0] : layout.body[-1][1]]),
        text=text,
        body=layout.body,
        encoding=content.encoding,
        sha256="",
        publisher=stated.get("publisher"),
        published=stated.get("published"),
        published_from=stated.get("published_from"),
        author=stated.get("author"),
        url=stated.get("url"),
    )
    return replace(article, sha256=_digest(article))


def _found(layout: Layout) -> dict[str, str]:
    """The metadata that the text itself states; the first line that states something counts."""
    found = {"title": layout.title} if layout.title else {}
    for credit in layout.credits:
        for field, value in (("author", credit.author), ("publisher", credit.publisher)):
            if value:
                found.setdefault(field, value)
    days = [credit for credit in layout.credits if credit.published]
    day = next((credit.published for credit in sorted(days, key=lambda credit: credit.revised)), None)
    if day:
        return {**found, "published": day, "published_from": "byline"}
    datelines = (read_dateline(opening, needs_place=at > 0) for at, opening in enumerate(layout.opening))
    day = next((day for day in datelines if day), None)
    return {**found, "published": day, "published_from": "dateline"} if day else found


def _digest(article: Article) -> str:
    names = ("text", "body", "encoding", "published_from", *FIELDS)
    content = json.dumps([getattr(article, name) for name in names], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def _walk(base: Path) -> Iterator[FoundFile | Skipped]:
    """Every entry under `base` that is neither hidden nor a folder, and the folders that may not be read."""
    folders = [base]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as problem:
            yield Skipped(folder.relative_to(base).as_posix() + "/", _reason(problem))
            continue
        for entry in entries:
            if entry.name.startswith((".", "~$")) or (folder == base and entry.name == OVERRIDES_FILE):
                continue
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            else:
                yield _look_at(path, base, path.relative_to(base).as_posix())


def _look_at(path: Path, base: Path, name: str) -> FoundFile | Skipped:
    try:
        name.encode("utf-8")
        info = os.lstat(path)
        if stat.S_ISLNK(info.st_mode):
            _check_inside(os.path.realpath(path, strict=True), base)
            info = os.stat(path)
    except UnicodeEncodeError:
        return Skipped(name.encode("utf-8", "replace").decode(), "its name is not UTF-8")
    except FileNotFoundError:
        return Skipped(name, "a link to nothing")
    except (OSError, UserError) as problem:
        return Skipped(name, _reason(problem))
    suffix = path.suffix.lower()
    if not stat.S_ISREG(info.st_mode):
        return Skipped(name, _kind(info.st_mode))
    if suffix not in SUFFIXES:
        return Skipped(name, f"not a kind of file that is read ({suffix or 'no suffix'})")
    if not os.access(path, os.R_OK):
        return Skipped(name, "may not be read")
    return FoundFile(name, info.st_size, info.st_mtime_ns)


def _read_bytes(folder: Path, path: str, limit: int) -> bytes:
    """The bytes of a regular file within the folder, whatever has been put in its place since it was found."""
    try:
        base = os.path.realpath(folder, strict=True)
        is_folder = os.path.isdir(base)
        real = os.path.realpath(folder / path, strict=True) if is_folder else base
        _check_inside(real, Path(base))
        # Without O_NONBLOCK opening a named pipe waits for a writer for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(real, flags), "rb") as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise UserError(_kind(info.st_mode))
            data = file.read(limit + 1) if info.st_size <= limit else b""
    except (OSError, ValueError) as problem:
        raise UserError(_reason(problem)) from None
    size = max(info.st_size, len(data))
    if size > limit:
        raise UserError(too_large(size, limit))
    return data


def _check_inside(real: str, base: Path) -> None:
    if not Path(real).is_relative_to(base):
        raise UserError("a link that leads out of the folder")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a link to a folder, whose files are read where they lie"
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "not a file")


def _reason(problem: Exception) -> str:
    if isinstance(problem, UserError):
        return problem.message
    number = problem.errno if isinstance(problem, OSError) else None
    return _PROBLEMS.get(number or 0) or getattr(problem, "strerror", None) or str(problem)


def _read_rows(text: str, overrides: dict[str, Mapping[str, str]]) -> Iterator[Skipped]:
    """Puts the rows into `overrides` and yields those that cannot be used. The first of two rows for a path counts."""
    first_line = text.partition("\n")[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    names = [name.strip().lower() for name in next(rows, [])]
    if "path" not in names:
        raise UserError(f"line 1 must name the columns: path,{','.join(FIELDS)}")
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
        path = unicodedata.normalize("NFC", cells.get("path", "").replace("\\", "/").removeprefix("./"))
        problem = _row_problem(path, row, names, overrides)
        if not problem:
            overrides[path] = {name: cells[name] for name in FIELDS if name in cells}
            day = cells.get("published", "")
            if day and (len(day) != 10 or parse_day(day) != day):
                overrides[path] = {name: cells[name] for name in FIELDS if name in cells and name != "published"}
                problem = f"{day!r} is not a day such as 2023-08-17; the other cells count"
        if problem:
            yield Skipped(OVERRIDES_FILE, f"line {rows.line_num}: {problem}")


def _row_problem(path: str, row: list[str], names: list[str], overrides: Overrides) -> str:
    if not path:
        return "no path"
    if len(row) > len(names):
        return "more cells than columns; a comma inside a cell needs quotation marks around the cell"
    return f"{path!r} stands on an earlier line" if path in overrides else ""
