"""The page for everybody: what axe-core finds in each main state, in light and dark, at desk and phone width."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import OPENING, QUESTION, ask, lacking, open_page, serving
from tests.fakes import open_samples

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = f"axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}})"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with open_samples(tmp_path_factory.mktemp("axe")) as assistant, serving(assistant) as url:
        assistant.status()  # reads the samples: on a busy machine that takes longer than a page is waited for
        yield url


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        lacking("needs axe-playwright-python (it comes with the extra `test`)")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def serious(page: Page, axe: str) -> list[tuple[str, str]]:
    """(rule, first element) of each violation that is serious or critical."""
    page.evaluate(f"() => {{ {axe} }}")  # the inspector's own way in: the page's policy stays in force
    found: dict[str, Any] = page.evaluate(RUN)
    assert found["passes"]
    worst = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [(each["id"], json.dumps(each["nodes"][0]["html"])[:300]) for each in worst]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_state_of_the_page_has_a_serious_violation(
    browser: Browser, address: str, axe: str, scheme: Any, width: int
) -> None:
    viewport = {"width": width, "height": 844}
    with open_page(browser, address, viewport=viewport, color_scheme=scheme) as page:
        expect(page.locator(".examples button").first).to_be_visible()
        assert serious(page, axe) == [], "welcome"
        ask(page, QUESTION)
        page.get_by_text("Trace", exact=True).click()
        page.locator("#limits-button").click()
        expect(page.locator(".passages .line").first).to_be_visible()
        assert serious(page, axe) == [], "answer"
        page.locator(".chip").first.click()
        expect(page.locator("#source mark").first).to_be_visible()
        assert serious(page, axe) == [], "source"
        page.keyboard.press("Escape")
        ask(page, OPENING)
        page.locator(".more summary").click()
        assert serious(page, axe) == [], "more"
        ask(page, "Who won the 2022 football World Cup?")
        assert serious(page, axe) == [], "refusal"
        page.keyboard.press("Alt+a")
        expect(page.locator(".rows .line").first).to_be_visible()
        assert serious(page, axe) == [], "articles"
        page.keyboard.press("Escape")
        page.locator("#privacy").click()
        assert serious(page, axe) == [], "model"
