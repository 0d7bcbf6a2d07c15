"""The page's server: what it answers, to whom, with which headers, what it refuses; and the source panel's article."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, UserError
from rag.assistant import Assistant
from rag.web.guard import MAX_BODY_BYTES, Access
from rag.web.server import build_app, serve
from rag.web.source import source_of
from tests.browser.site import serving
from tests.callers import ask_all, table
from tests.fakes import open_samples, write
from tests.test_pages import LINES, drawn, lines

TEXT = "A title\n\nGazette, May 4 —\n\nIda Venn keeps the light. She has a dog.\n\nSubscribe now."
START, END = TEXT.index("Ida"), TEXT.index(" She")
QUOTE = TEXT[START:END]
PAGE = Path(__file__).resolve().parents[1] / "docs" / "page.md"
ARTICLE = Article("news", "a.txt", "A title", TEXT, ((START, TEXT.index("\n\nSub")),), "utf-8", "0")


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


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page that a password or a token opens."""
    access = Access("open sesame", "t0ken")
    with (
        open_samples(tmp_path_factory.mktemp("web")) as assistant,
        serving(assistant, access=access, may_change=False) as url,
    ):
        yield url


def ask(address: str, **asked: Any) -> list[dict[str, Any]]:
    """What Gradio's queue streams for a question."""
    with httpx.Client(base_url=address, timeout=30) as client:
        told = client.post("gradio_api/call/ask", json={"data": [asked]}).json()
        lines = client.get(f"gradio_api/call/ask/{told['event_id']}").text.splitlines()
    sent = [httpx.Response(200, text=line[6:]).json() for line in lines if line.startswith("data: [")]
    return [message for (message,) in sent]


