"""The authors of a page: persons, named as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import PROSE, json_ld, meta, page, read_page


@pytest.mark.parametrize(
    ("head", "top"),
    [
        ("", '<div><a rel="author" href="/a/1">Ann Roe</a> · 3 min</div>'),
        (
            "",
            '<i itemprop="author" itemscope><i itemprop="name">Ann Roe</i></i><i>Staff Writer</i>',
        ),
        (
            "",
            '<div class="byline"><i>By</i><i>Ann Roe</i><i>Staff Writer</i></div>',
        ),
        ("", '<p class="article-author"><a>Ann Roe</a>, Science Correspondent</p>'),
        ("", "<div><span>By</span><span>Ann Roe</span></div><div>August 17, 2023</div>"),
        ("", "<p>on August 17, 2023 by Ann Roe</p>"),
        ("", "<p>Words by</p><p>Ann Roe</p>"),
        ("", "<p>By ANN ROE, Associated Press Writer</p>".replace("ANN ROE", "Ann Roe")),
        ("", "<p>Analysis by Ann Roe, CNN Senior Political Analyst</p>"),
        (meta("author", "By Ann Roe, CNN"), ""),
        (meta("author", "Ann Roe, PhD"), ""),
        (meta("parsely-author", "Ann Roe"), ""),
        (meta("byl", "By Ann Roe"), ""),
        (meta("twitter:label1", "Written by") + meta("twitter:data1", "Ann Roe"), ""),
        ("""<meta name='parsely-page' content='{"author": "Ann Roe"}'>""", ""),
        (meta("author", "ann roe"), ""),
        (meta("author", "Ann Roe PhD"), ""),
        (meta("author", "Ann Roe Staff Writer"), ""),
        (meta("author", "Ann Roe, AP Medical Writer"), ""),
        (meta("author", "Ann Roe, CNN Business"), ""),
        (meta("author", "Ann Roe, The Post") + meta("og:site_name", "The Post"), ""),
        ("", '<p itemprop="author" itemscope><meta itemprop="name" content="Ann Roe"></p>'),
        (meta("sailthru.author", "Ann Roe | Senior Editor"), ""),
        (meta("dc.creator", "Ann Roe &lt;ann@post.example&gt;"), ""),
        (json_ld(author=["https://post.example/authors/ann-roe", "Ann Roe"]), ""),
        (json_ld(author={"@type": "Person", "name": ["Ann Roe"]}), ""),
        (json_ld(author=[{"name": "The Post", "@type": "Organization"}, {"name": "Ann Roe"}]), ""),
        (json_ld(creator=["Ann Roe"]), ""),
        (meta("author", "The Post") + meta("og:site_name", "The Post"), "<p>By Ann Roe</p>"),
        (meta("author", "Nast &amp; Hearst"), "<p>By Ann Roe</p>"),
        (meta("author", "Agencies"), "<p>By Ann Roe</p>"),
        (meta("author", "No Author"), "<p>By Ann Roe</p>"),
    ],
)
def test_author_is_the_person_who_is_named_as_such(tmp_path: Path, head: str, top: str) -> None:
    assert read_page(tmp_path, page(head=head, top=top)).author == "Ann Roe"


@pytest.mark.parametrize(
    ("top", "author"),
    [
        ("By Ann Roe and J.R. Stone", "Ann Roe, J.R. Stone"),
        (
            "By Dana A. Ford, Chien-Ming Wang, and Tom Watkins, CNN",
            "Dana A. Ford, Chien-Ming Wang, Tom Watkins",
        ),
        ("By Alejandro de la Garza", "Alejandro de la Garza"),
        ("By Lindsey O’Donnell", "Lindsey O’Donnell"),
        ("By Samuel Ode Jr.", "Samuel Ode Jr."),
        ('By Amanda "Mae" Tan', 'Amanda "Mae" Tan'),
        ("By Richard (R.J.) Eskow", "Richard (R.J.) Eskow"),
        ("By Steven Mufson March 18, 2023", "Steven Mufson"),
    ],
)
def test_names_are_kept_as_they_are_written(tmp_path: Path, top: str, author: str) -> None:
    assert read_page(tmp_path, page(top=f"<p>{top}</p>")).author == author


@pytest.mark.parametrize(
    ("head", "top"),
    [
        ("", "<p>Read More</p><p>August 17, 2023</p>"),
        ("", "<p>Recent Posts</p><p>August 17, 2023</p>"),
        ("", "<p>Photo by Ann Roe</p>"),
        ("", "<p>Directed by Ann Roe</p>"),
        ("", '<div class="author">About the Author</div>'),
        ("", '<aside><a rel="author">Ann Roe</a></aside>'),
        (
            "",
            '<a rel="author">Ann Roe</a> <a rel="author">Bo Fry</a>'.replace(
                "Ann Roe", "Top Stories News"
            ),
        ),
        (meta("author", "The Post") + meta("og:site_name", "The Post"), ""),
        (meta("author", "admin"), ""),
        (meta("author", "CNN"), ""),
        (meta("author", "Newsroom Staff"), ""),
        (meta("article:author", "https://social.example/thepost"), ""),
        (meta("author", "@thepost"), ""),
        (
            json_ld(
                author={"@type": "Organization", "name": "The Post"}, publisher={"name": "The Post"}
            ),
            "",
        ),
    ],
)
def test_what_is_no_person_is_no_author(tmp_path: Path, head: str, top: str) -> None:
    assert read_page(tmp_path, page(head=head, top=top)).author in (
        None,
        "Bo Fry" if "Bo Fry" in top else None,
    )


def test_company_that_only_the_copyright_line_names_is_no_author(tmp_path: Path) -> None:
    source = page(
        head=meta("author", "Hadley Quist"),
        body=f"{PROSE}<p>© 2023 Hadley Quist. All rights reserved.</p>",
    )
    assert read_page(tmp_path, source).author is None


@pytest.mark.parametrize(
    ("head", "top"),
    [
        (meta("author", "Ann Roe, Bo Fry and Cy Orr"), ""),
        ("".join(meta("article:author", name) for name in ("Ann Roe", "Bo Fry", "Cy Orr")), ""),
        (json_ld(author=[{"name": "By Ann Roe"}, {"name": "Bo Fry"}, "Cy Orr"]), ""),
        (json_ld(author={"name": "Ann Roe, Bo Fry & Cy Orr"}), ""),
        ("", "<p><a rel=author>Ann Roe</a><a rel=author>Bo Fry</a><a rel=author>Cy Orr</a></p>"),
    ],
)
def test_several_authors_are_all_named(tmp_path: Path, head: str, top: str) -> None:
    assert read_page(tmp_path, page(head=head, top=top)).author == "Ann Roe, Bo Fry, Cy Orr"


@pytest.mark.parametrize("name", ["comments", "related-stories", "sidebar"])
def test_author_of_a_comment_or_another_story_is_not_the_articles(
    tmp_path: Path, name: str
) -> None:
    other = f'<div id="{name}"><span class="author">Tom Ode</span> Snow in May</div>'
    assert read_page(tmp_path, page(body=PROSE + other)).author is None
