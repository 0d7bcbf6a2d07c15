"""Word files: paragraphs, lists and tables as lines; the title and author that a file states."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from index.article import KEPT, UserError
from index.metadata import Content, declared, is_person, mended, one_line
from index.pages import CELLS

UNPACKED_BYTES = 250_000_000  # of a .docx, which is a ZIP file: more is an attack or no article
_PARTS = (
    "word/document",
    "word/footnotes",
    "word/endnotes",
    "word/styles",
    "docProps/core",
    "docProps/custom",
)
_NOT_TEXT = frozenset(
    "del moveFrom instrText delText rPr pPr tblPr sectPr fldData txbxContent Fallback".split()
)
_SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_HEADING = re.compile(r"heading|title|subtitle", re.IGNORECASE)
_LONGEST_CELL = 200  # characters; a longer one is prose that a table only places
_NO_TITLE = re.compile(
    r"(?:microsoft|powerpoint) .*"
    r"|.*\.(?:docx?|rtf|odt|pdf|indd|qxp|qxd|pages|pptx?|xlsx?|tex|dvi|ps|txt|html?|tmp)"
    r"|(?:document|untitled|layout|doc|print|scan|page|blank|title|slide|template)[ _-]*\d*"
    r"|\(?(?:anonymous|unspecified|unknown|none|null|no title)\)?"
    r"|[\W\d_]*|[0-9a-f-]{16,}|\S*[/\\_]\S*",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"\b(?:microsoft|office|user|admin\w*|owner|adobe|word|acrobat|indesign|scanner|canva)\b", re.I
)
_Line = tuple[str, bool]  # a paragraph's or a table row's text, and whether it is a heading


def read_word(data: bytes) -> Content:
    """The text of a .docx file with its tracked changes accepted; headings are outside the body.

    Comments, hidden text, heads and feet are no part of it; footnotes follow it. Raises UserError
    when it cannot be read.
    """
    from lxml import etree

    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
        if sum(file.file_size for file in packed.infolist()) > UNPACKED_BYTES:
            raise UserError(f"unpacked over the limit of {UNPACKED_BYTES / 1e6:g} MB")
        there = [name for name in _PARTS if f"{name}.xml" in packed.namelist()]
        parts = {name: etree.fromstring(packed.read(f"{name}.xml")) for name in there}
        document = parts["word/document"]
    except (
        zipfile.BadZipFile,
        zlib.error,
        etree.LxmlError,
        OSError,
        LookupError,
        ValueError,
        RuntimeError,
    ):
        needs_password = "EncryptedPackage".encode("utf-16-le") in data
        raise UserError(
            "it needs a password" if needs_password else "not a .docx file that can be read"
        ) from None
    headings = _heading_styles(parts.get("word/styles", ()))
    notes = [parts[name] for name in ("word/footnotes", "word/endnotes") if name in parts]
    lines = [line for part in (document, *notes) for line in _lines(part, headings)]
    core = {_name(field): field.text or "" for field in parts.get("docProps/core", ())}
    custom = {
        field.get("name", ""): "".join(field.itertext())
        for field in parts.get("docProps/custom", ())
    }
    stated = title_property(core.get("title", "")) | declared(custom, "properties")
    content = _content(lines)
    return replace(
        content,
        metadata={**content.metadata, **stated},
        fallback=author_property(core.get("creator", "")),
    )


def title_property(title: str) -> dict[str, str]:
    """The title among a file's properties, unless it is a program's or a file's name.

    >>> title_property("Microsoft Word - draft3.doc"), title_property("Rain in May")
    ({}, {'title': 'Rain in May'})
    """
    title = one_line(title)
    return {} if _NO_TITLE.fullmatch(title) else {"title": title}


def author_property(author: str) -> dict[str, str]:
    """The author among a file's properties, unless it is a program's or a login's name.

    >>> author_property("Quill, Mara"), author_property("admin")
    ({'author': 'Mara Quill'}, {})
    """
    names = re.split(r"\s*(?:;|&|\band\b)\s*", one_line(author))
    people = ", ".join(re.sub(r"^([^\s,]+), ([^\s,]+)$", r"\2 \1", name) for name in names)
    is_known = all(map(is_person, people.split(", "))) and not _NO_PERSON.search(people)
    return {"author": people} if is_known else {}


def _content(paragraphs: list[_Line]) -> Content:
    lines: list[str] = []
    outside: set[int] = set()
    for text, is_heading in paragraphs:
        written = text.split("\n")
        outside |= set(range(len(lines), len(lines) + len(written))) if is_heading else set()
        lines += [*written, ""]
    title = next((" ".join(text.split()) for text, is_heading in paragraphs if is_heading), "")
    text = mended("\n".join(lines).rstrip("\n"))
    return Content(text, KEPT, {"title": title} if title else {}, frozenset(outside))


def _name(element: Any) -> str:
    """An element's name without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _value(element: Any, path: str) -> str | None:
    """The `val` of what stands at a path ("pPr/pStyle"): "" without one, None where nothing is."""
    for name in path.split("/"):
        element = next((child for child in element if _name(child) == name), None)
        if element is None:
            return None
    return next((value for key, value in element.attrib.items() if key.endswith("}val")), "")


