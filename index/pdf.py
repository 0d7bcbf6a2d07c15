"""PDF and pictures of pages: their text, where its pages begin, and what a PDF says of itself."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from ctypes import c_double
from dataclasses import replace
from functools import cache
from itertools import groupby
from math import atan2, hypot, pi
from operator import itemgetter
from typing import Any

import pypdfium2

from index import recognition
from index.article import KEPT, Skipped, UserError
from index.embedding import MODEL_FOLDER
from index.layout import Page, Piece
from index.metadata import Content, mended, read_credit
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
_SIGNS = {  # how PDFium gives a hyphen at a line's end; other hyphens; letters that are printed as one
    **dict.fromkeys("\x02\ufffe\u00ad\u2010\u2011", "-"),
    **dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", "ff fi fl ffi ffl st st".split(), strict=True)),
}


def read_pdf(path: str, data: bytes) -> Iterator[Content | Skipped]:
    """The text of a PDF with where its pages begin, and which are pictures that could not be read.

    Raises UserError for a file that is broken, needs a password or holds no text.
    """
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
            try:
                document.init_forms()
                pages = [_read_page(document, number) for number in range(len(document))]
                said = document.get_metadata_dict()
            finally:
                document.close()
        except pypdfium2.PdfiumError as problem:
            needs_password = problem.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
            raise UserError(
                "it needs a password" if needs_password else "not a .pdf file that can be read"
            ) from None
    unread = [number for number, (_, is_unread) in enumerate(pages, start=1) if is_unread]
    why = f"a picture of text; to read it: {recognition.MISSING}"
    content = _content([page for page, _ in pages])
    metadata = {**content.metadata, **title_property(said.get("Title", ""))}
    fallback = {**content.fallback, **author_property(said.get("Author", ""))}
    if not content.text:
        raise UserError(f"each page is {why}" if unread else "no text in it")
    if unread:
        yield Skipped(
            path,
            f"page {', '.join(map(str, unread[:20]))}{' and more' * (len(unread) > 20)}: {why}",
        )
    yield replace(content, metadata=metadata, fallback=fallback)


def read_photograph(data: bytes, suffix: str) -> Content:
    """The text in a picture of a page. Raises UserError where there is none or no extra."""
    if not recognition.is_installed():
        raise UserError(f"a picture; to read what is written in it: {recognition.MISSING}")
    from PIL import Image, ImageOps

    try:
        page = recognition.read_picture(
            ImageOps.exif_transpose(Image.open(io.BytesIO(data))), _A4_POINTS
        )
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise UserError(f"not a {suffix} file that can be read") from None
    if (
        sum(len(piece.text.split()) for piece in page.pieces if piece.confidence >= DOUBTFUL)
        < _FEW_WORDS
    ):
        raise UserError("a picture without a text in it")
    return _content([page])


def _content(pages: Sequence[Page]) -> Content:
    composed = compose(pages, _is_word)
    read = [piece for page in pages if page.is_recognized for piece in page.pieces]
    return Content(
        mended(composed.text),
        KEPT,
        {"title": composed.title} if composed.title else {},
        composed.outside,
        pages=composed.starts,
        recognized=recognition.confidence(read) if read else None,
        fallback=_issue(composed.heads),
    )


def _issue(heads: Sequence[str]) -> dict[str, str]:
    """The paper and its day, where a running head gives both: a day alone may be the printer's."""
    for credit in filter(None, map(read_credit, heads)):
        if credit.publisher and credit.published and not credit.revised:
            return {
                "publisher": credit.publisher,
                "published": credit.published,
                "published_from": "running head",
            }
    return {}


@cache
def _vocabulary() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))


def _is_word(letters: str) -> bool:
    """Whether letters are a common English word: one that the embedding model has a token for."""
    return _vocabulary().token_to_id(letters.casefold()) is not None


