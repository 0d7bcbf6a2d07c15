"""PDF and pictures of pages: their text, where its pages begin, and what a PDF says of itself."""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache
from math import atan2, hypot, pi
from typing import Any

import pypdfium2
from pypdfium2 import raw

from index import recognition
from index.article import Skipped, UserError
from index.embedding import MODEL_FOLDER
from index.layout import Page, Piece
from index.metadata import Content
from index.office import author_property, title_property
from index.pages import DOUBTFUL, compose

_FEW_LETTERS = 100  # on a page that is a picture, fewer are a stamp or a page number
_FEW_WORDS = 25  # in a picture, fewer are a sign in a photograph
_PICTURE_SHARE = 0.5  # of a page, from which on a picture is the page
_DOTS_PER_INCH = 150
_LONGEST_PIXELS = 2400  # of a page that is drawn to be read
_A4_POINTS = 842.0  # the height of a page of which there is only a picture
_ASKEW = 0.1  # of a quarter turn, beyond which text is a stamp across the page
_RAISED = str.maketrans("23", "²³")
_PDFIUM = threading.Lock()  # the library may be used by one thread at a time, whatever the document
_SIGNS = {  # how PDFium gives a hyphen at a line's end; other hyphens; letters printed as one
    **dict.fromkeys("\x02\ufffe\u00ad\u2010\u2011", "-"),
    **dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", "ff fi fl ffi ffl st st".split(), strict=True)),
}


def read_pdf(path: str, data: bytes) -> Iterator[Content | Skipped]:
    """The text of a PDF with where its pages begin, and which are pictures that could not be read.

    Raises UserError for a file that is broken, needs a password or holds no text.
    """
    try:
        with _PDFIUM, pypdfium2.PdfDocument(data) as document:
            document.init_forms()
            pages = [_read_page(document, number) for number in range(len(document))]
            said = document.get_metadata_dict()
    except pypdfium2.PdfiumError as problem:
        if problem.err_code == raw.FPDF_ERR_PASSWORD:
            raise UserError("protected by a password") from None
        raise UserError("not a readable .pdf file") from None
    unread = [str(number) for number, page in enumerate(pages, start=1) if not page]
    content = compose([page or Page((), _A4_POINTS) for page in pages], _words())
    why = f"an image of text; to read it: {recognition.MISSING}"
    if not content.text:
        raise UserError(f"each page is {why}" if unread else "no text found")
    if unread:
        more = " and more" if len(unread) > 20 else ""
        yield Skipped(path, f"page {', '.join(unread[:20])}{more}: {why}")
    metadata = {**content.metadata, **title_property(said.get("Title", ""))}
    fallback = {**content.fallback, **author_property(said.get("Author", ""))}
    yield replace(content, metadata=metadata, fallback=fallback)


def read_photograph(data: bytes, suffix: str) -> Content:
    """The text in a picture of a page. Raises UserError where there is none or no extra."""
    if not recognition.is_installed():
        raise UserError(f"an image; to read the text in it: {recognition.MISSING}")
    from PIL import Image, ImageOps

    try:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        page = recognition.read_picture(picture, _A4_POINTS)
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise UserError(f"not a readable {suffix} file") from None
    sure = [piece.text for piece in page.pieces if piece.confidence >= DOUBTFUL]
    if len(" ".join(sure).split()) < _FEW_WORDS:
        raise UserError("an image with no text in it")
    return compose([page], _words())


@cache
def _words() -> Collection[str]:
    """Common English words: those that the embedding model has a token for."""
    from tokenizers import Tokenizer

    return frozenset(Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json")).get_vocab())


def _read_page(document: Any, number: int) -> Page | None:
    """What stands on a page; None for a picture that cannot be read here."""
    page = document[number]
    if page.formenv:
        page.flatten()  # what a form's fields hold becomes text, once the page is opened again
        page = document[number]
    signs = list(_signs(page))
    quarters = Counter(quarter for quarter, _ in signs)
    quarter, letters = quarters.most_common(1)[0] if signs else (0, 0)
    if letters < _FEW_LETTERS and _is_picture(page, is_empty=not letters):
        if not recognition.is_installed():
            return None
        scale = min(_DOTS_PER_INCH / 72, _LONGEST_PIXELS / max(page.get_size()))
        return recognition.read_picture(page.render(scale=scale).to_pil(), page.get_height())
    left, bottom, right, top = page.get_cropbox()
    height = right - left if quarter % 2 else top - bottom
    upright = (  # what is written in another direction is a stamp
        replace(sign, middle=height / 2 + sign.middle) for turn, sign in signs if turn == quarter
    )
    return Page(tuple(_pieces(upright)), height)


def _is_picture(page: Any, *, is_empty: bool) -> bool:
    """Whether a picture fills half the page, or anything is drawn on one without letters."""
    whole = page.get_width() * page.get_height()
    for drawn in page.get_objects(max_depth=3):
        left, bottom, right, top = drawn.get_bounds()
        is_large = (right - left) * (top - bottom) > _PICTURE_SHARE * whole
        if is_empty or (is_large and drawn.type == raw.FPDF_PAGEOBJ_IMAGE):
            return True
    return False


def _signs(page: Any) -> Iterator[tuple[int, Piece]]:
    """Each letter or sign in the order of the file, with the quarter turn in which it is written.

    Its place is from the middle of the page turned upright; a space before it is in its text.
    """
    text, matrix, space = page.get_textpage(), raw.FS_MATRIX(), ""
    left, bottom, right, top = page.get_cropbox()
    middle = complex(left + right, bottom + top) / 2
    for at in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, at)
        sign = _SIGNS.get(chr(code), chr(code))
        if sign.isspace() or not code:
            space = " "
            continue
        raw.FPDFText_GetMatrix(text, at, matrix)
        size = hypot(matrix.c, matrix.d) * raw.FPDFText_GetFontSize(text, at)
        turn = atan2(matrix.b, matrix.a) / (pi / 2)
        if size > 0 and abs(turn - round(turn)) < _ASKEW:
            quarter = round(turn) % 4
            left, bottom, right, top = text.get_charbox(at, loose=True)
            places = (complex(left, bottom), complex(right, top), complex(matrix.e, matrix.f))
            near, far, start = ((place - middle) * (-1j) ** quarter for place in places)
            near, far = sorted((near.real, far.real))
            yield quarter, Piece(space + sign, near, far, -start.imag - 0.3 * size, size)
            space = ""


def _pieces(signs: Iterable[Piece]) -> list[Piece]:
    """Runs of signs without a wide gap between them; a raised figure, a footnote's mark, goes."""
    pieces: list[Piece] = []
    for sign in signs:
        before = pieces[-1] if pieces else sign
        gap = (sign.left - before.right) / before.size
        step = (before.middle - sign.middle) / before.size
        is_raised = sign.size < 0.8 * before.size and 0.1 < step < 1
        if is_raised and sign.text.isdigit() and -0.4 < gap < 1.5:
            if re.search(r"(?:^|\s)\d*\s?[a-z]{1,2}$", before.text):  # a measure: m²
                pieces[-1] = replace(before, text=before.text + sign.text.translate(_RAISED))
        elif pieces and -0.4 < gap < 0.5 and abs(step) + abs(sign.size / before.size - 1) < 0.05:
            text, right = before.text + sign.text, max(before.right, sign.right)
            pieces[-1] = replace(before, text=text, right=right)
        else:
            pieces.append(replace(sign, text=sign.text.strip()))
    return pieces
