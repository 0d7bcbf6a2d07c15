"""Live blogs: each day is an article."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import LEAD, REST, json_ld, page, read_page
from tests.test_reading import bodies, read

LIVE = json_ld(
    **{"@type": "LiveBlogPosting", "headline": "Storm live", "datePublished": "2023-08-15"}
)


def live(*entries: tuple[str, str]) -> str:
    shown = "".join(f"<div>{heading}<p>{text}</p></div>" for heading, text in entries)
    return page(head=LIVE, title="<h1>Storm live</h1>", body=shown)


@pytest.mark.parametrize(
    "headings",
    [
        ("<h3>17 August 2023, 18.40</h3>", "<h3>15 August 2023, 07.00</h3>"),
        ("<h2>Thursday, August 17, 2023</h2>", "<h2>Tuesday, August 15, 2023</h2>"),
        (
            '<time datetime="2023-08-17T18:40Z">18.40</time>',
            '<time datetime="2023-08-15T07:00Z">07.00</time>',
        ),
        ("<p>Aug 17, 2023 6:40 PM</p>", "<p>Aug 15, 2023 7:00 AM</p>"),
    ],
)
def test_each_day_of_a_live_blog_is_an_article(tmp_path: Path, headings: tuple[str, str]) -> None:
    articles, _ = read(tmp_path, "a.html", live((headings[0], REST[0]), (headings[1], REST[1])))
    found = [
        (article.path, article.title, article.published, bodies(article)) for article in articles
    ]
    assert found == [
        ("a.html#2023-08-17", "Storm live", "2023-08-17", [REST[0]]),
        ("a.html#2023-08-15", "Storm live", "2023-08-15", [REST[1]]),
    ]


def test_what_stands_above_the_entries_of_a_live_blog_has_no_day(tmp_path: Path) -> None:
    source = live(
        ("", LEAD), ("<h3>17 August 2023</h3>", REST[0]), ("<h3>15 August 2023</h3>", REST[1])
    )
    articles, _ = read(tmp_path, "a.html", source)
    assert {article.published: bodies(article) for article in articles}[None] == [LEAD]


def test_entry_of_a_live_blog_without_days_is_not_dated_with_its_beginning(tmp_path: Path) -> None:
    assert (
        read_page(
            tmp_path, live(("<h3>18.40</h3>", REST[0]), ("<h3>07.00</h3>", REST[1]))
        ).published
        is None
    )


def test_days_within_another_article_do_not_part_it(tmp_path: Path) -> None:
    source = page(
        body=f"<h3>17 August 2023</h3><p>{REST[0]}</p><h3>15 August 2023</h3><p>{REST[1]}</p>"
    )
    assert read_page(tmp_path, source).path == "a.html"
