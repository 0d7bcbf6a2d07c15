"""Whatever articles, file names and answers hold stays words in a browser: no request, dialog, form or overlay."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.assistant import Assistant
from rag.exporting import BEGINS, ENDS, exported
from tests.browser.payloads import payloads
from tests.browser.site import ask, open_page, serving
from tests.fakes import answer

pytestmark = pytest.mark.browser

# What could be seen of an attack that worked: elements that the page never draws, or something over its controls.
FOREIGN = (
    "img, iframe, object, embed, video, audio, base, svg, math, style, marquee, table, link:not([href^='/']), "
    "script:not([src^='/']), form:not(#ask, .adding, .filters, .editing, .comment), a:not([href^='/api/file?'], .skip)"
)
COVERED = """() => ["question", "send", "library-button"].filter((id) => {
  const box = document.getElementById(id).getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return !top.closest("#" + id);
})"""


@pytest.fixture(scope="module")
def sink() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that should hear nothing, and what it heard."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_error(404)

        do_POST = do_HEAD = do_OPTIONS = do_GET

        def log_message(self, *said: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, sink: tuple[str, list[str]]) -> Iterator[Assistant]:
    """An index of an article for each payload, which stands in its file's name, its title and its text."""
    folder = tmp_path_factory.mktemp("safe")
    (folder / "articles").mkdir()
    for number, words in enumerate(payloads(sink[0])):
        name = re.sub(r"[/\x00-\x1f]", "_", words).encode()[:180].decode("utf-8", "ignore")
        text = f"Lamp {number} {words}\n\nIda Venn keeps lamp {number} of Quarrel Rock. {words}\n\nShe says: {words}\n"
        (folder / "articles" / f"{number} {name}.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    with Assistant.open(folder / "store") as opened:
        opened.sync(folder / "articles")
        yield opened


def hostile_turn(words: str) -> dict[str, Any]:
    """A turn as a browser keeps it, in which everything that somebody else writes is `words`."""
    names = ("root", "path", "title", "publisher", "published", "url", "quote")
    place = dict.fromkeys(names, words) | {"number": 1, "start": 0, "end": len(words), "encoding": "utf-8"}
    sentences = [
        {"text": words, "lead": words, "citations": [1], "support": kind, "emphasis": [[0, 5]]}
        for kind in ("quoted", "not_shown", "unchecked")
    ]
    said = dict.fromkeys(("question", "text"), words) | {"asked_as": f"{words} ", "mode": "model", "complete": True}
    said |= {"refused": False, "as_of": None, "confidence": 0.5, "sentences": sentences, "suggestion": None}
    said |= {
        "citations": [place],
        "closest": [],
        "more": [place],
        "notes": [{"kind": kind, "text": words} for kind in (words, "stale")],
    }
    refused = said | {"refused": True, "sentences": [], "citations": [], "closest": [place], "suggestion": words}
    failed = {"question": words, "problem": words}
    return {"turns": [{"question": words, "answer": said}, {"question": words, "answer": refused}, failed]}


def check(page: Page, heard: list[str], dialogs: list[str]) -> None:
    assert page.locator(FOREIGN).count() == 0, page.locator(FOREIGN).first.evaluate("one => one.outerHTML")
    assert page.evaluate("window.wasHacked") is None
    assert page.evaluate(COVERED) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (heard, dialogs) == ([], [])


def test_there_are_150_payloads(sink: tuple[str, list[str]]) -> None:
    assert len(set(payloads(sink[0]))) >= 150


def test_hostile_words_stay_words_wherever_the_page_shows_them(
    browser: Browser, assistant: Assistant, sink: tuple[str, list[str]]
) -> None:
    address, heard = sink
    words = payloads(address)
    kept = [{"id": f"c{number}", "title": each, **hostile_turn(each)} for number, each in enumerate(words)]
    merged = {"id": "all", "title": words[0], "turns": [turn for each in kept for turn in each["turns"]]}
    with serving(assistant) as url, open_page(browser, url, viewport={"width": 1280, "height": 800}) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.evaluate("void (window.hacked = () => { window.wasHacked = true; })")
        page.evaluate("all => localStorage.setItem('footnote.conversations', all)", json.dumps([merged, *kept]))
        page.reload()
        page.evaluate("void (window.hacked = () => { window.wasHacked = true; })")
        page.locator("#conversations .title").first.click()
        expect(page.locator(".turn")).to_have_count(3 * len(words))
        page.evaluate("document.querySelectorAll('.notes details, .more').forEach((one) => { one.open = true; })")
        check(page, heard, dialogs)
        page.locator("#library-button").click()
        expect(page.locator(".rows .line")).to_have_count(len(assistant.articles()))
        page.keyboard.press("Escape")
        check(page, heard, dialogs)
        opened = page.evaluate(OPEN_EACH)
        assert opened == len(assistant.articles()) >= 150
        check(page, heard, dialogs)
        page.evaluate("document.querySelector('.chip').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))")
        page.locator("#fresh").click()
        ask(page, "Who keeps lamp 33 of Quarrel Rock?")
        page.get_by_text("Trace", exact=True).click()
        expect(page.locator(".passages .line").first).to_be_visible()
        check(page, heard, dialogs)


# Opens the article behind each payload in the panel, one after the other, and says how many stood there.
OPEN_EACH = """async () => {
  const source = await import("/source.js");
  const { articles } = await (await fetch("/api/articles")).json();
  let count = 0;
  for (const article of articles) {
    await source.open([{ ...article, start: 0, end: 0, quote: "" }], 0, null, "Article");
    count += document.querySelectorAll("#source p").length > 2;
  }
  return count;
}"""


def test_an_exported_page_is_inert_too(browser: Browser, sink: tuple[str, list[str]], tmp_path: Path) -> None:
    address, heard = sink
    answers = [answer((words, words), question=words) for words in payloads(address)]
    answers = [replace(each, more=each.citations) for each in answers]
    text = BEGINS["html"] + "".join(exported(each, "html", n) for n, each in enumerate(answers)) + ENDS["html"]
    file = tmp_path / "export.html"
    file.write_text(text, encoding="utf-8", errors="replace")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(file.as_uri())
        assert page.locator("h2").count() == len(answers)
        assert page.locator("img, iframe, script, form, object, svg, a:not([href^='#'])").count() == 0
    assert heard == []
