"""What lines and records say of an article: days, credits, datelines, usual names."""

from __future__ import annotations

import pytest

from index.english.stamps import parse_day
from index.metadata import Credit, declared, first_words, one_line, read_credit, read_dateline
from index.reading import article_from_text


@pytest.mark.parametrize(
    "text",
    [
        "2023-08-17",
        "2023/08/17",
        "2023-8-17",
        "2023-08-17T10:30:00Z",
        "2023-08-17T23:30:00.000-05:00",
        "2023-08-17 10:30",
        "August 17, 2023",
        "Aug. 17, 2023 10:30 am",
        "August 17th, 2023 at 5 p.m. ET",
        "17 August 2023",
        "17 Aug 2023, 14:05 GMT+3",
        "17-Aug-2023",
        "Thursday, August 17, 2023",
        "Thu, 17 Aug 2023 10:30:00 GMT",
        "17/08/2023",
        "08/17/2023",
        "20230817",
        "17.08.2023",
        "2023.08.17",
        "17/08/23",
        "17.8.23",
        "the 17th of August, 2023",
        "Thursday the 17th of August 2023",
        "August the 17th, 2023",
        "17th day of August, 2023",
        "2023年8月17日",
        "２０２３年８月１７日",
        "2023년 8월 17일",
        "17. August 2023",
        "2023 Aug 17",
        "9:05 PM, August 17, 2023",
        "20230817T103000Z",
        "Thu Aug 17 2023 10:00:00 GMT+0000 (Coordinated Universal Time)",
        "Thu Aug 17 22:00:00 +0000 2023",
    ],
)
def test_day_is_read_in_every_usual_form(text: str) -> None:
    assert parse_day(text) == "2023-08-17"


@pytest.mark.parametrize(
    "text",
    ["", "03/04/2023", "31 June 2023", "2023-13-01", "29 Feb 2023", "August 17", "August 2023", "Aug 17, 23"]
    + ["03.04.2023", "03/04/23", "1.17.23", "20231317", "v17.8.2023"]
    + ["on 17 August 2023", "17 August 2023 and later", "yesterday", "Mayor 3, 2020", "August 17, 20233"],
)
def test_what_is_no_single_whole_day_is_unknown(text: str) -> None:
    assert parse_day(text) is None


def test_equal_day_and_month_are_not_ambiguous() -> None:
    assert parse_day("05/05/2023") == "2023-05-05"


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("By Jane Doe", Credit(author="Jane Doe")),
        ("BY JANE DOE", Credit(author="JANE DOE")),
        ("By Jane Doe, Reuters", Credit(author="Jane Doe")),
        ("By Jane Doe in Baghdad", Credit(author="Jane Doe")),
        ("By Ahmed al-Rubaie and Leila von Braun, AP", Credit(author="Ahmed al-Rubaie and Leila von Braun")),
        ("By Ann Roe, Jane Doe and Jim Poe", Credit(author="Ann Roe, Jane Doe and Jim Poe")),
        ("By Jane Doe | The Daily Post", Credit(author="Jane Doe", publisher="The Daily Post")),
        ("By Jane Doe | August 17, 2023", Credit(author="Jane Doe", published="2023-08-17")),
        ("Reporting by ABC/DEF", Credit(author="ABC/DEF")),
        ("(Reporting by Jane Doe in London; Editing by Jim Poe)", Credit(author="Jane Doe")),
        ("Author Jane Doe", Credit(author="Jane Doe")),
        ("Source » dailypost", Credit(publisher="dailypost")),
        ("Source: The Daily Post", Credit(publisher="The Daily Post")),
        ("Source >> dailypost.com", Credit(publisher="dailypost.com")),
        ("Source: https://post.example/a", Credit()),
        ("The Daily Post, August 17, 2023 —", Credit(publisher="The Daily Post", published="2023-08-17")),
        ("The Daily Post | 17 August 2023 | 4 min read", Credit(publisher="The Daily Post", published="2023-08-17")),
        ("Aug. 17, 2023 • 3 min read", Credit(published="2023-08-17")),
        ("Published: Thu 17 Aug 2023 10:30 GMT", Credit(published="2023-08-17")),
        ("Updated 17 August 2023", Credit(published="2023-08-17", revised=True)),
        ("Updated 18 August 2023, published 17 August 2023", Credit(published="2023-08-17")),
    ],
)
def test_credit_line_says(line: str, credit: Credit) -> None:
    assert read_credit(line) == credit


