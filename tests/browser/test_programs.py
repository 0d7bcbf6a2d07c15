"""What programs send people to: an article at the exact words, and the page of routes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import QUESTION, open_page, serving
from tests.fakes import open_samples

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_samples(tmp_path_factory.mktemp("programs")) as assistant, serving(assistant, with_page=False) as url:
        yield url


def test_a_footnote_s_link_opens_the_article_at_the_words(browser: Browser, address: str) -> None:
    sent = {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}
    said = httpx.post(f"{address}v1/chat/completions", json=sent, timeout=60).json()["choices"][0]["message"]
    link = said["annotations"][0]["url_citation"]["url"]
    with open_page(browser, address) as page:
        page.goto(link)
        expect(page.locator("mark")).to_be_in_viewport()
        expect(page.locator("mark")).to_contain_text("Soleimani")
        expect(page).to_have_title(re.compile(r"Soleimani .* · Footnote"))
        page.goto(link.replace("words=", "words=0"))
        expect(page.get_by_text("This article has changed since it was quoted.")).to_be_visible()
        expect(page.locator("mark")).to_have_count(0)


def test_the_page_of_routes_is_drawn_from_here_alone(browser: Browser, address: str) -> None:
    with open_page(browser, address) as page:
        expect(page.get_by_role("heading", name="POST /api/v1/ask")).to_be_visible()
        expect(page.get_by_text("server-sent events")).to_be_visible()
        expect(page.get_by_role("heading", name="POST /v1/responses")).to_be_visible()
