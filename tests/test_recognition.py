"""Pictures of pages: their words are read, with how sure that is; a photograph is no article."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from index.layout import Page, Piece
from index.pages import DOUBTFUL, compose
from tests.test_pages import LEFT, LINES, OPENING, RIGHT, WHOLE, Words, drawn, lines, side_by_side
from tests.test_reading import bodies, read_one, reason

INSTALL = "pip install 'footnote[ocr]'"


def picture(page: list[Words], *, turned: float = 0, blurred: float = 0) -> Image.Image:
    """A page as a scanner gives it, at 100 dots an inch."""
    (sheet,) = pypdfium2.PdfDocument(drawn(page))
    image = sheet.render(scale=100 / 72).to_pil().convert("L")
    return image.rotate(turned, fillcolor=255, expand=True).filter(
        ImageFilter.GaussianBlur(blurred)
    )


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def scanned(*pages: Image.Image | str) -> bytes:
    """A PDF whose pages are pictures, or lines of text."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            canvas.drawImage(ImageReader(page), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def test_a_page_that_is_a_picture_is_read_and_its_number_is_kept(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.pdf", scanned(OPENING, picture(lines(LINES))))
    assert article.text == f"{OPENING}\n\n{WHOLE}" and article.pages == (0, len(OPENING) + 2)
    assert article.recognized is not None and 0.9 < article.recognized <= 1


def test_a_pdf_with_text_is_not_recognized(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.pdf", drawn(lines(LINES))).recognized is None


@pytest.mark.parametrize(
    ("name", "turned"), [("a.png", 0), ("a.PNG", 1.2), ("a.png", 90), ("a.png", 180)]
)
def test_a_picture_of_a_page_is_an_article_however_it_lies(
    tmp_path: Path, name: str, turned: float
) -> None:
    article = read_one(tmp_path, name, png(picture(lines(LINES), turned=turned)))
    assert bodies(article) == [WHOLE] and article.pages == (0,)


def test_columns_in_a_picture_are_read_one_after_the_other(tmp_path: Path) -> None:
    left, right = side_by_side(LEFT, RIGHT)
    article = read_one(tmp_path, "a.jpeg", png(picture(left + right)))
    assert article.text == " ".join(LEFT + RIGHT)


def photograph() -> Image.Image:
    image = Image.radial_gradient("L").resize((600, 400))
    ImageDraw.Draw(image).polygon([(100, 300), (300, 80), (500, 300)], fill=90)
    return image


def test_a_photograph_is_no_article_nor_is_one_with_a_sign_in_it(tmp_path: Path) -> None:
    assert reason(tmp_path, "a.jpg", png(photograph())) == "an image with no text in it"
    signed = picture([(200, 300, "CORROW TIDE MILL")])
    assert reason(tmp_path, "a.png", png(signed)) == "an image with no text in it"


def test_a_broken_picture_is_skipped(tmp_path: Path) -> None:
    assert (
        reason(tmp_path, "a.png", b"\x89PNG\r\n\x1a\n and no more")
        == "not a readable .png file"
    )


def test_a_page_of_a_pdf_with_a_small_picture_is_not_recognized(tmp_path: Path) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(72, 700, "The mill.")
    canvas.drawImage(ImageReader(photograph()), 72, 300, 200, 150)
    canvas.save()
    assert read_one(tmp_path, "a.pdf", file.getvalue()).recognized is None


def piece(words: str, line: int, confidence: float = 1.0) -> Piece:
    return Piece(words, 72, 72 + 5.5 * len(words), 106 + 14 * line, 11, confidence)


def test_a_sentence_with_a_doubtful_line_is_kept_but_outside_the_body() -> None:
    doubtful = DOUBTFUL - 0.01
    pieces = tuple(piece(words, at, doubtful if at == 1 else 1.0) for at, words in enumerate(LINES))
    composed = compose([Page(pieces, 842, is_recognized=True)], frozenset())
    assert composed.text.replace("\n", " ") == WHOLE
    kept = [line for at, line in enumerate(composed.text.split("\n")) if at not in composed.outside]
    assert " ".join(kept) == f"{OPENING} {WHOLE[WHOLE.index('Nobody') :]}"


WITHOUT = """
import sys
sys.modules["rapidocr"] = None
from pathlib import Path
from index.reading import read_file
articles, skipped = read_file(Path(sys.argv[1]), sys.argv[2], "root", {})
print(len(articles), *(reason.reason for reason in skipped))
"""


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "a.pdf",
            lambda: scanned(picture(lines(LINES))),
            "0 each page is an image of text; to read it:",
        ),
        (
            "a.pdf",
            lambda: scanned(OPENING, picture(lines(LINES))),
            "1 page 2: an image of text; to read it:",
        ),
        (
            "a.png",
            lambda: png(picture(lines(LINES))),
            "0 an image; to read the text in it:",
        ),
    ],
)
def test_without_the_extra_the_reason_names_it(
    tmp_path: Path, name: str, content: Any, told: str
) -> None:
    (tmp_path / name).write_bytes(content())
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path), name], capture_output=True, text=True
    )
    assert done.stdout.strip() == f"{told} {INSTALL}"
