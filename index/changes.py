"""What a folder holds now, against what the catalog knows of it: which files to read, and their articles."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import reading, recognition
from index.article import Article, Skipped, UserError
from index.catalog import Catalog
from index.reading import FoundFile, Overrides
from index.records import Change, FileRow

Progress = Callable[[str, int, int], None]  # (what is being done, done, of how many)
_UNTIMED = -1  # the time of no file: the next sync compares the content
_MOUNT = "Check that its disk is mounted, or use --prune to remove its articles from the index."
_RACY_NS = 2_000_000_000  # a file changed this recently may change again within its clock's tick


@dataclass(frozen=True)
class Plan:
    """What one sync has to do: files to read, files left as they are, files that are gone."""

    read: tuple[str, ...]
    same: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """What a root holds now: articles just read, with their file, and the paths known to be as they were.

    `change` holds what is known of the change before the articles are compared with the catalog.
    """

    change: Change
    fresh: tuple[tuple[str, Article], ...] = ()
    kept: frozenset[str] = frozenset()
    skipped: tuple[Skipped, ...] = ()


def plan(found: Sequence[FoundFile], known: Mapping[str, FileRow], *, read_all: bool) -> Plan:
    """Compare a folder with what the catalog knows of it, by size and time only.

    >>> old = {"a.txt": FileRow("a.txt", 5, 1, "..."), "b.txt": FileRow("b.txt", 5, 1, "...")}
    >>> plan([FoundFile("a.txt", 5, 1), FoundFile("c.txt", 9, 1)], old, read_all=False)
    Plan(read=('c.txt',), same=('a.txt',), gone=('b.txt',))
    """
    before = {path: (row.size, row.mtime_ns) for path, row in known.items()}
    is_same = {file.path: not read_all and before.get(file.path) == (file.size, file.mtime_ns) for file in found}
    return Plan(
        read=tuple(path for path, same in is_same.items() if not same),
        same=tuple(path for path, same in is_same.items() if same),
        gone=tuple(path for path in known if path not in is_same),
    )


def look_at(
    catalog: Catalog, folder: Path, *, prune: bool, again: bool, max_bytes: int, progress: Progress | None
) -> Source:
    """Read what changed in a folder since the catalog last saw it."""
    with catalog.snapshot() as snapshot:
        root = _root_name(snapshot.roots(), folder)
        known, digests = snapshot.files(root), snapshot.digests(root)
    found, skipped = _find(folder, is_known=bool(digests), prune=prune)
    overrides, wrong = reading.read_overrides(folder) if folder.is_dir() else ({}, [])
    sheet = _sheet(overrides, max_bytes)
    before = known.pop(reading.OVERRIDES_FILE, None)
    waits = any(skip.is_unread for skip in wrong)  # what is read without metadata.csv would lose what it gives
    is_new = not waits and before is not None and before.sha256 != sheet.sha256
    planned = plan(found, known, read_all=again or is_new)
    unread = [skip.path for skip in skipped if skip.is_unread]
    if waits:
        wrong = [replace(skip, reason=f"{skip.reason}; new and changed files must wait") for skip in wrong]
        unread += planned.read
        planned, sheet = replace(planned, read=()), before or sheet
    kept, files = {*planned.same, *(path for path in known if _is_within(path, unread))}, [] if waits else [sheet]
    stats = {file.path: file for file in found}
    fresh: list[tuple[str, Article]] = []
    for done, path in enumerate(planned.read):
        tell(progress, "reading", done, len(planned.read))
        row = known.get(path)
        digest = _hash_file(folder, path, max_bytes)
        if row is not None and row.sha256 == digest and digest and before == sheet and not again:
            files.append(_seen(stats[path], digest, row.skipped))
            kept.add(path)
            continue
        articles, refused = reading.read_file(folder, path, root, overrides, max_bytes)
        fresh += [(path, article) for article in articles]
        skipped += refused
        if not any(skip.is_unread for skip in refused):
            files.append(_seen(stats[path], digest, tuple((skip.path, skip.reason) for skip in refused)))
        elif row is not None:
            kept.add(path)
    skipped = [_counted(skip, digests) for skip in skipped] + wrong
    skipped += [Skipped(*pair) for path in kept if path in stats for pair in known[path].skipped]
    same = frozenset(path for path, (file, _) in digests.items() if file in kept)
    if digests and not fresh and not same and not prune:
        message = f"There are no articles left in '{folder}', but the index has {len(digests)} from it."
        raise UserError(message, _MOUNT)
    if len(files) == 1 and before == sheet:
        files = []
    gone = tuple(path for path in planned.gone if path not in kept)
    change = Change(root, str(folder), files=tuple(files), files_gone=gone)
    return Source(change, tuple(fresh), same, tuple(skipped))


def _is_within(path: str, places: Sequence[str]) -> bool:
    """Whether a file is one of these places, or lies in one that is a folder ("./": the whole)."""
    return any(path == place or place == "./" or (place[-1] == "/" and path.startswith(place)) for place in places)


def _counted(skip: Skipped, digests: Mapping[str, tuple[str, str]]) -> Skipped:
    """What could not be read, with how many articles of it the index has and keeps."""
    kept = sum(_is_within(file, [skip.path]) for file, _ in digests.values()) if skip.is_unread else 0
    return replace(skip, reason=f"{skip.reason}; articles kept from before: {kept}") if kept else skip


def _find(folder: Path, *, is_known: bool, prune: bool) -> tuple[list[FoundFile], list[Skipped]]:
    if folder.exists():
        return reading.find_files(folder)
    if is_known and prune:
        return [], []
    hint = "Give the path of a folder of articles."
    raise UserError(f"There is no folder '{folder}'.", _MOUNT if is_known else hint)


def _sheet(overrides: Overrides, max_bytes: int) -> FileRow:
    """Stands for what decides, beside the files themselves, how they are read: when it changes all are read again."""
    sheet = {path: dict(cells) for path, cells in overrides.items()}
    read_with = json.dumps([sheet, max_bytes, recognition.is_installed()], sort_keys=True)
    return FileRow(reading.OVERRIDES_FILE, 0, 0, hashlib.sha256(read_with.encode()).hexdigest())


def _root_name(roots: Sequence[tuple[str, str | None]], folder: Path) -> str:
    """The root that is this folder, or a new name for it: its own, numbered if that is taken."""
    for name, known in roots:
        if known == str(folder):
            return name
    taken = {name for name, _ in roots}
    base = folder.name or "root"
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _hash_file(folder: Path, path: str, max_bytes: int) -> str:
    """SHA-256 of a file's bytes; empty when it cannot be read or is too large to be an article."""
    try:
        return hashlib.sha256(reading.read_bytes(folder, path, max_bytes)).hexdigest()
    except UserError:
        return ""


def _seen(file: FoundFile, digest: str, skipped: tuple[tuple[str, str], ...]) -> FileRow:
    mtime_ns = file.mtime_ns if time.time_ns() - file.mtime_ns >= _RACY_NS else _UNTIMED
    return FileRow(file.path, file.size, mtime_ns, digest, skipped)


def tell(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)
