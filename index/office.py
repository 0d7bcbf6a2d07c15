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
_TEXTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
_STYLES, _CORE, _CUSTOM = "word/styles.xml", "docProps/core.xml", "docProps/custom.xml"
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, LookupError, ValueError, RuntimeError)
_UNSEEN = """//del | //moveFrom | //Fallback | //tabs | //tr[trPr/del]
    | //r[rPr/vanish[not(@val) or @val='1' or @val='true']]"""
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
            raise UserError(f"when unpacked, over the limit of {UNPACKED_BYTES / 1e6:g} MB")
        there = {*packed.namelist()}.intersection((*_TEXTS, _STYLES, _CORE, _CUSTOM))
        parts = {name: _plain(etree.fromstring(packed.read(name))) for name in {*there, _TEXTS[0]}}
    except (*_BROKEN, etree.LxmlError):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UserError("protected by a password") from None
        raise UserError("not a readable .docx file") from None
    headings = _heading_styles(parts.get(_STYLES, ()))
    texts = [parts[name] for name in _TEXTS if name in parts]
    content = _content([line for text in texts for line in _lines(text, headings)])
    core = {field.tag: field.text or "" for field in parts.get(_CORE, ())}
    custom = {field.get("name", ""): "".join(field.itertext()) for field in parts.get(_CUSTOM, ())}
    stated = title_property(core.get("title", "")) | declared(custom, "properties")
    by = author_property(core.get("creator", ""))
    return replace(content, metadata={**content.metadata, **stated}, fallback=by)


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
    lines = [(line, is_out) for text, is_out in paragraphs for line in (*text.split("\n"), "")]
    outside = frozenset(at for at, (_, is_out) in enumerate(lines) if is_out)
    title = next((" ".join(text.split()) for text, is_heading in paragraphs if is_heading), "")
    text = mended("\n".join(line for line, _ in lines[:-1]))
    return Content(text, KEPT, {"title": title} if title else {}, outside)


def _plain(root: Any) -> Any:
    """The part without namespaces and what is struck out, hidden or there twice.

    The text boxes in a paragraph stand behind it.
    """
    for element in root.iter("*"):
        element.tag = element.tag.rpartition("}")[2]
        for name, value in element.items():
            element.set(name.rpartition("}")[2], value)
    for unseen in root.xpath(_UNSEEN):
        unseen.getparent().remove(unseen)
    for box in root.xpath("//p//txbxContent"):
        next(box.iterancestors("p")).addnext(box)
    return root


def _heading_styles(styles: Any) -> set[str]:
    """The ids of the styles that are headings', or based on one."""
    found: set[str] = set()
    for _ in range(3):
        for style in styles:
            is_named = _HEADING.match(style.xpath("string(name/@val)"))
            if is_named or style.xpath("string(basedOn/@val)") in found:
                found.add(style.get("styleId"))
    return found


def _lines(element: Any, headings: set[str]) -> Iterator[_Line]:
    """The paragraphs and rows within an element, in order, without empty ones."""
    for child in element:
        if child.tag == "p":
            lines = (" ".join(line.split()) for line in _text(child).split("\n"))
            is_heading = child.xpath("string(pPr/pStyle/@val)") in headings
            is_listed = child.xpath("pPr/numPr/numId[@val!='0']") and not is_heading
            if text := "\n".join(filter(None, lines)):
                yield ("• " if is_listed else "") + text, is_heading
        elif child.tag == "tr":
            yield from _row(child, headings)
        else:
            yield from _lines(child, headings)


def _row(row: Any, headings: set[str]) -> Iterator[_Line]:
    """A table's row as one line; but what a table only places on the page is paragraphs."""
    cells = [list(_lines(cell, headings)) for cell in row.iterchildren("tc", "sdt")]
    if any(len(text) > _LONGEST_CELL or is_heading for cell in cells for text, is_heading in cell):
        yield from (line for cell in cells for line in cell)
    elif any(cells):
        texts = (" ".join(text for text, _ in cell) for cell in cells)
        yield CELLS.join(texts).replace("\n", " "), False


def _text(paragraph: Any) -> str:
    parts = paragraph.iter("t", *_SIGNS)
    return "".join(_SIGNS.get(part.tag) or part.text or "" for part in parts)
