"""Conversations are kept whatever the reader does meanwhile: leaves, reloads, goes back, works in two tabs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import QUESTION, ask, open_page, serving
from tests.browser.test_stopping import TERMINAL
from tests.fakes import open_samples

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_samples(tmp_path_factory.mktemp("kept")) as assistant, serving(assistant) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with open_page(browser, address) as page:
        yield page


def asking(page: Page) -> None:
    """Asks, and holds the question back on its way to the server."""
    page.route("**/gradio_api/call/ask", lambda _: None)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    page.unroute("**/gradio_api/call/ask")


def test_a_conversation_left_while_it_is_answered_keeps_its_question(page: Page) -> None:
    asking(page)
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.locator("#conversations .title")).to_have_text([QUESTION])
    page.locator("#conversations .title").click()
    expect(page.locator(".problem")).to_contain_text("Stopped.")


def test_a_conversation_deleted_while_it_is_answered_stays_deleted(page: Page) -> None:
    asking(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#conversations li").hover()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#conversations .hint")).to_be_visible()
    ask(page, TERMINAL)
    expect(page.locator("#conversations .title")).to_have_text([TERMINAL])


def test_a_page_loaded_again_shows_the_same_conversation_and_can_ask_what_it_left(page: Page) -> None:
    ask(page, QUESTION)
    page.reload()
    expect(page.locator(".answer")).to_contain_text("Qassem Soleimani")
    page.get_by_role("button", name="New conversation").first.click()
    asking(page)
    page.reload()
    page.locator(".problem").get_by_role("button", name="Ask again").click()
    expect(page.locator(".answer")).to_contain_text("Qassem Soleimani")


def test_back_leads_to_the_conversation_before(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="New conversation").first.click()
    ask(page, TERMINAL)
    page.go_back()
    expect(page.locator(".welcome")).to_be_visible()
    page.go_back()
    expect(page.locator(".question")).to_have_text(QUESTION)
    page.go_forward()
    page.go_forward()
    expect(page.locator(".question")).to_have_text(TERMINAL)


def test_two_tabs_on_one_conversation_lose_no_answer(page: Page, address: str) -> None:
    ask(page, QUESTION)
    other = page.context.new_page()
    other.goto(page.url)
    ask(other, TERMINAL)
    expect(page.locator(".question")).to_have_text([QUESTION, TERMINAL])
    ask(page, "And in August 2023?")
    expect(other.locator(".question")).to_have_count(3)


def test_escape_leaves_a_name_as_it_was(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("#conversations li").hover()
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name of the conversation").fill("Commanders")
    page.keyboard.press("Escape")
    expect(page.locator("#conversations .title")).to_have_text(QUESTION)


def test_what_is_shown_under_limits_says_so_and_all_articles_are_one_click_away(page: Page) -> None:
    page.get_by_role("button", name="All articles").click()
    page.get_by_label("Publisher").select_option("The Skellmouth Ledger")
    ask(page, QUESTION)
    expect(page.locator(".refused")).to_be_visible()
    expect(page.locator(".understood")).to_have_text("Only The Skellmouth Ledger")
    page.get_by_role("button", name="Ask all articles").click()
    expect(page.locator(".answer")).to_contain_text("Qassem Soleimani")
    expect(page.locator("#limits-button")).to_have_text("All articles")


def test_a_question_too_long_for_the_box_is_said_to_be_cut(page: Page) -> None:
    page.get_by_label("Your question").fill("x" * 2000)
    expect(page.get_by_role("alert")).to_contain_text("2,000 characters")


def test_a_folder_being_read_is_seen_wherever_the_reader_goes(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(200):
        lamps = [f"Lamp {number}.{part} stands on Quarrel Rock, and keeper {part} lit it." for part in range(9)]
        (folder / f"{number}.txt").write_text("\n\n".join((f"Lamp {number}", *lamps)), encoding="utf-8")
    with open_samples(tmp_path) as own, serving(own) as url, open_page(browser, url) as page:
        page.locator("#library-button").click()
        page.get_by_label("Add a folder").fill(str(folder))
        page.get_by_label("Add a folder").press("Enter")
        page.keyboard.press("Escape")
        expect(page.locator("#status")).to_contain_text("of 200")
        page.locator("#library-button").click()
        expect(page.locator("progress")).to_be_visible()
        expect(page.locator(".told")).to_contain_text("200 added", timeout=60_000)
        expect(page.locator("#status")).to_contain_text("200 articles")
