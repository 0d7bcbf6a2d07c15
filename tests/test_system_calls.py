"""Nothing leaves this machine: what real runs do, by their system calls, whatever library does it."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from tests import strace
from tests.fakes import story, write
from tests.served import awaited
from tests.test_formats import word_file
from tests.test_pages import LINES, lines
from tests.test_recognition import picture, scanned

ROOT = Path(__file__).resolve().parents[1]
QUESTION = "Who named the ferry Corriedale?"
FERRY = "Ferry named\n\nThe ferry Corriedale was named by Ada Quill in Port Sable.\n"
PAGE = """<!DOCTYPE html SYSTEM "http://192.0.2.1/page.dtd"><html><head><title>Pier</title>
<link rel="stylesheet" href="http://192.0.2.1/page.css"><script src="http://192.0.2.1/page.js"></script></head>
<body><article><img src="http://192.0.2.1/pier.png"><p>{}</p></article></body></html>"""
# The tests' own process has these by now; a user's has not.
SWITCHES = ("ORT_", "GRADIO_", "HF_", "HUGGINGFACE_", "OTEL_", "FASTAPI_", "DO_NOT_TRACK", "XDG_", "DISPLAY")
TRAPS = {  # what other programs on this machine may be told to report to
    "OPENAI_API_KEY": "sk-trap",
    "CHROMA_OTEL_COLLECTION_ENDPOINT": "http://192.0.2.1:4317",
    "CHROMA_OTEL_GRANULARITY": "all",
    "CHROMA_SERVER_HOST": "192.0.2.1",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1:4318",
}
COMPONENTS = """
import sys
from index.embedding import MiniLM
from index.splitting import ArticleSplitter
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
nodes = ArticleSplitter().get_nodes_from_documents([Document(text=sys.argv[2])])
retriever = VectorStoreIndex(nodes, embed_model=MiniLM()).as_retriever()
print(retriever.retrieve(sys.argv[3])[0].text)
print(RetrieverQueryEngine.from_args(retriever, llm=MockLLM()).query(sys.argv[3]))
from rag import Assistant
with Assistant.open(sys.argv[1]) as assistant:
    assistant.sync_documents([Document(text=sys.argv[2])], root="notes")
    print(assistant.retriever.retrieve(sys.argv[3])[0].text)
    print(assistant.query_engine.query(sys.argv[3]))
"""

DRAWN = """</w:t></w:r><w:r><w:drawing xmlns:p="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
xmlns:i="http://schemas.openxmlformats.org/drawingml/2006/picture"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><p:inline><a:graphic><a:graphicData>
<i:pic><i:blipFill><a:blip r:link="far"/></i:blipFill></i:pic></a:graphicData></a:graphic></p:inline></w:drawing></w:r>
<w:r><w:t>"""
RELATED = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="far"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="http://192.0.2.1/a.png"
TargetMode="External"/></Relationships>"""


