"""JSON-LD: of the articles that a page describes, its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import HEADLINE, canonical, page, read_page, script

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
    article = read_page(tmp_path, page(head=canonical(ADDRESS) + script(described)))
    assert (article.title, article.published, article.author) == (HEADLINE, "2023-08-17", "Ann Roe")


@pytest.mark.parametrize(
    "described",
    [
        [OTHER, {**OTHER, "headline": "Hail in June"}],
        {"@type": "ItemList", "itemListElement": [OTHER]},
    ],
)
def test_json_ld_of_other_articles_alone_says_nothing(tmp_path: Path, described: object) -> None:
    article = read_page(tmp_path, page(head=script(described)))
    assert (article.published, article.author) == (None, None)
