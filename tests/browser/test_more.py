"""What else the articles say: folded below an answer, opened like a footnote, kept with the conversation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.site import DESK, OPENING, PHONE, ask, open_page, serving
from tests.fakes import open_samples

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_samples(tmp_path_factory.mktemp("more")) as assistant, serving(assistant) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with open_page(browser, address) as page:
        yield page


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_else_the_articles_say_is_folded_and_opens_at_its_words_by_keyboard(
    page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    ask(page, OPENING)
    more, lines = page.locator(".more"), page.locator(".more .line")
    expect(lines.first).to_be_hidden()
    more.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(lines.first).to_be_visible()
    expect(more.locator("summary")).to_have_text(f"More from the articles ({lines.count()})")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#source .place")).to_have_text(f"Sentence 1 of {lines.count()}")
    expect(page.locator("#source mark").first).to_be_in_viewport()
    expect(lines.first.locator("q")).to_have_text(page.locator("#source mark").first.inner_text())
    page.keyboard.press("Escape")
    expect(lines.first).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_else_the_articles_say_is_kept_and_a_conversation_kept_without_it_is_shown(page: Page) -> None:
    ask(page, OPENING)
    page.reload()
    page.locator(".more summary").click()
    page.locator(".more .line").first.click()
    expect(page.locator("#source mark").first).to_be_in_viewport()
    page.evaluate("""() => {
      const kept = JSON.parse(localStorage.getItem("footnote.conversations"));
      delete kept[0].turns[0].answer.more;
      localStorage.setItem("footnote.conversations", JSON.stringify(kept));
    }""")
    page.reload()
    expect(page.locator(".chip").first).to_be_visible()
    expect(page.locator(".more")).to_have_count(0)
    ask(page, "And in August 2023?")