def _read_page(document: Any, number: int) -> tuple[Page, bool]:
    """What stands on a page, and whether it is a picture that could not be read."""
    page = document[number]
    if page.formenv:
        page.flatten()  # what a form's fields hold becomes text, once the page is opened again
        page = document[number]
    edges = page.get_cropbox()
    by_quarter: dict[int, list[Piece]] = {}
    for quarter, signs in groupby(_signs(page.get_textpage(), edges), key=itemgetter(0)):
        by_quarter.setdefault(quarter, []).extend(_pieces(sign for _, sign in signs))
    letters = {
        quarter: sum(len(piece.text) for piece in pieces) for quarter, pieces in by_quarter.items()
    }
    quarter = max(
        letters, key=letters.__getitem__, default=0
    )  # what is written across the rest is a stamp
    height = edges[2] - edges[0] if quarter % 2 else edges[3] - edges[1]
    written = Page(tuple(by_quarter.get(quarter, ())), height)
    if letters.get(quarter, 0) >= _FEW_LETTERS or not _is_picture(page, is_empty=not letters):
        return written, False
    if not recognition.is_installed():
        return written, True
    scale = min(_DOTS_PER_INCH / 72, _LONGEST_PIXELS / max(page.get_size()))
    return recognition.read_picture(page.render(scale=scale).to_pil(), page.get_height()), False


def _is_picture(page: Any, *, is_empty: bool) -> bool:
    """Whether a picture fills half the page, or anything is drawn on one without letters."""
    whole = page.get_width() * page.get_height()
    for drawn in page.get_objects(max_depth=3):
        left, bottom, right, top = drawn.get_bounds()
        is_large = (right - left) * (top - bottom) > _PICTURE_SHARE * whole
        if is_empty or (is_large and drawn.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE):
            return True
    return False


def _signs(text: Any, edges: tuple[float, float, float, float]) -> Iterator[tuple[int, Piece]]:
    """Each letter or sign in the order of the file, with the quarter turn in which it is written.

    Its coordinates are those of the page turned upright; a space before it is in its text.
    """
    raw = pypdfium2.raw
    box, matrix, x, y, space = raw.FS_RECTF(), raw.FS_MATRIX(), c_double(), c_double(), ""
    for at in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, at)
        sign = _SIGNS.get(chr(code), chr(code))
        if sign.isspace() or not code:
            space = " "
            continue
        raw.FPDFText_GetLooseCharBox(text, at, box)
        raw.FPDFText_GetMatrix(text, at, matrix)
        raw.FPDFText_GetCharOrigin(text, at, x, y)
        turn = atan2(matrix.b, matrix.a) / (pi / 2)
        size = hypot(matrix.c, matrix.d) * raw.FPDFText_GetFontSize(text, at)
        if size > 0 and abs(turn - round(turn)) < _ASKEW:
            quarter = round(turn) % 4
            left, right, baseline = _upright(quarter, box, x.value, y.value, edges)
            top, bottom = baseline - 0.8 * size, baseline + 0.2 * size  # fonts state other heights
            yield quarter, Piece(space + sign, left, right, top, bottom, size)
            space = ""


def _upright(
    quarter: int, box: Any, x: float, y: float, edges: tuple[float, float, float, float]
) -> tuple[float, float, float]:
    """(left, right, baseline) with y downwards, on the page turned so that the text is upright."""
    left, bottom, right, top = edges
    if quarter == 0:
        return box.left - left, box.right - left, top - y
    if quarter == 1:
        return box.bottom - bottom, box.top - bottom, x - left
    if quarter == 2:
        return right - box.right, right - box.left, y - bottom
    return top - box.top, top - box.bottom, right - x


def _pieces(signs: Iterable[Piece]) -> list[Piece]:
    """Runs of signs without a wide gap between them; a raised figure, a footnote's mark, goes."""
    pieces: list[Piece] = []
    for sign in signs:
        before = pieces[-1] if pieces else None
        gap = (sign.left - before.right) / before.size if before else 0.0
        step = abs(sign.bottom - before.bottom) if before else 0.0
        if (
            before is None
            or not -1 < gap < 1.5
            or not before.top - sign.size < sign.middle < before.bottom
        ):
            pieces.append(replace(sign, text=sign.text.strip()))
        elif (
            sign.text.isdigit()
            and sign.size < 0.8 * before.size
            and sign.bottom < before.bottom - 0.15 * before.size
        ):
            pieces[-1] = _with_mark(before, sign)
        elif not -0.4 < gap < 0.5 or step + abs(sign.size - before.size) > 0.05 * sign.size:
            pieces.append(replace(sign, text=sign.text.strip()))
        else:
            pieces[-1] = replace(
                before, text=before.text + sign.text, right=max(before.right, sign.right)
            )
    return pieces


def _with_mark(before: Piece, mark: Piece) -> Piece:
    """A piece before a small raised figure: part of a measure ("m2"), and of no other word."""
    is_measure = re.search(r"(?:^|\s)\d*\s?[a-z]{1,2}$", before.text)
    return (
        replace(before, text=before.text + mark.text.translate(_RAISED)) if is_measure else before
    )
