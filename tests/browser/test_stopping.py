"""Stopping an answer that is under way, and what the page says when the server is busy or gone."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from rag.answer import Answer, Shown
from rag.assistant import Assistant
from tests.browser.site import open_page, serving

pytestmark = pytest.mark.browser
TERMINAL = "How much will the container terminal at Skellmouth cost?"


class Halting(Assistant):
    """Holds each answer back after its first sentence until `go` is set, as a slow model would."""

    go: Event

    def _stream(self, *asked: Any) -> Iterator[Shown | Answer]:
        for event in super()._stream(*asked):
            yield event
            self.go.wait(10)


@pytest.fixture
def halting() -> Iterator[Halting]:
    with Halting.open() as assistant:  # of the samples: the data folder of a test is empty
        assert isinstance(assistant, Halting)
        assistant.go = Event()
        yield assistant
        assistant.go.set()


def test_a_sentence_is_shown_before_the_answer_is_whole_and_stop_keeps_it(browser: Browser, halting: Halting) -> None:
    with serving(halting) as url, open_page(browser, url) as page:
        page.get_by_label("Your question").fill(TERMINAL)
        page.keyboard.press("Enter")
        expect(page.locator(".chip")).to_have_count(1)
        expect(page.get_by_role("button", name="Send")).to_be_hidden()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("button", name="Send")).to_be_visible()
        page.get_by_text("The answer is incomplete").click()
        expect(page.get_by_text("You stopped this answer.")).to_be_visible()
        expect(page.locator(".chip")).to_have_count(1)
        halting.go.set()
        page.get_by_role("button", name="Ask again").click()
        whole = len(halting.ask(TERMINAL).citations)
        assert whole > 1
        expect(page.locator(".chip")).to_have_count(whole)


def test_a_busy_server_is_said_in_words_and_the_question_is_kept(browser: Browser, halting: Halting) -> None:
    halting.go.set()
    with serving(halting) as url, open_page(browser, url) as page:
        page.route("**/gradio_api/call/ask", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
        page.get_by_label("Your question").fill(TERMINAL)
        page.keyboard.press("Enter")
        expect(page.locator(".problem")).to_contain_text("Too many people are asking")
        page.unroute("**/gradio_api/call/ask")
        page.locator(".problem").get_by_role("button", name="Ask again").click()
        expect(page.locator(".actions")).to_be_visible()


def test_a_server_that_is_gone_is_said_in_words(browser: Browser, halting: Halting) -> None:
    with serving(halting) as url, open_page(browser, url) as page:
        page.route("**/gradio_api/**", lambda route: route.abort())
        page.get_by_label("Your question").fill(TERMINAL)
        page.keyboard.press("Enter")
        expect(page.locator(".problem")).to_contain_text("The server is not responding")
        expect(page.locator(".question")).to_have_text(TERMINAL)