@dataclass(frozen=True)
class Place:
    """A home of its own, with articles in `news`."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "work"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(SWITCHES)}
        ours = {"HOME": str(self.home), "TMPDIR": str(self.home / "tmp"), "PYTHONPATH": str(ROOT)}
        return {**kept, **ours, **TRAPS}

    @property
    def ours(self) -> tuple[Path, ...]:
        """Where we may write, and the folders on the way there."""
        parts = (".cache/footnote", ".config/footnote", ".local/share/footnote", "tmp", "work/store")
        return tuple(self.home / part for part in parts)

    def run(self, name: str, *command: str, said: str = "") -> tuple[Path, subprocess.CompletedProcess[str]]:
        """What a command did and said; it may refuse (3), and not fail."""
        log = self.home / f"{name}.strace"
        finished = subprocess.run(
            strace.traced(log, command), input=said, cwd=self.folder, env=self.environment, capture_output=True,
            text=True,
        )  # fmt: skip
        assert finished.returncode in (0, 3), finished.stderr
        return log, finished

    def check(self, log: Path) -> None:
        """Fails if that run spoke to another machine or wrote anywhere but in its own folders."""
        assert strace.spoken_to(log) == []
        assert {path for path in strace.written(log, self.folder) if not self.may_write(path)} == set()

    def may_write(self, path: Path) -> bool:
        is_pythons = "__pycache__" in path.parts
        is_inside = any(path.is_relative_to(ours) or ours.is_relative_to(path) for ours in self.ours)
        return is_pythons or is_inside or path.is_relative_to("/dev") or path.is_relative_to("/proc/self")


def rag(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "rag.cli", *arguments)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Skips where system calls cannot be watched."""
    strace.require()
    made = Place(tmp_path_factory.mktemp("home"))
    (made.home / "tmp").mkdir()
    pages = {"pier.html": PAGE.format(story(3)), "quay.pdf": scanned(picture(lines(LINES)))}
    write(made.folder / "news", {"ferry.txt": FERRY, "strike.docx": word_article(), **pages})
    return made


def word_article() -> bytes:
    """A Word file with a picture that lies on another machine."""
    packed = io.BytesIO(word_file("Strike ends", f"The dockers of Port Sable went back {DRAWN} to work on Friday."))
    with zipfile.ZipFile(packed, "a") as file:
        file.writestr("word/_rels/document.xml.rels", RELATED)
    return packed.getvalue()


@pytest.fixture(scope="module")
def indexed(place: Place) -> Path:
    """The log of the run that indexed the articles; none was skipped, so their libraries were in use."""
    log, finished = place.run("index", *rag("index", "news", "--store", "store"))
    assert "4 added" in finished.stderr, finished.stderr
    return log


def test_index_keeps_to_itself(place: Place, indexed: Path) -> None:
    place.check(indexed)
    assert place.folder / "store" in strace.written(indexed, place.folder)


def test_ask_keeps_to_itself(place: Place, indexed: Path) -> None:
    log, finished = place.run("ask", *rag("ask", QUESTION, "--store", "store"))
    assert "Ada Quill" in finished.stdout
    place.check(log)


def test_chat_keeps_to_itself(place: Place, indexed: Path) -> None:
    log, finished = place.run("chat", *rag("chat", "--store", "store"), said=f"{QUESTION}\nAnd where?\n")
    assert "Ada Quill" in finished.stdout
    place.check(log)


def test_llamaindex_components_alone_keep_to_themselves(place: Place) -> None:
    log, finished = place.run("components", sys.executable, "-c", COMPONENTS, "store", FERRY, QUESTION)
    assert finished.stdout.count("Ada Quill") >= 3
    place.check(log)


def test_page_keeps_to_itself(place: Place) -> None:
    log, said = place.home / "web.strace", place.home / "web.said"
    command = strace.traced(log, rag("web", "--no-open", "--port", str(free_port())))
    with said.open("w") as told, subprocess.Popen(
        command, cwd=place.folder, env=place.environment, stderr=told, start_new_session=True
    ) as served:  # fmt: skip
        try:
            streamed = ask_page(address_of(served, said), "Who restored the lighthouse?")
        finally:
            os.killpg(served.pid, signal.SIGINT)
    assert "event: complete" in streamed and '"refused"' in streamed
    assert "telemetry" not in said.read_text()
    place.check(log)


def test_mcp_keeps_to_itself(place: Place, indexed: Path) -> None:
    log = place.home / "mcp.strace"
    command, *arguments = strace.traced(log, rag("mcp", "--store", "store"))
    started = StdioServerParameters(command=command, args=arguments, env=place.environment, cwd=place.folder)

    async def asking() -> str:
        async with Client(started) as client:
            return str((await client.call_tool("ask", {"question": QUESTION})).structured_content)

    assert "Ada Quill" in awaited(asking())
    place.check(log)


