"""Nothing lost, nothing doubled: real processes killed at any moment, and readers beside a writer."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from index.article import UserError
from index.embedding import MiniLM
from rag import Assistant
from tests.fakes import WordEmbedder, check_index, story, write

ROOT = Path(__file__).resolve().parents[1]
KILLS = 25
# A process of its own each, that starts with the slow imports done, so that the kills fall where the work is.
PROCESSES = (
    multiprocessing.get_context("spawn") if sys.platform == "win32" else multiprocessing.get_context("forkserver")
)
FERRY = "Ferry named\n\nThe ferry Corriedale was named by Ada Quill in Port Sable.\n"


@dataclass(frozen=True)
class Scene:
    """A sync that will be killed: the folder it reads, and the store it finds (or no such folder)."""

    folder: Path
    store: Path
    before: frozenset[tuple[str, str]]  # path and sha256 of the articles that the store holds
    after: frozenset[tuple[str, str]]  # and of those in the folder
    seconds: float  # from the writer's lock to the end, undisturbed


# Killed


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Scene]:
    """A first index, and the sync of a folder of which much has changed."""
    PROCESSES.set_forkserver_preload([__name__, "rag.cli", "rag.assistant", "chromadb", "onnxruntime", "tokenizers"])
    first = PROCESSES.Process(target=print)  # what starts with the first one is not to be measured
    first.start()
    first.join()
    place = tmp_path_factory.mktemp("scenes")
    old = {f"{number}.txt": story(number, 14) for number in range(40)} | {"ferry.txt": FERRY}
    write(place / "old", old)
    new = measured(place / "old", place / "no store", place / "first")
    shutil.copytree(place / "old", place / "changed")
    change(place / "changed")
    return new, measured(place / "changed", place / "first" / "store", place / "second")


def change(folder: Path) -> None:
    """Change, remove, add and rename some of the files."""
    write(folder, {f"{number}.txt": story(100 + number, 14) for number in range(8)})
    write(folder, {f"more{number}.txt": story(200 + number, 14) for number in range(6)})
    for number in range(8, 13):
        (folder / f"{number}.txt").unlink()
    for number in range(13, 16):
        (folder / f"{number}.txt").rename(folder / f"renamed{number}.txt")


def measured(folder: Path, store: Path, place: Path) -> Scene:
    """The scene of syncing `folder` into `store`, run once to the end in `place`."""
    lay_out(folder, store, place)
    before = published(place / "store")
    process, locked = start(place)
    process.join(timeout=60)
    seconds = time.monotonic() - locked
    assert process.exitcode == 0
    return Scene(folder, store, before, published(place / "store"), seconds)


def lay_out(folder: Path, store: Path, place: Path) -> None:
    """Copy a folder and the store that holds an earlier state of it, so that one is still the root of the other."""
    shutil.copytree(folder, place / "news")
    if store.exists():
        shutil.copytree(store, place / "store")
        with closing(sqlite3.connect(place / "store" / "catalog.sqlite")) as catalog, catalog:
            catalog.execute("UPDATE roots SET folder = ?", (str((place / "news").resolve()),))


def start(place: Path) -> tuple[BaseProcess, float]:
    """`rag index` on `place/news`, and the moment at which it took the writer's lock."""
    lock = place / "store" / "writer.lock"
    lock.unlink(missing_ok=True)
    process = PROCESSES.Process(target=run_index, args=(str(place / "news"), str(place / "store")))
    process.start()
    deadline = time.monotonic() + 60
    while not lock.exists() and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.001)
    return process, time.monotonic()


def run_index(folder: str, store: str) -> None:
    """The command, as a process runs it."""
    from rag.cli import main

    sys.argv = ["rag", "index", folder, "--store", store]
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    main()


def published(store: Path) -> frozenset[tuple[str, str]]:
    return frozenset(rows(store, "SELECT path, sha256 FROM articles"))


def rows(store: Path, query: str) -> list[tuple[str, str]]:
    """What a query of the catalog gives; nothing where there is none yet."""
    if not (store / "catalog.sqlite").exists():
        return []
    with closing(sqlite3.connect(store / "catalog.sqlite")) as catalog:
        return catalog.execute(query).fetchall()


def kill_once(scene: Scene, place: Path, delay_seconds: float) -> bool:
    """Run the scene in `place` and kill it so long after it took the lock; whether it was still running."""
    lay_out(scene.folder, scene.store, place)
    process, locked = start(place)
    time.sleep(max(0.0, locked + delay_seconds - time.monotonic()))
    was_running = process.is_alive()
    process.kill()
    process.join()
    return was_running


