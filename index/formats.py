"""Kinds of files: bytes -> the text of an article, or of many, with what the file declares about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from index.article import Skipped, UserError
from index.decoding import decode, decode_page
from index.export_heads import read_export_head
from index.json_records import read_records
from index.metadata import Content, declared
from index.office import read_word
from index.webpages import read_pages

PICTURES = (".png", ".jpg", ".jpeg")
SUFFIXES = frozenset((".txt", ".md", ".html", ".htm", ".json", ".jsonl", ".pdf", ".docx", *PICTURES))
_FRONT_MATTER = re.compile(
    r"(?P<mark>---|\+\+\+)[ \t]*\r?\n(?P<block>.*?)^(?P=mark)[ \t\r]*$", re.DOTALL | re.MULTILINE
)
_FRONT_FIELD = re.compile(r"^(\w[\w -]*):[ \t]+(.*)$", re.MULTILINE)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()]*\)")


def read_format(path: str, data: bytes) -> Iterator[Content | Skipped]:
    """The contents of the file, by its suffix. Raises UserError when it cannot be read at all."""
    suffix = PurePosixPath(path).suffix.lower()
    if not data.strip():
        raise UserError("an empty file")
    if suffix in (".json", ".jsonl"):
        yield from read_records(path, data)
    elif suffix in (".html", ".htm"):
        yield from read_pages(decode_page(data))
    elif suffix == ".md":
        yield read_markdown(*decode(data))
    elif suffix == ".docx":
        yield read_word(data)
    elif suffix == ".pdf" or suffix in PICTURES:
        from index import pdf

        yield from pdf.read_pdf(path, data) if suffix == ".pdf" else [pdf.read_photograph(data, suffix)]
    else:
        text, encoding = decode(data)
        yield Content(text, encoding, *read_export_head(text))


def read_markdown(text: str, encoding: str) -> Content:
    """Markdown as it stands: front matter is metadata; it, headings and lines of links only are outside the body."""
    front = _FRONT_MATTER.match(text)
    fields = _front_matter(front) if front else {}
    if fields is None:
        front, fields = None, {}
    metadata, labelled = declared(fields, "front matter"), frozenset[int]()
    if not front:
        metadata, labelled = read_export_head(text)
    lines = text.splitlines()
    first = len(text[: front.end()].splitlines()) if front else 0
    marked = {at for at, line in enumerate(lines) if _HEADING.fullmatch(line) or _is_links(line)}
    opening = next((line for line in lines[first:] if line.strip() and not _is_links(line)), "")
    heading = _HEADING.fullmatch(opening)
    if heading and (title := re.sub(r"[*_`]|\]\([^()]*\)|\[", "", heading[1]).strip(" \t#")):
        metadata = {"title": title, **metadata}
    return Content(text, encoding, metadata, labelled.union(range(first), marked))


def _front_matter(front: re.Match[str]) -> dict[str, object] | None:
    """The fields of YAML or TOML front matter, values of YAML as they are written; of neither, its plain lines.

    None for prose between two rules.
    """
    import tomllib

    import yaml

    block = _WIKI_LINK.sub(r"\1", front["block"])
    try:
        found = tomllib.loads(block) if front["mark"] == "+++" else yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        found = {name: value.strip("\"' \r") for name, value in _FRONT_FIELD.findall(block)}
    if not isinstance(found, dict):
        return None if isinstance(found, str) else {}
    deeper = [found[name] for name in ("extra", "params") if isinstance(found.get(name), dict)]
    return {name: value for fields in (*deeper, found) for name, value in fields.items()}


def _is_links(line: str) -> bool:
    """Whether a line holds pictures, links or linked pictures and nothing else."""
    rest = _LINK.sub("", _LINK.sub("", line))
    return rest != line and not re.search(r"[^\W_]", rest)
