"""The day of a page: where it stands, whose it is, and what is no day of publication."""

from __future__ import annotations

from pathlib import Path

import pytest
from htmldate import find_date

from tests.pages import HEADLINE, PROSE, canonical, json_ld, meta, page, read_page, script


@pytest.mark.parametrize(
    "head",
    [
        meta("DC.date.issued", "2023-08-17T18:07:56+09:00"),
        meta("dcterms.issued", "2023-08-17"),
        meta("sailthru.date", "2023-08-17 10:00:00"),
        meta("parsely-pub-date", "2023-08-17T08:00:00Z"),
        meta("article.published", "2023-08-17T08:00:00.000Z"),
        meta("analyticsAttributes.articleDate", "2023-08-17T08:00:00Z"),
        meta("citation_publication_date", "2023/08/17"),
        meta("pub_date", "20230817"),
        meta("article:published_time", "1692230400"),
        """<meta name='parsely-page' content='{"pub_date": "2023-08-17T05:00:00Z"}'>""",
        meta("pubdate", "20230817T080000Z"),
        meta("publish-date", "Thu Aug 17 08:00:09 EDT 2023"),
        meta("date", "Thu Aug 17 2023 15:21:41 GMT+0000 (Coordinated Universal Time)"),
        meta("DC.Date", "17 August 2023"),
        '<meta property="og:article:published_time" content="2023-08-17T08:00:00Z">',
        '<meta itemprop="datePublished" content="2023-08-17">',
    ],
)
def test_day_of_publication_stands_in_a_meta_tag(tmp_path: Path, head: str) -> None:
    article = read_page(tmp_path, page(head=head))
    assert (article.published, article.published_from) == ("2023-08-17", "meta")


DATED = '{"@type": "Article", "datePublished": "2023-08-17"}'


@pytest.mark.parametrize(
    "head",
    [
        json_ld(datePublished="2023-08-17"),
        json_ld(datePublished="2023-08-17T08:00:00-05:00", dateModified="2023-09-01"),
        script([{"@type": "BlogPosting", "headline": HEADLINE, "datePublished": "2023-08-17"}]),
        script(DATED).replace("json", "json; charset=utf-8"),
        script(f"//<![CDATA[\n{DATED}\n//]]>"),
        script(f"/*<![CDATA[*/{DATED}/*]]>*/"),
        script(f"<!-- {DATED} -->"),
        script(
            {"@type": "WebPage", "mainEntity": {"@type": "Report", "datePublished": "2023-08-17"}}
        ),
        script(
            {"@graph": [{"@type": "WebSite"}, {"@type": "WebPage", "datePublished": "2023-08-17"}]}
        ),
        script(DATED.replace("}", ",}")),
        script(DATED.replace("{", "{\"description\": 'no JSON', ")),
    ],
)
def test_day_of_publication_stands_in_json_ld(tmp_path: Path, head: str) -> None:
    article = read_page(tmp_path, page(head=head))
    assert (article.published, article.published_from) == ("2023-08-17", "json-ld")


@pytest.mark.parametrize(
    "address",
    [
        "https://post.example/2023/08/17/ferry-opens",
        "https://post.example/news/2023/8/17/ferry.html",
        "https://post.example/2023/aug/17/ferry-opens",
        "https://post.example/news/2023-08-17/ferry-opens/4644",
        "https://post.example/2023/POLITICS/08/17/ferry/index.html",
    ],
)
def test_address_gives_the_day_that_nothing_else_gives(tmp_path: Path, address: str) -> None:
    article = read_page(tmp_path, page(head=canonical(address)))
    assert (article.published, article.published_from) == ("2023-08-17", "address")


@pytest.mark.parametrize(
    "address",
    [
        "https://post.example/2023/08/",
        "https://post.example/a/20230899/b",
        "https://post.example/4711/12/13/7",
    ],
)
def test_other_numbers_of_an_address_are_no_day(tmp_path: Path, address: str) -> None:
    assert read_page(tmp_path, page(head=canonical(address))).published is None


