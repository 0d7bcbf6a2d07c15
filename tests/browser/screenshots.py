"""Takes the pictures of the page in docs/screenshots: `python -m tests.browser.screenshots`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from rag.assistant import Assistant
from tests.browser.site import chromium, serving

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
QUESTION = "How much will the container terminal at Skellmouth cost?"


def main() -> None:
    """Ask the sample articles one question, open a source of the answer, and keep the picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as nowhere,
        Assistant.open(Path(nowhere) / "store") as assistant,
        serving(assistant) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.goto(address)
        _answer(page)
        page.screenshot(path=PICTURES / "answer.png")
        browser.close()


def _answer(page: Page) -> None:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    page.locator("#chat .answer p a.cite").nth(1).click()
    expect(page.locator("#source mark").first).to_be_in_viewport()
    page.mouse.move(0, 0)
    page.get_by_label("Your question").focus()


if __name__ == "__main__":
    main()
