"""Web pages of an invented outlet for the tests, and what is read from them."""

from __future__ import annotations

import json
from pathlib import Path

from index.article import Article
from tests.test_reading import bodies, read_one

HEADLINE = "Ferry line to Tolsund opens after nine years"
LEAD = "The ferry line between Hamvik and Tolsund opened on Monday, the port authority said."
REST = (
    "It had been planned for nine years, and it cost twice what the council had agreed to pay.",
    "Two boats cross the sound each hour, and a third will follow when its engines are tested.",
    "Fishermen in Tolsund said that they had lost their best grounds to the new harbour wall.",
)
PROSE = "".join(f"<p>{text}</p>" for text in (LEAD, *REST))


def page(
    head: str = "", top: str = "", body: str = PROSE, title: str = f"<h1>{HEADLINE}</h1>"
) -> str:
    article = f"<article>{title}{top}{body}</article>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{article}</body></html>"


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


def script(content: object) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return f'<script type="application/ld+json">{text}</script>'


def json_ld(**item: object) -> str:
    return script({"@type": "NewsArticle", "headline": HEADLINE, **item})


def canonical(address: str) -> str:
    return f'<link rel="canonical" href="{address}">'


def read_page(tmp_path: Path, content: str | bytes) -> Article:
    return read_one(tmp_path, "a.html", content)


def body_of(article: Article) -> str:
    return "\n".join(bodies(article))
