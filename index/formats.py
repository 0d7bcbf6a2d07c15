"""Kinds of files: bytes -> the text of an article, or of many, with what the file declares about them."""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import PurePosixPath
from typing import Any

from index.article import KEPT, Skipped, Span, UserError
from index.metadata import declared, mended, one_line, value_under
from index.webpages import read_page, stated_encoding

SUFFIXES = frozenset((".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".pdf", ".docx"))
UNPACKED_BYTES = 250_000_000  # of a .docx, which is a ZIP file: more is an attack or no article
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x01-\x07\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_TEXT_NAMES = (
    *("text", "body", "content", "article", "articlebody", "articletext", "fulltext", "maintext", "story", "contents"),
    *("description", "summary", "abstract"),
)
_ID_NAMES = ("id", "uuid", "guid")
_LIST_NAMES = ("articles", "data", "items", "results")
_FRONT_MATTER = re.compile(r"---[ \t]*(?:\r\n?|\n)(.*?)(?:\r\n?|\n)?^---[ \t]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_LINK = re.compile(
    r"!?\[[^\[\]]*\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+[\"'][^\"']*[\"'])?\)|\[[^\[\]]*\])|<https?://[^<>\s]*>"
)


@dataclass(frozen=True)
class Content:
    """The text of one article and what its file says of it: metadata under the names of `declared`, spans `outside`.

    `id` names a record within its file and is empty for a whole file.
    """

    text: str
    encoding: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    outside: tuple[Span, ...] = ()
    id: str = ""


def read_format(path: str, data: bytes, record_bytes: int) -> Iterator[Content | Skipped]:
    """The contents of the file, by its suffix. Raises UserError when it cannot be read at all."""
    suffix = PurePosixPath(path).suffix.lower()
    if not data.strip():
        raise UserError("an empty file")
    if suffix in (".json", ".jsonl"):
        records = _lines_of_json(path, data, record_bytes) if suffix == ".jsonl" else _records_of_json(path, data)
        yield from _read_records(path, records, record_bytes)
    elif suffix in (".html", ".htm"):
        text, _ = decode(data, stated_encoding(data))
        page = read_page(text)
        yield Content(page.text, KEPT, page.metadata, page.outside)
    elif suffix == ".md":
        yield read_markdown(*decode(data))
    elif suffix in (".pdf", ".docx"):
        yield _read_office(data, suffix)
    else:
        yield Content(*decode(data))


def decode(data: bytes, stated: str | None = None) -> tuple[str, str]:
    """The text without a byte order mark, and the encoding that gives it back; raises UserError for no text.

    A byte order mark decides, then what the file states, then UTF-8, then Windows' western encoding, then Latin-1.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for name in (marked,) if marked else (stated, "utf-8", "cp1252", "latin-1"):
        if name is None:
            continue
        try:
            text = data.decode(name).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        if "\0" in text or len(_CONTROL.findall(text)) * 20 > len(text):
            raise UserError("binary, not text")
        return text, name
    raise UserError(f"not the {marked} text that its first bytes say it is")


def read_markdown(text: str, encoding: str) -> Content:
    """Markdown as it stands: front matter is metadata; it, headings and lines of links only are outside the body."""
    front = _FRONT_MATTER.match(text)
    metadata = declared(_front_matter(front[1]), "front matter") if front else {}
    outside = [(0, front.end())] if front else []
    at, is_first = front.end() if front else 0, True
    for line in text[at:].splitlines(keepends=True):
        heading = _HEADING.fullmatch(line.rstrip())
        if heading or _is_links(line):
            outside.append((at, at + len(line)))
        if heading and is_first:
            title = re.sub(r"[*_`]|\]\([^()]*\)|\[", "", heading[1]).strip(" \t#")
            metadata = {**({"title": title} if title else {}), **metadata}
        is_first = is_first and not (line.strip() and not _is_links(line))
        at += len(line)
    return Content(text, encoding, metadata, tuple(outside))


def _front_matter(block: str) -> dict[str, object]:
    """The `name: value` lines of YAML front matter, and its plain lists; anything deeper is left out."""
    found: dict[str, object] = {}
    name = ""
    for line in block.splitlines():
        key, colon, value = line.partition(":")
        item = line.strip()
        if item.startswith("- ") and name and not value.startswith("//"):
            found[name] = ", ".join(filter(None, (one_line(found.get(name)), item[2:].strip("\"' "))))
        elif colon and key == key.strip() and not key.startswith("#"):
            name = key
            value = value.strip()
            parts = value.strip("[]").split(",") if value.startswith("[") else [value]
            found[name] = ", ".join(part.strip("\"' ") for part in parts)
    return found


def _is_links(line: str) -> bool:
    """Whether a line holds pictures or links and nothing else."""
    inner, count = _LINK.subn("", line)
    if count:
        inner = re.sub(r"\[\s*\]\([^()\s]*\)", "", inner)
    return count > 0 and not re.search(r"[^\W_]", inner)


def _lines_of_json(path: str, data: bytes, record_bytes: int) -> Iterator[tuple[int, object]]:
    if any(data.startswith(mark) for mark, name in _MARKS if name != "utf-8-sig"):
        data = decode(data)[0].encode("utf-8")
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}#{number}"
        if len(line) > record_bytes:
            yield number, Skipped(where, too_large(len(line), record_bytes))
            continue
        try:
            yield number, json.loads(decode(line)[0])
        except (UserError, ValueError, RecursionError) as problem:
            yield number, Skipped(where, f"line {number}: {_told(problem)}")


def _records_of_json(path: str, data: bytes) -> Iterator[tuple[int, object]]:
    try:
        content = json.loads(decode(data)[0])
    except (ValueError, RecursionError) as problem:
        raise UserError(_told(problem)) from None
    if isinstance(content, dict) and not _text_of(content):
        content = next((content[name] for name in _LIST_NAMES if isinstance(content.get(name), list)), content)
    if content == []:
        raise UserError("no records in it")
    yield from enumerate(content if isinstance(content, list) else [content], start=1)


def _read_records(path: str, records: Iterator[tuple[int, object]], record_bytes: int) -> Iterator[Content | Skipped]:
    """An article for each record that has a text; a second record with an id gets the next free one and is reported."""
    taken: set[str] = set()
    for number, record in records:
        if isinstance(record, Skipped):
            yield record
            continue
        if not isinstance(record, dict):
            yield Skipped(f"{path}#{number}", "not a record with a text")
            continue
        wanted = _id_of(record) or str(number)
        name = next(name for name in _numbered(wanted) if name not in taken)
        taken.add(name)
        if name != wanted:
            yield Skipped(f"{path}#{name}", f"record {number} has an earlier one's id, {wanted!r}: read as {name!r}")
        text = mended(_text_of(record)).removeprefix("\ufeff")
        size = len(text.encode("utf-8"))
        if not text.strip():
            yield Skipped(f"{path}#{name}", "no text in it (looked under text, body, content, article and the like)")
        elif size > record_bytes:
            yield Skipped(f"{path}#{name}", too_large(size, record_bytes))
        else:
            yield Content(text, KEPT, declared(record, "record"), id=name)


def _text_of(record: Mapping[str, object]) -> str:
    value = value_under(record, _TEXT_NAMES)
    if isinstance(value, list):
        return "\n\n".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _id_of(record: Mapping[str, object]) -> str:
    return one_line(value_under(record, _ID_NAMES))[:200]


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}~{number}"
        number += 1


def _read_office(data: bytes, suffix: str) -> Content:
    """A PDF or Word file through markitdown. Raises UserError for a broken file and for a missing extra."""
    missing = f"{suffix} files need one more package: pip install 'footnote[office]'"
    try:
        from markitdown import MarkItDown, MarkItDownException, StreamInfo
        from markitdown.converters import DocxConverter, PdfConverter
    except ImportError:
        raise UserError(missing) from None
    _check_unpacked(data, suffix)
    # With all its converters it would take a broken PDF for plain text, and quote its insides.
    converter = MarkItDown(enable_builtins=False, enable_plugins=False)
    kind: Any = PdfConverter if suffix == ".pdf" else DocxConverter
    converter.register_converter(kind())
    try:
        converted = converter.convert_stream(io.BytesIO(data), stream_info=StreamInfo(extension=suffix))
    except (MarkItDownException, ValueError, TypeError, LookupError, RecursionError) as problem:
        is_missing = "MissingDependencyException" in str(problem)
        raise UserError(missing if is_missing else f"not a {suffix} file that can be read") from None
    text = mended(converted.text_content)
    if not text.strip():
        raise UserError("no text in it (pictures of pages, perhaps)")
    return read_markdown(text, KEPT) if suffix == ".docx" else Content(text, KEPT)


def _check_unpacked(data: bytes, suffix: str) -> None:
    if suffix != ".docx":
        return
    try:
        size = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise UserError("not a .docx file that can be read") from None
    if size > UNPACKED_BYTES:
        raise UserError(f"unpacked {too_large(size, UNPACKED_BYTES)}")


def too_large(size: int, limit: int) -> str:
    """The reason for leaving out what is larger than its limit, both in bytes."""
    return f"{ceil(size / 1e5) / 10} MB, over the limit of {limit / 1e6:g} MB"


def _told(problem: Exception) -> str:
    if isinstance(problem, UserError):
        return problem.message
    if isinstance(problem, json.JSONDecodeError):
        return f"not JSON ({problem.msg})"
    return "nested too deeply" if isinstance(problem, RecursionError) else "not JSON"
