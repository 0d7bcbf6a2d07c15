"""The page in a real browser, over real articles: asking, opening sources, refusing, keeping, changing one's mind."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.assistant import SAMPLE_FOLDER, Assistant
from rag.checkup import verify_export
from rag.web.guard import Access
from tests.browser.site import DESK, PHONE, QUESTION, ask, open_page, serving
from tests.browser.test_stopping import TERMINAL
from tests.fakes import open_samples

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(tmp_path_factory.mktemp("page") / "store") as opened:
        opened.sync(SAMPLE_FOLDER)
        yield opened


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant) as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page at desk size. Whatever a test does, nothing may be asked of another host and no script may fail."""
    with open_page(browser, address, viewport=DESK) as page:
        yield page


def test_an_answer_shows_sentences_with_numbered_footnotes(page: Page) -> None:
    ask(page, QUESTION)
    answer = page.locator(".answer")
    expect(answer).to_contain_text("Qassem Soleimani commanded the Quds Force")
    expect(answer.locator(".chip").first).to_have_text("1")
    expect(answer.locator(".footnotes li").first).to_contain_text("pmoi-mek-2019-09-21.txt")


def test_pointing_at_a_footnote_shows_who_says_it_when_and_in_which_words(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".chip").first.hover()
    card = page.locator("#card")
    expect(card).to_contain_text("PMOI/MEK · 21 September 2019")
    expect(card.locator("q")).to_contain_text("Qassem Soleimani commanded")
    page.mouse.move(0, 0)
    expect(card).to_be_hidden()


def test_a_footnote_opens_its_article_at_the_marked_words(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".chip").first.click()
    mark = page.locator("#source mark").first
    expect(mark).to_be_in_viewport()
    expect(mark).to_contain_text("Qassem Soleimani commanded the Quds Force")
    expect(page.locator("#source")).to_contain_text("Orient TV")  # the end of the same article
    expect(page.locator("#source .boilerplate").first).to_be_visible()


def test_the_file_behind_a_source_opens_as_plain_text(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".chip").first.click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the file").click()
    expect(opened.value.locator("body")).to_contain_text("Qassem Soleimani commanded")


def test_the_next_footnote_is_one_key_or_click_away(page: Page) -> None:
    ask(page, TERMINAL)
    page.locator(".footnotes .line").first.click()
    place = page.locator("#source .place")
    expect(place).to_have_text(re.compile("Footnote 1 of"))
    page.get_by_role("button", name="Next footnote").click()
    expect(place).to_have_text(re.compile("Footnote 2 of"))
    expect(page.locator("#source mark").first).to_be_in_viewport()
    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text(re.compile("Footnote 1 of"))


def test_a_refusal_looks_like_one_and_its_closest_words_open(page: Page) -> None:
    ask(page, "Who won the 2022 football World Cup?")
    refusal = page.locator(".answer.refused")
    expect(refusal.locator(".refusal")).to_contain_text("The articles do not answer this")
    refusal.locator(".line").first.click()
    expect(page.locator("#source mark").first).to_be_in_viewport()


def test_an_example_question_asks_itself(page: Page) -> None:
    page.locator(".examples button").first.click()
    expect(page.locator(".turn .actions")).to_be_visible(timeout=20_000)


def test_a_follow_up_is_understood_after_the_turn_before(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "And in August 2023?")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_contain_text("Interpreted as")


def test_a_long_conversation_scrolls_only_itself_and_shows_the_new_question_at_its_top(page: Page) -> None:
    for question in (QUESTION, TERMINAL, QUESTION, TERMINAL):
        ask(page, question)
    top = page.locator(".question").last.bounding_box()
    assert top is not None
    assert top["y"] < 130
    assert page.evaluate("[scrollY, document.body.scrollTop, document.body.scrollHeight - innerHeight]") == [0, 0, 0]


def test_the_page_can_be_used_within_two_seconds(page: Page, address: str) -> None:
    began = time.perf_counter()
    page.goto(address)
    page.get_by_label("Your question").fill("x")
    expect(page.locator(".examples button").first).to_be_visible()
    assert time.perf_counter() - began < 2