def test_an_answer_that_nobody_asked_for_is_not_found_and_the_terminal_stays_quiet(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert "404" in httpx.get(f"{address}gradio_api/call/ask/{'0' * 32}").text
    assert caplog.records == []


def test_the_example_questions_name_who_the_articles_tell_of_and_are_answered(tmp_path: Path) -> None:
    for day in range(1, 4):
        text = f"By Jo Marsh\n\nOn day {day} Ida Venn kept the light. Harbour Post reporters saw the {day} lamps lit."
        record = {"title": f"Day {day}", "published": f"2024-05-0{day}", "publisher": "Harbour Post", "text": text}
        (tmp_path / f"{day}.json").write_text(json.dumps(record), encoding="utf-8")
    with Assistant.open(tmp_path / "store") as assistant, serving(assistant) as url:
        assistant.sync(tmp_path)
        questions = httpx.get(f"{url}api/about").json()["questions"]
        assert questions == [
            "What are these articles about?",
            "What do the articles say about Ida Venn?",
            "What is the newest article?",
        ]
        assert not any(assistant.ask(question).refused for question in questions)


def test_the_policy_allows_this_server_only_and_nothing_inline(address: str) -> None:
    policy = httpx.get(address).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "unsafe" not in policy


def test_every_answer_carries_the_security_headers(address: str) -> None:
    for path in ("", "page.js", "page.css", "api/about", "docs"):
        headers = httpx.get(address + path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
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
    response = httpx.post(f"{address}gradio_api/call/ask", headers={"Origin": origin}, json={})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_every_route_answers_only_whom_it_may(tmp_path: Path) -> None:
    with open_samples(tmp_path) as assistant:
        answers = ask_all(build_app(assistant, access=Access(token="right")))
    used = {route: statuses for route, statuses in answers.items() if statuses["foreign Origin"] == 403}
    unused = {route: statuses for route, statuses in answers.items() if route not in used}
    public = {("GET", path) for path in ("/page.css", "/panels.css", "/icon.svg", "/api/v1/health")}
    assert len(unused) > 80
    assert {route: each for route, each in unused.items() if set(each.values()) - {404, 400}} == {}
    for route, each in used.items():
        known = {
            200,
            400,
            404,
            405,
            422,
            401 if route[1] == "/login" else 200,
        }  # the last: a wrong body or no such event
        assert each["right token"] in known, route
        assert (each["foreign Origin"], each["foreign Host"]) == (403, 400), route
        stranger = 200 if route in public else 401
        assert (each["not logged in"], each["wrong token"]) == (stranger, stranger), route
    assert table(answers) in PAGE.read_text(encoding="utf-8"), "print it anew: python -m tests.callers"


def test_a_long_body_is_refused(address: str) -> None:
    longest = b"x" * (MAX_BODY_BYTES + 1)
    chunks = iter([longest[: MAX_BODY_BYTES // 2]] * 3)
    assert httpx.post(f"{address}api/source", content=longest).status_code == 413
    assert httpx.post(f"{address}api/source", content=chunks).status_code == 413
    assert httpx.post(f"{address}gradio_api/call/ask", content=longest).status_code == 413


def test_the_password_opens_the_page_for_a_browser(guarded: str) -> None:
    with httpx.Client(base_url=guarded) as browser:
        assert browser.get("/").status_code == 401
        assert "password" in browser.get("/").text
        wrong = browser.post("/login", data={"password": "open"})
        assert (wrong.status_code, "Wrong password" in wrong.text) == (401, True)
        entered = browser.post("/login", data={"password": "open sesame"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert "SameSite=lax" in entered.headers["set-cookie"]
        assert browser.get("/").status_code == 200
        assert browser.get("/api/about").json()["articles"] > 0


def test_a_link_with_the_token_opens_the_page(guarded: str) -> None:
    with httpx.Client(base_url=guarded, follow_redirects=True) as browser:
        page = browser.get("/?token=t0ken")
        assert (page.status_code, page.url.query) == (200, b"")


def test_who_was_sent_a_link_to_an_article_logs_in_and_is_there(guarded: str) -> None:
    place = "/article?root=sample&path=a.txt&start=0&end=1&words=0%22%3E"
    with httpx.Client(base_url=guarded) as browser:
        shown = browser.get(place)
        assert shown.status_code == 401 and 'value="/article?root=sample&amp;path=a.txt&amp;' in shown.text
        sent = {"password": "open sesame", "next": place}
        assert browser.post("/login", data=sent | {"next": "//evil.example"}).headers["location"] == "/"
        assert browser.post("/login", data=sent).headers["location"] == place
        from_elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert browser.get(place, headers=from_elsewhere).status_code == 200
        assert browser.get("/api/about", headers=from_elsewhere).status_code == 403


def test_a_program_is_told_in_its_own_shape_to_send_the_token(guarded: str) -> None:
    with openai.OpenAI(base_url=f"{guarded}v1", api_key="wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError, match="Log in first") as raised:
            stranger.models.list()
        assert raised.value.code == "invalid_api_key"
    with openai.OpenAI(base_url=f"{guarded}v1", api_key="t0ken") as known:
        assert known.models.list().data[0].id == "footnote"


def test_who_is_served_from_afar_changes_no_folders(guarded: str) -> None:
    known = {"Authorization": "Bearer t0ken"}
    assert httpx.get(f"{guarded}api/about", headers=known).json()["may_change"] is False
    assert httpx.post(f"{guarded}api/remove", headers=known, json={"root": "sample"}).status_code == 400
    assert httpx.post(f"{guarded}gradio_api/call/add", headers=known, json={"data": ["/"]}).status_code != 200


def test_a_host_other_than_this_machine_demands_a_password_or_a_token(tmp_path: Path) -> None:
    with Assistant.open(tmp_path) as assistant, pytest.raises(UserError, match="--password or a --token"):
        serve(assistant, host="0.0.0.0", open_browser=False)


def test_a_question_is_streamed_and_answered(address: str) -> None:
    shown, *_, last = ask(address, question="Who keeps the light?")
    assert shown["shown"]["sentence"]["text"] == QUOTE
    assert last["answer"]["citations"][0]["quote"] == QUOTE


def test_a_wrong_day_is_said_in_words(address: str) -> None:
    (problem, *_) = ask(address, question="Who keeps the light?", limits={"as_of": "yesterday"})
    assert "'yesterday' is not a date" in problem["problem"]


def test_an_unknown_publisher_is_said_in_words(address: str) -> None:
    (problem, *_) = ask(address, question="Who?", limits={"publisher": "The Unheard"})
    assert "There are no articles from the publisher 'The Unheard'" in problem["problem"]


@pytest.mark.parametrize("asked", [{}, {"question": "x" * 2001}, {"question": "x", "more": 1}, {"question": ["x"]}])
def test_what_is_no_question_is_said_in_words(address: str, asked: dict[str, Any]) -> None:
    (problem, *_) = ask(address, **asked)
    assert "This is not a question" in problem["problem"]


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


def test_the_panel_gets_the_whole_article_with_quote_and_boilerplate_told_apart() -> None:
    assert source_of(ARTICLE, START, END, QUOTE)["paragraphs"] == [
        [("boilerplate", "Gazette, May 4 —")],
        [("quote", QUOTE), ("text", " She has a dog.")],
        [("boilerplate", "Subscribe now.")],
    ]


def test_an_article_that_changed_is_shown_without_a_mark() -> None:
    shown = source_of(ARTICLE, START, END, "Ada Venn keeps the light.")
    assert shown["state"] == "changed"
    assert "quote" not in {kind for paragraph in shown["paragraphs"] for kind, _ in paragraph}


def test_an_article_that_is_gone_says_so() -> None:
    assert source_of(None, START, END, QUOTE)["state"] == "gone"


@given(st.data())
def test_any_text_is_shown_whole_with_exactly_the_quote_marked(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab \n\r<>&\"'`*_[]()!$#\u00a0\U0001f600", max_size=80))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    article = Article("news", "a.txt", "T", text, ((cuts[0], cuts[3]),), "utf-8", "0")
    quote = text[cuts[1] : cuts[2]]
    pieces = [each for line in source_of(article, cuts[1], cuts[2], quote)["paragraphs"] for each in line]
    assert "".join("".join(words for _, words in pieces).split()) == "".join(text.split())
    assert "".join("".join(words for kind, words in pieces if kind == "quote").split()) == "".join(quote.split())


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("mill.pdf", drawn(lines(LINES)), "application/pdf"),
        ("mill.html", "<p>The mill at Corrow was sold on Monday.</p><script>x()</script>", "text/plain; charset=utf-8"),
        ("mill.txt", "The mill at Corrow was sold on Monday.", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_opened_as_a_browser_shows_it_without_a_script_of_its_own(
    tmp_path: Path, name: str, content: str | bytes, kind: str
) -> None:
    write(tmp_path / "news", {name: content})
    with Assistant.open(tmp_path / "store") as assistant, serving(assistant) as url:
        assistant.sync(tmp_path / "news")
        address = f"{url}api/file?root=news&path={name}"
        file = httpx.get(address)
        assert (file.headers["content-type"], file.headers["x-content-type-options"]) == (kind, "nosniff")
        assert (file.content == content) is (kind == "application/pdf")
        (tmp_path / "news" / name).unlink()
        gone = httpx.get(address)
        assert gone.headers["content-type"].startswith("text/plain")
        assert httpx.get(f"{url}api/file?root=news&path=../news/{name}").status_code == 404


def test_the_panel_tells_of_text_recognition() -> None:
    assert source_of(replace(ARTICLE, recognized=0.93), START, END, QUOTE)["recognized"] == 0.93
    assert source_of(ARTICLE, START, END, QUOTE)["recognized"] is None
