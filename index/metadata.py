"""What an article says of itself: title, publisher, day, author, address. What it does not say stays unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlsplit

from index.english.dates import CALENDAR
from index.english.stamps import day_of, find_days
from index.english.words import plain

FIELDS = ("title", "publisher", "published", "author", "url")
TITLE_CHARACTERS = 80  # of a title that is made from the first words

# Lower-case letters only; the first one present counts. No name of a file's or a crawl's date is here.
_NAMES = (
    ("title", "title headline heading articletitle newstitle webtitle"),
    ("publisher", "publisher source outlet site sitename publication newspaper sourcename publishername"),
    ("author", "author authors byline writer creator authorname authornames dccreator reporter"),
    ("url", "url link permalink canonicalurl articleurl weburl sourceurl"),
)
# "published" and its kin come before what may be the time of another thing.
_PUBLISHED = re.compile(
    r"(?:(?:date|time|first|web|original|article)?(?:publish(?:ed)?|publication|pub|post(?:ed)?|releas(?:ed?)?|issued)"
    r"(?:date|time|stamp|at|on|utc|ms)*|date|datetime|timestamp|time|createdat|createdutc)"
)
_OBJECT_NAMES = ("name", "rendered", "main", "$date", "#text", "value")  # what an object of a record is known by
# Before a day, these may be where it was written as well as who published it.
_TOWN = re.compile(r"\S+|(?:new|los|las|san|tel|hong|abu|saudi|west) \S+", re.IGNORECASE)
_WORD = r"(?:[^\W\d_][\w.'’/&-]*|&)"
_SMALL = r"(?:of|the|and|de|da|del|della|der|den|von|van|bin|ibn|el|al|la|le|di|du)"
_NAME = re.compile(rf"{_WORD}(?:\s+{_WORD}){{0,7}}")
_LOWER_WORD = re.compile(rf"(?!{_SMALL}\b|al-|el-|ash-|ul-)[^\W\d_]")
_NOT_A_NAME = re.compile(
    r"(?:on|in|by|since|until|from|after|before|as|at|to|what|why|how|when|where|who|today|yesterday|numbers?"
    rf"|{'|'.join(CALENDAR)})\b(?!-)",
    re.IGNORECASE,
)
_BY = re.compile(r"(?:(?:written|reported|reporting|posted|words|story|analysis|text)\s+)?by:?\s+(.+)", re.IGNORECASE)
_AUTHOR_LINE = re.compile(r"author\b:?\s+(.+)", re.IGNORECASE)
_SOURCE_LINE = re.compile(r"source\s*(?::|»|›|>{1,2}|[-–—]\s)\s*(.{2,60})", re.IGNORECASE)
_AFTER_PERSON = re.compile(r"\s*(?:;|\s@\w|\s(?:in|for|at|of|from)\s|<|\().*")
# Words of a line that names an outlet, an office or a part of the page, and no person.
NOBODY = re.compile(
    r"\b(?:news|staff|press|agenc(?:y|ies)|teams?|desk|bureau|services?|wires?|magazine|times|posts?"
    r"|archives?|admin|universit(?:y|ies)|college|institute|foundation|association|department|ministry"
    r"|office|company|group|inc|ltd|llc|media|network|website|blog|online|twitter|comments?|share"
    r"|photos?|editorial|editors?|authors?|correspondent|guest|unknown|anonymous|no|the|newsletter"
    r"|subscribe|read|about|contact|articles?|show|all|view|more|report|update[ds]?|published)\b|[.]com\b",
    re.IGNORECASE,
)
_DATE_LABEL = re.compile(
    r"(?:(?:last|first|originally)\s+)?(?:(?P<revised>updated|modified|edited)|published|posted|date)"
    r"(?:\s+(?:on|at))?\s*:?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d(?:\s*[ap]\.?m\.?)?(?:\s[A-Z]{2,4}\b)?,?", re.IGNORECASE)
_MINUTES = re.compile(r"\(?\b\d{1,3}[\s-]*min(?:ute)?s?\.?\s+read\b\)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[|•·]\s*|\s+(?:[—–-]+|/)\s+|\s{3,}")
_ADDRESS = re.compile(r"https?://|[/~.\\]|.*\\|.*\.(?:txt|md|html?|jsonl?|pdf|docx|csv)$", re.IGNORECASE)
_EDGE = " \t\u00a0*_()[]|•·,;:—–-"
_DATELINE_END = re.compile(r"\s*(?:\([^)]{2,40}\)|/[^/]{2,30}/)?\s*(?:—|–|-)")


@dataclass(frozen=True)
class Content:
    """The text of one article and what its file says of it: metadata under the names of `declared`.

    `outside` numbers the lines (from 0) that are no article; `id` names a record within its file; `fallback`
    is metadata that counts where neither the file nor its text says it; `pages` and `recognized` are the article's.
    A value of "" states that it is unknown; what is left out may stand in the text.
    """

    text: str
    encoding: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    outside: frozenset[int] = frozenset()
    id: str = ""
    pages: tuple[int, ...] = ()
    recognized: float | None = None
    fallback: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Credit:
    """What a line of names and dates says. `revised` marks a day on which the article was only changed."""

    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    revised: bool = False


def declared(record: Mapping[str, object], source: str) -> dict[str, str]:
    """The metadata that `record` states under the usual names; what is missing or unreadable is left out.

    `published` is an ISO day, and `published_from` beside it is `source`.

    >>> declared({"headline": "Rain", "datePublished": "2023-08-17T10:00Z"}, "json-ld")
    {'title': 'Rain', 'published': '2023-08-17', 'published_from': 'json-ld'}
    """
    found = {name: one_line(value_under(record, names.split())) for name, names in _NAMES}
    found["published"] = _published(record)
    found["author"] = re.sub(r"^(?:by\s+|[\W\d_]+$)", "", found["author"], flags=re.IGNORECASE)
    if not found["url"] and site_of(source_url := one_line(record.get("source"))):
        found["url"] = source_url
    for name in ("publisher", "author"):
        if _ADDRESS.match(found[name]):
            found[name] = ""
    if found["published"]:
        found["published_from"] = source
    return {name: value for name, value in found.items() if value}


def _published(record: Mapping[str, object]) -> str:
    """The first day under a name that can be one of publication: "published" before "date", "" for none."""
    named = _plainly_named(record)
    dated = [(name, value) for name, value in named if value and _PUBLISHED.fullmatch(name)]
    dated.sort(key=lambda pair: (not re.search("pub|post|rel|iss", pair[0]), pair[0] != "date"))
    days = (day_of(value if type(value) in (int, float) else one_line(value)) for _, value in dated)
    return next(filter(None, days), "")


def value_under(record: Mapping[str, object], names: Iterable[str]) -> object:
    """The first value that is not empty under one of `names` (lower-case letters only), or None."""
    by_name = {name: value for name, value in reversed(_plainly_named(record)) if value or value == 0}
    return next((by_name[name] for name in names if name in by_name), None)


def _plainly_named(record: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(re.sub(r"[^a-z]", "", str(key).lower()), value) for key, value in record.items()]


def one_line(value: object) -> str:
    """A metadata value as one line of text: names joined by commas, an object by its name; "" for the rest."""
    if isinstance(value, str):
        return " ".join(plain(mended(value)).split())
    if isinstance(value, Mapping):
        named = next((value[name] for name in _OBJECT_NAMES if isinstance(value.get(name), (str, int))), "")
        return one_line(named)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, (one_line(name) for name in value if not isinstance(name, (list, tuple)))))
    return str(value) if type(value) is int else ""


def mended(text: str) -> str:
    """`text` with what no UTF-8 file and no index can hold (lone surrogates, NUL) as U+FFFD."""
    return re.sub("[\ud800-\udfff\0]", "\ufffd", text)


def site_of(url: str) -> str:
    """The site of a web address, which is who published what stands there; "" for what is none.

    >>> site_of("https://www.example.org/2022/rain"), site_of("example.org/rain")
    ('example.org', '')
    """
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.") if url.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


def first_words(text: str) -> str:
    """A title made of the first words of `text`, followed by "…" when words were left out."""
    words = " ".join(text[: TITLE_CHARACTERS * 20].split())
    if len(words) <= TITLE_CHARACTERS:
        return words
    whole = words[: TITLE_CHARACTERS + 1].rpartition(" ")[0] or words[:TITLE_CHARACTERS]
    return whole.rstrip(" ,;:—–-") + "…"


def read_credit(line: str) -> Credit | None:
    """What a line that holds only names, dates and "By", "Source:" or "3 min read" says; None for any other line."""
    is_open = line.rstrip().endswith(("—", "–"))  # a dash with nothing after it: a dateline's has its text there
    line = line.strip(_EDGE)
    if not 3 < len(line) <= 160:
        return None
    if source := _SOURCE_LINE.fullmatch(line.partition("|")[0]):
        day = next(find_days(line), (None,))[0]
        return replace(named, published=day) if (named := _source(source[1].strip())) and day else named
    if author := _AUTHOR_LINE.fullmatch(line):
        return Credit(author=author[1]) if is_person(author[1]) else None
    day, revised, rest = _split_day(line)
    parts = [bare for part in _BETWEEN.split(rest) if (bare := part.strip(_EDGE + "/")) and "@" not in bare]
    by = next((match for match in map(_BY.fullmatch, parts) if match), None)
    people = _people(by[1]) if by else None
    others = [part for part in parts if not by or part != by[0]]
    if people and all(map(_is_name, others)):
        return Credit(people, others[0] if len(others) == 1 else None, day, revised)
    if not day:
        return None
    if all(_is_name(place) for part in parts for place in part.split(",")):
        is_outlet = len(parts) == 1 and "," not in parts[0] and (is_open or not _TOWN.fullmatch(parts[0]))
        return Credit(None, parts[0] if is_outlet else None, day, revised)
    return Credit(None, None, day, revised) if len(rest.split()) <= 2 else None


def read_dateline(paragraph: str, *, needs_place: bool) -> str | None:
    """The ISO day of a place and date that open a paragraph ("Iran, September 21, 2019—..."); None without a year."""
    day, start, end = next(find_days(paragraph[:120]), ("", 0, 0))
    if not day or not _DATELINE_END.match(paragraph, end):
        return None
    places = [place for part in re.split(r"[,/(—–-]", paragraph[:start]) if (place := part.strip(_EDGE))]
    return day if all(map(_is_name, places)) and (places or not needs_place) else None


def is_person(text: str) -> bool:
    """Whether `text` is two to four capitalised words and nothing else, as a person's name is."""
    is_short = 2 <= len(text.split()) <= 4 and len(text) <= 50
    return is_short and _is_name(text) and not re.search(r"[&/]", text) and not NOBODY.search(text)


