"""Encodings: each file's own, found from its bytes and recorded, so that offsets stay exact."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from index.article import KEPT
from tests.test_reading import TEXT, TITLE, read_one


@pytest.mark.parametrize(
    ("damaged", "mended"),
    [
        (b"na\xefve", "na\u00efve"),  # a letter in Windows' encoding
        (b"so\x85 yes", "so\u2026 yes"),
        (b"cut \xe2\x80 off", "cut \ufffd off"),  # half a character
        (b"\xff\xfe\xfd", "\ufffd"),
        (b"\x81", "\ufffd"),  # a byte that Windows' encoding has not
    ],
)
def test_few_damaged_bytes_leave_the_rest_utf8(tmp_path: Path, damaged: bytes, mended: str) -> None:
    text = "The caf\u00e9 of Zo\u00eb Roe \u201cstays open\u201d all winter, she told the council on Monday: "
    data = text.encode() + damaged + b" it was."
    article = read_one(tmp_path, "a.txt", data)
    assert (article.encoding, article.text) == (KEPT, f"{text}{mended} it was.")
    marked = read_one(tmp_path, "b.txt", codecs.BOM_UTF8 + b"A plain text with one \xe9 in the middle of it.")
    assert (marked.encoding, marked.text) == (KEPT, "A plain text with one \u00e9 in the middle of it.")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        ((TEXT + "caf\u00e9 \u201cyes\u201d").encode("cp1252"), "cp1252"),
        (TEXT.encode() + b"caf\xe9 \x81", "latin-1"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32-le"), "utf-32-le"),
        (TEXT.encode("utf-32-be"), "utf-32-be"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "utf-32"),
    ],
)
def test_encoding_is_found_and_recorded(tmp_path: Path, data: bytes, encoding: str) -> None:
    article = read_one(tmp_path, "a.txt", data)
    assert article.encoding == encoding
    assert article.text == data.decode(encoding).removeprefix("\ufeff")
    assert article.title == TITLE
