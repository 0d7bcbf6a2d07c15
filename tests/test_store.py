"""The store where it may only be read, and where the disk is full: asking goes on, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from index.article import UserError
from index.store import Store
from index.syncing import sync_folder
from tests.fakes import WordEmbedder, check_index, check_nearest, open_store, story, write

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="needs root, to mount a small disk and to ask as another user"
)
ROOT = Path(__file__).resolve().parents[1]
NEWS = {f"{number}.txt": story(number) for number in range(30)}
CHANGED = {f"{number}.txt": story(100 + number) for number in range(20)}
_NOBODY = 65534
_KILLED = """
import os, signal, sys
from pathlib import Path
from index.syncing import sync_folder
from tests.fakes import WordEmbedder, open_store
store = open_store(Path(sys.argv[1]), WordEmbedder())
sync_folder(store, Path(sys.argv[2]), WordEmbedder())
os.kill(os.getpid(), signal.SIGKILL)
"""
_MORE = """
import sys
from pathlib import Path
from index.syncing import sync_folder
from tests.fakes import WordEmbedder, open_store, story, write
place = Path(sys.argv[1])
sys.stdin.read()
write(place / "news", {f"more{number}.txt": story(200 + number) for number in range(40)})
with open_store(place / "store", WordEmbedder()) as store:
    sync_folder(store, place / "news", WordEmbedder())
"""


@contextmanager
def as_nobody() -> Iterator[None]:
    """While it lasts this process has no rights of its own."""
    os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@contextmanager
def mounted(place: Path, megabytes: int) -> Iterator[None]:
    """A disk of its own at `place`, of that size."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def filled(disk: Path, *, free: int) -> Iterator[None]:
    """While it lasts that many bytes are free on a disk."""
    size = shutil.disk_usage(disk).free - free
    with (disk / "filler").open("wb") as file:
        if size > 0:
            os.posix_fallocate(file.fileno(), 0, size)
    yield
    (disk / "filler").unlink()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, with the articles in `news`."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        write(Path(name) / "news", NEWS)
        yield Path(name)


def check_asking(store: Store, articles: int) -> None:
    """Fails unless the store is read whole, and finds what comparing everything finds."""
    for question in ("harbour council", "the ferry was painted"):
        with store.catalog.snapshot() as snapshot:
            assert snapshot.counts()[0] == articles
            check_nearest(store, snapshot, WordEmbedder().get_query_embedding(question))


# Only read


def killed(store: Path) -> None:
    """A sync of one more article published, and the process killed before it closed the store."""
    write(store.parent / "news", {"new.txt": story(77)})
    subprocess.run([sys.executable, "-c", _KILLED, str(store), str(store.parent / "news")], cwd=ROOT, timeout=60)


def damaged(store: Path) -> None:
    (store / "vectors" / "1" / "chroma.sqlite3").write_bytes(b"no database" * 500)


def changed_since(store: Path) -> None:
    """An article published since the generation."""
    write(store.parent / "news", {"new.txt": story(77)})
    with open_store(store, WordEmbedder()) as opened:
        sync_folder(opened, store.parent / "news", WordEmbedder())


_LEFT: dict[str, tuple[Callable[[Path], object], int]] = {
    "closed": (lambda store: None, 30),
    "without a lock": (lambda store: (store / "writer.lock").unlink(), 30),
    "killed": (killed, 31),
    "an empty log": (lambda store: (store / "catalog.sqlite-wal").touch(), 30),
    "damaged vectors": (damaged, 30),
    "no vectors": (lambda store: shutil.rmtree(store / "vectors"), 30),
    "changed since": (changed_since, 31),
}


@pytest.mark.parametrize("mode", ["all", "folders", "mount"])
@pytest.mark.parametrize("left", _LEFT)
def test_store_that_may_only_be_read_answers_and_is_left_alone(
    left: str, mode: str, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prepare, articles = _LEFT[left]
    with mounted(place / "disk", 20):
        shutil.copytree(place / "news", place / "disk" / "news")
        store, embedder = place / "disk" / "store", WordEmbedder()
        with open_store(store, embedder) as opened:
            sync_folder(opened, place / "disk" / "news", embedder)
        prepare(store)
        rights = ["chmod", "-R", "a-w", str(store)] if mode == "all" else ["chmod", "a-w", str(store)]
        subprocess.run(["mount", "-o", "remount,ro", str(place / "disk")] if mode == "mount" else rights, check=True)
        before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
        with as_nobody(), open_store(store, embedder) as opened:
            opened.repair()
            check_asking(opened, articles)
            with pytest.raises(UserError, match="is read-only here"), opened.writing():
                pass
        assert not caplog.messages and {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before


def test_log_that_cannot_be_read_without_writing_is_told(place: Path) -> None:
    with open_store(place / "store", WordEmbedder()) as opened:
        sync_folder(opened, place / "news", WordEmbedder())
    killed(place / "store")
    (place / "store" / "catalog.sqlite-shm").unlink()
    with as_nobody(), pytest.raises(UserError, match="Writing the index in '.*' was interrupted"):
        open_store(place / "store", WordEmbedder())


def test_reader_without_rights_never_mixes_two_states(place: Path) -> None:
    embedder = WordEmbedder()
    with open_store(place / "store", embedder) as opened:
        sync_folder(opened, place / "news", embedder)
    command = [sys.executable, "-c", _MORE, str(place)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) as owner,
        as_nobody(),
        open_store(place / "store", embedder) as reader,
    ):
        with pytest.raises(UserError, match="changed while it was being read"), reader.catalog.snapshot() as snapshot:
            assert snapshot.counts()[0] == 30
            owner.communicate("now", timeout=60)
        check_asking(reader, 70)


# A full disk


@pytest.mark.parametrize("is_first", [True, False], ids=["first index", "changes"])
@pytest.mark.parametrize("free", range(0, 480_000, 40_000))
def test_full_disk_is_told_and_what_was_indexed_answers_until_there_is_room(
    free: int, is_first: bool, place: Path
) -> None:
    embedder, store = WordEmbedder(), place / "disk" / "store"
    with mounted(place / "disk", 4):
        if not is_first:
            with open_store(store, embedder) as opened:
                sync_folder(opened, place / "news", embedder)
            write(place / "news", CHANGED)
        with filled(place / "disk", free=free):
            try:
                with open_store(store, embedder) as opened:
                    sync_folder(opened, place / "news", embedder)
            except UserError as problem:
                assert "disk is full" in problem.message
            else:
                assert free > 300_000, "there was no room for this"
            if not is_first:
                with open_store(store, embedder) as opened:
                    opened.repair()
                    check_asking(opened, 30)
        with open_store(store, embedder) as opened:
            sync_folder(opened, place / "news", embedder)
            check_index(opened, place / "news")
