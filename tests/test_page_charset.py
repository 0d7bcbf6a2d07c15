"""The encoding of pages: what they declare, and what their bytes are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import PROSE, body_of, page, read_page


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
