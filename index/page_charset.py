"""The encoding of a web page, decided from its bytes much as browsers decide it."""

from __future__ import annotations

import codecs
import re

PRESCAN_BYTES = 4096  # browsers look at 1,024; some pages have scripts above the declaration
_BAD_SHARE = (
    0.02  # of a page's non-ASCII characters; with more of them unreadable it is in another encoding
)

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?\bcharset\s*=\s*["']?\s*([\w.:-]+)"""
    rb"""|^\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ALIASES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
}
# What a label means on the web (WHATWG Encoding) where Python's codec of that name has less.
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}


def decode_page(data: bytes) -> str | None:
    """The text of a page; None where the rules for any text decide: it has a byte order mark, or
    declares nothing that fits.

    Bytes that are UTF-8 are read as such: saved pages often keep an old declaration.
    """
    if b"\0" in data or data.startswith(_MARKS):
        return None
    name = declared_charset(data)
    for codec in ("utf-8", name) if name != "iso2022_jp" else (name,):
        text = data.decode(codec, "replace") if codec else ""
        bad = text.count("\ufffd")
        if text and (not bad or bad <= _BAD_SHARE * len(_FOREIGN.findall(text))):
            return text
    return None


def declared_charset(data: bytes) -> str | None:
    """The Python codec for the encoding that the page names for itself, or None for none known.

    >>> declared_charset(b'<meta charset="gb2312">'), declared_charset(b"<meta charset=wobbly>")
    ('gb18030', None)
    """
    match = _DECLARED.search(re.sub(rb"<!--.*?-->", b"", data[:PRESCAN_BYTES], flags=re.DOTALL))
    if match is None:
        return None
    label = (match[1] or match[2]).decode("ascii", "replace").lower()
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
        "".encode(name)  # raises LookupError for a codec that is none of text
    except LookupError:
        return None
    return "utf-8" if name.startswith(("utf-16", "utf-32")) else _MEANT.get(name, name)
