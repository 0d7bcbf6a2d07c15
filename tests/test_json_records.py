"""Records of JSON: where people keep them, under which names, and bad ones among good ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.article import KEPT, Article, Skipped
from tests.test_reading import FIRST, SECOND, TITLE, bodies, read, read_one, reason


def records(folder: Path, *lines: object) -> tuple[list[Article], list[Skipped]]:
    return read(folder, "news.jsonl", "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))


def test_each_record_is_an_article_named_by_its_id_or_line(tmp_path: Path) -> None:
    articles, skipped = records(tmp_path, {"id": 7, "text": FIRST}, "", {"body": SECOND})
    assert [(article.path, article.text) for article in articles] == [("news.jsonl#7", FIRST), ("news.jsonl#3", SECOND)]
    assert {article.encoding for article in articles} == {KEPT} and skipped == []


def test_record_may_have_the_id_zero(tmp_path: Path) -> None:
    articles, skipped = records(tmp_path, {"id": 0, "text": FIRST}, {"id": 1, "text": SECOND})
    assert [article.path for article in articles] == ["news.jsonl#0", "news.jsonl#1"] and skipped == []


def test_markup_in_a_record_is_read_as_a_page(tmp_path: Path) -> None:
    (article,), _ = records(tmp_path, {"title": TITLE, "text": f"<p>{FIRST}</p><p>Rain &amp; <b>wind</b>.</p>"})
    assert (article.title, article.text) == (TITLE, f"{FIRST}\nRain & wind.")
    assert bodies(article) == [article.text]


def test_record_that_only_mentions_markup_keeps_its_text(tmp_path: Path) -> None:
    text = "The tag <p> opens a paragraph, and </p> closes it."
    assert records(tmp_path, {"text": text})[0][0].text == text


def test_lines_of_json_may_be_utf16(tmp_path: Path) -> None:
    articles, _ = read(tmp_path, "a.jsonl", '{"text": "One."}\n{"text": "Two."}'.encode("utf-16"))
    assert [article.text for article in articles] == ["One.", "Two."]


def test_second_record_with_an_id_gets_a_suffix_and_is_reported(tmp_path: Path) -> None:
    articles, (skipped,) = records(tmp_path, {"id": "a", "text": FIRST}, {"id": "a", "text": SECOND})
    assert [article.path for article in articles] == ["news.jsonl#a", "news.jsonl#a~2"]
    assert skipped.path == "news.jsonl#a~2"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{broken", "line 1: not valid JSON"),
        ("[" * 100_000, "line 1: not valid JSON"),
        ("9" * 5000, "line 1: not valid JSON"),
        ("\0", "line 1: binary"),
        ('{"title": "x"}', "no text found"),
        ('"words"', "not a record"),
        (json.dumps({"text": "x" * 2_000_001}), "2.1 MB, over the limit of 2 MB"),
    ],
)
def test_bad_record_is_skipped_and_the_next_one_read(tmp_path: Path, line: str, why: str) -> None:
    (article,), (skipped,) = records(tmp_path, line, {"text": FIRST})
    assert article.path == "news.jsonl#2"
    assert skipped.path == "news.jsonl#1" and skipped.reason.startswith(why)


def test_what_utf8_cannot_hold_is_replaced(tmp_path: Path) -> None:
    (article,), _ = records(tmp_path, '{"text": "One \\ud800 two \\u0000 three.", "title": "\\udfff"}')
    assert article.text == "One \ufffd two \ufffd three." and article.title == "\ufffd"


def test_deeply_nested_metadata_is_ignored(tmp_path: Path) -> None:
    (article,), _ = records(tmp_path, '{"text": "It rained.", "author": ' + "[" * 900 + "]" * 900 + "}")
    assert article.author is None


def test_one_line_in_another_encoding_does_not_spoil_the_others(tmp_path: Path) -> None:
    articles, _ = read(tmp_path, "a.jsonl", b'{"text": "caf\xe9."}\n{"text": "caf\xc3\xa9."}')
    assert [article.text for article in articles] == ["café.", "café."]


@pytest.mark.parametrize("key", ["articles", "data", "items", "results", None])
def test_json_holds_a_list_of_records_or_an_object_with_one(tmp_path: Path, key: str | None) -> None:
    listed = [{"text": FIRST, "date": "2023/08/17"}, {"text": SECOND}]
    articles, _ = read(tmp_path, "a.json", json.dumps({key: listed} if key else listed))
    assert [article.path for article in articles] == ["a.json#1", "a.json#2"]
    assert (articles[0].published, articles[0].published_from) == ("2023-08-17", "record")


def test_json_may_be_one_record(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.json", json.dumps({"headline": TITLE, "articleBody": [FIRST, SECOND]}))
    assert (article.path, article.title, article.text) == ("a.json#1", TITLE, f"{FIRST}\n\n{SECOND}")


@pytest.mark.parametrize(
    ("content", "why"), [("{", "not valid JSON"), ("[]", "no records"), ("[" * 99_999, "not valid JSON")]
)
def test_bad_json_is_skipped(tmp_path: Path, content: str, why: str) -> None:
    assert reason(tmp_path, "a.json", content).startswith(why)


@pytest.mark.parametrize(
    "stated",
    [
        {"published_date": "2024-03-05 00:00:00"},
        {"published date": "Tue, 05 Mar 2024 08:00:00 GMT"},
        {"publishedDate": "20240305"},
        {"timestamp": "2024-03-05T10:00:00Z"},
        {"timestamp": 1709625600, "crawled_at": "2024-06-01"},
        {"published": 1709625600000},
        {"pubDate": "1709625600"},
        {"date_posted": 1709625600.5},
        {"publish_time": "Mar 5, 2024", "date": "2024-05-01"},
        {"published": True, "date": "2024-03-05"},
        {"created_utc": 1709625600, "retrieved_on": 1719625600},
        {"publishedAt": {"$date": "2024-03-05T08:00:00Z"}},
        {"datetime": "5 March 2024, 8:00 a.m.", "updated": "2024-04-01"},
    ],
)
def test_day_of_a_record_is_found_as_people_name_it(tmp_path: Path, stated: dict[str, object]) -> None:
    (article,), _ = records(tmp_path, {"text": FIRST, **stated})
    assert (article.published, article.published_from) == ("2024-03-05", "record")


@pytest.mark.parametrize(
    "stated",
    [
        {"date_download": "2024-03-05"},
        {"crawl_date": "2024-03-05"},
        {"scraped_at": 1709625600},
        {"updated": "2024-03-05", "modified_date": "2024-03-05"},
        {"published": 5, "date": "03/04/2024"},
        {"published_by": "5 March 2024"},
    ],
)
def test_other_days_of_a_record_are_not_of_publication(tmp_path: Path, stated: dict[str, object]) -> None:
    assert records(tmp_path, {"text": FIRST, **stated})[0][0].published is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The <b>mayor</b> left.", "The mayor left."),
        ("Rain &amp; wind&nbsp;came, said Ann&#8217;s aide.", "Rain & wind\u00a0came, said Ann\u2019s aide."),
        ("It rained.<br><br>Then it froze.", "It rained.\nThen it froze."),
        ("It rained.\n\nThen it <i>froze</i>.", "It rained.\nThen it froze."),
        ('See <a href="https://p.example/x">the list</a> today.', "See the list today."),
        ("<strong>Skell</strong> froze.", "Skell froze."),
        ("Use the <b> tag, not the <i> tag, in this field.", "Use the <b> tag, not the <i> tag, in this field."),
        ("It is 3 < 4 and 5 > 4; R&D; grew.", "It is 3 < 4 and 5 > 4; R&D; grew."),
    ],
)
def test_fields_lose_tags_and_entities(tmp_path: Path, text: str, shown: str) -> None:
    (article,), _ = records(tmp_path, {"text": text, "title": "Ice &amp; <em>snow</em>", "author": 17})
    assert (article.text, article.title, article.author) == (shown, "Ice & snow", None)


TWO = (("a", FIRST), ("b", SECOND))


@pytest.mark.parametrize(
    "content",
    [
        {"a": {"text": FIRST}, "b": {"text": SECOND}},
        {"response": {"docs": [{"id": "a", "text": FIRST}, {"id": "b", "text": SECOND}]}},
        {"hits": {"hits": [{"_source": {"id": "a", "body": FIRST}}, {"_source": {"id": "b", "body": SECOND}}]}},
        {"title": "My feed", "posts": [{"id": id, "title": id, "content_text": text} for id, text in TWO]},
        {"id": {"0": "a", "1": "b"}, "text": {"0": FIRST, "1": SECOND}},
        [{"id": "a", "content": {"rendered": FIRST}}, {"id": "b", "content": [{"type": "paragraph", "text": SECOND}]}],
    ],
)
def test_records_lie_in_the_containers_of_people(tmp_path: Path, content: object) -> None:
    articles, skipped = read(tmp_path, "a.json", json.dumps(content))
    assert [(article.path, article.text) for article in articles] == [("a.json#a", FIRST), ("a.json#b", SECOND)]
    assert skipped == []


def test_comments_under_a_record_without_text_are_no_articles(tmp_path: Path) -> None:
    record = {"title": TITLE, "comments": [{"text": "First!", "date": "2024-03-05"}]}
    assert reason(tmp_path, "a.json", json.dumps(record)).startswith("no text found")


def test_lines_in_a_json_file_are_records(tmp_path: Path) -> None:
    articles, _ = read(tmp_path, "a.json", "\n".join(json.dumps({"text": text}) for text in (FIRST, SECOND)))
    assert [article.text for article in articles] == [FIRST, SECOND]


def test_live_blog_in_a_record_is_one_article_without_the_day_it_began(tmp_path: Path) -> None:
    began = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "datePublished": "2023-08-15"}</script>'
    entries = f"<h3>17 August 2023</h3><p>{FIRST}</p><h3>15 August 2023</h3><p>{SECOND}</p>"
    (article,), _ = records(tmp_path, {"text": f"<html>{began}{entries}</html>"})
    assert article.published is None and {FIRST, SECOND} <= {*article.text.splitlines()}