def _heading_styles(styles: Any) -> frozenset[str]:
    """The ids of the styles that are headings', or based on one."""
    named = {
        _id(style): (_value(style, "name") or "", _value(style, "basedOn")) for style in styles
    }
    found = {style for style, (name, _) in named.items() if _HEADING.match(name)}
    for _ in range(3):
        found |= {style for style, (_, base) in named.items() if base in found}
    return frozenset(found)


def _id(style: Any) -> str:
    return next((value for key, value in style.attrib.items() if key.endswith("}styleId")), "")


def _lines(element: Any, headings: frozenset[str]) -> Iterator[_Line]:
    """The paragraphs and rows within an element, in order, without empty ones."""
    open_text = ""  # of paragraphs whose end was struck out: they go on in the next
    for child in element:
        name = _name(child)
        if name == "p":
            open_text += _text(child)
            if _value(child, "pPr/rPr/del") is None:
                text = "\n".join(
                    filter(None, (" ".join(line.split()) for line in open_text.split("\n")))
                )
                is_listed = _value(child, "pPr/numPr/numId") not in (None, "0")
                is_heading = _value(child, "pPr/pStyle") in headings
                if text:
                    yield "• " * (is_listed and not is_heading) + text, is_heading
                open_text = ""
            for box in child.iter("{*}txbxContent"):
                if not any(_name(above) == "Fallback" for above in box.iterancestors()):
                    yield from _lines(box, headings)
        elif name == "tr" and _value(child, "trPr/del") is None:
            yield from _row(child, headings)
        elif name != "tr" and name not in _NOT_TEXT:
            yield from _lines(child, headings)


def _row(row: Any, headings: frozenset[str]) -> Iterator[_Line]:
    """A table's row as one line; but what a table only places on the page is paragraphs."""
    cells = [list(_lines(cell, headings)) for cell in row if _name(cell) in ("tc", "sdt")]
    if any(len(text) > _LONGEST_CELL or is_heading for cell in cells for text, is_heading in cell):
        yield from (line for cell in cells for line in cell)
    elif any(cells):
        yield (
            CELLS.join(" ".join(text for text, _ in cell) for cell in cells).replace("\n", " "),
            False,
        )


def _text(element: Any) -> str:
    """The text in a paragraph with its line breaks, without what is struck out or hidden."""
    parts = []
    for child in element:
        name = _name(child)
        if name == "t":
            parts.append(child.text or "")
        elif name in _SIGNS:
            parts.append(_SIGNS[name])
        elif name not in _NOT_TEXT and _value(child, "rPr/vanish") not in ("", "1", "true"):
            parts.append(_text(child))
    return "".join(parts)
