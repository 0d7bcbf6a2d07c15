"""Questions about the articles themselves in a real browser: the articles that they name open."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rag.assistant import SAMPLE_FOLDER, Assistant
from tests.browser.site import DESK, ask, open_page, serving

pytestmark = pytest.mark.browser


def test_a_question_about_the_articles_names_articles_that_open(browser: Browser, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(SAMPLE_FOLDER)
        with serving(assistant) as address, open_page(browser, address, viewport=DESK) as page:
            ask(page, "hi")
            page.get_by_role("button", name="What are these articles about?").click()
            answer = page.locator(".turn").last.locator(".answer:not(.refused)")
            expect(answer).to_contain_text("There are 23 articles", timeout=20_000)
            expect(answer.locator("h3")).to_have_text("Articles")
            answer.locator(".line").first.click()
            mark = page.locator("#source mark").first
            expect(mark).to_be_in_viewport()
            expect(mark).to_contain_text("Iraqi armed groups close to Iran stopped attacking")
            expect(page.get_by_text("What it did")).to_have_count(0)
