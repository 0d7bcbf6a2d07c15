"""The catalog: one transaction or nothing, words that are found whatever is asked, and errors a person can mend."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.article import UserError
from index.catalog import Catalog, content_digest
from index.records import Change, Filters, Pointer
from index.store import Store
from index.syncing import sync_folder
from rag import Assistant
from rag.answer import Answer
from tests.fakes import WordEmbedder, check_store, open_store, story, write

PROJECT = Path(__file__).resolve().parents[1]


def test_snapshot_does_not_see_what_a_writer_publishes_meanwhile(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1)})
    sync_folder(store, folder, embedder)
    with store.catalog.snapshot() as before:
        pointer, rows = before.pointer(), before.article_rows()
        write(folder, {"a.txt": story(2), "b.txt": story(3)})
        sync_folder(store, folder, embedder)
        assert (before.pointer(), before.article_rows()) == (pointer, rows)
        assert len(store.nearest(before, embedder.get_query_embedding("harbour"), 10, Filters())) == 1
    with store.catalog.snapshot() as after:
        assert after.counts()[0] == 2


def test_publication_that_fails_changes_nothing(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {"a.txt": story(1)})
    sync_folder(store, folder, embedder)
    with store.catalog.snapshot() as snapshot:
        pointer, article = snapshot.pointer(), snapshot.article("news", "a.txt")
    assert article is not None
    drop = Change("news", None, removed=("a.txt",))
    impossible = Change("other", None, added=(("a.txt", article, ()), ("a.txt", article, ())))
    with pytest.raises(sqlite3.IntegrityError):
        store.catalog.publish([drop, impossible], Pointer(9, 9, 9), {})
    with store.catalog.snapshot() as snapshot:
        assert snapshot.pointer() == pointer and snapshot.counts()[0] == 1
    check_store(store)


def test_several_processes_may_make_the_same_catalog_at_once(tmp_path: Path) -> None:
    make = dedent("""
        import sys
        from pathlib import Path
        from index.catalog import Catalog
        print("ready", flush=True)
        while not Path(sys.argv[2]).exists():
            pass
        with Catalog(Path(sys.argv[1]), create=True).snapshot() as snapshot:
            print(snapshot.fact("store"))
    """)
    command = [sys.executable, "-c", make, str(tmp_path / "catalog.sqlite"), str(tmp_path / "go")]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert all(maker.stdout is not None and maker.stdout.readline() == "ready\n" for maker in makers)
    (tmp_path / "go").touch()
    names = {maker.communicate()[0] for maker in makers}
    assert len(names) == 1 and "".join(names).strip()


# What a person can mend


def test_missing_catalog_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="rag index"):
        Catalog(tmp_path / "catalog.sqlite")


@pytest.mark.parametrize("damage", ["no database", "middle overwritten", "another schema"])
def test_damaged_catalog_is_a_clear_error(damage: str, tmp_path: Path, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {f"{number}.txt": story(number) for number in range(30)})
    with open_store(tmp_path / "store", embedder) as store:
        sync_folder(store, folder, embedder)
    file = tmp_path / "store" / "catalog.sqlite"
    content = bytearray(file.read_bytes())
    if damage == "no database":
        content = bytearray(b"What is this? " * 500)
    elif damage == "middle overwritten":
        content[8192:-4096] = b"\xff" * (len(content) - 12288)
    else:
        content[60:64] = (99).to_bytes(4, "big")
    file.write_bytes(content)
    with pytest.raises(UserError, match="Delete the folder .* and index again"), \
            open_store(tmp_path / "store", embedder) as store, store.catalog.snapshot() as snapshot:  # fmt: skip
        snapshot.counts()
        snapshot.article_rows()
        list(snapshot.vectors())


def test_reader_needs_no_right_to_write_while_a_writer_is_busy(
    store: Store, folder: Path, embedder: WordEmbedder
) -> None:
    write(folder, {"a.txt": story(1)})
    sync_folder(store, folder, embedder)
    with store.catalog._connection() as writer:
        writer.execute("BEGIN IMMEDIATE")
        with open_store(store.folder, embedder) as reader, reader.catalog.snapshot() as snapshot:
            assert snapshot.counts()[0] == 1


def test_digest_of_a_database_leaves_one_table_out_and_notices_every_other_row(tmp_path: Path) -> None:
    digests: list[str] = []
    for rows in ("(1), (2)", "(1), (3)"):
        for other in ("(1)", "(2)"):
            file = tmp_path / f"{len(digests)}.sqlite"
            catalog = Catalog(file, create=True)
            with catalog._connection() as connection:
                connection.execute("DELETE FROM meta")
                connection.execute("CREATE TABLE counted (n)")
                connection.execute("CREATE TABLE ignored (n)")
                connection.execute(f"INSERT INTO counted VALUES {rows}")
                connection.execute(f"INSERT INTO ignored VALUES {other}")
            catalog.close()
            digests.append(content_digest(file, but="ignored"))
    assert digests[0] == digests[1] != digests[2] == digests[3]
    with pytest.raises(ValueError, match="damaged"):
        content_digest(tmp_path / "missing.sqlite", but="ignored")


_DIGEST = r"""
import sqlite3, sys
from contextlib import closing
from pathlib import Path
from index.catalog import content_digest
with closing(sqlite3.connect(sys.argv[1])) as made, made:
    made.execute("CREATE TABLE ignored (n)")
    made.execute('CREATE TABLE "many kinds" (a INTEGER PRIMARY KEY, b REAL, c TEXT, d BLOB)')
    made.execute("CREATE INDEX by_c ON \"many kinds\" (c)")
    rows = [(1, 0.1, "quay's", b"\x00\xff"), (2, None, "caf\u00e9 \U0001fae8", b""), (3, -1e300, "", None)]
    made.executemany('INSERT INTO "many kinds" VALUES (?, ?, ?, ?)', rows)
