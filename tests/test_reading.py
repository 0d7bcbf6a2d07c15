"""From files to articles: formats, encodings, limits, overrides, and files that must do no harm."""

from __future__ import annotations

import codecs
import json
import os
import socket
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import KEPT, Article, Skipped, UserError
from index.reading import article_from_text, find_files, read_file, read_overrides
from tests.shared import shared

TITLE = "Storm floods the harbour town of Bodo"
FIRST = "A storm flooded the harbour on Thursday, the mayor told reporters."
SECOND = "Two hundred people slept in the school, and more rain is expected."
TEXT = f"{TITLE}\n\nBy Jane Doe\n\nAugust 17, 2023\n\n{FIRST}\n\n{SECOND}\n"


def read(folder: Path, name: str, content: str | bytes, **overrides: str) -> tuple[list[Article], list[Skipped]]:
    """Writes one file and reads it."""
    (folder / name).write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_file(folder, name, "root", {name: overrides})


def read_one(folder: Path, name: str, content: str | bytes, **overrides: str) -> Article:
    (article,), skipped = read(folder, name, content, **overrides)
    assert skipped == []
    return article


def reason(folder: Path, name: str, content: str | bytes) -> str:
    articles, (skipped,) = read(folder, name, content)
    assert articles == []
    return skipped.reason


def bodies(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.body]


@pytest.mark.parametrize(
    ("number", "title", "publisher", "published", "author", "first", "last"),
    [
        ("000", "IRGC commander advises", "The Cradle", "2023-08-17", None, "Iraqi resistance", "al-Muhandis."),
        ("001", "Iraqi sources said that", "newarab", None, None, "Iraqi sources", "close to Iran."),
        ("002", "Associated Press: Qaani", None, None, None, "A senior Iranian", "he added."),
        ("003", "IRGC Quds Force chief", None, "2019-09-21", "PMOI/MEK", "Iran, September 21", "call for change."),
        ("004", "Iraqi armed groups", None, "2024-02-20", "Dilan Sirwan", "Pro-Iran Iraqi", "over two weeks."),
    ],
)
def test_real_article_is_read_as_a_person_would(
    number: str, title: str, publisher: str | None, published: str | None, author: str | None, first: str, last: str
) -> None:
    (path,) = shared("corpus").glob(f"{number}_*.txt")
    (article,), skipped = read_file(path.parent, path.name, "root", {})
    assert skipped == []
    assert article.title.startswith(title)
    assert (article.publisher, article.published, article.author) == (publisher, published, author)
    assert bodies(article)[0].startswith(first) and bodies(article)[-1].endswith(last)


def test_title_is_a_line_of_the_text_or_its_first_words() -> None:
    for path in shared("corpus").glob("*.txt"):
        (article,), _ = read_file(path.parent, path.name, "root", {})
        if path.name.startswith("001"):
            assert article.text.startswith(article.title.removesuffix("…")) and 60 < len(article.title) <= 81
        else:
            assert article.title in article.text.splitlines()


def test_captions_and_labels_of_a_real_article_are_outside_its_body() -> None:
    (path,) = shared("corpus").glob("003_*.txt")
    (article,), _ = read_file(path.parent, path.name, "root", {})
    whole = "\n".join(bodies(article))
    assert not any(words in whole for words in ("728 x 90", "Reporting by", "Read more", "deputy chief of"))
    assert len(bodies(article)) == 2


def test_thousands_of_articles_keep_their_prose() -> None:
    path = shared("bench") / "news" / "articles.jsonl"
    articles, skipped = read_file(path.parent, path.name, "root", {})
    assert len(articles) == 1855 and skipped == []
    kept = sum(end - start for article in articles for start, end in article.body)
    assert kept > 0.98 * sum(len(article.text) for article in articles)


# Encodings

_PIECES = st.sampled_from([TITLE, FIRST, SECOND, "Advertisement", "café", "cafe\u0301", "🙂 yes.", "\u200b", " ", ""])
_TEXTS = st.lists(_PIECES | st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]))).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\u2028"]).map(lambda newline: newline.join(lines))
)


