"""What limits a question to some of the articles, held against what the index has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any, TypedDict

from index.article import UserError
from index.catalog import Snapshot
from index.records import Filters
from rag.answer import Note

_LISTED = 12  # names that an error lists
_COMPARED = 2000  # paths that are compared with one that is not there
_LONGEST = 400  # characters of a pattern


class Within(TypedDict, total=False):
    """Which articles a question is asked of. A day is an ISO day or a date; `exclude` holds paths to leave out.

    `only` holds folders, files and patterns such as "reports/*" (see `index.records.Filters`).
    """

    as_of: date | str | None
    since: date | str | None
    until: date | str | None
    publisher: str | None
    exclude: Sequence[str]
    only: Sequence[str] | None


def parse_limits(within: Within) -> Filters:
    """The limits as filters. Raises UserError for a day that is none, and for what is no text."""
    days = {name: _day(name, within.get(name)) for name in ("as_of", "since", "until")}
    [publisher] = _texts("publisher", [within.get("publisher") or ""])
    known: dict[str, Any] = {**within, **days, "publisher": publisher or None}
    several = {name: _texts(name, within.get(name)) for name in ("exclude", "only")}
    return Filters(**known | several)


def _texts(name: str, given: Any) -> tuple[str, ...]:
    """One text or several; nothing is none."""
    is_one = isinstance(given, str) or not isinstance(given, Iterable)
    texts = (given,) if is_one and given else tuple(given or ())
    for text in texts:
        if not isinstance(text, str):
            raise UserError(f"{text!r} is not text ({name}).", "Pass a string.")
    return texts


def _day(name: str, day: Any) -> str | None:
    written = f"{day:%Y-%m-%d}" if isinstance(day, date) else day
    try:
        if written is None or date.fromisoformat(written).isoformat() == written:
            return written
    except (TypeError, ValueError):
        pass
    raise UserError(f"{day!r} is not a date ({name}).", "Write it as 2023-08-17, or pass a datetime.date.")


def check_limits(filters: Filters, snapshot: Snapshot) -> Filters:
    """The filters, with names as the index has them. Raises UserError for a name that no article has."""
    if filters.publisher is not None:
        filters = replace(filters, publisher=known_publisher(filters.publisher, snapshot.publishers()))
    return replace(filters, only=tuple(known_place(pattern, snapshot) for pattern in filters.only))


def known_place(pattern: str, snapshot: Snapshot) -> str:
    """The pattern, below the name of a root where it is an absolute path. Raises UserError where no article fits it."""
    for root, folder in snapshot.roots():
        if folder and (pattern == folder or pattern.startswith(folder.rstrip("/") + "/")):
            pattern = root + pattern.removeprefix(folder.rstrip("/"))
    if len(pattern) <= _LONGEST and snapshot.has(Filters(only=(pattern,))):
        return pattern
    paths = [row.path for row in snapshot.article_rows()][:_COMPARED]
    folders = [f"{folder}/" for path in paths for folder in PurePosixPath(path).parents if folder.name]
    known = {place.casefold(): place for place in sorted(folders) + paths}
    hint = f"The index has: {_listed(pattern.strip('*/').casefold(), known)}." if known else "The index is empty."
    raise UserError(f"No article matches '{pattern[:_LONGEST]}'.", hint)


def known_publisher(name: str, publishers: Sequence[str]) -> str:
    """The publisher of this name, however it is capitalized. Raises UserError that lists those there are.

    >>> known_publisher("the ledger", ["Coast Wire", "The Ledger"])
    'The Ledger'
    """
    known = {publisher.casefold(): publisher for publisher in publishers}
    wanted = name.strip().casefold()
    if wanted in known:
        return known[wanted]
    hint = f"The index has: {_listed(wanted, known)}." if known else "No article in the index names its publisher."
    raise UserError(f"There are no articles from the publisher '{name}'.", hint)


def left_out(filters: Filters, snapshot: Snapshot) -> tuple[Note, ...]:
    """A note where the days that limit a question hide articles of which nobody knows the day."""
    undated = snapshot.undated(filters)
    are = "article without a date was" if undated == 1 else "articles without a date were"
    return (Note("left_out", f"{undated:,} {are} left out, because the question is limited by date."),) * bool(undated)


def _listed(wanted: str, known: Mapping[str, str]) -> str:
    """The names there are, by their plain forms: those like the one wanted first."""
    near = [plain for plain in known if wanted and wanted in plain]
    near += get_close_matches(wanted, known, n=_LISTED, cutoff=0.5)
    names = [known[plain] for plain in dict.fromkeys((*near, *known))]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
