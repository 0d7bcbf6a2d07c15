"""Web pages: their encoding, headline, day, author and article, in the templates that outlets use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.article import Article
from tests.test_reading import bodies, read, read_one, reason

HEADLINE = "Ferry line to Tolsund opens after nine years"
LEAD = "The ferry line between Hamvik and Tolsund opened on Monday, the port authority said."
REST = (
    "It had been planned for nine years, and it cost twice what the council had first agreed to pay.",
    "Two boats cross the sound each hour, and a third one will follow when its engines have been tested.",
    "Fishermen in Tolsund said that they had lost their best grounds to the new harbour wall.",
)
PROSE = "".join(f"<p>{text}</p>" for text in (LEAD, *REST))


def page(
    head: str = "", top: str = "", body: str = PROSE, title: str = f"<h1>{HEADLINE}</h1>"
) -> str:
    return f"<!doctype html><html lang=en><head>{head}</head><body><article>{title}{top}{body}</article></body></html>"


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


def json_ld(**item: object) -> str:
    described = {"@type": "NewsArticle", "headline": HEADLINE, **item}
    return f'<script type="application/ld+json">{json.dumps(described)}</script>'


def read_page(tmp_path: Path, content: str | bytes) -> Article:
    return read_one(tmp_path, "a.html", content)


def body_of(article: Article) -> str:
    return "\n".join(bodies(article))


# Encoding


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "“The wall” — said Zhū"),
        ("gbk", "gbk", "“The wall” — said 李伟"),
        ("iso-8859-2", "iso-8859-2", "Żółkiewska of Łódź"),
        ("windows-1250", "cp1250", "„Řeka“ said Jiří"),
        ("Shift_JIS", "cp932", "Reporters of 朝日 wrote"),
        ("euc-kr", "cp949", "Reporters of 한겨레 wrote"),
        ("big5", "big5", "Reporters of 聯合報 wrote"),
        ("windows-1251", "cp1251", "The paper «Труд» wrote"),
        ("koi8-r", "koi8-r", "The paper Труд wrote"),
        ("iso-8859-9", "cp1254", "Işıl of İzmir"),
        ("iso-8859-1", "cp1252", "“Zoë” — paid 4 €"),
        ("iso-2022-jp", "iso-2022-jp", "Reporters of 朝日 wrote"),
    ],
)
@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="{}">',
        "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset={}'>",
        "<script>/* charset later */</script><!-- <meta charset=utf-8> --><meta charset={} >",
    ],
)
def test_page_is_read_in_the_encoding_it_declares(
    tmp_path: Path, declaration: str, label: str, codec: str, text: str
) -> None:
    source = page(
        head=declaration.format(label), body=f"<p>{text} that the harbour was full.</p>{PROSE}"
    )
    assert text in body_of(read_page(tmp_path, source.encode(codec)))


def test_xml_declaration_names_the_encoding_of_a_page(tmp_path: Path) -> None:
    source = '<?xml version="1.0" encoding="iso-8859-2"?>' + page(
        body=f"<p>Święcicka spoke for an hour.</p>{PROSE}"
    )
    assert "Święcicka" in body_of(read_page(tmp_path, source.encode("iso-8859-2")))


@pytest.mark.parametrize(
    "declared", ["gb2312", "iso-8859-1", "windows-1251", "utf-16", "nonsense", "base64"]
)
def test_bytes_that_are_utf8_are_read_as_such_whatever_a_saved_page_declares(
    tmp_path: Path, declared: str
) -> None:
    source = page(
        head=f'<meta charset="{declared}">', body=f"<p>“Zoë” paid 4 € — in Łódź.</p>{PROSE}"
    )
    assert "“Zoë” paid 4 € — in Łódź." in body_of(read_page(tmp_path, source.encode()))


def test_byte_order_mark_comes_before_the_declaration(tmp_path: Path) -> None:
    source = page(head='<meta charset="iso-8859-1">', body=f"<p>“Zoë” was there too.</p>{PROSE}")
    assert "“Zoë” was there too." in body_of(read_page(tmp_path, source.encode("utf-16")))


# The day of publication


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


@pytest.mark.parametrize(
    "script",
    [
        json_ld(datePublished="2023-08-17"),
        json_ld(datePublished="2023-08-17T08:00:00-05:00", dateModified="2023-09-01"),
        f'<script type="application/ld+json; charset=utf-8">[{{"@type": "BlogPosting", "headline": "{HEADLINE}", '
        '"datePublished": "2023-08-17"}]</script>',
        '<script type="application/ld+json">//<![CDATA[\n{"@type": "Article", "datePublished": "2023-08-17"}\n//]]></script>',
        '<script type="application/ld+json">/*<![CDATA[*/{"@type": "Article", "datePublished": "2023-08-17"}/*]]>*/</script>',
        '<script type="application/ld+json"><!-- {"@type": "Article", "datePublished": "2023-08-17"} --></script>',
        '<script type="application/ld+json">{"@type": "WebPage", "mainEntity": {"@type": "ReportageNewsArticle", '
        '"datePublished": "2023-08-17"}}</script>',
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Post"}, {"@type": "WebPage", '
        '"datePublished": "2023-08-17"}]}</script>',
        '<script type="application/ld+json">{"@type": "Article", "datePublished": "2023-08-17",}</script>',
        '<script type="application/ld+json">{"@type": "Article", "description": \'no JSON\', '
        '"datePublished": "2023-08-17"}</script>',
    ],
)
def test_day_of_publication_stands_in_json_ld(tmp_path: Path, script: str) -> None:
    article = read_page(tmp_path, page(head=script))
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
    article = read_page(tmp_path, page(head=f'<link rel="canonical" href="{address}">'))
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
    assert (
        read_page(tmp_path, page(head=f'<link rel="canonical" href="{address}">')).published is None
    )


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
            "<p>The boats had been tested since the spring in the sound of Hamvik.</p><p>17 August 2023</p>",
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
        f"<p>The strike of August 17, 2023 was the longest that the port of Hamvik has seen.</p>{PROSE}",
        f'{PROSE}<aside><time datetime="2023-08-17">an older story</time></aside>',
        f'{PROSE}<img src="/uploads/2023/08/17/boat.jpg"><a href="/2023/08/17/other">Another story</a>',
        f"{PROSE}<footer>© 2023 The Post. Page made 2023-08-17T10:00:00Z</footer>",
        f"<table><tr><td>Original run</td><td>August 17, 2019 – August 17, 2023</td></tr></table>{PROSE}",
    ],
)
def test_day_in_another_place_is_not_taken_for_that_of_publication(
    tmp_path: Path, body: str
) -> None:
    """Here htmldate, which trafilatura uses, takes a day of the text, of a picture or of another story."""
    assert read_page(tmp_path, page(body=body)).published is None


@pytest.mark.parametrize(
    "head",
    [
        meta("last-modified", "2023-09-01"),
        '<meta property="article:modified_time" content="2023-09-01T10:00:00Z">',
        '<meta property="og:updated_time" content="2023-09-01T10:00:00Z">',
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


# JSON-LD of other articles

OTHER = {
    "@type": "NewsArticle",
    "headline": "Snow in May",
    "datePublished": "2020-01-01",
    "author": {"name": "Bo Fry"},
}
OWN = {
    "@type": "NewsArticle",
    "headline": HEADLINE,
    "datePublished": "2023-08-17",
    "author": {"name": "Ann Roe"},
}
ADDRESS = "https://post.example/ferry"


@pytest.mark.parametrize(
    "described",
    [
        [OTHER, OWN],
        {"@graph": [OTHER, OWN]},
        {
            "@type": "ItemList",
            "itemListElement": [OTHER, {"@type": "ListItem", "item": OTHER}],
            "mainEntity": OWN,
        },
        {**OWN, "relatedLink": [OTHER], "hasPart": OTHER},
        {"@type": "CollectionPage", "hasPart": [OTHER], "mainEntity": [OWN]},
        [OTHER, {**OWN, "headline": HEADLINE.upper() + "!"}],
        [OTHER, {**OWN, "headline": "A day out", "url": ADDRESS}],
        [OTHER, {**OWN, "headline": "A day out", "mainEntityOfPage": {"@id": ADDRESS}}],
        [OTHER, {**OTHER, "headline": "Hail in June"}, OWN],
    ],
)
def test_json_ld_of_another_article_is_passed_over(tmp_path: Path, described: object) -> None:
    head = f'<link rel="canonical" href="{ADDRESS}"><script type="application/ld+json">{json.dumps(described)}</script>'
    article = read_page(tmp_path, page(head=head))
    assert (article.title, article.published, article.author) == (HEADLINE, "2023-08-17", "Ann Roe")


@pytest.mark.parametrize(
    "described",
    [
        [OTHER, {**OTHER, "headline": "Hail in June"}],
        {"@type": "ItemList", "itemListElement": [OTHER]},
    ],
)
def test_json_ld_of_other_articles_alone_says_nothing(tmp_path: Path, described: object) -> None:
    article = read_page(
        tmp_path, page(head=f'<script type="application/ld+json">{json.dumps(described)}</script>')
    )
    assert (article.published, article.author) == (None, None)


# Author


@pytest.mark.parametrize(
    ("head", "top"),
    [
        ("", '<div><a rel="author" href="/a/1">Ann Roe</a> · 3 min</div>'),
        (
            "",
            '<span itemprop="author" itemscope><span itemprop="name">Ann Roe</span></span><span>Staff Writer</span>',
        ),
        (
            "",
            '<div class="byline"><span>By</span><span>Ann Roe</span><span>Staff Writer</span></div>',
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


# Headline


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
        (f"<title>The Post: news | {HEADLINE}</title>", f"<h3>{HEADLINE}</h3>"),
        (
            f'<title>{HEADLINE} :: tolsundpost</title><link rel="canonical" href="https://www.tolsundpost.example/a">',
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
            f'<title>{HEADLINE} | The Post</title><link rel="canonical" href="https://post.example/a">',
            "The Post",
        ),
        (
            f'<title>{HEADLINE} | Sailing</title><link rel="canonical" href="https://www.post.example/a">',
            "post.example",
        ),
    ],
)
def test_publisher_is_named_by_the_page_or_by_its_address(
    tmp_path: Path, head: str, publisher: str
) -> None:
    assert read_page(tmp_path, page(head=head)).publisher == publisher


# What is no article

APPEALS = (
    "This article is for subscribers only. Subscribe now for 1 pound a week to read on.",
    "Already a subscriber? Log in to continue reading this article.",
    "Not a subscriber yet? See our offers.",
    "To continue reading, please sign in or create an account.",
    "You have reached your limit of free articles this month.",
    "You have 2 free articles left this month.",
    "Subscribe to unlock this article and enjoy unlimited access.",
    "Get unlimited digital access for 1 dollar a week.",
    "This story is available exclusively to members of the Post.",
    "Start your free trial today.",
    "Become a member to read the rest of this story.",
    "Page 1 of 2",
    "https://www.post.example/ferry?print=1",
    "We use cookies to make this site work and to show you advertising.",
)


@pytest.mark.parametrize("appeal", APPEALS)
def test_appeal_to_subscribe_or_print_line_is_no_article(tmp_path: Path, appeal: str) -> None:
    article = read_page(tmp_path, page(body=f'{PROSE}<div class="paywall"><p>{appeal}</p></div>'))
    assert appeal not in body_of(article) and REST[-1] in body_of(article)


@pytest.mark.parametrize(
    "line",
    [
        "“You have reached your limit,” the captain told the crew, and the boat turned back to the harbour.",
        "Subscribers only learned of the plan when the ferry company wrote to them on Friday.",
        "To continue reading the names took the mayor an hour, witnesses of the ceremony said.",
        "Passengers can register for the crossing at the kiosk and pay with a card from Monday.",
        "Members who want to join the harbour board must live in Tolsund.",
    ],
)
def test_sentence_of_an_article_that_resembles_an_appeal_stays(tmp_path: Path, line: str) -> None:
    assert line in body_of(read_page(tmp_path, page(body=f"{PROSE}<p>{line}</p>")))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Access Denied",
            "You don't have permission to access this page on this server. Reference #18.2f",
        ),
        ("403 Forbidden", "nginx refused the request of your browser for this address."),
        (
            "404 - Page not found",
            "We are sorry, but the page that you asked for is not here any more.",
        ),
        (
            "Just a moment...",
            "Checking if the connection is secure. This page needs to review your connection.",
        ),
        (
            "Attention Required! | Cloudflare",
            "Sorry, you have been blocked. You are unable to access post.example.",
        ),
        ("Are you a robot?", "Please make sure that your browser supports JavaScript and cookies."),
        (
            "Pardon Our Interruption",
            "Something about your browser made us think that you might be a bot.",
        ),
        ("Before you continue", "We use cookies and data to deliver and maintain our services."),
        ("Please enable JavaScript", "This site needs JavaScript to show its articles to you."),
        (
            "503 Service Unavailable",
            "The server is too busy at the moment. Please come back later.",
        ),
    ],
)
def test_page_that_only_refuses_is_reported_as_no_article(
    tmp_path: Path, title: str, text: str
) -> None:
    source = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    assert reason(tmp_path, "a.html", source) == "no article text"


@pytest.mark.parametrize(
    "title",
    [
        "Access denied: how a town lost its beach",
        "404 days at sea",
        "Just a moment of rain",
        "Gone fishing",
        "Captcha wars",
        "Robot checks in at hotel",
        "Privacy choices that matter",
    ],
)
def test_article_with_a_title_like_a_refusals_is_one(tmp_path: Path, title: str) -> None:
    assert LEAD in body_of(read_page(tmp_path, page(title=f"<h1>{title}</h1>")))


# An article that a script would show


@pytest.mark.parametrize(
    "body",
    [
        " ".join((LEAD, *REST)),
        "\n\n".join((LEAD, *REST)),
        PROSE,
        "<br><br>".join((LEAD, *REST)).replace("'", "&#39;"),
    ],
)
def test_article_body_of_json_ld_is_read_where_the_page_shows_less(
    tmp_path: Path, body: str
) -> None:
    article = read_page(tmp_path, page(head=json_ld(articleBody=body), body=f"<p>{LEAD}</p>"))
    assert all(text in body_of(article) for text in (LEAD, *REST)) and "<" not in body_of(article)
    assert body_of(article).count(LEAD) == 1


def test_article_body_of_json_ld_is_left_where_the_page_shows_as_much(tmp_path: Path) -> None:
    shown = read_page(tmp_path, page())
    assert (
        read_page(tmp_path, page(head=json_ld(articleBody=" ".join((LEAD, *REST))))).body
        == shown.body
    )


def test_article_in_noscript_is_read_where_the_page_shows_none(tmp_path: Path) -> None:
    assert REST[-1] in body_of(read_page(tmp_path, page(body=f"<noscript>{PROSE}</noscript>")))


def test_noscript_beside_an_article_is_no_text(tmp_path: Path) -> None:
    article = read_page(
        tmp_path,
        page(body=f"{PROSE}<noscript><p>Please enable scripts to see comments.</p></noscript>"),
    )
    assert "enable scripts" not in article.text


# Live blogs

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
