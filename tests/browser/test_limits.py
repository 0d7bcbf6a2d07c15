"""The page's limits by folder, file or pattern: chosen, kept, told, and widened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from rag.assistant import Assistant
from tests.browser.site import DESK, PHONE, ask, open_page, serving
from tests.fakes import write


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("limits")
    for folder, who in (("reports", "Ada Quill"), ("minutes", "Ben Orr")):
        text = f"The ferry Osprey in {folder}\n\nThe ferry Osprey was built by {who} in Port Sable, the yard said.\n"
        write(place / "news", {f"{folder}/ferry.txt": text})
    with Assistant.open(place / "store") as assistant:
        assistant.sync(place / "news")
        with serving(assistant) as url:
            yield url


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_question_is_asked_of_the_files_chosen(size: ViewportSize, browser: Browser, address: str) -> None:
    with open_page(browser, address, viewport=size) as page:
        page.locator("#limits-button").click()
        files = page.get_by_label("Files", exact=True)
        files.fill("minutes/*")
        expect(page.locator("#only-why")).to_be_visible()
        files.press("Tab")
        expect(page.locator("#limits-button")).to_contain_text("in minutes/*")
        ask(page, "Who built the ferry Osprey?")
        expect(page.locator(".answer")).to_contain_text("Ben Orr")
        expect(page.locator(".answer")).not_to_contain_text("Ada Quill")
        expect(page.locator(".understood")).to_contain_text("in minutes/*")
        page.reload()
        expect(page.locator("#limits-button")).to_contain_text("in minutes/*")
        page.locator("#limits-button").click()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.get_by_label("Files", exact=True).fill("letters, reports")
        page.get_by_label("Files", exact=True).press("Tab")
        page.get_by_label("Your question").fill("Who built the ferry Osprey?")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".problem")).to_contain_text("No article matches 'letters'")
        expect(page.locator(".problem")).to_contain_text("reports/")
