"""Bytes to text: which encoding a file has, and what is done about damaged bytes."""

from __future__ import annotations

import codecs
import re

from index.article import KEPT, UserError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_DAMAGED = re.compile("[\udc80-\udcff]+")
_CONTROL = re.compile(r"[\x01-\x07\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")


def decode(data: bytes) -> tuple[str, str]:
    """The text without a byte order mark, and the encoding that gives it back; raises UserError for no text.

    A byte order mark decides; without one it is UTF-8, UTF-16 or UTF-32 (which has zero bytes), else Windows'
    western encoding, else (for the five bytes that this one does not know) Latin-1. Where a few bytes of
    UTF-8 are damaged no codec gives the text back: they are mended, and the encoding is `KEPT`.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    names = (marked,) if marked else _WIDE if b"\0" in data else ("utf-8",)
    for name in (*names, *(() if marked else ("cp1252", "latin-1"))):
        try:
            text = data.decode(name).removeprefix("\ufeff")
        except UnicodeDecodeError:
            text = _mostly_utf8(data) if name.startswith("utf-8") else ""
            name = KEPT
        if name in _WIDE and sum(map(str.isascii, text)) < 0.7 * len(text):
            continue  # read in the wrong order of bytes
        if "\0" in text or len(_CONTROL.findall(text)) * 20 > len(text):
            raise UserError("binary, not text")
        if text:
            return text, name
    raise UserError(f"not the {marked} text that its first bytes say it is")


def _mostly_utf8(data: bytes) -> str:
    """UTF-8 of which fewer characters are damaged than are sound beyond ASCII, mended; "" for any other bytes.

    A lone byte that is no UTF-8 is what Windows' western encoding has there.
    """
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    damaged = _DAMAGED.findall(text)
    sound = sum(not char.isascii() for char in text) - sum(map(len, damaged))
    return _DAMAGED.sub(_mend, text) if len(damaged) <= sound or data.startswith(codecs.BOM_UTF8) else ""


def _mend(damaged: re.Match[str]) -> str:
    lone = damaged[0].encode("utf-8", "surrogateescape") if len(damaged[0]) == 1 else b"\x81"
    return lone.decode("cp1252", "replace")
