"""Text recognition with the `ocr` extra: a picture's words, where they stand, how sure that is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from index.layout import Page, Piece, confidence

MISSING = "pip install 'footnote[ocr]'"
_LONGEST_SIDE = 2400  # pixels; of a larger picture a smaller copy is read
_SEARCHED_SIDE = 1280  # pixels of the copy in which lines are looked for, to be read in the larger
_TURNED = 0.75  # confidence below which the picture may lie upside down
_TYPE_SHARE = 0.7  # of the height in which a line is found, the size of its type
_ROUGH = 1.35  # of the usual size, up to which a line is in the same type


def is_installed() -> bool:
    """Whether pictures can be read here."""
    return find_spec("rapidocr") is not None


def read_picture(picture: Any, height: float) -> Page:
    """What is written in a picture of Pillow's, whichever way it lies; no pieces where nothing is.

    `height` is that of the page, in points.
    """
    picture = picture.convert("RGB")
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    scale = height / picture.height
    pieces = _pieces(picture, scale)
    if pieces and median((piece.right - piece.left) / piece.size for piece in pieces) < 1:
        picture = picture.rotate(90, expand=True)
        pieces = _pieces(picture, scale)
    if pieces and confidence(pieces) < _TURNED:
        pieces = max(pieces, _pieces(picture.rotate(180), scale), key=confidence)
    return Page(pieces, picture.height * scale, is_recognized=True)


def _pieces(picture: Any, scale: float) -> tuple[Piece, ...]:
    colours = np.asarray(picture)[:, :, ::-1]  # in the order that the library takes them in
    found = _engine()(colours, use_cls=False)
    if found.boxes is None:
        return ()
    rows = zip(np.asarray(found.boxes, dtype=float), found.txts, found.scores, strict=True)
    pieces = [_piece(box * scale, text, score) for box, text, score in rows if text.strip()]
    usual = median([piece.size for piece in pieces] or [1.0])
    return tuple(
        replace(piece, size=usual) if 1 / _ROUGH < piece.size / usual < _ROUGH else piece
        for piece in pieces
    )


def _piece(corners: Any, text: str, score: float) -> Piece:
    """The words in a box, whose corners are given from its top left one clockwise."""
    left, right = float(corners[:, 0].min()), float(corners[:, 0].max())
    size = float(np.linalg.norm(corners[3] - corners[0])) * _TYPE_SHARE
    text = " ".join(text.split())
    return Piece(text, left, right, float(corners[:, 1].mean()), size, float(score))


@cache
def _engine() -> Any:
    """The recognizer, given its models by path: else it may look for them on the network."""
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    files = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
    paths = {f"{step}.model_path": str(models / name) for step, name in files.items()}
    size = {"Det.limit_type": "max", "Det.limit_side_len": _SEARCHED_SIDE}
    levels = {"Global.log_level": "critical", "Global.text_score": 0.0}
    return rapidocr.RapidOCR(params={**levels, **paths, **size})
