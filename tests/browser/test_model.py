"""With a language model, played by a scripted server: chosen on the page, streamed, and as harmless as the articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import QUESTION, ask, open_page, serving
from tests.fakes import open_samples
from tests.model_server import ModelServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with open_samples(tmp_path) as assistant, serving(assistant) as url, open_page(browser, url) as page:
        yield page


def choose(page: Page, model: ModelServer, name: str) -> None:
    expect(page.locator(".examples button").first).to_be_visible()
    page.locator("#privacy").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Address").fill(model.base_url)
    page.get_by_role("button", name="Use this model").click()
    expect(page.locator("#privacy")).to_contain_text(f"{name} · passages are sent to 127.0.0.1")


def test_a_model_is_chosen_streams_checked_sentences_and_is_left_again(page: Page, model: ModelServer) -> None:
    expect(page.locator("#privacy")).to_have_text("Offline · nothing leaves this machine")
    choose(page, model, "slow-20")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".chip").first).to_be_visible(timeout=20_000)
    expect(page.locator("#stop")).to_be_visible()  # more is to come
    expect(page.locator(".actions")).to_be_visible(timeout=20_000)
    page.locator("#privacy").click()
    page.get_by_role("button", name="Use no model").click()
    expect(page.locator("#privacy")).to_have_text("Offline · nothing leaves this machine")


def test_what_a_model_says_without_ground_is_marked_or_left_out_and_the_note_says_why(
    page: Page, model: ModelServer
) -> None:
    choose(page, model, "mixed")
    ask(page, QUESTION)
    expect(page.locator(".note").first).to_be_visible()
    page.locator(".note summary").first.click()
    expect(page.locator(".note .why").first).to_be_visible()


def test_a_models_images_and_links_are_words(page: Page, model: ModelServer) -> None:
    choose(page, model, "images-and-links")
    before = len(model.requests())
    ask(page, QUESTION)
    assert page.locator("#log :is(img, a, iframe, script)").count() == 0
    assert {request.path for request in model.requests()[before:]} == {"/v1/chat/completions"}
