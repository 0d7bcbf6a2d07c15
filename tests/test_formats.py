"""Kinds of files: records, web pages, Markdown, broken ones among them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from index.article import KEPT
from tests.test_reading import FIRST, SECOND, TITLE, bodies, read, read_one

# HTML

JSON_LD = """<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "No"}, {"@type":
["NewsArticle"], "headline": "Storm &amp; rain", "datePublished": "2023-08-17T23:30:00-05:00", "author":
[{"name": "Jane Doe"}], "publisher": {"name": "The Daily Post"}, "url": "https://p.example/a"}]}
</script>"""
PAGE = f"""<html><head><title>x</title>{{head}}</head><body><div>Thursday, August 20, 2026</div>
<nav><ul><li><a href="/">Home</a></li><li>Sport</li></ul></nav><h1>{TITLE}</h1><p>By Jane Doe</p><p>August 17, 2023</p>
<article><p>A storm <b>flooded</b> the harbour on&nbsp;Thursday,
 the mayor told reporters.</p><figure>The harbour at dawn on Friday</figure>
<script>bad()</script>
<h2>What is next</h2><ul><li>More rain is expected</li></ul><p>{SECOND}</p></article>
<aside><p>Related: Another storm that came a year ago</p></aside><footer>© 2023 The Daily Post</footer></body></html>"""


def test_page_gives_its_visible_text_and_its_article_as_body(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.html", PAGE.replace("{head}", ""))
    whole = "\n".join(bodies(article))
    assert article.encoding == KEPT and "bad()" not in article.text and "Home" in article.text.splitlines()
    assert all(words in whole for words in (FIRST, "What is next", "More rain is expected", SECOND))
    assert not any(words in whole for words in (TITLE, "Home", "Jane Doe", "at dawn", "Related", "©", "2026"))


def test_page_without_metadata_is_read_from_its_lines(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.html", PAGE.replace("{head}", ""))
    assert (article.title, article.author) == (TITLE, "Jane Doe")
    assert (article.published, article.published_from) == ("2023-08-17", "byline")


def test_page_declares_its_metadata_in_json_ld(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.htm", PAGE.replace("{head}", JSON_LD))
    assert (article.title, article.publisher, article.author) == (TITLE, "The Daily Post", "Jane Doe")
    assert (article.published, article.published_from) == ("2023-08-17", "json-ld")
    assert article.url == "https://p.example/a"


def test_page_declares_its_metadata_in_meta_tags(tmp_path: Path) -> None:
    head = """<meta property="og:title" content="T &amp; U"><meta property="og:site_name" content="The Daily Post">
    <meta property="article:published_time" content="2023-08-16T10:00:00Z"><link rel="canonical" href="https://p/a">
    <meta property="article:modified_time" content="2024-01-01"><meta name="author" content="Ann Roe">"""
    article = read_one(tmp_path, "a.html", PAGE.replace("{head}", head))
    assert (article.title, article.publisher) == (TITLE, "The Daily Post")
    assert article.author == "Jane Doe"  # whom the page shows, and not whom its metadata has
    assert (article.published, article.published_from, article.url) == ("2023-08-16", "meta", "https://p/a")


def test_hidden_parts_of_a_page_are_no_text(tmp_path: Path) -> None:
    page = f'<p>{FIRST}</p><div style="display: none">No</div>\x01<p hidden>No</p><!-- No -->&#1;<p>{SECOND}</p>'
    assert read_one(tmp_path, "a.html", page).text == f"{FIRST}\n{SECOND}"


@pytest.mark.parametrize(
    "junk",
    ["<<<>>>", "<html><body></body></html>", "<div>" * 3000, "<!-- ", "<?xml version='1.0' encoding='x'?>", "&#xd800;"]
    + ['<script type="application/ld+json">' + '{"@graph":' * 900 + "1" + "}" * 900 + "</script>"],
)
def test_junk_in_a_page_is_skipped_without_an_exception(tmp_path: Path, junk: str) -> None:
    articles, skipped = read(tmp_path, "a.html", junk)
    assert len(articles) + len(skipped) == 1


# Markdown

MARKDOWN = f"""---
title: "Storm: the story"
date: 2023-08-17
author: [Jane Doe, 'Jim Poe']
publisher: The Daily Post
---

# {TITLE}

![harbour](a.png)

