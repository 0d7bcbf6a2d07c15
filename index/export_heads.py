"""Heads of exported texts: "Headline: ..." and the lines of Factiva, Nexis and ProQuest above an article."""

from __future__ import annotations

import re
from collections.abc import Mapping

from index.english.stamps import find_days
from index.english.words import plain
from index.metadata import declared, is_person, read_credit
from index.notices import is_prose

_MOST_LINES = 60  # of a head
_LABELS = {
    "title": "headline head title hd articletitle documenttitle",
    "author": "byline by author authors writer reporter",
    "publisher": "publication publicationtitle source newspaper sn publisher outlet site sourcename",
    "published": "date published publicationdate publisheddate posted pd pubdate",
    "url": "url link documenturl address web",
    "": "length wc words wordcount section pages page pg language languageofpublication la sc dateline edition ed cy "
    "documenttype issn isbn copyright loaddate graphic keywords subject category tags placeofpublication "
    "countryofpublication publicationsubject publicationyear firstpage sourcetype documentid proquestdocumentid "
    "database fulltext body text article id retrieved accessed crawled updated lastupdated lp td et volume issue",
}
_FIELD = {label: field for field, labels in _LABELS.items() for label in labels.split()}
_LABELLED = re.compile(r"(?P<label>[A-Za-z][A-Za-z -]{1,28})\s*:\s*(?P<value>.*)")
_CODED = re.compile(r"(?P<label>HD|BY|WC|PD|ET|SN|SC|ED|PG|LA|CY|LP|TD)(?:\s{2,}|\t|$)(?P<value>.*)")
_WORDS = re.compile(r"[\d,.]+ words", re.IGNORECASE)
_CODE = re.compile(
    r"[A-Z]{3,8}\d?|[A-Z]?\d{1,4}|\d{1,2}:\d\d|\d+ of \d+ DOCUMENTS?|(?i:english|body|full text|vol\b.*|pg\b.*"
    r"|(?:©|\(c\)|copyright).*)"
)


def read_export_head(text: str) -> tuple[dict[str, str], frozenset[int]]:
    """What labels and export lines above the first paragraph say, and the numbers of these lines and of those below.

    Nothing where there are fewer than two labels and no count of words.
    """
    lines = [plain(line).replace("**", "").strip(" \t*_#") for line in text.splitlines()]
    labelled = _labelled(lines)
    head = [at for at in range(_prose(lines, labelled)) if lines[at]]
    stated = [at for at in head if at in labelled]
    counted = next((at for at in head if _WORDS.fullmatch(lines[at])), None)
    if counted is None and len({labelled[at][0] for at in stated}) < 2:
        return {}, frozenset()
    found = _unlabelled([at for at in head if at not in labelled], lines, counted)
    found |= {field: value for at in reversed(stated) for field, value in [labelled[at]] if field and value}
    known = [at for at in head if at in labelled or at == counted or _is_export(lines[at])]
    tail = {at for at in labelled if at > _last_paragraph(lines, labelled)}
    return declared(found, "byline"), frozenset(range(max(known) + 1)) | tail


def _labelled(lines: list[str]) -> Mapping[int, tuple[str, str]]:
    """Field and value of each line with a label of an export; a code may stand alone above its value."""
    found: dict[int, tuple[str, str]] = {}
    for at, line in enumerate(lines):
        match = _CODED.fullmatch(line) or _LABELLED.fullmatch(line)
        name = re.sub(r"[^a-z]", "", match["label"].lower()) if match else ""
        if at in found or not match or name not in _FIELD:
            continue
        if not _FIELD[name] and is_prose(match["value"]):  # "Text: The council voted ..."
            continue
        found[at] = (_FIELD[name], match["value"].strip())
        if _CODED.fullmatch(line) and not match["value"] and name not in ("lp", "td") and at + 1 < len(lines):
            found[at + 1] = (_FIELD[name], lines[at + 1])
    return found


def _prose(lines: list[str], labelled: Mapping[int, object]) -> int:
    """The first line that is a paragraph, or after which no head goes on."""
    prose = (
        at
        for at, line in enumerate(lines)
        if at not in labelled and is_prose(line) and not read_credit(line) and not _CODE.fullmatch(line)
    )
    return min(next(prose, len(lines)), _MOST_LINES)


def _last_paragraph(lines: list[str], labelled: Mapping[int, object]) -> int:
    return max((at for at, line in enumerate(lines) if line and at not in labelled), default=len(lines))


def _is_export(line: str) -> bool:
    if _CODE.fullmatch(line) or _WORDS.fullmatch(line):
        return True
    credit = read_credit(line)
    return credit is not None and credit.published is not None


def _unlabelled(free: list[int], lines: list[str], counted: int | None) -> dict[str, str]:
    """The headline, the outlet beside the day, and above the count of words the author."""
    names = [at for at in free if not _is_export(lines[at]) and not read_credit(lines[at])]
    dated = next((at for at in free if _is_export(lines[at]) and any(find_days(lines[at]))), None)
    found: dict[str, str] = {}
    if dated is not None:
        found["published"] = next(find_days(lines[dated]))[0]
        beside = [at for at in names if (at > dated if counted is not None else at < dated)]
        if beside and len(names) > 1:
            outlet = beside[0] if counted is not None else beside[-1]
            found["publisher"] = lines[outlet]
            names.remove(outlet)
    above = [at for at in free if counted is not None and at < counted]
    credit = read_credit(lines[above[-1]]) if above else None
    if credit and credit.author:
        found["author"] = credit.author
    elif len(above) > 1 and is_person(lines[above[-1]]):
        found["author"] = lines[above[-1]]
        names.remove(above[-1])
    titles = [at for at in names if counted is None or at < counted]
    return found | ({"title": lines[titles[0 if counted is None else -1]]} if titles else {})
