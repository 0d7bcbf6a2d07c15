"""What limits a question to some of the articles, held against what the index has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Any, TypedDict

from index.article import UserError
from index.catalog import Snapshot
from index.records import Filters

_LISTED = 12  # names that an error lists


class Within(TypedDict, total=False):
    """Which articles a question is asked of. A day is an ISO day or a date; `exclude` holds paths to leave out."""

    as_of: date | str | None
    since: date | str | None
    until: date | str | None
    publisher: str | None
    exclude: Sequence[str]


def parse_limits(within: Within) -> Filters:
    """The limits as filters. Raises UserError for a day that is none, and for what is no text."""
    days = {name: _day(name, within.get(name)) for name in ("as_of", "since", "until")}
    [publisher] = _texts("publisher", [within.get("publisher") or ""])
    known: dict[str, Any] = {**within, **days, "publisher": publisher or None}
    return Filters(**known | {"exclude": _texts("exclude", within.get("exclude"))})


def _texts(name: str, given: Any) -> tuple[str, ...]:
    """One text or several; nothing is none."""
    is_one = isinstance(given, str) or not isinstance(given, Iterable)
    texts = (given,) if is_one and given else tuple(given or ())
    for text in texts:
        if not isinstance(text, str):
            raise UserError(f"{text!r} is not a text ({name}).", "Give the name as a str.")
    return texts


def _day(name: str, day: Any) -> str | None:
    written = f"{day:%Y-%m-%d}" if isinstance(day, date) else day
    try:
        if written is None or date.fromisoformat(written).isoformat() == written:
            return written
    except (TypeError, ValueError):
        pass
    raise UserError(f"{day!r} is not a day ({name}).", "Write it as 2023-08-17, or give a datetime.date.")


def check_limits(filters: Filters, snapshot: Snapshot) -> Filters:
    """The filters, with names as the index has them. Raises UserError for a name that no article has."""
    if filters.publisher is None:
        return filters
    return replace(filters, publisher=known_publisher(filters.publisher, snapshot.publishers()))


def known_publisher(name: str, publishers: Sequence[str]) -> str:
    """The publisher of this name, however it is capitalized. Raises UserError that lists those there are.

    >>> known_publisher("the ledger", ["Coast Wire", "The Ledger"])
    'The Ledger'
    """
    known = {publisher.casefold(): publisher for publisher in publishers}
    wanted = name.strip().casefold()
    if wanted in known:
        return known[wanted]
    hint = f"There are: {_listed(wanted, known)}." if known else "No article names its publisher."
    raise UserError(f"No article is from the publisher '{name}'.", hint)


def _listed(wanted: str, known: Mapping[str, str]) -> str:
    """The names there are, by their plain forms: those like the one wanted first."""
    near = [plain for plain in known if wanted and wanted in plain]
    near += get_close_matches(wanted, known, n=_LISTED, cutoff=0.5)
    names = [known[plain] for plain in dict.fromkeys((*near, *known))]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
