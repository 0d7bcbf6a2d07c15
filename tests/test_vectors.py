"""Vectors: what is found is what comparing everything would find, whatever happens to Chroma's files or server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest

from index.article import Article, UserError
from index.records import Change, Filters, NewPassage, Pointer
from index.store import Store
from index.syncing import sync_folder
from index.vectors import VectorStore
from rag import Assistant
from tests.fakes import WordEmbedder, check_index, check_nearest, check_store, open_store, story, write

_PUBLISHERS = ("The Ledger", "Coast Wire", "The Courier")


def generations(store: Store) -> set[str]:
    return {path.name for path in (store.folder / "vectors").iterdir()}


def pointer_of(store: Store) -> Pointer:
    with store.catalog.snapshot() as snapshot:
        return snapshot.pointer()


# Generations


def test_small_change_is_searched_beside_the_generation_and_a_large_one_makes_a_new_one(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {f"{number}.txt": story(number) for number in range(50)})
    sync_folder(store, folder, embedder)
    first = pointer_of(store)
    write(folder, {"0.txt": story(100)})
    sync_folder(store, folder, embedder)
    assert pointer_of(store) == first
    check_index(store, folder)
    write(folder, {f"{number}.txt": story(100 + number) for number in range(5)})
    sync_folder(store, folder, embedder)
    assert pointer_of(store).generation == first.generation + 1
    check_index(store, folder)


def test_writer_sweeps_what_was_left_over(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(0)})
    sync_folder(store, folder, embedder)
    for leftover in ("9.building", "0", "9.gone"):
        write(store.folder / "vectors" / leftover, {"data.bin": "half"})
    write(folder, {"b.txt": story(1)})
    sync_folder(store, folder, embedder)
    write(folder, {"c.txt": story(2)})
    sync_folder(store, folder, embedder)
    assert generations(store) == {"2", "3"}


def damaged_files() -> list[tuple[str, str]]:
    binary = ("data_level0.bin", "header.bin", "index_metadata.pickle", "link_lists.bin")
    names = (*binary, "chroma.sqlite3", "manifest.json")
    return [(name, how) for name in names for how in ("flipped", "cut", "missing")]


@pytest.mark.parametrize(("name", "how"), damaged_files())
def test_damaged_generation_is_never_opened_and_made_again_without_embedding(
    name: str, how: str, tmp_path: Path, folder: Path, embedder: WordEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, {f"{number}.txt": story(number) for number in range(30)})
    with open_store(tmp_path / "store", embedder) as store:
        sync_folder(store, folder, embedder)
    [file] = (tmp_path / "store" / "vectors" / "1").rglob(name)
    damage(file, how)
    embedded = len(embedder.embedded)
    with open_store(tmp_path / "store", embedder) as store:
        assert not store.is_sound()
        with store.catalog.snapshot() as snapshot:
            check_nearest(store, snapshot, embedder.get_query_embedding("the harbour council"))
        store.repair()
        assert "corrupt" in caplog.text and pointer_of(store).generation == 2
        check_index(store, folder)
    assert len(embedder.embedded) == embedded


def damage(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "flipped":
        middle = content.rfind(b"passages") if file.name == "chroma.sqlite3" else len(content) // 2
        content[middle] ^= 4
    file.write_bytes(content[: len(content) // 2] if how == "cut" else content)
    if how == "missing":
        file.unlink()


def test_generation_stays_sound_however_often_it_is_opened(
    tmp_path: Path, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {f"{number}.txt": story(number) for number in range(5)})
    for _ in range(8):
        with open_store(tmp_path / "store", embedder) as store:
            sync_folder(store, folder, embedder)
            check_store(store)
            assert pointer_of(store).generation == 1


@pytest.mark.parametrize("passages", [1, 2, 3])
def test_a_few_passages_are_found_whole_at_each_opening(
    passages: int, tmp_path: Path, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {f"{number}.txt": story(number, 2) for number in range(passages)})
    for _ in range(4):
        with open_store(tmp_path / "store", embedder) as store:
            sync_folder(store, folder, embedder)
            check_index(store, folder)
            assert pointer_of(store) == Pointer(1, passages, passages)


def test_damage_to_the_only_vector_is_noticed(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1, 2)})
    with open_store(tmp_path / "store", embedder) as store:
        sync_folder(store, folder, embedder)
    file = tmp_path / "store" / "vectors" / "1" / "chroma.sqlite3"
    content = file.read_bytes()
    with open_store(tmp_path / "store", embedder) as store, store.catalog.snapshot() as snapshot:
        [(_, vector)] = snapshot.vectors()
    assert vector in content, "Chroma keeps this vector elsewhere"
    file.write_bytes(content.replace(vector, vector[:-1] + bytes([vector[-1] ^ 1])))
    with open_store(tmp_path / "store", embedder) as store:
        assert not store.is_sound()


def test_sync_that_changes_nothing_makes_a_lost_generation_again(
    tmp_path: Path, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(0)})
    with open_store(tmp_path / "store", embedder) as store:
        sync_folder(store, folder, embedder)
    shutil.rmtree(tmp_path / "store" / "vectors")
    with open_store(tmp_path / "store", embedder) as store:
        assert sync_folder(store, folder, embedder).embedded == 0
        check_index(store, folder)


def test_generation_that_goes_while_it_is_read_is_replaced_by_comparing_everything(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {f"{number}.txt": story(number) for number in range(30)})
    sync_folder(store, folder, embedder)
    assert store.is_sound()
    shutil.rmtree(store.folder / "vectors" / "1")
    with store.catalog.snapshot() as snapshot:
        check_nearest(store, snapshot, embedder.get_query_embedding("the harbour council"))


def test_more_passages_than_chroma_takes_at_once_are_all_found(tmp_path: Path) -> None:
    size = 6000
    rows = np.random.default_rng(1).normal(size=(size, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    vectors = VectorStore(tmp_path, "test")
    vectors.build(1, ((number + 1, row.tobytes()) for number, row in enumerate(rows)), size)
    for number in (0, 2999, 5460, 5461, size - 1):
        found = vectors.search(1, size, rows[number], 5)
        assert found is not None and found[0][0] == number + 1 and found[0][1] == pytest.approx(1, abs=1e-5)
    vectors.close()


# Filters


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of dated and undated articles of three publishers: each publisher writes with words of its own."""
    place, embedder = tmp_path_factory.mktemp("dated"), WordEmbedder()
    lines, chance = ["path,publisher,published"], Random(3)
    for number in range(240):
        publisher = _PUBLISHERS[number % 3]
        write(place / "news", {f"{number}.txt": story(number, 2) + f"\n{f'Thus {publisher} reports. ' * 9}\n"})
        day = date(2023, 1, 1) + timedelta(days=chance.randrange(365))
        lines.append(f"{number}.txt,{publisher},{day if chance.random() < 0.8 else ''}")
    write(place / "news", {"metadata.csv": "\n".join(lines)})
    with open_store(place / "store", embedder) as store:
        sync_folder(store, place / "news", embedder)
        write(place / "news", {f"{number}.txt": story(1000 + number) for number in range(5)})
        sync_folder(store, place / "news", embedder)
        assert pointer_of(store).generation == 1, "the last articles are not in the tail"
        yield store