@pytest.mark.parametrize(
    ("top", "found"),
    [
        ('<p>Ann Roe <time datetime="2023-08-17T08:00:00Z">4 hours ago</time></p>', "time"),
        ('<div><time datetime="2023-08-17">Yesterday</time></div>', "time"),
        (
            '<div>Posted <time datetime="2023-08-17 08:00"><span>last week</span></time></div>',
            "time",
        ),
        ("<p>Published: 17 August 2023, 10:12</p>", "byline"),
        ("<p>Posted on</p><p>August 17, 2023 at 6:09 p.m.</p>", "byline"),
        ("<ul><li>By Ann Roe</li><li>Aug. 17, 2023</li></ul>", "byline"),
        ("<div>August 17, 2023 by Ann Roe | 3 Comments</div>", "byline"),
        ("<div>Updated 18 August 2023</div><div>First published 17 August 2023</div>", "byline"),
        (
            "<p>The boats had been tested in the sound all spring.</p><p>17 August 2023</p>",
            "byline",
        ),
    ],
)
def test_page_shows_its_day_above_its_article(tmp_path: Path, top: str, found: str) -> None:
    article = read_page(tmp_path, page(top=top))
    assert (article.published, article.published_from) == ("2023-08-17", found)


def test_one_day_in_an_element_for_dates_counts_wherever_it_stands(tmp_path: Path) -> None:
    below = f'{PROSE}<p class="entry-date">August 17, 2023</p>'
    assert read_page(tmp_path, page(body=below)).published == "2023-08-17"
    several = f'{below}<ul><li>Old <span class="date">May 3, 2019</span></li></ul>'
    assert read_page(tmp_path, page(body=several)).published is None


@pytest.mark.parametrize(
    "body",
    [
        f"<p>On 2023-08-17 the harbour burned, and nobody knew why.</p>{PROSE}",
        f"<p>The strike of August 17, 2023 was the longest that Hamvik has seen.</p>{PROSE}",
        f'{PROSE}<aside><time datetime="2023-08-17">an older story</time></aside>',
        f'{PROSE}<img src="/uploads/2023/08/17/boat.jpg"><a href="/2023/08/17/b">Another</a>',
        f"{PROSE}<footer>© 2023 The Post. Page made 2023-08-17T10:00:00Z</footer>",
        f"<table><tr><td>Built</td><td>May 3, 2019 – August 17, 2023</td></tr></table>{PROSE}",
    ],
)
def test_day_in_another_place_is_not_that_of_publication(tmp_path: Path, body: str) -> None:
    """Where htmldate, which trafilatura asks, takes the day of a text, a picture or another story."""
    assert find_date(page(body=body), original_date=True) is not None
    assert read_page(tmp_path, page(body=body)).published is None


@pytest.mark.parametrize(
    "head",
    [
        meta("last-modified", "2023-09-01"),
        '<meta property="article:modified_time" content="2023-09-01T10:00:00Z">',
        '<meta property="og:updated_time" content="2023-09-01T10:00:00Z">',
        "",
        meta("revision_date", "Fri Sep 01 09:49:32 UTC 2023"),
        meta("date", "2023-09-01")
        + '<meta property="article:modified_time" content="2023-09-01T10:00:00Z">',
        meta("event_start_date", "2023-09-01"),
        json_ld(dateModified="2023-09-01"),
        meta("copyright_date", "2023-09-01"),
        meta("expires_date", "2023-09-01"),
    ],
)
def test_day_of_a_change_is_no_day_of_publication(tmp_path: Path, head: str) -> None:
    assert read_page(tmp_path, page(head=head)).published is None
    assert (
        read_page(tmp_path, page(head=head, top="<p>17 August 2023</p>")).published == "2023-08-17"
    )


@pytest.mark.parametrize(
    ("head", "top"),
    [
        (
            meta("date", "2023-09-01T10:00Z"),
            "<p>Published: 17 Aug 2023 09:12 GMT | Updated: 1 Sep 2023 10:00</p>",
        ),
        (
            json_ld(datePublished="2023-09-01"),
            "<p>Published August 17, 2023 | Updated September 1, 2023</p>",
        ),
        (json_ld(datePublished="2023-09-01") + meta("pubdate", "2023-08-17"), ""),
        (
            json_ld(datePublished="2023-09-01T09:00Z"),
            "<p>Posted 17 August 2023</p><p>Last updated 1 September 2023</p>",
        ),
        (meta("date", "2023-09-01") + meta("publicationdate", "2023-08-17"), ""),
    ],
)
def test_day_that_is_said_to_be_of_publication_comes_before_another(
    tmp_path: Path, head: str, top: str
) -> None:
    assert read_page(tmp_path, page(head=head, top=top)).published == "2023-08-17"


