"""Live blogs: each day is an article."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import HEADLINE, LEAD, REST, json_ld, meta, page, read_page
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


def test_day_without_a_year_is_of_the_year_in_which_the_blog_began(tmp_path: Path) -> None:
    headings = ("<h3>Thursday 17 August 18.40</h3>", "<h3>Tuesday, Aug. 15</h3>")
    articles, _ = read(tmp_path, "a.html", live((headings[0], REST[0]), (headings[1], REST[1])))
    assert [article.published for article in articles] == ["2023-08-17", "2023-08-15"]


UPDATES = [
    {"@type": "BlogPosting", "datePublished": "2023-08-17T18:40Z", "articleBody": REST[0]},
    {"@type": "BlogPosting", "datePublished": "2023-08-15T07:00Z", "articleBody": REST[1]},
]


@pytest.mark.parametrize("shown", ["", f"<p>{REST[0]}</p><p>{REST[1]}</p>"])
def test_entries_of_a_live_blog_may_stand_in_json_ld(tmp_path: Path, shown: str) -> None:
    head = json_ld(**{"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": UPDATES})
    articles, _ = read(tmp_path, "a.html", page(head=head, title="<h1>Storm</h1>", body=shown))
    assert {article.published: bodies(article) for article in articles} == {
        "2023-08-17": [REST[0]],
        "2023-08-15": [REST[1]],
    }


@pytest.mark.parametrize(
    ("blog", "entry"),
    [
        (
            '<div itemscope itemtype="https://schema.org/LiveBlogPosting">',
            "itemprop=datePublished content",
        ),
        ('<div class="live-blog">', "data-stamp"),
    ],
)
def test_markup_says_that_a_page_is_a_live_blog(tmp_path: Path, blog: str, entry: str) -> None:
    days = ("17 August 2023", "15 August 2023")
    entries = "".join(
        f'<span {entry}="{day}">{day}</span><p>{text}</p>'
        for day, text in zip(days, REST, strict=False)
    )
    head = meta("article:published_time", "2023-08-15")
    articles, _ = read(tmp_path, "a.html", page(head=head, body=f"{blog}{entries}</div>"))
    assert [article.published for article in articles] == ["2023-08-17", "2023-08-15"]


def test_live_blog_that_ended_on_the_day_it_began_keeps_that_day(tmp_path: Path) -> None:
    described = {"@type": "LiveBlogPosting", "headline": HEADLINE, "datePublished": "2023-08-15"}
    body = f"<h3>18.40</h3><p>{REST[0]}</p><h3>07.00</h3><p>{REST[1]}</p>"
    over = json_ld(**described, coverageEndTime="2023-08-15T21:00Z")
    assert read_page(tmp_path, page(head=over, body=body)).published == "2023-08-15"


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
