"""The page's server and its source panel: what it answers, to whom, with which headers, and what it refuses."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, UserError
from rag.answer import Answer, Citation
from rag.assistant import Assistant
from rag.web.server import serve
from rag.web.source import CHANGED, GONE, find_source, source_html
from tests.browser.site import serving

TEXT = "A title\n\nGazette, May 4 —\n\nIda Venn keeps the light. She has a dog.\n\nSubscribe now."
START, END = TEXT.index("Ida"), TEXT.index(" She")
ARTICLE = Article("news", "a.txt", "A title", TEXT, ((START, TEXT.index("\n\nSub")),), "utf-8", "0")


class Panel(HTMLParser):
    """The text of a panel's paragraphs, all of it and what is marked or dimmed, and the tags used."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.paragraphs: list[str] = []
        self.marked = self.dimmed = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("class") or tag
        self.open.append(name)
        self.tags.add(tag)
        if name == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "p" in self.open:
            self.paragraphs[-1] += data
        self.marked += data if "mark" in self.open else ""
        self.dimmed += data if "boilerplate" in self.open else ""


def answer_citing(*spans: tuple[int, int], text: str = TEXT) -> Answer:
    cited = tuple(
        Citation(number, "news", "a.txt", "A title", text[start:end], start, end, "utf-8")
        for number, (start, end) in enumerate(spans, start=1)
    )
    return Answer("Who?", "Who?", "", (), cited, False, 0.9)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "news").mkdir()
    (folder / "news" / "a.txt").write_text(TEXT, encoding="utf-8")
    with Assistant.open(folder / "store") as assistant:
        assistant.sync(folder / "news")
        with serving(assistant) as url:
            yield url


def test_the_page_answers(address: str) -> None:
    assert httpx.get(address).status_code == 200


def test_the_policy_allows_this_server_only_and_no_eval_or_inline_script(address: str) -> None:
    policy = httpx.get(address).headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "unsafe" not in scripts
    assert "'sha256-" in scripts


def test_every_answer_carries_the_security_headers(address: str) -> None:
    for path in ("", "footnote.js", "theme.css", "docs"):
        headers = httpx.get(address + path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "default-src 'none'" in headers["content-security-policy"], path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.1"])
def test_another_host_name_is_refused(address: str, host: str) -> None:
    assert httpx.get(address, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_names_of_this_machine_are_answered(address: str, host: str) -> None:
    port = httpx.URL(address).port
    assert httpx.get(address, headers={"Host": f"{host}:{port}"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_another_site_may_not_ask(address: str, origin: str) -> None:
    response = httpx.post(f"{address}gradio_api/queue/join", headers={"Origin": origin}, json={})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "path", ["docs", "redoc", "openapi.json", "gradio_api/info", "gradio_api/upload", "gradio_api/run/predict",
             "gradio_api/file=pyproject.toml", "gradio_api/proxy=http://evil.example", "monitoring", "login"]
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(address: str, path: str) -> None:
    assert httpx.get(address + path).status_code == 404
    assert httpx.post(address + path).status_code == 404


def test_a_host_other_than_this_machine_is_refused(tmp_path: Path) -> None:
    with (
        Assistant.open(tmp_path) as assistant,
        pytest.raises(UserError, match=r"this machine only, not on '0\.0\.0\.0'"),
    ):
        serve(assistant, host="0.0.0.0", open_browser=False)


def test_a_busy_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy, Assistant.open(tmp_path) as assistant:
        port = busy.getsockname()[1]
        with pytest.raises(UserError, match=rf"Port {port} is in use by another program\. .*--port"):
            serve(assistant, port=port, open_browser=False)


def test_the_address_is_said_once_it_answers_and_ctrl_c_ends_it_well(tmp_path: Path) -> None:
    program = (
        "from rag.assistant import Assistant\nfrom rag.web.server import serve\n"
        f"serve(Assistant.open({str(tmp_path)!r}), port=0, open_browser=False)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        address = next(word for word in said.split() if word.startswith("http"))
        assert httpx.get(address).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.stderr.read().strip() == "Stopped."
        assert process.wait() == 0


def test_the_panel_shows_the_whole_article_with_the_quote_marked() -> None:
    panel = Panel(source_html(ARTICLE, answer_citing((START, END)), 1, 0))
    assert panel.paragraphs == ["Gazette, May 4 —", "Ida Venn keeps the light. She has a dog.", "Subscribe now."]
    assert panel.marked == "Ida Venn keeps the light."


def test_what_is_not_article_is_dimmed() -> None:
    assert Panel(source_html(ARTICLE, answer_citing((START, END)), 1, 0)).dimmed == "Gazette, May 4 —Subscribe now."


def test_an_article_that_changed_shows_the_words_it_had() -> None:
    page = source_html(ARTICLE, answer_citing((START, END), text=TEXT.replace("Ida", "Ada")), 1, 0)
    assert CHANGED in page
    assert "<blockquote>Ada Venn keeps the light.</blockquote>" in page
    assert "<mark>" not in page


def test_an_article_that_is_gone_shows_the_words_it_had() -> None:
    page = source_html(None, answer_citing((START, END)), 1, 0)
    assert GONE in page
    assert "<blockquote>Ida Venn keeps the light.</blockquote>" in page


def test_the_panel_leads_to_the_sources_before_and_after() -> None:
    page = source_html(ARTICLE, answer_citing((START, END), (0, 7), (END, END + 5)), 2, 5)
    assert 'href="#cite-5-1"' in page
    assert 'href="#cite-5-3"' in page


@pytest.mark.parametrize(
    "name", ["cite-1-1", "cite-0-0", "cite-0-2", "cite-0-1 ", "cite--1-1", "../a.txt", "", "cite-0-１"]
)
def test_only_sources_of_this_conversation_open(name: str) -> None:
    assert find_source([answer_citing((START, END))], name) is None


@given(st.data())
def test_any_text_is_shown_whole_and_inert_with_exactly_the_quote_marked(data: st.DataObject) -> None:
    words = st.text(alphabet="ab \n\r<>&\"'`*_[]()!$#\u00a0\U0001f600", max_size=80)
    text = data.draw(words)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    article = Article("news", "a.txt", "T", text, ((cuts[0], cuts[3]),), "utf-8", "0")
    page = source_html(article, answer_citing((cuts[1], cuts[2]), text=text), 1, 0)
    panel = Panel(page)
    assert "".join("".join(panel.paragraphs).split()) == "".join(text.split())
    assert "".join(panel.marked.split()) == "".join(text[cuts[1] : cuts[2]].split())
    assert "\n" not in page  # a blank line would hand the rest to a Markdown parser
    assert panel.tags <= {"div", "span", "a", "h2", "p", "mark"}
