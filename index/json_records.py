"""JSON: the records of a .json or .jsonl file, wherever in it they lie, each an article of its own."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from index.article import KEPT, Skipped, UserError, too_large
from index.decoding import decode
from index.metadata import Content, declared, mended, one_line, value_under
from index.webpages import read_page

RECORD_BYTES = 2_000_000  # of a record's text; a larger one is not read
_TEXT_NAMES = (
    "text body content article articlebody articletext articlecontent fulltext fullcontent maintext maincontent "
    "bodytext plaintext cleantext contenttext textcontent contenthtml bodyhtml html paragraphs story selftext "
    "message description summary abstract"
).split()
_IDS = ("id", "uuid", "guid")
_TITLES = ("title", "headline")
_LISTS = ("articles", "data", "items", "results")  # hold records even where none has a text
_DEPTH = 4  # of containers around the records
_BLOCKS = r"p|br|div|li|[ou]l|h[1-6]|tr|table|article|section|blockquote|figure|html|body|!doctype"
_TAG = rf"</?(?:{_BLOCKS}|a|b|i|u|em|strong|span|img|small|sup|sub|cite|font|mark)(?:\s[^<>]*)?/?>"
# A tag stands at its text; one that is only spoken of ("the <b> tag") stands alone or is quoted.
_MARKUP = re.compile(rf"(?:^\s*|[\w.,;:!?’”…>)]){_TAG}|{_TAG}(?=[\w“$<]|\s*$)", re.IGNORECASE)
_BLOCK = re.compile(rf"<(?:{_BLOCKS})\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{2,6}|#x[0-9a-f]{2,5});", re.IGNORECASE)


def read_records(path: str, data: bytes) -> Iterator[Content | Skipped]:
    """An article for each record that has a text; a second record with an id gets its number added and is reported.

    Raises UserError when the whole is no JSON.
    """
    taken: set[str] = set()
    is_lines = path.lower().endswith(".jsonl")
    for number, record in enumerate(_lines(data) if is_lines else _records(data), start=1):
        if record is None:
            continue
        if not isinstance(record, dict):
            bad = isinstance(record, UserError)
            reason = f"line {number}: {record}" if bad else "not a record with text"
            yield Skipped(f"{path}#{number}", reason)
            continue
        wanted = name = one_line(value_under(record, _IDS))[:200] or str(number)
        while name in taken:
            name = f"{name}~{number}"
        taken.add(name)
        if name != wanted:
            yield Skipped(f"{path}#{name}", f"record {number} repeats an earlier id, {wanted!r}: read as {name!r}")
        try:
            yield _read_record(record, name)
        except UserError as problem:
            yield Skipped(f"{path}#{name}", problem.message)


def _lines(data: bytes) -> Iterator[object]:
    """The record of each line, or why it has none; None for an empty line. One bad line spoils no other."""
    if b"\0" in data[:8]:  # UTF-16 and UTF-32 have their line ends elsewhere
        with suppress(UserError):
            data = decode(data)[0].encode("utf-8")
    for line in data.split(b"\n"):
        try:
            yield _parsed(line) if line.strip() else None
        except UserError as problem:
            yield problem


def _records(data: bytes) -> Iterator[object]:
    """The records of one JSON value; of several, one a line, those of the lines."""
    try:
        content = _parsed(data)
    except UserError as problem:
        lines = list(_lines(data))
        if not any(isinstance(line, dict) for line in lines):
            raise problem from None
        yield from lines
        return
    listed = _listed(content, _DEPTH)
    if listed == []:
        raise UserError("no records found")
    yield from [content] if listed is None else listed


def _parsed(data: bytes) -> object:
    try:
        return json.loads(decode(data)[0])
    except (ValueError, RecursionError) as problem:
        raise UserError(f"not valid JSON ({problem})") from None


def _listed(content: object, depth: int) -> list[object] | None:
    """The list of records in a value: itself, under a name of it, keyed by id, or in columns; None for none."""
    if isinstance(content, list):
        inner = [item.get("_source") for item in content if isinstance(item, dict)]
        return inner if inner and all(isinstance(item, dict) for item in inner) else content
    if not isinstance(content, dict) or not depth:
        return None
    columns = value_under(content, _TEXT_NAMES)
    if isinstance(columns, dict) and len(columns.keys() & set(map(str, range(len(columns))))):
        return [{name: cells.get(row) for name, cells in content.items() if isinstance(cells, dict)} for row in columns]
    if _text_of(content):
        return None
    if content and all(isinstance(item, dict) and _text_of(item) for item in content.values()):
        return [item if value_under(item, _IDS) else {"id": key, **item} for key, item in content.items()]
    needed = _TITLES if value_under(content, _TITLES) else _TEXT_NAMES  # a titled one's texts may be comments
    for item in content.values():
        listed = _listed(item, depth - 1) if isinstance(item, (dict, list)) else None
        records = [record for record in listed or () if isinstance(record, dict)]
        if any(_text_of(record) and value_under(record, needed) for record in records):
            return listed
    return next((content[name] for name in _LISTS if isinstance(content.get(name), list)), None)


def _read_record(record: Mapping[str, object], name: str) -> Content:
    text = mended(_text_of(record)).removeprefix("\ufeff")
    if not text.strip():
        raise UserError("no text found (looked under text, body, content, article and the like)")
    size = len(text.encode("utf-8"))
    if size > RECORD_BYTES:
        raise UserError(too_large(size, RECORD_BYTES))
    stated = {field: _bare(value) for field, value in declared(record, "record").items()}
    content = Content(text, KEPT)
    if _MARKUP.search(text):
        has_blocks = _BLOCK.search(text)
        content = read_page(text if has_blocks else text.replace("\n", "<br>"))
    elif _ENTITY.search(text):
        content = Content(html.unescape(text), KEPT)
    return replace(content, metadata={**content.metadata, **stated}, id=name)


def _bare(value: str) -> str:
    """A field's value without tags and entities."""
    return one_line(html.unescape(re.sub(_TAG, "", value, flags=re.IGNORECASE)))


def _text_of(record: Mapping[str, object], depth: int = 2) -> str:
    """The first text under one of the usual names: a string, a list of paragraphs, or an object around it."""
    value = value_under(record, (*_TEXT_NAMES, "rendered"))
    parts = value if isinstance(value, list) else [value]
    texts = [_text_of(part, depth - 1) if isinstance(part, dict) and depth else part for part in parts]
    return "\n\n".join(text for text in texts if isinstance(text, str) and text)