_LIMITS: tuple[dict[str, object], ...] = (
    {},
    {"as_of": "2023-01-09"},
    {"as_of": "2023-12-30"},
    {"since": "2023-02-01"},
    {"until": "2023-01-20"},
    {"since": "2023-03-01", "until": "2023-03-31"},
    {"publisher": "the courier"},
    {"publisher": "Nobody"},
    {"exclude": tuple(f"{number}.txt" for number in range(230))},
    {"exclude": ("news/5.txt", "7.txt", "other/8.txt")},
    {"exclude": tuple(f"{number}.md" for number in range(3000))},
    {"as_of": "2023-09-01", "publisher": "Coast Wire", "exclude": ("1.txt",)},
)


@pytest.mark.parametrize("limits", _LIMITS, ids=lambda limits: "+".join(limits) or "all")
def test_filters_leave_what_comparing_everything_leaves(limits: dict[str, object], dated: Store) -> None:
    with dated.catalog.snapshot() as snapshot:
        for text in ("harbour council", "Thus The Ledger reports.", "Thus Coast Wire reports."):
            for limit in (1, 20, 200):
                check_nearest(dated, snapshot, WordEmbedder().get_query_embedding(text), limit, **limits)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """More passages than are compared one by one, and 500 of the Coast Wire that lie close together."""
    rows = np.random.default_rng(2).normal(size=(5000, 16))
    rows[4500:] = rows[4500] + 0.01 * rows[4500:]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    vectors = {number.to_bytes(16, "big"): row.astype(np.float32).tobytes() for number, row in enumerate(rows)}
    with open_store(tmp_path_factory.mktemp("many") / "store", WordEmbedder()) as store:
        store.catalog.save_vectors(vectors)
        added = tuple(
            (article.path, article, (NewPassage(number + 1, 0, 4, key, "", "Text"),))
            for number, (key, article) in enumerate(zip(vectors, map(numbered_article, range(5000)), strict=True))
        )
        store.publish([Change("news", None, added=added)], lambda size: None)
        yield store


