"""PDF: what is written in it, the title and author it states, and the page that an answer names."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from index.article import KEPT
from rag.assistant import Assistant
from tests.test_formats import pdf_file
from tests.test_pages import HEADLINE, LINES, OPENING, Words, drawn, lines
from tests.test_reading import TITLE, bodies, read_one, reason


def test_a_pdf_is_read_as_paragraphs(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.pdf", pdf_file(TITLE, "", "By Jane Doe", "", OPENING))
    assert (article.title, article.author, bodies(article)) == (TITLE, "Jane Doe", [OPENING])
    assert (article.encoding, article.pages) == (KEPT, (0,))


def test_what_is_filled_into_a_form_is_read(tmp_path: Path) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(72, 720, "Name of the mill:")
    canvas.acroForm.textfield(
        name="mill", x=200, y=712, width=250, height=20, value="Corrow tide mill"
    )
    canvas.save()
    assert "Corrow tide mill" in read_one(tmp_path, "a.pdf", file.getvalue()).text


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Corrow mill sold", "Corrow mill sold"),
        ("Untitled", OPENING),
        ("(anonymous)", OPENING),
        ("Microsoft Word - mill draft 3.doc", OPENING),
        ("mill-final.indd", OPENING),
        ("Document1", OPENING),
        ("PowerPoint Presentation", OPENING),
        ("C:\\news\\mill", OPENING),
        ("mill_v2_final", OPENING),
        ("5f0c2a7e-11d0-4c7b-9a86-000000000000", OPENING),
        ("", OPENING),
        ("Documents show who paid", "Documents show who paid"),
        ("Scans of 40 wrecks", "Scans of 40 wrecks"),
    ],
)
def test_the_title_that_a_pdf_states_is_its_title_unless_a_program_wrote_it(
    tmp_path: Path, stated: str, title: str
) -> None:
    assert read_one(tmp_path, "a.pdf", drawn(lines(LINES[:1]), title=stated)).title.startswith(
        title[:60]
    )


@pytest.mark.parametrize(
    ("stated", "author"),
    [
        ("Ada Quill", "Ada Quill"),
        ("Quill, Ada", "Ada Quill"),
        ("Ada Quill; Tom Venn", "Ada Quill, Tom Venn"),
        ("Ada Quill and Tom Venn", "Ada Quill, Tom Venn"),
        ("aquill", None),
        ("Administrator", None),
        ("Microsoft Office User", None),
        ("anonymous", None),
        ("Adobe InDesign 19.2", None),
        ("", None),
    ],
)
def test_the_author_that_a_pdf_states_is_its_author_if_it_is_a_person(
    tmp_path: Path, stated: str, author: str | None
) -> None:
    assert read_one(tmp_path, "a.pdf", drawn(lines(LINES[:1]), author=stated)).author == author


def test_a_byline_comes_before_the_author_that_the_file_states(tmp_path: Path) -> None:
    page = [(72, 80, HEADLINE), (72, 110, "By Tom Venn"), *lines(LINES, top=150)]
    assert read_one(tmp_path, "a.pdf", drawn(page, author="Ada Quill")).author == "Tom Venn"


def test_the_day_on_which_a_pdf_was_made_is_no_day_of_publication(tmp_path: Path) -> None:
    file = drawn(lines(LINES))
    assert b"/CreationDate (D:" in file
    article = read_one(tmp_path, "a.pdf", file)
    assert (article.published, article.published_from) == (None, None)


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (
            [(72, 30, "Corrow Advertiser"), (400, 30, "2 May 2024")],
            ("Corrow Advertiser", "2024-05-02", "running head"),
        ),
        ([(72, 30, "2 May 2024, 10:15")], (None, None, None)),
        ([(72, 30, "Corrow Advertiser")], (None, None, None)),
    ],
)
def test_a_running_head_tells_of_the_paper_and_its_day_where_it_gives_both(
    tmp_path: Path, head: list[Words], known: tuple[str | None, ...]
) -> None:
    article = read_one(
        tmp_path, "a.pdf", drawn([*head, *lines(LINES[:2])], [*head, *lines(LINES[2:])])
    )
    assert (article.publisher, article.published, article.published_from) == known


@pytest.mark.parametrize(
    "content", [b"%PDF-1.4 and no more", b"These words are neither.", drawn(lines(LINES))[:900]]
)
def test_a_broken_pdf_is_skipped_and_not_taken_for_text(tmp_path: Path, content: bytes) -> None:
    assert reason(tmp_path, "a.pdf", content) == "not a readable .pdf file"


def test_a_locked_pdf_is_skipped_with_the_word_password(tmp_path: Path) -> None:
    assert "password" in reason(tmp_path, "a.pdf", drawn(lines(LINES), encrypt="secret"))


def test_a_pdf_without_a_word_is_skipped(tmp_path: Path) -> None:
    assert reason(tmp_path, "a.pdf", drawn([])) == "no text found"


def test_an_answer_names_the_page_and_its_quote_stands_there(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    filler = lines([f"Line {number} of the minutes is about the weir." for number in range(30)])
    head = [(72.0, 30.0, "CORROW TRUST")]
    (folder / "mill.pdf").write_bytes(
        drawn([*head, *filler], [*head, *lines(LINES)], title="Corrow mill sold")
    )
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(folder)
        answer = assistant.ask("Who bought the tide mill at Corrow?")
        article = assistant.article("news", "mill.pdf")
    assert article is not None and not answer.refused
    citation = answer.citations[0]
    assert (citation.page, citation.quote) == (2, OPENING)
    assert article.text[citation.start : citation.end] == citation.quote
    assert list(answer.to_dict()["citations"][0])[6:9] == ["url", "page", "quote"]