def test_a_question_edited_replaces_its_answer(page: Page) -> None:
    ask(page, "Who won the 2022 football World Cup?")
    page.get_by_label("Your question").press("ArrowUp")
    box = page.get_by_label("Edit this question")
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Qassem Soleimani", timeout=20_000)
    expect(page.locator(".turn")).to_have_count(1)


def test_asking_again_keeps_one_answer(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn .actions")).to_have_count(1, timeout=20_000)


def test_what_it_did_shows_the_passages_it_considered_with_scores(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_text("Trace", exact=True).click()
    first = page.locator(".passages .line").first
    expect(first.locator(".score")).to_have_text(re.compile(r"\d\.\d\d"))
    expect(page.locator(".steps")).to_contain_text("Answerable")
    first.click()
    expect(page.locator("#source .place")).to_have_text(re.compile("Passage 1 of"))


def test_an_answer_is_copied_as_markdown_with_its_footnotes(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.locator(".actions button").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1] digests/pmoi-mek-2019-09-21.txt · " in copied


@pytest.mark.parametrize("form", ["Markdown", "HTML", "JSON"])
def test_every_quote_of_an_exported_conversation_stands(
    page: Page, assistant: Assistant, tmp_path: Path, form: str
) -> None:
    ask(page, QUESTION)
    ask(page, TERMINAL)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=form, exact=True).click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    findings = verify_export(assistant, saved)
    assert len(findings) >= 3
    assert all(finding.is_well for finding in findings)


def test_a_conversation_is_kept_renamed_and_deleted(page: Page, address: str) -> None:
    ask(page, QUESTION)
    page.goto(address)
    expect(page.locator(".answer")).to_have_count(0)
    page.locator("#conversations .title").click()
    expect(page.locator(".answer")).to_contain_text("Qassem Soleimani")
    page.locator("#conversations li").hover()
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name of the conversation").fill("Commanders")
    page.keyboard.press("Enter")
    expect(page.locator("#conversations .title")).to_have_text("Commanders")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#conversations li").hover()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#conversations .hint")).to_be_visible()
    expect(page.locator(".welcome")).to_be_visible()


def test_another_browser_sees_nothing_of_the_conversation(page: Page, browser: Browser, address: str) -> None:
    ask(page, QUESTION)
    with open_page(browser, address) as stranger:
        expect(stranger.locator(".examples button").first).to_be_visible()
        expect(stranger.locator(".answer, #conversations .title")).to_have_count(0)


def test_a_thumb_and_its_comment_are_kept_beside_the_index(page: Page, assistant: Assistant) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="Not helpful").click()
    page.get_by_label("Comment").fill("He was <not> alone")
    page.get_by_label("Comment").press("Enter")
    expect(page.locator(".thanks")).to_be_visible()
    lines = assistant.settings.store.with_name("feedback.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1])
    assert (last["liked"], last["comment"], last["answer"]["question"]) == (False, "He was <not> alone", QUESTION)


def test_a_limit_to_a_publisher_and_a_day_holds_for_the_next_question(page: Page) -> None:
    page.get_by_role("button", name="All articles").click()
    page.get_by_label("Publisher").select_option("The Skellmouth Ledger")
    page.get_by_label("As of", exact=True).fill("2021-12-31")
    page.get_by_label("As of", exact=True).blur()
    ask(page, TERMINAL)
    expect(page.locator(".answer")).to_contain_text("240 million")
    expect(page.locator(".answer")).not_to_contain_text("310 million")
    expect(page.locator(".note.as_of")).to_be_visible()
    expect(page.locator("#limits-button")).to_have_text("The Skellmouth Ledger · as of 31 December 2021")


def test_articles_are_searched_and_filtered_and_the_filter_limits_the_chat(page: Page) -> None:
    page.locator("#library-button").click()
    drawer = page.get_by_role("dialog", name="Articles")
    expect(drawer.locator(".found")).to_have_text("23 articles")
    drawer.get_by_label("Search").fill("quds")
    expect(drawer.locator(".rows .line")).to_have_count(1)
    drawer.get_by_label("Search").fill("")
    drawer.get_by_label("Publisher").select_option("Hallow Coast Wire")
    expect(drawer.locator(".found")).not_to_have_text("23 articles")
    drawer.get_by_role("button", name="Limit questions").click()
    expect(drawer).to_be_hidden()
    expect(page.locator("#limits-button")).to_have_text("Hallow Coast Wire")


def test_an_article_of_the_list_opens_beside_the_chat(page: Page) -> None:
    page.locator("#library-button").click()
    page.locator(".rows .line").first.click()
    expect(page.locator("#source .place")).to_have_text("Article")
    expect(page.locator("#source h2")).to_be_focused()


def test_a_folder_is_added_with_what_was_not_read_and_removed(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.txt").write_text("A lamp\n\nIda Venn keeps the lighthouse on Quarrel Rock.\n", encoding="utf-8")
    (folder / "b.txt").write_bytes(b"\x00\x01\x02" * 50)
    with open_samples(tmp_path) as own, serving(own) as url, open_page(browser, url) as page:
        page.get_by_role("button", name="Add a folder of your own").click()
        page.get_by_label("Add a folder").fill(str(folder))
        page.get_by_label("Add a folder").press("Enter")
        expect(page.locator(".told")).to_contain_text("1 added", timeout=30_000)
        expect(page.locator(".root")).to_contain_text("mine")
        page.locator(".skipped summary").click()
        expect(page.locator(".skipped")).to_contain_text("b.txt")
        page.keyboard.press("Escape")
        ask(page, "Who keeps the lighthouse on Quarrel Rock?")
        expect(page.locator(".answer")).to_contain_text("Ida Venn")
        page.locator("#library-button").click()
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Remove mine").click()
        expect(page.locator(".root")).to_have_count(0)


def test_a_folder_that_is_not_there_is_said_in_words(page: Page) -> None:
    page.locator("#library-button").click()
    page.get_by_label("Add a folder").fill("/nowhere/at/all")
    page.get_by_label("Add a folder").press("Enter")
    expect(page.locator(".told")).to_contain_text("/nowhere/at/all")


def test_a_password_opens_the_page_and_the_wrong_one_does_not(browser: Browser, assistant: Assistant) -> None:
    with serving(assistant, access=Access("sesame"), may_change=False) as url, open_page(browser, url) as page:
        page.get_by_label("Password").fill("open")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Wrong password.")
        page.get_by_label("Password").fill("sesame")
        page.keyboard.press("Enter")
        ask(page, QUESTION)
        page.locator("#library-button").click()
        expect(page.locator(".rows .line").first).to_be_visible()
        expect(page.get_by_label("Add a folder")).to_have_count(0)


def test_on_a_phone_the_source_covers_the_lower_part(page: Page) -> None:
    page.set_viewport_size(PHONE)
    ask(page, QUESTION)
    page.locator(".chip").first.click()
    expect(page.locator("#source mark").first).to_be_in_viewport()
    box = page.locator("#source").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    assert box["y"] > PHONE["height"] / 4
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_everything_is_within_reach_of_the_keyboard(page: Page) -> None:
    page.keyboard.type(QUESTION)  # the box has the focus from the start
    page.keyboard.press("Enter")
    expect(page.locator(".actions")).to_be_visible(timeout=20_000)
    page.keyboard.press("Alt+l")
    expect(page.locator("#publisher")).to_be_focused()
    page.keyboard.press("Alt+l")
    chip = page.locator(".chip").first
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(chip).to_be_focused()
    page.keyboard.press("Alt+a")
    expect(page.get_by_role("dialog", name="Articles")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+n")
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.get_by_label("Your question")).to_be_focused()


def test_each_sentence_is_announced_as_it_comes(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator("#live")).to_contain_text("Qassem Soleimani commanded the Quds Force")
    expect(page.locator("#live")).to_contain_text("Answer complete")


def test_the_colours_are_the_readers_choice_and_kept(page: Page) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = paper()
    page.locator("#theme").click()
    page.locator("#theme").click()
    expect(page.locator("#theme")).to_have_text("Dark theme")
    dark = paper()
    page.reload()
    assert paper() == dark != light


def test_asking_an_earlier_question_again_loses_no_answer(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, TERMINAL)
    page.get_by_role("button", name="Ask again").first.click()
    expect(page.locator(".actions")).to_have_count(3, timeout=20_000)
    expect(page.locator(".question").last).to_have_text(QUESTION)