@pytest.mark.parametrize("name", ["Reuters", "New York Post", "Footnote digest of The Cradle"])
def test_name_and_day_before_a_dash_are_publisher_and_day(name: str) -> None:
    assert read_credit(f"{name}, August 17, 2023 —") == Credit(publisher=name, published="2023-08-17")


@pytest.mark.parametrize(
    "line", ["Oslo | August 17, 2023", "New York, August 17, 2023", "ERBIL, Kurdistan Region of Iraq, August 17, 2023"]
)
def test_place_before_a_day_is_no_publisher(line: str) -> None:
    assert read_credit(line) == Credit(published="2023-08-17")


@pytest.mark.parametrize(
    "line",
    ["By the numbers", "By Monday", "By 2030 the sea will rise", "What happened on September 11, 2001", "3 min read"]
    + ["Source: officials said the strike hit a depot", "He was hurt on August 17, 2023, and died.", "(AP)"],
)
def test_other_lines_are_no_credits(line: str) -> None:
    assert read_credit(line) is None


@pytest.mark.parametrize(
    ("paragraph", "day"),
    [
        ("Norway, September 21, 2019—A storm came.", "2019-09-21"),
        ("LONDON, Aug 3, 2023 (Reuters) - A storm came.", "2023-08-03"),
        ("WASHINGTON, D.C. (AP), May 3, 2020 — A storm came.", "2020-05-03"),
        ("LONDON, Aug 3 (Reuters) - A storm came.", None),
        ("On September 21, 2019 - a Saturday - a storm came.", None),
        ("A storm that came on May 3, 2020 — a Sunday — was bad.", None),
        ("September 21, 2019 — A storm came.", None),
    ],
)
def test_dateline_gives_a_day_only_with_its_year(paragraph: str, day: str | None) -> None:
    assert read_dateline(paragraph, needs_place=True) == day


def test_record_is_read_under_the_usual_names() -> None:
    record = {
        "Headline": "Rain  in\nOslo",
        "source": {"id": None, "name": "The Daily Post"},
        "publishedAt": "2023-08-17T10:00:00Z",
        "authors": ["Jane Doe", {"name": "Jim Poe"}],
        "link": "https://post.example/a",
    }
    assert declared(record, "record") == {
        "title": "Rain in Oslo",
        "publisher": "The Daily Post",
        "published": "2023-08-17",
        "published_from": "record",
        "author": "Jane Doe, Jim Poe",
        "url": "https://post.example/a",
    }


def test_dates_of_the_file_are_no_day_of_publication() -> None:
    assert (
        declared({"creation_date": "2024-01-01", "last_modified": "2024-01-01", "file_name": "a.pdf"}, "record") == {}
    )


def test_path_or_address_is_no_publisher() -> None:
    assert declared({"source": "/news/a.pdf"}, "record") == {}
    assert declared({"source": "https://post.example/a"}, "record") == {"url": "https://post.example/a"}


def test_deeply_nested_value_is_ignored() -> None:
    value: object = "Jane Doe"
    for _ in range(5000):
        value = [value]
    assert one_line(value) == ""


def test_title_from_first_words_keeps_words_whole() -> None:
    title = first_words("Rain  fell\non the town " * 20)
    assert title.startswith("Rain fell on the town Rain") and title.endswith("…")
    assert len(title) <= 81 and title.rstrip("…").split()[-1] in {"Rain", "fell", "on", "the", "town"}


def test_title_from_a_short_text_is_the_text() -> None:
    assert first_words("Rain fell.") == "Rain fell."


def test_an_article_of_a_web_address_is_published_by_its_site() -> None:
    text, url = "Rain over Norrvik\n\nIt rained for a week.\n", "https://www.example.org/2023/1"
    article = article_from_text(text, root="notes", path="1", metadata={"url": url})
    named = article_from_text(text, root="notes", path="1", metadata={"url": url, "publisher": "The Post"})
    assert (article.publisher, named.publisher) == ("example.org", "The Post")
