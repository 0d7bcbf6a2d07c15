"""What changed in a folder: what is new, gone or as it was, and what only cannot be read now."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from index.changes import Plan, plan
from index.reading import FoundFile
from index.records import FileRow
from index.store import Store
from index.syncing import SyncReport, rebuild, sync_folder
from tests.fakes import WordEmbedder, check_index, open_store, story, write

_NOBODY = 65534  # the user of no rights


def pieces(report: SyncReport) -> dict[str, tuple[str, ...]]:
    """The parts of a report that are not empty."""
    names = ("added", "changed", "removed", "unchanged")
    return {name: tuple(sorted(getattr(report, name))) for name in names if getattr(report, name)}


def test_plan_reads_what_is_new_or_looks_changed_and_names_what_is_gone() -> None:
    known = {name: FileRow(name, 5, 1, "") for name in ("same.txt", "longer.txt", "later.txt", "gone.txt")}
    rows = (("same.txt", 5, 1), ("longer.txt", 6, 1), ("later.txt", 5, 2), ("new.txt", 5, 1))
    found = [FoundFile(*row) for row in rows]
    to_read = ("longer.txt", "later.txt", "new.txt")
    assert plan(found, known, read_all=False) == Plan(to_read, ("same.txt",), ("gone.txt",))
    assert plan(found, known, read_all=True).same == ()


@contextmanager
def unreadable(*places: Path) -> Iterator[None]:
    """While it lasts this process may not read these, even if it is root's."""
    modes = [(place, place.stat().st_mode) for place in places]
    was_root = os.geteuid() == 0
    for place in places:
        place.chmod(0)
    if was_root:
        os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        if was_root:
            os.setresuid(0, 0, 0)
        for place, mode in modes:
            place.chmod(mode)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A place that another user may reach and write in, with a folder of articles, each of which names its path."""
    with TemporaryDirectory() as name:
        place = Path(name)
        names = ("top.txt", "north/1.txt", "north/2.md", "north/deep/3.txt", "south/4.txt")
        write(place / "news", {path: f"Report of {path}\n\n{story(n)}" for n, path in enumerate(names)})
        records = [json.dumps({"id": n, "text": story(20 + n)}) for n in (1, 2)]
        write(place / "news", {"south/r.jsonl": "\n".join(records)})
        write(place / "news", {"metadata.csv": "path,publisher\ntop.txt,The Quay\n"})
        with open_store(place / "first", WordEmbedder()) as store:
            sync_folder(store, place / "news", WordEmbedder())  # imports everything, where nobody may not
        for path in (place, place / "news", *(place / "news").rglob("*")):
            path.chmod(0o777)
        yield place


_UNREADABLE = (
    ("north",), ("north/deep",), ("south",), ("north", "south"), ("top.txt",), ("north/1.txt",), ("south/r.jsonl",),
    ("north/deep", "top.txt"), (".",), ("metadata.csv",), ("metadata.csv", "north"),
)  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="rights are set otherwise here")
@pytest.mark.parametrize("places", _UNREADABLE, ids="+".join)
def test_what_cannot_be_read_keeps_its_articles_and_is_reported(
    places: tuple[str, ...], shared: Path, embedder: WordEmbedder
) -> None:
    with as_nobody(), open_store(shared / "store", embedder) as store:
        before = sync_folder(store, shared / "news", embedder)
        with store.catalog.snapshot() as snapshot:
            known = snapshot.digests("news")
    with unreadable(*(shared / "news" / place for place in places)), open_store(shared / "store", embedder) as store:
        report = sync_folder(store, shared / "news", embedder, prune=True)
        assert pieces(report) == {"unchanged": tuple(sorted(known))}
        told = {skip.path.rstrip("/"): skip.reason for skip in report.skipped}
        assert set(told) == set(places) and all("permission denied" in reason for reason in told.values())
        rebuild(store, embedder)
        with store.catalog.snapshot() as snapshot:
            assert snapshot.digests("news") == known
    with open_store(shared / "store", embedder) as store:
        assert pieces(sync_folder(store, shared / "news", embedder)) == {"unchanged": tuple(sorted(before.added))}
        check_index(store, shared / "news")


@pytest.mark.skipif(sys.platform != "linux", reason="rights are set otherwise here")
def test_beside_a_folder_that_cannot_be_read_changes_are_taken_in(shared: Path, embedder: WordEmbedder) -> None:
    news = shared / "news"
    with as_nobody(), open_store(shared / "store", embedder) as store:
        sync_folder(store, news, embedder)
    shutil.rmtree(news / "south")
    (news / "north" / "2.md").unlink()  # not to be known before the folder can be read again
    write(news, {"top.txt": story(30), "new.txt": story(31), "north/more.txt": story(32)})
    with unreadable(news / "north"), open_store(shared / "store", embedder) as store:
        report = sync_folder(store, news, embedder)
        assert report.added == ("new.txt",) and report.changed == ("top.txt",)
        assert set(report.removed) == {"south/4.txt", "south/r.jsonl#1", "south/r.jsonl#2"}
        reason = "permission denied; articles kept from before: 3"
        assert [(skip.path, skip.reason) for skip in report.skipped] == [("north/", reason)]
    with open_store(shared / "store", embedder) as store:
        report = sync_folder(store, news, embedder)
        assert report.added == ("north/more.txt",) and report.removed == ("north/2.md",)
        check_index(store, news)


@pytest.mark.skipif(sys.platform != "linux", reason="rights are set otherwise here")
def test_new_and_changed_files_wait_for_a_metadata_csv_that_cannot_be_read(
    shared: Path, embedder: WordEmbedder
) -> None:
    news = shared / "news"
    with as_nobody(), open_store(shared / "store", embedder) as store:
        sync_folder(store, news, embedder)
    write(news, {"top.txt": story(30), "new.txt": story(31)})
    (news / "south" / "4.txt").unlink()
    with unreadable(news / "metadata.csv"), open_store(shared / "store", embedder) as store:
        assert {"top.txt", "new.txt"}.isdisjoint(pieces(sync_folder(store, news, embedder)).get("added", ()))
        assert publisher_of(store, "top.txt") == "The Quay" and "south/4.txt" not in known_to(store)
    with open_store(shared / "store", embedder) as store:
        report = sync_folder(store, news, embedder)
        assert report.added == ("new.txt",) and report.changed == ("top.txt",)
        assert publisher_of(store, "top.txt") == "The Quay"
        check_index(store, news)


def known_to(store: Store) -> set[str]:
    with store.catalog.snapshot() as snapshot:
        return set(snapshot.digests("news"))


def publisher_of(store: Store, path: str) -> str | None:
    with store.catalog.snapshot() as snapshot:
        article = snapshot.article("news", path)
    assert article is not None
    return article.publisher


@contextmanager
def as_nobody() -> Iterator[None]:
    """What is made while it lasts belongs to another user than root."""
    with unreadable():
        yield
