"""A source that has pages, in a real browser: its number stands with it, and its file opens there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rag.assistant import Assistant
from tests.browser.site import ask, open_page, serving
from tests.browser.test_page import PHONE
from tests.fakes import write
from tests.test_pages import LINES, drawn, lines

pytestmark = pytest.mark.browser


def test_a_source_with_pages_names_the_page_and_its_file_opens_there(browser: Browser, tmp_path: Path) -> None:
    head = [(72.0, 30.0, "CORROW TRUST")]
    minutes = [f"Line {number} of the minutes is about the weir." for number in range(30)]
    write(tmp_path / "news", {"mill.pdf": drawn([*head, *lines(minutes)], [*head, *lines(LINES)])})
    with Assistant.open(tmp_path / "store") as assistant, serving(assistant) as url:
        assistant.sync(tmp_path / "news")
        with open_page(browser, url, viewport=PHONE) as page:
            ask(page, "Who bought the tide mill at Corrow?")
            expect(page.locator(".footnotes li").first).to_contain_text("mill.pdf · page 2")
            page.locator(".chip").first.click()
            expect(page.locator("#source .links")).to_contain_text("page 2")
            link = page.get_by_role("link", name="Open the file")
            assert str(link.get_attribute("href")).endswith("mill.pdf#page=2")
