"""The headline and the publisher of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import HEADLINE, LEAD, PROSE, body_of, canonical, json_ld, meta, page, read_page


@pytest.mark.parametrize(
    ("head", "title"),
    [
        (
            f"<title>{HEADLINE} | Skell Gazette</title>",
            f"<h1>Skell Gazette</h1><h1>{HEADLINE}</h1>",
        ),
        (f"<title>{HEADLINE} - The Post</title>", f"<h1>{HEADLINE}</h1><h1>Most read</h1>"),
        (f"<title>Opinion | {HEADLINE}</title>", f"<h1>Opinion</h1><h1>{HEADLINE}</h1>"),
        (meta("og:title", "You won’t believe this boat"), f"<h1>{HEADLINE}</h1>"),
        (meta("og:title", f"{HEADLINE} – D Magazine"), f"<h1>{HEADLINE}</h1>"),
        (json_ld(headline="Boats sail at last"), f"<h1>{HEADLINE}</h1>"),
        ("<title>The Post</title>", f"<h1>{HEADLINE}</h1><h1>{HEADLINE}</h1>"),
        (f"<title>{HEADLINE} | The Post</title>" + meta("og:site_name", "The Post"), ""),
        (
            f"<title>{HEADLINE} – Four Years on the Sound</title>",
            f"<h1>Four Years on the Sound</h1><h2>{HEADLINE}</h2>",
        ),
        (f"<title>The Post: news | {HEADLINE}</title>", f"<h3>{HEADLINE}</h3>"),
        (
            f"<title>{HEADLINE} :: tolsundpost</title>"
            + canonical("https://www.tolsundpost.example/a"),
            "",
        ),
    ],
)
def test_headline_is_the_articles_own_heading_without_the_name_of_the_site(
    tmp_path: Path, head: str, title: str
) -> None:
    article = read_page(tmp_path, page(head=head, title=title))
    assert article.title == HEADLINE and HEADLINE not in body_of(article)


def test_dash_within_a_headline_stays(tmp_path: Path) -> None:
    headline = "Ferry opens – nine years late"
    head = meta("og:title", headline) + meta("og:site_name", "The Post")
    assert read_page(tmp_path, page(head=head, title="")).title == headline


def test_page_that_holds_its_article_twice_gives_it_once(tmp_path: Path) -> None:
    once = f"<h1>{HEADLINE}</h1>{PROSE}"
    article = read_page(tmp_path, page(title="", body=f"<div>{once}</div><div>{once}</div>"))
    assert article.title == HEADLINE and body_of(article).count(LEAD) == 1


@pytest.mark.parametrize(
    ("head", "publisher"),
    [
        (meta("og:site_name", "The Post"), "The Post"),
        (
            json_ld(publisher={"@type": "Organization", "name": "The Post"})
            + meta("og:site_name", "U.S."),
            "The Post",
        ),
        (
            meta("og:site_name", "https://post.example") + meta("dc.publisher", "The Post"),
            "The Post",
        ),
        (
            f"<title>{HEADLINE} | The Post</title>" + canonical("https://post.example/a"),
            "The Post",
        ),
        (
            f"<title>{HEADLINE} | Sailing</title>" + canonical("https://www.post.example/a"),
            "post.example",
        ),
    ],
)
def test_publisher_is_named_by_the_page_or_by_its_address(
    tmp_path: Path, head: str, publisher: str
) -> None:
    assert read_page(tmp_path, page(head=head)).publisher == publisher
