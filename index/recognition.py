"""Text recognition with the `ocr` extra: a picture's words, where they stand, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from index.layout import Page, Piece

MISSING = "pip install 'footnote[ocr]'"
_LONGEST_SIDE = 2400  # pixels; of a larger picture a smaller copy is read
_SEARCHED_SIDE = (
    1280  # pixels of the copy in which lines are looked for; they are read in the larger one
)
_TURNED = 0.75  # confidence below which the picture may lie upside down
_TYPE_SHARE = 0.7  # of the height in which a line is found, the size of its type


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
    pieces = _pieces(picture)
    if (
        pieces
        and median((piece.bottom - piece.top) / (piece.right - piece.left) for piece in pieces) > 1
    ):
        picture = picture.rotate(90, expand=True)
        pieces = _pieces(picture)
    if pieces and confidence(pieces) < _TURNED:
        pieces = max(pieces, _pieces(picture.rotate(180)), key=confidence)
    return Page(
        tuple(_scaled(piece, scale) for piece in pieces), picture.height * scale, is_recognized=True
    )


def confidence(pieces: Sequence[Piece]) -> float:
    """How sure the reading of these is, from 0 to 1: the mean over their letters."""
    letters = sum(len(piece.text) for piece in pieces)
    return sum(piece.confidence * len(piece.text) for piece in pieces) / max(1, letters)


def _scaled(piece: Piece, scale: float) -> Piece:
    sides = {
        name: getattr(piece, name) * scale for name in ("left", "right", "top", "bottom", "size")
    }
    return replace(piece, **sides)


def _pieces(picture: Any) -> tuple[Piece, ...]:
    found = _engine()(
        np.asarray(picture)[:, :, ::-1], use_cls=False
    )  # in the library's order of colours
    if found.boxes is None:
        return ()
    boxes = np.asarray(found.boxes, dtype=float)
    rises = boxes[:, 1] - boxes[:, 0]
    angle = float(np.median(np.arctan2(rises[:, 1], rises[:, 0])))
    if abs(angle) < 0.3:  # radians: a page that lies askew, and is no picture turned by a quarter
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        boxes = boxes @ turn
    rows = zip(boxes, found.txts, found.scores, strict=True)
    return tuple(
        _piece(box, " ".join(text.split()), score) for box, text, score in rows if text.strip()
    )


def _piece(box: Any, text: str, score: float) -> Piece:
    (left, top), (right, bottom) = box.min(axis=0).tolist(), box.max(axis=0).tolist()
    return Piece(text, left, right, top, bottom, (bottom - top) * _TYPE_SHARE, float(score))


@cache
def _engine() -> Any:
    """The recognizer, given its models by path: else it may look for them on the network."""
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    files = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
    paths = {f"{step}.model_path": str(models / name) for step, name in files.items()}
    size = {"Det.limit_type": "max", "Det.limit_side_len": _SEARCHED_SIDE}
    return rapidocr.RapidOCR(
        params={"Global.log_level": "critical", "Global.text_score": 0.0, **paths, **size}
    )