print(content_digest(Path(sys.argv[1]), but="ignored"))
"""


def other_pythons() -> list[str]:
    """The interpreters of this machine that are of another version than this one, and can read the catalog."""
    found = (shutil.which(f"python3.{minor}") for minor in range(11, 20) if minor != sys.version_info.minor)
    asks = "import sqlite3, sys; raise SystemExit(sqlite3.sqlite_version_info < (3, 35))"
    return [path for path in found if path and subprocess.run([path, "-c", asks], capture_output=True).returncode == 0]


def test_digest_of_a_database_is_the_same_whatever_python_reads_it(tmp_path: Path) -> None:
    libraries = os.pathsep.join([str(PROJECT), sysconfig.get_path("purelib")])
    pythons = [sys.executable, *other_pythons()]
    digests = {
        python: subprocess.run(
            [python, "-c", _DIGEST, str(tmp_path / f"{number}.sqlite")],
            env={**os.environ, "PYTHONPATH": libraries}, cwd=tmp_path, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for number, python in enumerate(pythons)
    }  # fmt: skip
    assert set(digests.values()) == {"0637d83062031ace16386ea565756efd"}


# Filters


def seen(store: Store, filters: Filters) -> set[str]:
    with store.catalog.snapshot() as snapshot:
        return {row.path for row in snapshot.article_rows(filters)}


def test_each_filter_keeps_what_it_promises(store: Store, folder: Path, embedder: WordEmbedder) -> None:
    write(folder, {name: story(number) for number, name in enumerate(("old.txt", "new.txt", "undated.txt"))})
    rows = "old.txt,The Ledger,2023-01-05\nnew.txt,Coast Wire,2023-06-01\n"
    write(folder, {"metadata.csv": "path,publisher,published\n" + rows})
    sync_folder(store, folder, embedder)
    assert seen(store, Filters(as_of="2023-05-31")) == {"old.txt", "undated.txt"}
    assert seen(store, Filters(as_of="2023-06-01")) == {"old.txt", "new.txt", "undated.txt"}
    assert seen(store, Filters(since="2023-01-05")) == {"old.txt", "new.txt"}
    assert seen(store, Filters(until="2023-01-05")) == {"old.txt"}
    assert seen(store, Filters(publisher="the ledger")) == {"old.txt"}
    assert seen(store, Filters(exclude=("news/old.txt", "undated.txt", "other/new.txt"))) == {"new.txt"}


# Whatever is asked


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("asked")
    write(place / "news", {f"{number}.txt": story(number) for number in range(8)})
    with Assistant.open(place / "store", embedder=WordEmbedder()) as opened:
        opened.sync(place / "news")
        yield opened


def ask_everything(assistant: Assistant, question: str) -> None:
    """Fails unless the question is answered, refused or turned down in words, alone and in a conversation."""
    for call in (assistant.ask, assistant.chat().ask, assistant.search):
        try:
            result = call(question)
        except UserError:
            continue
        if isinstance(result, Answer):
            assert result.refused or result.citations
            result.to_dict()


_HOSTILE = (
    "", " ", "\n\t", "?", "'", '"', '""', '"harbour', "harbour*", "*", "NEAR(", "NEAR(harbour, 2)", "harbour AND", "OR",
    "NOT council", "head:harbour", "body : council", "words", "a:b", "U.S.", "C++", "^harbour", "{harbour}", "(", ")",
    "-harbour", "+", "--", ";DROP TABLE words;", "%", "_", "\\", "harbour\0council", "\0", "\ud800", "harbour \udfff?",
    "who\u2019s “council”?", "🙂", "🏴\u200d☠️ harbour", "\u200b", "\ufeff", "\u202eharbour", "ß ſ İ ı",
    "ไทย 漢字 العربية", "e\u0301" * 500, "harbour " * 1250, "x" * 10_000, "\"'" * 5000, "1e999", "2023-99-99",
    "31 February 2023", "in 20233", "between 1 and 2", "[1] [2]", "<b>harbour</b>", "{{config}}", "${HOME}",
)  # fmt: skip


@pytest.mark.parametrize("question", _HOSTILE, ids=lambda question: ascii(question)[:30])
def test_hostile_question_is_answered_refused_or_turned_down(question: str, assistant: Assistant) -> None:
    ask_everything(assistant, question)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(question=st.text(st.characters(codec=None), max_size=60) | st.text('"*:()-^{}+ harbourNEAT', max_size=40))
def test_any_question_is_answered_refused_or_turned_down(question: str, assistant: Assistant) -> None:
    ask_everything(assistant, question)


@settings(max_examples=30, deadline=None)
@given(value=st.text(st.characters(codec=None), max_size=20))
@example(value="\ud800")
@example(value="a\0b")
@example(value="%' OR 1=1 --")
def test_any_filter_is_obeyed_or_turned_down(value: str, assistant: Assistant) -> None:
    for name in ("as_of", "since", "until", "publisher", "exclude"):
        limits: dict[str, Any] = {name: (value,) if name == "exclude" else value}
        try:
            found = assistant.search("harbour council", **limits)
        except UserError:
            continue
        assert bool(found) == (name == "exclude" or not value)
