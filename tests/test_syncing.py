"""Sync: the index becomes equal to the folder, says what it did, and does no more than it must."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from llama_index.core import SimpleDirectoryReader
from llama_index.core.schema import Document

from index.article import UserError
from index.store import Store
from index.syncing import SyncReport, rebuild, remove_root, sync_documents, sync_folder
from tests.fakes import WordEmbedder, check_index, check_store, open_store, story, write


def paths(store: Store, root: str = "news") -> set[str]:
    with store.catalog.snapshot() as snapshot:
        return set(snapshot.digests(root))


def pieces(report: SyncReport) -> dict[str, tuple[str, ...]]:
    """The parts of a report that are not empty."""
    names = ("added", "changed", "removed", "unchanged")
    return {name: tuple(sorted(getattr(report, name))) for name in names if getattr(report, name)}


# What is done


def test_report_names_what_was_added_changed_removed_unchanged_and_skipped(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2), "c.txt": story(3), "d.bin": "x"})
    report = sync_folder(store, folder, embedder)
    assert pieces(report) == {"added": ("a.txt", "b.txt", "c.txt")} and report.articles == 3
    assert [skip.path for skip in report.skipped] == ["d.bin"]
    write(folder, {"b.txt": story(4), "e.txt": story(5)})
    (folder / "c.txt").unlink()
    report = sync_folder(store, folder, embedder)
    expected = {"added": ("e.txt",), "changed": ("b.txt",), "removed": ("c.txt",), "unchanged": ("a.txt",)}
    assert pieces(report) == expected and report.articles == 3
    assert [skip.path for skip in report.skipped] == ["d.bin"]
    check_index(store, folder)


def test_unchanged_file_costs_a_stat_only(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1)})
    sync_folder(store, folder, embedder)
    seen = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("Z" * seen.st_size)
    os.utime(folder / "a.txt", ns=(seen.st_mtime_ns, seen.st_mtime_ns))
    assert pieces(sync_folder(store, folder, embedder)) == {"unchanged": ("a.txt",)}


def test_file_written_just_now_is_compared_by_content_the_next_time(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1)}, age_seconds=0)
    seen = (folder / "a.txt").stat()
    sync_folder(store, folder, embedder)
    (folder / "a.txt").write_text(story(1).replace("report", "rumour"))
    os.utime(folder / "a.txt", ns=(seen.st_mtime_ns, seen.st_mtime_ns))
    assert pieces(sync_folder(store, folder, embedder)) == {"changed": ("a.txt",)}


def test_touched_file_is_unchanged(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1)})
    sync_folder(store, folder, embedder)
    write(folder, {"a.txt": story(1)}, age_seconds=30)
    report = sync_folder(store, folder, embedder)
    assert pieces(report) == {"unchanged": ("a.txt",)} and report.embedded == 0


def test_changed_article_embeds_its_new_passages_only(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    title, _, body = story(1, 60).partition("\n\n")
    write(folder, {"a.txt": f"{title}\n\n{body}"})
    first = sync_folder(store, folder, embedder)
    write(folder, {"a.txt": f"{title}\n\n{body.replace('place 1-59', 'somewhere else')}"})
    second = sync_folder(store, folder, embedder)
    assert first.embedded > 4 and second.embedded == 1
    assert len(embedder.embedded) == first.embedded + second.embedded
    check_index(store, folder)


def test_renamed_file_keeps_its_vectors(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2)})
    sync_folder(store, folder, embedder)
    (folder / "a.txt").rename(folder / "z.txt")
    report = sync_folder(store, folder, embedder)
    assert pieces(report) == {"added": ("z.txt",), "removed": ("a.txt",), "unchanged": ("b.txt",)}
    assert report.embedded == 0
    check_index(store, folder)


def test_same_article_in_two_files_is_embedded_once(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1), "copy.txt": story(1)})
    assert sync_folder(store, folder, embedder).embedded == 1
    check_index(store, folder)


def test_line_of_metadata_csv_changes_its_article_and_no_other(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2)})
    sync_folder(store, folder, embedder)
    write(folder, {"metadata.csv": "path,published\na.txt,2024-02-29\n"})
    assert pieces(sync_folder(store, folder, embedder)) == {"changed": ("a.txt",), "unchanged": ("b.txt",)}
    assert pieces(sync_folder(store, folder, embedder)) == {"unchanged": ("a.txt", "b.txt")}
    (folder / "metadata.csv").unlink()
    assert pieces(sync_folder(store, folder, embedder))["changed"] == ("a.txt",)
    check_index(store, folder)


def test_record_that_leaves_its_file_leaves_the_index(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    texts = {number: story(number).split("\n")[2] for number in (1, 2)}
    lines = [json.dumps({"id": number, "title": f"T{number}", "text": text}) for number, text in texts.items()]
    write(folder, {"n.jsonl": "\n".join(lines)})
    sync_folder(store, folder, embedder)
    write(folder, {"n.jsonl": lines[1]})
    assert pieces(sync_folder(store, folder, embedder)) == {"removed": ("n.jsonl#1",), "unchanged": ("n.jsonl#2",)}
    check_index(store, folder)


def test_file_that_becomes_binary_leaves_the_index(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2)})
    sync_folder(store, folder, embedder)
    write(folder, {"a.txt": b"\0\1\2\3" * 200})
    report = sync_folder(store, folder, embedder)
    assert report.removed == ("a.txt",) and [skip.path for skip in report.skipped] == ["a.txt"]
    check_index(store, folder)


def test_raised_limit_lets_a_skipped_file_in(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"small.txt": story(1, 2), "large.txt": story(2, 60)})
    report = sync_folder(store, folder, embedder, max_bytes=1000)
    assert [skip.path for skip in report.skipped] == ["large.txt"]
    assert pieces(sync_folder(store, folder, embedder))["added"] == ("large.txt",)


# What is not lost


@pytest.mark.parametrize("loss", ["the folder", "its files", "their text"])
def test_lost_folder_empties_the_index_only_when_told_to(
    loss: str, store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2)})
    sync_folder(store, folder, embedder)
    for file in list(folder.iterdir()):
        file.write_bytes(b"") if loss == "their text" else file.unlink()
    if loss == "the folder":
        folder.rmdir()
    with pytest.raises(UserError, match="--prune"):
        sync_folder(store, folder, embedder)
    assert paths(store) == {"a.txt", "b.txt"}
    assert set(sync_folder(store, folder, embedder, prune=True).removed) == {"a.txt", "b.txt"}
    assert paths(store) == set()
    check_store(store)


def test_sync_of_one_root_leaves_another_as_it_is(store: Store, tmp_path: Path, embedder: WordEmbedder) -> None:
    write(tmp_path / "one", {"a.txt": story(1)})
    write(tmp_path / "two", {"a.txt": story(2), "b.txt": story(3)})
    for name in ("one", "two"):
        sync_folder(store, tmp_path / name, embedder)
    (tmp_path / "two" / "b.txt").unlink()
    assert pieces(sync_folder(store, tmp_path / "two", embedder)) == {"removed": ("b.txt",), "unchanged": ("a.txt",)}
    check_index(store, tmp_path / "one", "one")
    check_index(store, tmp_path / "two", "two")


def test_folders_of_one_name_become_roots_of_two(store: Store, tmp_path: Path, embedder: WordEmbedder) -> None:
    for number, place in enumerate(("x/news", "y/news")):
        write(tmp_path / place, {"a.txt": story(number)})
    reports = [sync_folder(store, tmp_path / place, embedder) for place in ("x/news", "y/news", "x/news")]
    assert [report.root for report in reports] == ["news", "news-2", "news"]


def test_removed_root_takes_its_articles_and_no_others(store: Store, tmp_path: Path, embedder: WordEmbedder) -> None:
    for number, name in enumerate(("one", "two")):
        write(tmp_path / name, {"a.txt": story(number)})
        sync_folder(store, tmp_path / name, embedder)
    assert remove_root(store, "one", embedder).removed == ("a.txt",)
    with store.catalog.snapshot() as snapshot:
        assert [name for name, _ in snapshot.roots()] == ["two"]
    check_index(store, tmp_path / "two", "two")
    with pytest.raises(UserError, match="no root 'one'"):
        remove_root(store, "one", embedder)


def test_second_writer_is_told_at_once(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1)})
    hold = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]).acquire(); print('held'); sys.stdin.read()"
    command = [sys.executable, "-u", "-c", hold, str(store.folder / "writer.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match="Another process or thread is writing"):
            sync_folder(store, folder, embedder)
        other.kill()
    assert sync_folder(store, folder, embedder).added == ("a.txt",)


def test_rebuild_reads_everything_and_embeds_nothing_again(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2)})
    sync_folder(store, folder, embedder)
    [report] = rebuild(store, embedder)
    assert pieces(report) == {"changed": ("a.txt", "b.txt")} and report.embedded == 0
    check_index(store, folder)


@pytest.mark.parametrize("is_there", [True, False], ids=["empty", "missing"])
def test_rebuild_keeps_the_articles_of_a_lost_folder_until_it_is_back(
    is_there: bool, store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1), "n.jsonl": json.dumps({"id": 7, "text": story(2)})})
    sync_folder(store, folder, embedder)
    folder.rename(folder.parent / "elsewhere")
    if is_there:
        folder.mkdir()
    rebuild(store, embedder)
    assert paths(store) == {"a.txt", "n.jsonl#7"}
    if is_there:
        folder.rmdir()
    (folder.parent / "elsewhere").rename(folder)
    assert pieces(sync_folder(store, folder, embedder)) == {"unchanged": ("a.txt", "n.jsonl#7")}
    check_index(store, folder)


def test_another_embedder_is_refused_and_rebuild_mends_it(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1), "b.txt": story(2)})
    sync_folder(store, folder, embedder)
    other = WordEmbedder(dimensions=24)
    with pytest.raises(UserError, match="rag doctor --rebuild"):
        open_store(store.folder, other)
    with open_store(store.folder, other, check=False) as mended:
        assert rebuild(mended, other)[0].embedded == 2
    with open_store(store.folder, other) as mended:
        check_index(mended, folder)
    with pytest.raises(UserError, match="rag doctor --rebuild"):
        sync_folder(store, folder, embedder)


# Documents


def test_documents_of_a_reader_go_in_with_exact_offsets(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    texts = {"a.txt": story(1, 30).replace("\n", "\r\n"), "b.md": "# Titel 🙂\n\n" + story(2, 30)}
    write(folder, texts)
    documents = SimpleDirectoryReader(str(folder)).load_data()
    report = sync_documents(store, documents, embedder, root="notes")
    assert len(report.added) == 2
    whole = {str(document.metadata["file_path"]): document.text for document in documents}
    with store.catalog.snapshot() as snapshot:
        for path in report.added:
            passages = snapshot.passages(snapshot.passage_ids("notes", [path])).values()
            assert passages and all(whole[path][one.start : one.end] == one.text for one in passages)
    check_store(store)


def test_documents_change_by_path_and_others_stay_unless_pruned(store: Store, embedder: WordEmbedder) -> None:
    one, two = (Document(text=story(number), metadata={"path": f"{number}.txt"}) for number in (1, 2))
    sync_documents(store, [one, two], embedder, root="notes")
    changed = Document(text=story(3), metadata={"path": "1.txt", "publisher": "The Ledger", "published": "2024-01-05"})
    report = sync_documents(store, [changed], embedder, root="notes")
    assert pieces(report) == {"changed": ("1.txt",), "unchanged": ("2.txt",)}
    with store.catalog.snapshot() as snapshot:
        article = snapshot.article("notes", "1.txt")
    assert article is not None and (article.publisher, article.published) == ("The Ledger", "2024-01-05")
    assert sync_documents(store, [changed], embedder, root="notes", prune=True).removed == ("2.txt",)
    check_store(store)


def test_document_without_text_is_reported_and_leaves_the_index(store: Store, embedder: WordEmbedder) -> None:
    sync_documents(store, [Document(text=story(1), metadata={"path": "1.txt"})], embedder, root="notes")
    documents = [Document(text=text, metadata={"path": path}) for path, text in (("1.txt", " "), ("2.txt", story(2)))]
    report = sync_documents(store, documents, embedder, root="notes")
    assert pieces(report) == {"added": ("2.txt",), "removed": ("1.txt",)}
    assert [skip.path for skip in report.skipped] == ["1.txt"]


def test_documents_may_not_take_a_folders_root(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1)})
    sync_folder(store, folder, embedder)
    with pytest.raises(UserError, match="belongs to a folder"):
        sync_documents(store, [Document(text=story(2))], embedder, root="news")


# After anything


def test_index_equals_the_folder_after_any_edits(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    chance = Random(5)
    write(folder, {f"{number}.txt": story(number, chance.randint(1, 40)) for number in range(12)})
    for _ in range(30):
        for _ in range(chance.choice((0, 1, 1, 2, 5))):
            edit_at_random(folder, chance)
        before, given = hashes(store), len(embedder.embedded)
        report = sync_folder(store, folder, embedder)
        assert report.embedded == len(embedder.embedded) - given == len(hashes(store) - before)
        check_index(store, folder)
        assert pieces(sync_folder(store, folder, embedder)).keys() == {"unchanged"}


def hashes(store: Store) -> set[bytes]:
    """What names the vectors that the index holds."""
    with closing(sqlite3.connect(store.catalog.path)) as catalog:
        return {row[0] for row in catalog.execute("SELECT hash FROM vectors")}


def edit_at_random(folder: Path, chance: Random) -> None:
    files = sorted(path.name for path in folder.iterdir())
    name, other, new = chance.choice(files), chance.choice(files), f"{chance.randrange(10**6)}.txt"
    kind = chance.choice(("add", "change", "append", "remove", "rename", "swap"))
    if kind == "change" or (kind == "add" and len(files) < 18):
        written = story(chance.randrange(10**6), chance.randint(1, 40))
        write(folder, {new if kind == "add" else name: written})
    elif kind == "append":
        write(folder, {name: (folder / name).read_text() + f"\nA line more, the {chance.randrange(10**6)}th.\n"})
    elif kind == "remove" and len(files) > 8:
        (folder / name).unlink()
    elif kind == "rename":
        (folder / name).rename(folder / new)
    elif kind == "swap" and other != name:
        for old, moved in ((name, new), (other, name), (new, other)):
            (folder / old).rename(folder / moved)