def address_of(served: subprocess.Popen[bytes], said: Path) -> str:
    while served.poll() is None:
        if found := re.search(r"running at (\S+)", said.read_text()):
            return found[1]
        time.sleep(0.1)
    pytest.fail(said.read_text())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def ask_page(address: str, question: str) -> str:
    """What the page's server streams for a question, to its end."""
    with httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("/").status_code == 200
        assert client.post("api/v1/ask", json={"question": question}).json()["question"] == question
        sent = {"model": "footnote", "messages": [{"role": "user", "content": question}]}
        assert client.post("v1/chat/completions", json=sent).json()["choices"]
        event = client.post("gradio_api/call/ask", json={"data": [{"question": question}]}).json()["event_id"]
        return client.get(f"gradio_api/call/ask/{event}").text


# Whether these tests would notice

BREACHES = {
    "another machine": "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))",
    "another machine by IPv6": "import socket; socket.socket(10, socket.SOCK_DGRAM).connect_ex(('2001:db8::1', 9))",
    "a packet without a connection": "import socket; socket.socket(type=2).sendto(b'', ('192.0.2.1', 9))",
    "a name server on this machine": "import socket; socket.socket(type=2).connect(('127.0.0.1', 53))",
    "a look-up": "open('/etc/resolv.conf')",
    "a port open to others": "import socket; socket.socket().bind(('0.0.0.0', 0))",
    "a thread": "import socket, threading; s = socket.socket(type=2)\n"
    "threading.Thread(target=s.connect, args=(('192.0.2.1', 9),)).start()",
    "a child": "import subprocess, sys; subprocess.run([sys.executable, '-c', \"import socket; \"\n"
    "\"socket.socket(type=2).connect(('192.0.2.1', 9))\"])",
}
STRAYS = {
    "a file in the cache of another": "import os; os.makedirs(home + '/.cache/vendor'); "
    "open(home + '/.cache/vendor/deviceid', 'w')",
    "a file beside the work": "open('left', 'w')",
    "a file after a change of folder": "import os; os.chdir('..'); os.mkdir('left')",
    "a file opened by its folder": "import os; os.mkdir('side', dir_fd=os.open(home, 0))",
    "a file put in place of another": "import os; open(home + '/tmp/a', 'w'); os.rename(home + '/tmp/a', home + '/.a')",
    "a link": "import os; os.symlink('/dev/null', home + '/.linked')",
    "a file made and removed": "import os; open(home + '/.gone', 'w'); os.unlink(home + '/.gone')",
    "a child": "import subprocess; subprocess.run(['touch', home + '/.touched'])",
    "an article": "open('news/ferry.txt', 'a')",
}
GOOD = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listening.getsockname())
socket.socketpair(); socket.socket(socket.AF_UNIX).connect_ex(home + "/none")
open(home + "/tmp/a", "w"); open("/dev/null", "w"); open("store/b", "w"); open("news/ferry.txt")
"""


@pytest.mark.parametrize("code", BREACHES.values(), ids=BREACHES)
def test_what_would_leave_is_noticed(code: str, place: Place) -> None:
    log, _ = place.run("breach", sys.executable, "-c", code)
    assert len(strace.spoken_to(log)) == 1


@pytest.mark.parametrize("code", STRAYS.values(), ids=STRAYS)
def test_what_is_written_elsewhere_is_noticed(code: str, place: Place) -> None:
    log, _ = place.run("stray", sys.executable, "-c", f"home = {str(place.home)!r}; {code}")
    assert [path for path in strace.written(log, place.folder) if not place.may_write(path)]


def test_what_keeps_to_itself_is_not_accused(place: Place, indexed: Path) -> None:
    log, _ = place.run("good", sys.executable, "-c", f"home = {str(place.home)!r}\n{GOOD}")
    place.check(log)
    assert {place.home / "tmp" / "a", place.folder / "store" / "b"} <= strace.written(log, place.folder)
