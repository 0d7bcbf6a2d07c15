"""Bytes to text: which encoding a file or a page has, and what is done about damaged bytes."""

from __future__ import annotations

import codecs
import re

from index.article import KEPT, UserError

PRESCAN_BYTES = 4096  # browsers look at 1,024; some pages have scripts above the declaration
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
_BAD_SHARE = 0.02  # of a page's non-ASCII characters; with more of them it is in another encoding
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?\bcharset\s*=\s*["']?\s*([\w.:-]+)"""
    rb"""|^\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
# What a label means on the web (WHATWG Encoding) where Python knows it not, or has less.
_MEANT = dict(
    pair.split("=")
    for pair in """x-sjis=cp932 windows-31j=cp932 shift_jis=cp932 windows-949=cp949 euc_kr=cp949
    gb2312=gb18030 gbk=gb18030 big5=big5hkscs ascii=cp1252 iso8859-1=cp1252 iso8859-9=cp1254
    windows-874=cp874 iso8859-11=cp874 tis-620=cp874""".split()
)


def decode(data: bytes) -> tuple[str, str]:
    """The text without a byte order mark, and the encoding that gives it back.

    A byte order mark decides; without one it is UTF-8, UTF-16 or UTF-32 (which has zero bytes),
    else Windows' western encoding, else (for the five bytes that this one does not know) Latin-1.
    Where a few bytes of UTF-8 are damaged no codec gives the text back: they are mended, and the
    encoding is `KEPT`. Raises UserError for no text.
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
    raise UserError(f"not {marked} text, although its first bytes say so")


def decode_page(data: bytes) -> str:
    """The text of a page, in the encoding that it declares unless its bytes are UTF-8.

    Saved pages often keep an old declaration. The rules for any text decide where it has a byte
    order mark or declares nothing that fits. Raises UserError for no text.
    """
    is_marked = b"\0" in data or data.startswith(tuple(mark for mark, _ in _MARKS))
    name = declared_charset(data)
    for codec in () if is_marked else (name,) if name == "iso2022_jp" else ("utf-8", name):
        text = data.decode(codec, "replace") if codec else ""
        bad = text.count("\ufffd")
        if text and (not bad or bad <= _BAD_SHARE * len(_FOREIGN.findall(text))):
            return text
    return decode(data)[0]


def declared_charset(data: bytes) -> str | None:
    """The Python codec for the encoding that the page names for itself, or None for none known.

    >>> declared_charset(b'<meta charset="gb2312">'), declared_charset(b"<meta charset=wobbly>")
    ('gb18030', None)
    """
    match = _DECLARED.search(re.sub(rb"<!--.*?-->", b"", data[:PRESCAN_BYTES], flags=re.DOTALL))
    label = (match[1] or match[2]).decode("ascii", "replace").lower() if match else ""
    try:
        name = codecs.lookup(_MEANT.get(label, label)).name
        "".encode(name)  # raises LookupError for a codec that is none of text
    except LookupError:
        return None
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else _MEANT.get(name, name)


def _mostly_utf8(data: bytes) -> str:
    """UTF-8 of which fewer characters are damaged than are sound beyond ASCII, mended; else "".

    A lone byte that is no UTF-8 is what Windows' western encoding has there.
    """
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    damaged = _DAMAGED.findall(text)
    sound = sum(not char.isascii() for char in text) - sum(map(len, damaged))
    is_utf8 = len(damaged) <= sound or data.startswith(codecs.BOM_UTF8)
    return _DAMAGED.sub(_mend, text) if is_utf8 else ""


def _mend(damaged: re.Match[str]) -> str:
    lone = damaged[0].encode("utf-8", "surrogateescape") if len(damaged[0]) == 1 else b"\x81"
    return lone.decode("cp1252", "replace")
