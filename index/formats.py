"""Kinds of files: bytes -> the text of an article, or of many, with what the file declares about them."""

from __future__ import annotations

import codecs
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil
from pathlib import PurePosixPath
from typing import Any

from index.article import KEPT, Skipped, UserError
from index.metadata import Content, declared, mended, one_line, value_under
from index.page_charset import decode_page
from index.webpages import read_pages

SUFFIXES = frozenset((".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".pdf", ".docx"))
RECORD_BYTES = 2_000_000  # of a record's text; a larger one is not read
UNPACKED_BYTES = 250_000_000  # of a .docx, which is a ZIP file: more is an attack or no article
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile(r"[\x01-\x07\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_TEXT_NAMES = "text body content article articlebody articletext fulltext maintext story description summary abstract"
_LIST_NAMES = ("articles", "data", "items", "results")
_MARKUP = re.compile(r"\s*<(?:!doctype|html|body|article|div|p|h[1-6])\b", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t\r]*$", re.DOTALL | re.MULTILINE)
_FRONT_FIELD = re.compile(r"^(\w[\w-]*):[ \t]*(.*)((?:\n[ \t]*- .*)*)", re.MULTILINE)
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()]*\)")


def read_format(path: str, data: bytes) -> Iterator[Content | Skipped]:
    """The contents of the file, by its suffix. Raises UserError when it cannot be read at all."""
    suffix = PurePosixPath(path).suffix.lower()
    if not data.strip():
        raise UserError("an empty file")
    if suffix == ".jsonl":
        yield from _read_records(path, _lines_of_json(data))
    elif suffix == ".json":
        yield from _read_records(path, _records_of_json(data))
    elif suffix in (".html", ".htm"):
        yield from read_pages(decode_page(data) or decode(data)[0])
    elif suffix == ".md":
        yield read_markdown(*decode(data))
    elif suffix in (".pdf", ".docx"):
        yield _read_office(data, suffix)
    else:
        yield Content(*decode(data))


def decode(data: bytes) -> tuple[str, str]:
    """The text without a byte order mark, and the encoding that gives it back; raises UserError for no text.

    A byte order mark decides; without one it is UTF-8, else Windows' western encoding, else (for the five bytes that
    this one does not know) Latin-1.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for name in (marked,) if marked else ("utf-8", "cp1252", "latin-1"):
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
    lines = text.splitlines()
    first = len(text[: front.end()].splitlines()) if front else 0
    outside = {*range(first)} | {at for at, line in enumerate(lines) if _HEADING.fullmatch(line) or _is_links(line)}
    opening = next((line for line in lines[first:] if line.strip() and not _is_links(line)), "")
    heading = _HEADING.fullmatch(opening)
    if heading and (title := re.sub(r"[*_`]|\]\([^()]*\)|\[", "", heading[1]).strip(" \t#")):
        metadata = {"title": title, **metadata}
    return Content(text, encoding, metadata, frozenset(outside))


def _front_matter(block: str) -> dict[str, object]:
    """The `name: value` lines of YAML front matter, and its plain lists; anything deeper is left out."""
    found: dict[str, object] = {}
    for name, value, items in _FRONT_FIELD.findall(block):
        listed = value.strip("[] \r").split(",") if value.startswith("[") else [value, *re.split(r"\n\s*- ", items)]
        found[name] = ", ".join(filter(None, (part.strip("\"' \r") for part in listed)))
    return found


def _is_links(line: str) -> bool:
    """Whether a line holds pictures, links or linked pictures and nothing else."""
    rest = _LINK.sub("", _LINK.sub("", line))
    return rest != line and not re.search(r"[^\W_]", rest)


def _lines_of_json(data: bytes) -> Iterator[object]:
    """The record of each line, or why it has none; None for an empty line. One bad line spoils no other."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = decode(data)[0].encode("utf-8")
    for line in data.split(b"\n"):
        try:
            yield _parsed(line) if line.strip() else None
        except UserError as problem:
            yield problem


def _records_of_json(data: bytes) -> Iterator[object]:
    content = _parsed(data)
    if isinstance(content, dict) and not _text_of(content):
        content = next((content[name] for name in _LIST_NAMES if isinstance(content.get(name), list)), content)
    if content == []:
        raise UserError("no records in it")
    yield from content if isinstance(content, list) else [content]


def _parsed(data: bytes) -> object:
    try:
        return json.loads(decode(data)[0])
    except (ValueError, RecursionError) as problem:
        raise UserError(f"not JSON ({problem})") from None


def _read_records(path: str, records: Iterator[object]) -> Iterator[Content | Skipped]:
    """An article for each record that has a text; a second record with an id gets its number added and is reported."""
    taken: set[str] = set()
    for number, record in enumerate(records, start=1):
        if record is None:
            continue
        if not isinstance(record, dict):
            reason = f"line {number}: {record.message}" if isinstance(record, UserError) else "not a record with a text"
            yield Skipped(f"{path}#{number}", reason)
            continue
        wanted = name = one_line(value_under(record, ("id", "uuid", "guid")))[:200] or str(number)
        while name in taken:
            name = f"{name}~{number}"
        taken.add(name)
        if name != wanted:
            yield Skipped(f"{path}#{name}", f"record {number} has an earlier one's id, {wanted!r}: read as {name!r}")
        try:
            yield _read_record(record, name)
        except UserError as problem:
            yield Skipped(f"{path}#{name}", problem.message)


def _read_record(record: Mapping[str, object], name: str) -> Content:
    text = mended(_text_of(record)).removeprefix("\ufeff")
    if not text.strip():
        raise UserError("no text in it (looked under text, body, content, article and the like)")
    size = len(text.encode("utf-8"))
    if size > RECORD_BYTES:
        raise UserError(too_large(size, RECORD_BYTES))
    stated = declared(record, "record")
    content = read_pages(text)[0] if _MARKUP.match(text) else Content(text, KEPT)
    return replace(content, metadata={**content.metadata, **stated}, id=name)


def _text_of(record: Mapping[str, object]) -> str:
    value = value_under(record, _TEXT_NAMES.split())
    parts = value if isinstance(value, list) else [value]
    return "\n\n".join(part for part in parts if isinstance(part, str))


def _read_office(data: bytes, suffix: str) -> Content:
    """A PDF or Word file through markitdown. Raises UserError for a broken file and for a missing extra."""
    missing = f"{suffix} files need one more package: pip install 'footnote[office]'"
    try:
        from markitdown import MarkItDown, MarkItDownException, StreamInfo
        from markitdown.converters import DocxConverter, PdfConverter
    except ImportError:
        raise UserError(missing) from None
    # With all its converters it would take a broken PDF for plain text, and quote its insides.
    converter = MarkItDown(enable_builtins=False, enable_plugins=False)
    kind: Any = PdfConverter if suffix == ".pdf" else DocxConverter
    converter.register_converter(kind())
    try:
        packed = zipfile.ZipFile(io.BytesIO(data)).infolist() if suffix == ".docx" else []
        if sum(file.file_size for file in packed) > UNPACKED_BYTES:
            raise UserError(f"unpacked over the limit of {UNPACKED_BYTES / 1e6:g} MB")
        converted = converter.convert_stream(io.BytesIO(data), stream_info=StreamInfo(extension=suffix))
    except (MarkItDownException, zipfile.BadZipFile, ValueError, TypeError, LookupError, RuntimeError) as problem:
        is_missing = "MissingDependencyException" in str(problem)
        raise UserError(missing if is_missing else f"not a {suffix} file that can be read") from None
    text = mended(converted.text_content)
    if not text.strip():
        raise UserError("no text in it (pictures of pages, perhaps)")
    return read_markdown(text, KEPT) if suffix == ".docx" else Content(text, KEPT)


def too_large(size: int, limit: int) -> str:
    """The reason for leaving out what is larger than its limit, both in bytes."""
    return f"{ceil(size / 1e5) / 10} MB, over the limit of {limit / 1e6:g} MB"
