"""The page in a real browser, over real articles: asking, opening sources, refusing, and staying harmless."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from rag.assistant import Assistant
from tests.browser.site import HOSTILE_QUESTION, chromium, hostile_folder, serving

pytestmark = pytest.mark.browser

QUESTION = "Who commanded the Quds Force in September 2019?"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    with Assistant.open(folder / "store") as assistant:
        assistant.sync(hostile_folder(folder / "articles"))
        with serving(assistant) as url:
            yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page at desk size. Whatever a test does, nothing may be asked of another host."""
    with browser.new_context(viewport=DESK, reduced_motion="reduce") as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        yield page
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#chat .question").last).to_have_text(question)
    expect(page.locator("#chat .answer").last).to_be_visible(timeout=20_000)


def test_an_answer_shows_sentences_with_numbered_footnotes(page: Page) -> None:
    ask(page, QUESTION)
    answer = page.locator("#chat .answer")
    expect(answer).to_contain_text("Qassem Soleimani commanded the Quds Force")
    expect(answer.locator("p a.cite").first).to_have_text("footnote 1")
    expect(answer.locator(".footnotes li").first).to_contain_text("pmoi-mek-2019-09-21.txt")


def test_a_footnote_opens_its_article_at_the_marked_words(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("#chat .answer p a.cite").first.click()
    mark = page.locator("#source mark").first
    expect(mark).to_be_in_viewport()
    expect(mark).to_contain_text("Qassem Soleimani commanded the Quds Force")
    expect(page.locator("#source")).to_contain_text("Orient TV")  # the end of the same article


def test_escape_closes_the_source_and_gives_the_focus_back(page: Page) -> None:
    ask(page, QUESTION)
    chip = page.locator("#chat .answer p a.cite").first
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source .title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(chip).to_be_focused()


def test_the_next_source_is_one_click_away(page: Page) -> None:
    ask(page, "How much will the container terminal at Skellmouth cost?")
    page.locator("#chat .footnotes a").first.click()
    expect(page.locator("#source .place")).to_contain_text("Source 1 of")
    page.get_by_title("Next source").click()
    expect(page.locator("#source .place")).to_contain_text("Source 2 of")
    expect(page.locator("#source mark").first).to_be_in_viewport()


def test_a_refusal_looks_like_one_and_its_closest_words_open(page: Page) -> None:
    ask(page, "Who won the 2022 football World Cup?")
    refusal = page.locator("#chat .answer.refused")
    expect(refusal.locator(".refusal")).to_contain_text("The articles do not answer this")
    refusal.locator("a.cite").first.click()
    expect(page.locator("#source mark").first).to_be_in_viewport()


def test_an_example_question_asks_itself(page: Page) -> None:
    page.locator("#chat .example").first.click()
    expect(page.locator("#chat .answer")).to_be_visible(timeout=20_000)


def test_a_follow_up_is_understood_after_the_turn_before(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "And in August 2023?")
    expect(page.locator("#chat .answer")).to_have_count(2, timeout=20_000)
    expect(page.locator("#chat .answer").last).to_contain_text("Interpreted as")


def test_another_session_sees_nothing_of_the_conversation(page: Page, browser: Browser, address: str) -> None:
    ask(page, QUESTION)
    with browser.new_context() as other:
        stranger = other.new_page()
        stranger.goto(address)
        expect(stranger.locator("#chat .example").first).to_be_visible(timeout=20_000)
        expect(stranger.locator("#chat .answer")).to_have_count(0)


def test_a_new_conversation_starts_empty(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("#chat .footnotes a").first.click()
    expect(page.locator("#source")).to_be_visible()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .answer")).to_have_count(0)
    expect(page.locator("#source")).to_be_hidden()


def test_on_a_phone_the_source_covers_the_lower_part(page: Page) -> None:
    page.set_viewport_size(PHONE)
    ask(page, QUESTION)
    page.locator("#chat .answer p a.cite").first.click()
    expect(page.locator("#source mark").first).to_be_in_viewport()
    box = page.locator("#source").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    assert box["y"] > PHONE["height"] / 4
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_hostile_article_is_only_text(page: Page) -> None:
    page.evaluate("void (window.hacked = () => { window.wasHacked = true; })")
    ask(page, HOSTILE_QUESTION)
    expect(page.locator("#chat .answer")).to_contain_text("<script>hacked()</script>")
    page.locator("#chat .answer p a.cite").first.click()
    expect(page.locator("#source mark").first).to_contain_text("![b](http://evil.example/b.png)")
    for place in ("#chat .message-content", "#source"):
        assert page.locator(f"{place} :is(script, img, iframe, style, a:not([href^='#']), .katex, svg)").count() == 0
    assert page.evaluate("window.wasHacked") is None


def test_a_message_is_not_read_aloud_as_its_html(page: Page) -> None:
    ask(page, QUESTION)
    labels = page.locator("#chat [aria-label]").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert [label for label in labels if "<" in label] == []