def numbered_article(number: int) -> Article:
    publisher, day = _PUBLISHERS[number >= 4500], f"2023-{number % 12 + 1:02}-01"
    path = f"{number}.txt"
    return Article("news", path, "T", "Text", ((0, 4),), "utf-8", path, publisher=publisher, published=day)


@pytest.mark.parametrize("limits", [
    {},
    {"publisher": "The Ledger"},
    {"publisher": "Coast Wire"},
    {"as_of": "2023-11-01"},
    {"since": "2023-02-01", "exclude": ("4500.txt", "4501.txt")},
    {"exclude": tuple(f"{number}.txt" for number in range(4500, 4990))},
], ids=lambda limits: "+".join(limits) or "all")  # fmt: skip
def test_filters_leave_the_nearest_of_many_passages(limits: dict[str, object], many: Store) -> None:
    with many.catalog.snapshot() as snapshot:
        for key in (7, 4500, 4999):
            [(_, vector)] = snapshot.vectors(ids=[key])
            check_nearest(many, snapshot, np.frombuffer(vector, dtype=np.float32).tolist(), 20, **limits)


def test_vector_that_is_not_of_unit_length_finds_the_same(tmp_path: Path, folder: Path) -> None:
    long = WordEmbedder(length=7.0)
    write(folder, {f"{number}.txt": story(number) for number in range(40)})
    with open_store(tmp_path / "store", long) as store:
        sync_folder(store, folder, long)
        write(folder, {"0.txt": story(50)})
        sync_folder(store, folder, long)
        check_index(store, folder)
        with store.catalog.snapshot() as snapshot:
            found = store.nearest(snapshot, long.get_query_embedding("harbour"), 40, Filters())
        assert all(-1.001 <= cosine <= 1.001 for _, cosine in found)


def test_vector_of_another_dimension_is_refused_in_words(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(0)})
    sync_folder(store, folder, embedder)
    with store.catalog.snapshot() as snapshot, pytest.raises(UserError, match="16 dimensions, but the embedder's"):
        store.nearest(snapshot, [1.0, 0.0, 0.0], 5, Filters())


# A Chroma server


@contextmanager
def chroma_server(folder: Path, port: int) -> Iterator[None]:
    """A real `chroma run` on loopback, killed at the end."""
    program = str(Path(sysconfig.get_path("scripts")) / "chroma")
    command = [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield
        finally:
            server.kill()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the Chroma server did not start in 60 s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_chroma_server_can_die_and_lose_everything(tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    write(folder, {f"{number}.txt": story(number) for number in range(10)})
    with Assistant.open(tmp_path / "store", chroma=url, embedder=embedder) as assistant:
        with chroma_server(tmp_path / "one", port):
            assistant.sync(folder)
            before = paths_found(assistant)
            assert not (tmp_path / "store" / "vectors").exists()
        with pytest.raises(UserError, match="No Chroma server answers at"):
            assistant.search("harbour council")
        write(folder, {"new.txt": story(99)})
        with pytest.raises(UserError, match="No Chroma server answers at"):
            assistant.sync(folder)
        with chroma_server(tmp_path / "two", port):
            assert paths_found(assistant) == before, "an emptied server changed what is found"
            with Assistant.open(tmp_path / "store", chroma=url, embedder=embedder) as again:
                assert paths_found(again) == before
                report = again.sync(folder)
                assert report.added == ("new.txt",) and report.embedded == 0
                with open_store(tmp_path / "store", embedder, server=url) as store:
                    check_index(store, folder)


def paths_found(assistant: Assistant) -> Sequence[str]:
    return [found.path for found in assistant.search("harbour council", limit=5)]


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://host", "http://", "http://host:port", "http://[", ""])
def test_address_that_is_none_is_a_clear_error(
    address: str, tmp_path: Path, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(0)})
    with open_store(tmp_path / "store", embedder, server=address or " ") as store, pytest.raises(UserError):
        sync_folder(store, folder, embedder)