def _source(name: str) -> Credit | None:
    """A source given by name or as a domain is the publisher; an address is not; a clause is no source line."""
    if name.startswith(("http://", "https://", "www.")):
        return Credit()
    return Credit(publisher=name) if _is_name(name) or re.fullmatch(r"[\w.-]+", name) else None


def _people(text: str) -> str | None:
    """The names in what follows "By": without the outlet, place or address that may come after them."""
    pieces = [piece.strip(_EDGE) for piece in _AFTER_PERSON.sub("", text).split(",")]
    last = max(at for at, piece in enumerate(pieces) if at == 0 or re.search(r"\b(?:and|&)\s", piece))
    names = pieces[: last + 1]
    return ", ".join(names) if all(map(_is_name, names)) else None


def _split_day(line: str) -> tuple[str | None, bool, str]:
    """The day a line gives (a day of publication before one of revision; of a range none), and the rest of it."""
    day, revised, rest, at = None, False, "", 0
    for found, start, end in find_days(line):
        before = line[at:start]
        labels = list(_DATE_LABEL.finditer(before))
        if day not in (None, found) and not labels:
            return None, False, line  # from one day to another
        changed = any(label["revised"] for label in labels)
        if day is None or (revised and not changed):
            day, revised = found, changed
        rest, at = f"{rest}{_CLOCK.sub('', _DATE_LABEL.sub('', before))}|", end
    rest += line[at:]
    return day, revised, _MINUTES.sub("|", rest) if day else rest


def _is_name(text: str) -> bool:
    """Whether `text` is up to eight words that begin like names do."""
    text = text.strip(_EDGE)
    if len(text) > 70 or not _NAME.fullmatch(text) or _NOT_A_NAME.match(text):
        return False
    words = text.split()
    is_capitalised = words[0][0].isupper() and not words[-1][0].islower()
    plain = sum(word[0].islower() and bool(_LOWER_WORD.match(word)) for word in words)
    return is_capitalised and plain <= (len(words) >= 4)  # "Footnote digest of The Cradle"