A storm flooded [the harbour](https://p.example) on **Thursday**.

## What is next

[Home](/) | [News](/n)

{SECOND}
"""


def test_markdown_keeps_its_text_and_leaves_markup_lines_out_of_the_body(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.md", MARKDOWN)
    assert article.text == MARKDOWN and article.encoding == "utf-8"
    assert bodies(article) == ["A storm flooded [the harbour](https://p.example) on **Thursday**.", SECOND]


def test_front_matter_is_metadata(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.md", MARKDOWN)
    assert (article.title, article.publisher, article.author) == (
        "Storm: the story",
        "The Daily Post",
        "Jane Doe, Jim Poe",
    )
    assert (article.published, article.published_from) == ("2023-08-17", "front matter")


@pytest.mark.parametrize(
    "block",
    [
        '+++\ntitle = "Ice: a story"\ndate = 2024-03-05T08:00:00+01:00\nauthor = "Ann Roe"\n+++',
        '+++\ntitle = "Ice: a story"\ndate = 2024-03-05\n[params]\nauthor = "Ann Roe"\n+++',
        "+++\ntitle = 'Ice: a story'\npublishDate = 2024-03-05\nauthors = ['Ann Roe']\n+++",
        '---\ntitle: "Ice: a story"\ndate: 2024-03-05 23:30:00 -0500\nauthors:\n- name: Ann Roe\n  url: x\n---',
        '---\ntitle: "Ice: a story"\npublished: 2024-03-05\ncreated: 2024-06-01\nauthor:\n  - "[[Ann Roe]]"\n---',
        "---\nlayout: post\ntitle: >-\n  Ice:\n  a story\ndate: 5 March 2024\nauthor: {name: Ann Roe}\n---",
        "---\npublished: true\ntitle: 'Ice: a story'\ndate: '2024-03-05'\nauthor: [[people/ann|Ann Roe]]\n---",
        "---\ntitle: Ice: a story\ndate: 2024-03-05\nauthor: Ann Roe\n---",  # no YAML, and often met
    ],
)
def test_front_matter_is_read_as_it_is_written(tmp_path: Path, block: str) -> None:
    article = read_one(tmp_path, "a.md", f"{block}\n\n{FIRST}\n")
    assert (article.title, article.author, article.published) == ("Ice: a story", "Ann Roe", "2024-03-05")
    assert bodies(article) == [FIRST]


def test_address_of_the_source_is_the_articles_address(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.md", f"---\nsource: https://p.example/ice\ncreated: 2024-03-05\n---\n\n{FIRST}\n")
    assert (article.url, article.publisher, article.published) == ("https://p.example/ice", "p.example", None)


@pytest.mark.parametrize("block", ["---\n- a\n- b\n---", "---\na: [\n---", "+++\nx\n+++", "---\n---"])
def test_odd_front_matter_says_nothing(tmp_path: Path, block: str) -> None:
    article = read_one(tmp_path, "a.md", f"{block}\n\n{FIRST}\n")
    assert (article.author, article.published, bodies(article)) == (None, None, [FIRST])


def test_prose_between_two_rules_is_no_front_matter(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.md", f"---\n\n{FIRST}\n\n---\n\nThe ferry stayed in port.\n")
    assert FIRST in bodies(article)[0]


def test_front_matter_may_have_windows_line_ends_and_lists(tmp_path: Path) -> None:
    head = f"---\ntitle: {TITLE}\nauthors:\n  - Jane Doe\n  - Jim Poe\ndate: 2023-08-17\n---\n\n{FIRST}\n"
    article = read_one(tmp_path, "a.md", head.replace("\n", "\r\n"))
    assert (article.title, article.author, article.published) == (TITLE, "Jane Doe, Jim Poe", "2023-08-17")
    assert bodies(article) == [FIRST]


def test_first_heading_of_markdown_is_its_title(tmp_path: Path) -> None:
    assert read_one(tmp_path, "a.md", f"# Storm *floods* [Bodo](x)\n\n{FIRST}\n").title == "Storm floods Bodo"


def word_file(*paragraphs: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    text = "".join(f"<w:p><w:r><w:t>{paragraph}</w:t></w:r></w:p>" for paragraph in paragraphs)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{namespace}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{namespace}/package/2006/relationships"><Relationship Id="a" '
        f'Type="{namespace}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": f'<w:document xmlns:w="{namespace}/wordprocessingml/2006/main"><w:body>{text}</w:body>'
        "</w:document>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return packed.getvalue()


def pdf_file(*lines: str) -> bytes:
    stream = "BT /F 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    text, places = "%PDF-1.4\n", ["0000000000 65535 f "]
    for number, content in enumerate(objects, start=1):
        places.append(f"{len(text):010} 00000 n ")
        text += f"{number} 0 obj\n{content}\nendobj\n"
    table = "\n".join(places)
    end = f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF"
    return f"{text}xref\n0 6\n{table}\n{end}".encode()