def check_recovery(scene: Scene, place: Path, embedder: MiniLM) -> None:
    """Fails unless the store holds all of the sync or none of it, and a second run completes it without waste."""
    assert published(place / "store") in (scene.before, scene.after)
    saved = set(rows(place / "store", "SELECT hash FROM vectors"))
    with Assistant.open(place / "store", embedder=embedder) as assistant:
        report = assistant.sync(place / "news")
        assert report.embedded == len(set(rows(place / "store", "SELECT hash FROM vectors")) - saved)
        answer = assistant.ask("Who named the ferry Corriedale?")
        assert [citation.path for citation in answer.citations] == ["ferry.txt"] and not answer.notes
        assert assistant.sync(place / "news").embedded == 0
        store = assistant._writable()
        check_index(store, place / "news")
        with store.catalog.snapshot() as snapshot:
            generation = snapshot.pointer().generation
    assert {path.name for path in (place / "store" / "vectors").iterdir()} <= {str(generation), str(generation - 1)}
    assert published(place / "store") == scene.after


def test_killed_at_any_moment_a_second_run_makes_the_index_equal_to_the_folder(
    scenes: tuple[Scene, Scene], tmp_path: Path, minilm: MiniLM
) -> None:
    moments = [0.2 + 0.9 * number / KILLS for number in range(KILLS)]  # 1 is the end of the sync that was measured
    Random(11).shuffle(moments)
    trials = [(scenes[number % 2], tmp_path / str(number), moment) for number, moment in enumerate(moments)]
    with ThreadPoolExecutor(2) as pool:
        killed = list(pool.map(lambda trial: kill_once(trial[0], trial[1], trial[2] * trial[0].seconds), trials))
    assert sum(killed) > KILLS // 2, "too few were killed before their end for this test to say anything"
    for scene, place, _ in trials:
        check_recovery(scene, place, minilm)


# A reader beside a writer


_WRITER = dedent("""
    import sys, time
    from pathlib import Path
    from rag import Assistant
    from tests.fakes import WordEmbedder, write
    from tests.test_crash import versions
    place, until = Path(sys.argv[1]), time.monotonic() + float(sys.argv[2])
    version = 1
    with Assistant.open(place / "store", embedder=WordEmbedder()) as assistant:
        while time.monotonic() < until:
            version += 1
            write(place / "news", versions(version))
            assistant.sync(place / "news")
    print(version)
""")


def versions(number: int) -> dict[str, str]:
    """Two articles that always change together."""
    text = f"The quay plan is at version {number}. The harbour council approved version {number} of the quay plan."
    return {"east.txt": f"East quay plan\n\n{text}\n", "west.txt": f"West quay plan\n\n{text}\n"}


def version_of(*texts: str) -> set[str]:
    return {version for text in texts for version in re.findall(r"version (\d+)", text)}


def test_reader_beside_a_writer_sees_one_version_at_a_time(tmp_path: Path) -> None:
    write(tmp_path / "news", {f"{number}.txt": story(number) for number in range(20)} | versions(1))
    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as assistant:
        assistant.sync(tmp_path / "news")
        command = [sys.executable, "-c", _WRITER, str(tmp_path), "6"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer, \
                ThreadPoolExecutor(4) as pool:  # fmt: skip
            readers = [pool.submit(lambda: list(watch(assistant, writer))) for _ in range(4)]
            seen = [versions for reader in readers for versions in reader.result(timeout=60)]
            last = int(writer.communicate()[0])
        assert writer.returncode == 0 and last > 5
        assert len(seen) > 20 and all(len(one) <= 1 for one in seen), "a reader saw half of a sync"
        assert len(set().union(*seen)) > 3, "the readers saw too few versions for this test to say anything"
        found = assistant.search("quay plan version", limit=2)
        assert version_of(*(result.text for result in found)) == {str(last)}


def watch(assistant: Assistant, writer: subprocess.Popen[str]) -> Iterator[set[str]]:
    """Until the writer ends: the versions that each search, and the quotes of each answer, hold."""
    while writer.poll() is None:
        found = assistant.search("quay plan version", limit=5)
        assert {"east.txt", "west.txt"} <= {result.path for result in found}
        yield version_of(*(result.text for result in found))
        answer = assistant.ask("Which version of the quay plan did the harbour council approve?")
        yield version_of(*(citation.quote for citation in (*answer.citations, *answer.closest, *answer.more)))


def test_a_catalog_that_lost_a_vector_says_how_to_make_the_index_again(tmp_path: Path) -> None:
    folder, store = tmp_path / "news", tmp_path / "store"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"Ferry {number}\n\nFerry {number} sank off Oslo.\n", encoding="utf-8")
    with Assistant.open(store) as assistant:
        assistant.sync(folder)
        with closing(sqlite3.connect(store / "catalog.sqlite")) as catalog, catalog:
            catalog.execute("DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors LIMIT 1)")
        for number in range(40):
            (folder / f"b{number}.txt").write_text(f"Bus {number}\n\nBus {number} burned.\n", encoding="utf-8")
        for act in (lambda: assistant.ask("Which ferry sank off Oslo?"), lambda: assistant.sync(folder)):
            with pytest.raises(UserError, match="doctor --rebuild"):
                act()
