"""Replies come back as they came, with the server gone; what was not recorded is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import openai
import pytest

from eval.recording import Recorder, Replayer, Unrecorded

KEY = "sk-very-secret"
NOWHERE = "http://nowhere.invalid"
PIECES = [b"data: one\n\n", b"data: \xc3", b"\xa9\n\n"]
DELTAS = [{"content": "Ida "}, {"content": "Venn"}, {}]
EVENTS = [json.dumps({"id": "1", "choices": [{"index": 0, "delta": delta}]}).encode() for delta in DELTAS]


class Endpoint(BaseHTTPRequestHandler):
    """Streams a reply by its path: /broken breaks off, /busy is refused, /v1/... talks like a model."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(429 if self.path == "/busy" else 200)
        for name, value in {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        is_model = self.path.startswith("/v1/")
        for piece in [b"data: %b\n\n" % event for event in [*EVENTS, b"[DONE]"]] if is_model else PIECES:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.close_connection = True
        if self.path != "/broken":
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: stderr is the test's."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def post(transport: httpx.BaseTransport, url: str, body: str = '{"a": 1, "b": 2}', key: str = KEY) -> httpx.Response:
    """The reply with its raw chunks in `extensions`."""
    http = httpx.Client(transport=transport, headers={"Authorization": f"Bearer {key}"})
    with http, http.stream("POST", url, content=body) as reply:
        reply.extensions["chunks"] = list(reply.iter_raw())
    return reply


@pytest.mark.parametrize(("path", "status"), [("/chat", 200), ("/busy", 429)])
def test_a_reply_is_played_back_as_it_came(address: str, tmp_path: Path, path: str, status: int) -> None:
    live, played = post(Recorder(tmp_path), address + path), post(Replayer(tmp_path), NOWHERE + path)
    assert played.status_code == live.status_code == status
    assert played.extensions["chunks"] == live.extensions["chunks"] == PIECES
    assert played.headers["content-type"] == live.headers["content-type"]


@pytest.mark.parametrize(("path", "body"), [("/chat", '{"a": 1, "b": 3}'), ("/chat?x=1", '{"a": 1, "b": 2}')])
def test_another_request_is_unrecorded(address: str, tmp_path: Path, path: str, body: str) -> None:
    post(Recorder(tmp_path), f"{address}/chat")
    with pytest.raises(Unrecorded, match="no reply to this request"):
        post(Replayer(tmp_path), address + path, body)


def test_the_key_is_not_kept_and_another_key_or_order_of_fields_finds_the_reply(address: str, tmp_path: Path) -> None:
    post(Recorder(tmp_path), f"{address}/chat")
    (file,) = tmp_path.iterdir()
    assert KEY not in file.read_text() and "uthorization" not in file.read_text()
    assert post(Replayer(tmp_path), f"{address}/chat", '{"b":2,"a":1}', key="another").status_code == 200


def test_a_reply_that_breaks_off_is_not_kept(address: str, tmp_path: Path) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        post(Recorder(tmp_path), f"{address}/broken")
    assert list(tmp_path.iterdir()) == []


def ask(transport: httpx.BaseTransport, address: str) -> list[str | None]:
    http = httpx.Client(transport=transport)
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0, http_client=http) as client:
        stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Who?"}], stream=True)
        return [chunk.choices[0].delta.content for chunk in stream]


def test_the_openai_client_streams_the_same_from_a_recording(address: str, tmp_path: Path) -> None:
    live = ask(Recorder(tmp_path), address)
    assert ask(Replayer(tmp_path), NOWHERE) == live == ["Ida ", "Venn", None]