PUBLISHED_TIME = '<meta property="article:published_time" content="{}">'


@pytest.mark.parametrize(
    ("stamp", "shown", "day"),
    [
        ("2023-08-18T01:09:55+00:00", "August 17, 2023 at 6:09 p.m.", "2023-08-17"),
        ("2023-08-18T03:00:00Z", "Aug. 17, 2023 | 8:00 pm", "2023-08-17"),
        ("2023-08-18T03:00:00.000Z", "Published 17 August 2023", "2023-08-17"),
        ("2023-08-17T22:30:00Z", "18 August 2023, 8.30am AEST", "2023-08-18"),
        ("2023-08-18", "August 17, 2023", "2023-08-17"),
        ("2023-08-17T23:30:00-05:00", "August 18, 2023", "2023-08-17"),
        ("2023-08-18T00:30:00+09:00", "August 17, 2023", "2023-08-18"),
        ("2023-08-17T03:00:00Z", "August 18, 2023", "2023-08-17"),
        ("2023-08-18T20:00:00Z", "August 17, 2023", "2023-08-18"),
        ("2023-08-17T22:00:00Z", "Updated August 18, 2023", "2023-08-17"),
        ("2023-08-17T22:00:00Z", "August 18, 2023 -- Updated 0203 GMT", "2023-08-17"),
        ("2023-08-17T10:00:00Z", "May 3, 2020", "2023-08-17"),
    ],
)
def test_day_is_the_one_that_the_page_shows_where_only_the_zone_is_another(
    tmp_path: Path, stamp: str, shown: str, day: str
) -> None:
    source = page(head=PUBLISHED_TIME.format(stamp), top=f"<p>By Ann Roe</p><p>{shown}</p>")
    assert read_page(tmp_path, source).published == day


def test_menu_with_todays_date_is_not_the_day_of_the_article(tmp_path: Path) -> None:
    menu = "<body><header><div>Thursday, August 20, 2026</div></header>"
    assert read_page(tmp_path, page().replace("<body>", menu)).published is None


def test_day_directly_above_the_headline_is_the_articles(tmp_path: Path) -> None:
    assert (
        read_page(tmp_path, page(title=f"<p>17 August 2023</p><h1>{HEADLINE}</h1>")).published
        == "2023-08-17"
    )


def test_last_change_alone_is_no_day_of_publication(tmp_path: Path) -> None:
    source = page(top="<p>By Ann Roe</p><p>Last updated on September 1, 2023</p>")
    assert read_page(tmp_path, source).published is None


@pytest.mark.parametrize(
    "other",
    [
        '<div class="comment"><time datetime="2023-08-20">Aug 20, 2023</time> I was there.</div>',
        '<div id="related-stories"><a>Snow in May</a> <span class="date">May 3, 2021</span></div>',
        '<div class="sidebar"><span class="published">May 3, 2021</span></div>',
    ],
)
def test_day_of_a_comment_or_another_story_is_not_the_articles(tmp_path: Path, other: str) -> None:
    assert read_page(tmp_path, page(body=PROSE + other)).published is None


def test_list_of_other_stories_above_the_headline_gives_no_day(tmp_path: Path) -> None:
    stories = "<body><ul><li>Snow in May <span>May 3, 2021</span></li></ul>"
    assert read_page(tmp_path, page().replace("<body>", stories)).published is None


def test_day_that_markup_hides_behind_other_words_is_read(tmp_path: Path) -> None:
    below = (
        f'{PROSE}<p>Filed <abbr class="published" title="2023-08-17T10:00:00Z">lately</abbr></p>'
    )
    assert read_page(tmp_path, page(body=below)).published == "2023-08-17"


def test_two_days_that_stand_close_together_are_told_apart(tmp_path: Path) -> None:
    top = (
        "<div><span>Posted on <time datetime='2023-08-17'>August 17, 2023</time>"
        "<time datetime='2023-09-01'>September 1, 2023</time></span> by Ann Roe</div>"
    )
    article = read_page(tmp_path, page(top=top))
    assert (article.published, article.author) == ("2023-08-17", "Ann Roe")