@given(text=_TEXTS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_decoding_gives_the_text_and_the_body_lies_in_it(text: str, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        articles, skipped = read(Path(folder), "a.txt", text.encode(encoding))
    assert len(articles) + len(skipped) == 1
    for article in articles:
        assert text.encode(encoding).decode(article.encoding).removeprefix("\ufeff") == article.text
        assert article.body
        edges = [edge for span in article.body for edge in span]
        assert edges == sorted(set(edges)) and edges[0] >= 0 and edges[-1] <= len(article.text)
        assert all(part == part.strip() for part in bodies(article))


@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_exactly_or_skipped(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        articles, skipped = read(Path(folder), "a.txt", data)
    assert len(articles) + len(skipped) == 1
    for article in articles:
        if article.encoding == KEPT:  # UTF-8 but for a few bytes
            sound = data.decode("utf-8", "ignore").removeprefix("\ufeff")
            assert sound != data.decode("utf-8", "replace") and set(sound) <= set(article.text)
        else:
            assert data.decode(article.encoding).removeprefix("\ufeff") == article.text


def test_newlines_and_normal_forms_are_left_alone(tmp_path: Path) -> None:
    text = TEXT.replace("\n", "\r\n") + unicodedata.normalize("NFD", "Café 🙂.\r")
    assert read_one(tmp_path, "a.txt", text).text == text


# The folder


def test_files_are_found_sorted_with_size_and_time(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("sub/b.md", "a.TXT", "c.jsonl", "metadata.csv", ".hidden.txt", "sub/.DS_Store"):
        (tmp_path / name).write_text("abc")
    found, skipped = find_files(tmp_path)
    assert [file.path for file in found] == ["a.TXT", "c.jsonl", "sub/b.md"]
    assert found[0].size == 3 and found[0].mtime_ns == (tmp_path / "a.TXT").stat().st_mtime_ns
    assert skipped == []


def test_a_single_file_is_a_folder_of_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert [file.path for file in find_files(tmp_path / "a.txt")[0]] == ["a.txt"]
    assert read_file(tmp_path / "a.txt", "a.txt", "root", {})[0][0].title == TITLE


def test_a_folder_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        find_files(tmp_path / "nowhere")


def test_other_kinds_of_files_are_skipped_with_their_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("abc")
    assert find_files(tmp_path)[1] == [Skipped("a.xyz", "this type of file is not supported (.xyz)")]


def test_links_and_special_files_are_skipped_and_never_opened(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text(TEXT)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "gone.txt").symlink_to("nowhere")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "up").symlink_to("..")
    (folder / "self").symlink_to(".")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket.txt"))
    found, skipped = find_files(folder)
    assert found == []
    assert {entry.path: entry.reason for entry in skipped} == {
        "gone.txt": "no such file or directory",
        "loop.txt": "too many levels of symbolic links",
        "out.txt": "a link to a place outside the folder",
        "pipe.txt": "a pipe, socket or device, not a file",
        "self": "a link to a folder that is read anyway",
        "socket.txt": "a pipe, socket or device, not a file",
        "up": "a link to a place outside the folder",
    }


def test_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").symlink_to("a.txt")
    assert [file.path for file in find_files(tmp_path)[0]] == ["a.txt", "b.txt"]


def test_name_that_is_not_utf8_is_skipped(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"bad\xff.txt")).write_text(TEXT)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (skipped,) = find_files(tmp_path)[1]
    assert skipped == Skipped("bad?.txt", "its name is not UTF-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_and_folder_that_may_not_be_read_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.txt").chmod(0)
    (tmp_path / "sub").mkdir(mode=0)
    denied = [Skipped(path, "permission denied", is_unread=True) for path in ("a.txt", "sub/")]
    assert find_files(tmp_path) == ([], denied)


# Files that do harm


def test_pipe_put_in_the_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert read_file(tmp_path, "a.txt", "root", {}) == ([], [Skipped("a.txt", "a pipe, socket or device, not a file")])


@pytest.mark.parametrize("path", ["../secret.txt", "link.txt", "gone.txt", "a\0b.txt"])
def test_path_that_is_not_a_file_of_the_folder_is_skipped(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text(TEXT)
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "link.txt").symlink_to(tmp_path / "secret.txt")
    articles, skipped = read_file(tmp_path / "news", path, "root", {})
    assert articles == [] and [entry.path for entry in skipped] == [path]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "an empty file"),
        (b" \n\t", "an empty file"),
        (b"abc\0def", "binary, not text"),
        (bytes(range(1, 32)) * 9, "binary, not text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary, not text"),
        (codecs.BOM_UTF16_LE + b"a", "not utf-16 text, although its first bytes say so"),
        (b"Leave a Reply\n\nYour email address will not be published.", "no article text"),
    ],
)
def test_file_without_text_is_skipped_with_the_reason(tmp_path: Path, content: bytes, why: str) -> None:
    assert reason(tmp_path, "a.txt", content) == why


