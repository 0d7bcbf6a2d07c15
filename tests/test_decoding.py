"""Encodings: each file's own, found from its bytes and recorded; what pages declare."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from index.article import KEPT
from tests.pages import PROSE, body_of, page, read_page
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


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "“The wall” — said Zhū"),
        ("gbk", "gbk", "“The wall” — said 李伟"),
        ("iso-8859-2", "iso-8859-2", "Żółkiewska of Łódź"),
        ("windows-1250", "cp1250", "„Řeka“ said Jiří"),
        ("Shift_JIS", "cp932", "Reporters of 朝日 wrote"),
        ("euc-kr", "cp949", "Reporters of 한겨레 wrote"),
        ("big5", "big5", "Reporters of 聯合報 wrote"),
        ("windows-1251", "cp1251", "The paper «Труд» wrote"),
        ("koi8-r", "koi8-r", "The paper Труд wrote"),
        ("iso-8859-9", "cp1254", "Işıl of İzmir"),
        ("iso-8859-1", "cp1252", "“Zoë” — paid 4 €"),
        ("iso-2022-jp", "iso-2022-jp", "Reporters of 朝日 wrote"),
    ],
)
@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="{}">',
        "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset={}'>",
        "<script>/* charset later */</script><!-- <meta charset=utf-8> --><meta charset={} >",
    ],
)
def test_page_is_read_in_the_encoding_it_declares(
    tmp_path: Path, declaration: str, label: str, codec: str, text: str
) -> None:
    source = page(
        head=declaration.format(label), body=f"<p>{text} that the harbour was full.</p>{PROSE}"
    )
    assert text in body_of(read_page(tmp_path, source.encode(codec)))


def test_xml_declaration_names_the_encoding_of_a_page(tmp_path: Path) -> None:
    source = '<?xml version="1.0" encoding="iso-8859-2"?>' + page(
        body=f"<p>Święcicka spoke for an hour.</p>{PROSE}"
    )
    assert "Święcicka" in body_of(read_page(tmp_path, source.encode("iso-8859-2")))


@pytest.mark.parametrize(
    "declared", ["gb2312", "iso-8859-1", "windows-1251", "utf-16", "nonsense", "base64"]
)
def test_bytes_that_are_utf8_are_read_as_such_whatever_a_saved_page_declares(
    tmp_path: Path, declared: str
) -> None:
    source = page(
        head=f'<meta charset="{declared}">', body=f"<p>“Zoë” paid 4 € — in Łódź.</p>{PROSE}"
    )
    assert "“Zoë” paid 4 € — in Łódź." in body_of(read_page(tmp_path, source.encode()))


def test_byte_order_mark_comes_before_the_declaration(tmp_path: Path) -> None:
    source = page(head='<meta charset="iso-8859-1">', body=f"<p>“Zoë” was there too.</p>{PROSE}")
    assert "“Zoë” was there too." in body_of(read_page(tmp_path, source.encode("utf-16")))
