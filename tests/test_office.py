"""Word files: the words as they stand, changes accepted, and what the file states of itself."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from index.article import KEPT
from tests.test_formats import word_file
from tests.test_reading import FIRST, SECOND, TITLE, bodies, read_one, reason

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STYLES = """<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Ours"><w:name w:val="Ours"/><w:basedOn w:val="H1"/></w:style>
<w:style w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:styleId="N"><w:name w:val="Normal"/></w:style>"""
COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def part(name: str, content: str) -> str:
    return f'<w:{name} xmlns:w="{WORD}" xmlns:mc="{COMPATIBLE}">{content}</w:{name}>'


def docx(body: str, **parts: str) -> bytes:
    """A Word file with this body; `parts` are other files in it, named with _ for / ."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("word/document.xml", part("document", f"<w:body>{body}</w:body>"))
        file.writestr("word/styles.xml", part("styles", STYLES))
        for name, content in parts.items():
            file.writestr(f"{name.replace('_', '/')}.xml", content)
    return packed.getvalue()


def run(words: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def paragraph(content: str, properties: str = "") -> str:
    runs = content if content.startswith("<") else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def read_text(folder: Path, body: str, **parts: str) -> str:
    return read_one(folder, "a.docx", docx(body, **parts)).text


def test_a_word_file_is_read(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.docx", word_file(TITLE, "August 17, 2023", FIRST, SECOND))
    assert (article.title, article.published, article.encoding) == (TITLE, "2023-08-17", KEPT)
    assert (bodies(article), article.pages) == ([f"{FIRST}\n\n{SECOND}"], ())


@pytest.mark.parametrize(
    "words",
    [
        "tide_mill_log",
        "2*4*6 m",
        "[sic]",
        "# 7",
        "> 5 t",
        "1) the",
        "`wheel`",
        "a|b",
        "~3 km",
        "10 \\ 2",
        "!",
        "- 4 °C",
        "<b>",
    ],
)
def test_signs_of_markdown_stay_as_they_are(tmp_path: Path, words: str) -> None:
    escaped = words.replace("<", "&lt;").replace(">", "&gt;")
    assert f"The mill had {words} in it." in read_text(
        tmp_path, paragraph(f"The mill had {escaped} in it.")
    )


@pytest.mark.parametrize("style", ["H1", "Ours", "T"])
def test_a_heading_is_outside_the_body_and_the_first_is_the_title(
    tmp_path: Path, style: str
) -> None:
    body = paragraph("Mill sold", f'<w:pStyle w:val="{style}"/>') + paragraph(
        FIRST, '<w:pStyle w:val="N"/>'
    )
    article = read_one(tmp_path, "a.docx", docx(body))
    assert (article.title, bodies(article)) == ("Mill sold", [FIRST])


def test_points_of_a_list_are_lines_with_a_sign(tmp_path: Path) -> None:
    listed = '<w:numPr><w:numId w:val="3"/></w:numPr>'
    unlisted = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    text = read_text(
        tmp_path,
        paragraph("Flour.", listed) + paragraph("Bran.", listed) + paragraph(FIRST, unlisted),
    )
    assert text == f"• Flour.\n\n• Bran.\n\n{FIRST}"


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl><w:tblPr/>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def test_a_table_is_read_row_by_row_and_one_that_only_places_text_as_paragraphs(
    tmp_path: Path,
) -> None:
    assert (
        read_text(tmp_path, table(("Ward", "Mills"), ("Weir", "4"))) == "Ward | Mills\n\nWeir | 4"
    )
    long = f"{FIRST} {SECOND} {FIRST} {SECOND}"
    assert read_text(tmp_path, table((long, "In short"))) == f"{long}\n\nIn short"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (f"<w:del>{run('not ').replace('w:t', 'w:delText')}</w:del>", "The mill was sold."),
        (f"<w:ins>{run('not ')}</w:ins>", "The mill was not sold."),
        (f"<w:moveFrom>{run('soon ')}</w:moveFrom>", "The mill was sold."),
        (f"<w:moveTo>{run('soon ')}</w:moveTo>", "The mill was soon sold."),
        (run("secretly ", "<w:vanish/>"), "The mill was sold."),
        (run("openly ", '<w:vanish w:val="0"/>'), "The mill was openly sold."),
        (
            "<w:commentRangeStart/><w:commentRangeEnd/><w:r><w:commentReference/></w:r>",
            "The mill was sold.",
        ),
        ("<w:r><w:instrText> PAGE </w:instrText></w:r>", "The mill was sold."),
        (f"<w:hyperlink>{run('gladly ')}</w:hyperlink>", "The mill was gladly sold."),
        (f"<w:sdt><w:sdtContent>{run('also ')}</w:sdtContent></w:sdt>", "The mill was also sold."),
        ('<w:r><w:footnoteReference w:id="2"/></w:r>', "The mill was sold."),
        (
            run("half") + "<w:r><w:noBreakHyphen/></w:r>" + run("way "),
            "The mill was half-way sold.",
        ),
        ("<w:r><w:tab/></w:r>", "The mill was sold."),
    ],
)
def test_only_what_a_reader_sees_once_all_changes_are_accepted_is_text(
    tmp_path: Path, change: str, words: str
) -> None:
    text = read_text(
        tmp_path,
        paragraph(run("The mill was ") + change + run("sold.")),
        word_comments="<x>No.</x>",
    )
    assert text == words


