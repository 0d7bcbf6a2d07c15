"""The article of a page: what is none, and what only a script would show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import LEAD, PROSE, REST, body_of, json_ld, meta, page, read_page
from tests.test_reading import reason

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
        "“You have reached your limit,” the captain told the crew, and the boat turned back.",
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
        ("The Post", "Please enable JS and disable any ad blocker"),
        ("post.example", "Checking your browser before accessing post.example."),
        ("The Post", "Our systems have detected unusual traffic from your network."),
        (
            "503 Service Unavailable",
            "The server is too busy at the moment. Please come back later.",
        ),
    ],
)
def test_page_that_only_refuses_is_reported_as_no_article(
    tmp_path: Path, title: str, text: str
) -> None:
    source = page(head=f"<title>{title}</title>", title=f"<h1>{title}</h1>", body=f"<p>{text}</p>")
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


@pytest.mark.parametrize(
    "source",
    [
        page(head=meta("author", "Ann " * 20_000)),
        page(body=PROSE + '<div class="comment"><time datetime="2021-05-03">x</time>' * 1500),
        page(head=f"<title>{'x - ' * 5000}</title>"),
        page(head='<script type="application/ld+json">{"author": [' + "{ " * 30_000 + "</script>"),
    ],
    ids=["author", "comments", "title", "json-ld"],
)
@pytest.mark.timeout(60)
def test_page_made_to_be_slow_is_read_all_the_same(tmp_path: Path, source: str) -> None:
    assert LEAD in body_of(read_page(tmp_path, source))
