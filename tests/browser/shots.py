"""Takes the pictures of the page in docs/screenshots: `python -m tests.browser.shots [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.browser.site import ARGUMENTS, QUESTION, ask, chromium, open_page, serving
from tests.fakes import open_samples

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
TERMINAL = "How much will the container terminal at Skellmouth cost?"
WIDTHS: dict[str, ViewportSize] = {
    "1280": {"width": 1280, "height": 800},
    "390": {"width": 390, "height": 844},
}
LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(folder: Path = PICTURES) -> None:
    """Keep a picture of each main state of the page over the sample articles, at both widths, some in dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as nowhere, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, viewport in WIDTHS.items():
            for look in LOOKS:
                with (
                    open_samples(Path(nowhere)) as assistant,
                    serving(assistant) as address,
                    open_page(browser, address, viewport=viewport, color_scheme=look) as page,
                ):
                    _walk(page, folder, f"{name}-{look}", is_whole=look == "light")
        browser.close()


def _walk(page: Page, folder: Path, name: str, *, is_whole: bool) -> None:
    def keep(state: str) -> None:
        page.mouse.move(0, 0)
        page.screenshot(path=folder / f"{state}-{name}.png")

    expect(page.locator(".examples button").first).to_be_visible()
    if is_whole:
        keep("welcome")
    ask(page, QUESTION)
    page.get_by_role("button", name="New conversation").locator("visible=true").click()
    ask(page, TERMINAL)
    if is_whole:
        keep("answer")
    page.locator(".chip").nth(1).click()
    expect(page.locator("#source mark").first).to_be_in_viewport()
    keep("source")
    page.keyboard.press("Escape")
    if is_whole:
        _rest(page, keep)


def _rest(page: Page, keep: Callable[[str], None]) -> None:
    page.get_by_text("Trace", exact=True).click()
    expect(page.locator(".passages .line").first).to_be_visible()
    page.locator(".did").evaluate("one => one.scrollIntoView({block: 'start'})")
    keep("trace")
    page.get_by_role("button", name="All articles").click()
    page.get_by_label("As of", exact=True).fill("2021-12-31")
    page.get_by_label("As of", exact=True).blur()
    ask(page, "Who won the 2022 football World Cup?")
    keep("refusal")
    page.keyboard.press("Alt+a")
    expect(page.locator(".rows .line").first).to_be_visible()
    keep("articles")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