def test_a_row_that_was_struck_out_is_no_text(tmp_path: Path) -> None:
    rows = table(("Weir", "4"), ("Ford", "1")).replace(
        "<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>", 1
    )
    assert read_text(tmp_path, rows) == "Ford | 1"


def test_a_text_box_is_read_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    assert (
        read_text(tmp_path, paragraph(f"{run('Beside it.')}<w:r>{both}</w:r>"))
        == "Beside it.\n\nIn the box."
    )


def test_footnotes_follow_the_text_and_heads_are_left_out(tmp_path: Path) -> None:
    notes = part("footnotes", f"<w:footnote>{paragraph(SECOND)}</w:footnote>")
    head = part("hdr", paragraph("THE ADVERTISER"))
    assert (
        read_text(tmp_path, paragraph(FIRST), word_footnotes=notes, word_header1=head)
        == f"{FIRST}\n\n{SECOND}"
    )


def core(title: str, author: str) -> str:
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:d="http://purl.org/dc/terms/"'
    made = (
        "<d:created>2024-03-02T10:00:00Z</d:created><d:modified>2024-03-04T10:00:00Z</d:modified>"
    )
    return f"<c {names}><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>{made}</c>"


@pytest.mark.parametrize(
    ("title", "author", "known"),
    [
        ("Mill sold", "Ada Quill", ("Mill sold", "Ada Quill")),
        ("Microsoft Word - mill.doc", "user", ("A storm flooded the harbour", None)),
        ("", "", ("A storm flooded the harbour", None)),
        ("Template 2", "Microsoft Office User", ("A storm flooded the harbour", None)),
    ],
)
def test_the_file_states_title_and_author_and_no_day(
    tmp_path: Path, title: str, author: str, known: tuple[str, str | None]
) -> None:
    article = read_one(
        tmp_path, "a.docx", docx(paragraph(FIRST), docProps_core=core(title, author))
    )
    assert (article.title[: len(known[0])], article.author, article.published) == (*known, None)


def test_a_property_of_the_writers_own_may_be_the_day(tmp_path: Path) -> None:
    day = '<q name="Publication date"><v>2024-03-05</v></q>'
    own = f'<p>{day}<q name="Publisher"><v>The Advertiser</v></q></p>'
    article = read_one(tmp_path, "a.docx", docx(paragraph(FIRST), docProps_custom=own))
    assert (article.published, article.published_from) == ("2024-03-05", "properties")
    assert article.publisher == "The Advertiser"


LOCKED = b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"These words are neither.", "not a readable .docx file"),
        (word_file(FIRST)[:200], "not a readable .docx file"),
        (docx("<w:p>"), "not a readable .docx file"),
        (docx(""), "no article text"),
        (LOCKED, "protected by a password"),
    ],
)
def test_what_cannot_be_read_is_skipped_and_not_taken_for_text(
    tmp_path: Path, content: bytes, why: str
) -> None:
    assert reason(tmp_path, "a.docx", content) == why


def test_a_file_that_unpacks_to_too_much_is_skipped(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("word/document.xml", "w") as member,
    ):
        for _ in range(251):
            member.write(b" " * 1_000_000)
    assert reason(tmp_path, "a.docx", packed.getvalue()) == "when unpacked, over the limit of 250 MB"