def test_file_over_the_limit_is_skipped_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(26_000_000)
    assert read_file(tmp_path, "a.txt", "root", {})[1] == [Skipped("a.txt", "26.0 MB, over the limit of 25 MB")]


def test_the_limit_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{"text": FIRST}]))
    assert read_file(tmp_path, "a.json", "root", {}, 20)[0] == []


# Overrides


def test_overrides_are_read_by_path_in_any_column_order(tmp_path: Path) -> None:
    rows = 'Title,path,extra,published,URL\r\n"Storm, again",./a.txt,x,2023-08-18,\r\n,news.jsonl#17,,,https://p.example\r\n'
    (tmp_path / "metadata.csv").write_bytes(codecs.BOM_UTF8 + rows.encode())
    overrides, skipped = read_overrides(tmp_path)
    assert skipped == []
    assert overrides == {
        "a.txt": {"title": "Storm, again", "published": "2023-08-18"},
        "news.jsonl#17": {"url": "https://p.example"},
    }


def test_bad_rows_are_reported_by_line(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text(
        "path,title,published\na.txt,T,03/04/2023\n\n,U,\na.txt,V,\nb.txt,W,2023-08-17,x\nc.txt,X,2023-02-30\n"
    )
    overrides, skipped = read_overrides(tmp_path)
    assert overrides == {"a.txt": {"title": "T"}, "c.txt": {"title": "X"}}
    assert [entry.reason.split(":")[0] for entry in skipped] == ["line 2", "line 4", "line 5", "line 6", "line 7"]


@pytest.mark.parametrize("content", [b"name,title\nx,y\n", b"", b"\0\0\0", b'path\n"a'])
def test_unusable_overrides_are_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metadata.csv").write_bytes(content)
    overrides, (skipped,) = read_overrides(tmp_path)
    assert overrides == {} and skipped.path == "metadata.csv"


def test_folder_without_overrides_has_none(tmp_path: Path) -> None:
    assert read_overrides(tmp_path) == ({}, [])


def test_overrides_win_over_what_the_file_says(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.txt", TEXT, published="1 Jan 2020", title="Another title", publisher="The Post")
    assert (article.title, article.publisher, article.author) == ("Another title", "The Post", "Jane Doe")
    assert (article.published, article.published_from) == ("2020-01-01", "metadata.csv")
    assert bodies(article) == [f"{FIRST}\n\n{SECOND}"]


def test_overrides_find_a_name_in_another_normal_form(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("path,title\nCafe\u0301.txt,T\n", encoding="utf-8")
    overrides, _ = read_overrides(tmp_path)
    for name in ("Caf\u00e9.txt", "Cafe\u0301.txt"):
        (tmp_path / name).write_text(TEXT)
        assert read_file(tmp_path, name, "root", overrides)[0][0].title == "T"


# The article


def test_change_of_text_or_metadata_changes_the_hash(tmp_path: Path) -> None:
    changed = [
        read_one(tmp_path, "a.txt", TEXT),
        read_one(tmp_path, "a.txt", TEXT + " "),
        read_one(tmp_path, "a.txt", TEXT, url="https://p.example"),
        read_one(tmp_path, "a.txt", TEXT, published="2023-08-17"),
        read_one(tmp_path, "a.txt", TEXT.encode("utf-16")),
    ]
    assert len({article.sha256 for article in changed}) == len(changed)
    assert read_one(tmp_path, "b.txt", TEXT).sha256 == changed[0].sha256


def test_article_is_made_from_a_text_and_its_metadata() -> None:
    article = article_from_text(FIRST, root="notes", path="1", metadata={"headline": TITLE, "date": "Aug 17, 2023"})
    assert (article.root, article.path, article.title, article.encoding) == ("notes", "1", TITLE, KEPT)
    assert (article.published, article.published_from, article.body) == ("2023-08-17", "record", ((0, len(FIRST)),))


def test_text_without_article_is_an_error_that_names_it() -> None:
    with pytest.raises(UserError, match="note 7"):
        article_from_text("Advertisement", root="notes", path="note 7")


def test_agency_named_in_the_text_is_not_the_publisher() -> None:
    text = f"{TITLE}\n\nOSLO (AP) — {FIRST}\n\nThe town was cut off, according to Reuters.\n"
    assert article_from_text(text, root="notes", path="1").publisher is None
