"""A scripted OpenAI-compatible server on loopback, in place of a language model: the model's name says what it plays.

S1, S2 and S3 are the first sentences of the passage n that shares most words with the question, m is the one beside.

| model               | what it says                                                                                  |
|---|---|
| honest              | S1 [n]. S2 [n]. S3 [n].                                                                       |
| paraphrase          | the same in slightly other words, still true; quoted words are left alone                     |
| two-sources         | S1 [n]. and the first sentence of the second best passage with its own number                 |
| not-answered        | the words that say so (NOT_ANSWERED)                                                          |
| uncited             | honest, without markers                                                                       |
| markers-FORM        | honest, with the markers of MARKERS[FORM]: one, comma, adjacent, double, cjk, caret, range,   |
|                     | word, before-stop, after-stop, split (each marker over three chunks)                          |
| invented-number     | honest, citing [99]; wrong-passage: honest, citing [m]                                        |
| changed-figure      | a sentence with one of its numbers changed (a number put in where there is none)              |
| swapped-name        | a sentence with one of its names exchanged for another of the passages'                       |
| dropped-not         | a sentence without its negation (negated where there is none)                                 |
| markdown            | S1 to S3 as a heading, bullets, bold and a table                                              |
| images-and-links    | honest, with an image, a link, `<img>` and `<script>` that lead to this server (see requests) |
| obey                | what stands after "ATTACK:" on a line of a passage, cited, then one honest sentence           |
| thinking            | honest, after a `<think>` block of THOUGHT; thinking-field: with it in `reasoning_content`    |
| unclosed-thinking   | THOUGHT and honest in a `<think>` block that never ends                                       |
| unsupported         | UNSUPPORTED [n].                                                                              |
| mixed               | S1 [n]., then changed-figure, then unsupported                                                |
| long                | 12 sentences, of as many passages as it takes                                                 |
| slow-MS             | honest, MS milliseconds between chunks of a few characters                                    |
| fault-429-retry-W   | 429 with Retry-After: W (0, 1, 3600); fault-429-no-retry-after without; all with -once, too:  |
|                     | honest from the second request for that model since reset()                                   |
| fault-STATUS        | 500, 401, 403, 404-model, 400-context-length; 500-once, 503-once                              |
| fault-400-PARAMETER | honest once it is gone: max-completion-tokens, max-tokens, temperature, stream-options        |
| fault-200-BODY      | 200 with html, error (an error's JSON), empty                                                 |
| fault-KIND-choices  | empty, null: three events with such `choices`, then [DONE]                                    |
| fault-cut-PLACE     | connection closed before-first, in-first-sentence, in-second-sentence, in-event (in its JSON) |
| fault-stall-PLACE   | nothing more comes: before-headers, before-first, in-second-sentence                          |
| fault-finish-REASON | length, content-filter: after one and a half sentences                                        |
| fault-broken-json   | after one and a half sentences a broken event, then the end; fault-error-event: an error      |
| fault-drip          | honest, one character a second; fault-endless: S1 S2 S3 S1 ... without end                    |
| fault-no-finish     | honest, no finish_reason, no [DONE]; fault-no-finish-done with [DONE]                         |
| fault-redirect      | 307 to another path of this server, which is honest; fault-redirect-loop to itself            |
| fault-content-type  | honest, as text/plain; fault-json-reply: as one JSON object though the request streams        |
| fault-double-done   | honest, [DONE] twice; fault-gzip: compressed; fault-crlf: CRLF, and comments between events   |

A request to rewrite a follow-up gets what `ModelServer.script` was given, or else the last question with its pronoun
replaced by the name last spoken of, whatever the model; faults hold for it too. Any other model is not found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from tests import model_faults as faults

NOT_ANSWERED = "NOT ANSWERED"
THOUGHT = "First I weigh which of the passages I should rest on [1]."
UNSUPPORTED = "The keeper of the old lighthouse has collected model ships since childhood"
MARKERS: Mapping[str, str] = MappingProxyType(
    {
        "one": "[{n}]",
        "comma": "[{n}, {m}]",
        "adjacent": "[{n}][{m}]",
        "double": "[[{n}]]",
        "cjk": "【{n}】",
        "caret": "[^{n}]",
        "range": "[{low}-{high}]",
        "word": "[Passage {n}]",
        "before-stop": "[{n}]",
        "after-stop": "[{n}]",
        "split": "[{n}]",
    }
)
_DAYS = "Mon|Tues|Wednes|Thurs|Fri|Satur|Sun"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_NAME = re.compile(
    rf"(?!(?:(?:{_DAYS})day|{_MONTHS}|The|A|An|In|On|At|But|And|Reader|Answer)\b)"
    r"(?:(?<=[a-z,] )[A-Z]\w+(?: [A-Z]\w+)*|\b[A-Z]\w+(?: [A-Z]\w+)+)"
)


@dataclass(frozen=True)
class Request:
    """What the server got. Header names are in lower case, `body` is parsed JSON, `time` in seconds since 1970."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    time: float


class ModelServer:
    """The server in a process of its own, for the length of a `with` block; it ends with this process at the latest."""

    def __enter__(self) -> ModelServer:
        command = [sys.executable, "-m", "tests.model_server", "--port", "0", "--until-stdin-closes"]
        pipe, home = subprocess.PIPE, Path(__file__).resolve().parents[1]
        self._process = subprocess.Popen(command, cwd=home, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        with self._process:
            self._process.terminate()

    def requests(self) -> list[Request]:
        """Every request since the start or `reset`, in order; what followed a link in an answer is among them."""
        return [Request(**fields) for fields in self._control("GET", "requests")]

    def left(self) -> int:
        return int(self._control("GET", "left"))  # how many hung up before the end

    def reset(self) -> None:
        """Forget the requests and the script: every `-once` fault fails once more."""
        self._control("POST", "reset")

    def script(self, question: str) -> None:
        """Reply with this to every request for a standalone question, until `reset`."""
        self._control("POST", "script", question)

    def _control(self, method: str, name: str, value: str = "") -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, f"/control/{name}", json.dumps(value))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@dataclass(frozen=True)
class _Passage:
    number: int
    text: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class _Reader:
    """The model at work on a prompt: its passages, the best first. `port` is where its links lead."""

    passages: tuple[_Passage, ...]
    beside: int
    port: int

    @classmethod
    def of(cls, text: str, port: int) -> _Reader:
        question = text.rpartition("Question: ")[2]
        tag = (re.findall(r"^</(passage[\w-]*)>$", text, re.M) or ["passage"])[-1]
        blocks = re.findall(rf"^<{tag} (\d+)>\n\(.*?\)\n(.*?)\n</{tag}>$", text, re.M | re.S)
        passages = [_Passage(int(number), inner, faults.sentences_of(inner)) for number, inner in blocks]
        ranked = sorted(passages, key=lambda passage: -len(faults.stems(question) & faults.stems(passage.text)))
        ranked = ranked or [_Passage(1, "", ("There is nothing to read.",))]
        best = ranked[0].number
        return cls(tuple(ranked), best + 1 if best < len(ranked) else best - 1 or 2, port)

    def drafts(self) -> dict[str, tuple[str, ...]]:
        """What it says, by the model's name."""
        honest = self._cited()
        every = [faults.cite(said, f"[{part.number}]") for part in self.passages for said in part.sentences]
        return {
            **dict.fromkeys(("honest", "thinking-field"), honest),
            **{f"markers-{form}": self._cited(shape) for form, shape in MARKERS.items()},
            "markers-after-stop": tuple(f"{sentence} [{self.passages[0].number}]" for sentence in self._three),
            "paraphrase": self._cited(change=faults.reworded),
            "two-sources": tuple(faults.cite(part.sentences[0], f"[{part.number}]") for part in self.passages[:2]),
            "not-answered": (NOT_ANSWERED,),
            "uncited": self._three,
            "obey": self._obeyed(),
            "thinking": (f"<think>{THOUGHT}</think>", *honest),
            "unclosed-thinking": (f"<think>{THOUGHT}", *honest),
            "long": tuple((every * 12)[:12]),
            **self._wrong(),
            **self._dressed(),
        }

    def _wrong(self) -> dict[str, tuple[str, ...]]:
        figure = self._altered(faults.lower_figure, lambda text: f"For 41 days, {faults.lower_first(text)}")
        name = self._altered(self._swap_name, lambda text: f"According to Ada Quill, {faults.lower_first(text)}")
        unsupported = faults.cite(f"{UNSUPPORTED}.", f"[{self.passages[0].number}]")
        return {
            "invented-number": self._cited("[99]"),
            "wrong-passage": self._cited("[{m}]"),
            "changed-figure": (figure,),
            "swapped-name": (name,),
            "dropped-not": (self._altered(faults.without_not, faults.negated),),
            "unsupported": (unsupported,),
            "mixed": (self._cited()[0], figure, unsupported),
        }

    def _dressed(self) -> dict[str, tuple[str, ...]]:
        url, honest = f"http://127.0.0.1:{self.port}", self._cited()
        bold = "\n".join(f"- **Point {place}:** {sentence}" for place, sentence in enumerate(honest[:2], 1))
        table = f"| Fact | Source |\n|---|---|\n| {self._three[-1]} | [{self.passages[0].number}] |"
        links = f"![x]({url}/x.png)", f"[click]({url}/click)", f'<img src="{url}/img.png">'
        linked = (f"{link} {sentence}" for link, sentence in zip(links, honest * 3, strict=False))
        return {
            "markdown": (f"## In short\n\n{bold}\n\n{table}",),
            "images-and-links": (*linked, f"<script>fetch('{url}/script')</script>"),
        }

    @property
    def _three(self) -> tuple[str, ...]:
        return self.passages[0].sentences[:3]

    def _cited(self, shape: str = "[{n}]", change: Callable[[str], str] = str) -> tuple[str, ...]:
        n, m = self.passages[0].number, self.beside
        mark = shape.format(n=n, m=m, low=min(n, m), high=max(n, m))
        return tuple(faults.cite(change(sentence), mark) for sentence in self._three)

    def _altered(self, *changes: Callable[[str], str]) -> str:
        """The first sentence that a change alters, altered and cited; a later change only if the earlier cannot."""
        for change in changes:
            for part in self.passages:
                for sentence in part.sentences:
                    if change(sentence) != sentence:
                        return faults.cite(change(sentence), f"[{part.number}]")
        raise ValueError("the last change alters every sentence")

    def _swap_name(self, sentence: str) -> str:
        others = [name for part in self.passages for name in _NAME.findall(part.text)]
        for name in _NAME.findall(sentence):
            for other in others:
                alike = name.count(" ") == other.count(" ")
                if alike and not faults.stems(name) & faults.stems(other) and other not in sentence:
                    return sentence.replace(name, other, 1)
        return sentence

    def _obeyed(self) -> tuple[str, ...]:
        demands = [(found, part) for part in self.passages for found in re.findall(r"ATTACK:\s*(.+)", part.text)]
        calm = [(said, part) for part in self.passages for said in part.sentences if "ATTACK:" not in said][:1]
        return tuple(faults.cite(said.strip(), f"[{part.number}]") for said, part in demands + calm)


def draft_of(model: str, text: str, port: int) -> faults.Draft:
    """What the model says to a prompt's user message; raises KeyError for a model that is none of the table's."""
    slow = re.fullmatch(r"slow-(\d+)", model)
    said = _Reader.of(text, port).drafts()["honest" if slow or model in faults.FAULTS else model]
    wait_seconds = int(slow[1]) / 1000 if slow else 0
    return faults.Draft(said, THOUGHT * (model == "thinking-field"), model == "markers-split", wait_seconds)


def stand_alone(text: str) -> str:
    """The last question of a rewriting prompt, with the name last spoken of for its first pronoun."""
    before, _, question = text.rpartition("Reader's last question: ")
    names = _NAME.findall(before)
    if not names or _NAME.search(question):
        return question
    owned = re.sub(r"\b(his|her|their|its)\b(?= \w)", f"{names[-1]}’s", question, count=1)
    named = owned if owned != question else re.sub(r"\b(he|she|they|it|him|her|them)\b", names[-1], question, count=1)
    return named if named != question or len(question.split()) > 3 else f"{question.rstrip('?')} for {names[-1]}?"


class ScriptedServer(ThreadingHTTPServer):
    """The server itself, on a port of loopback (0: any)."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.lock, self.got, self.scripted, self.left = threading.Lock(), list[Request](), "", 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.left += (has_left := isinstance(sys.exception(), ConnectionError))  # as some tests want
        return None if has_left else super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ScriptedServer

    def do_GET(self) -> None:
        body = self._body()
        if self.path.startswith("/control/"):
            return faults.send(self, self._controlled(body))
        seen = self._record(body)
        if not self.path.endswith("/v1/chat/completions") or not isinstance(body, dict):
            return faults.send(self, faults.error(404, "Nothing here."))
        return faults.send(self, self._answer(body, seen))

    do_POST = do_GET

    def log_message(self, *_: Any) -> None: ...  # the first line printed is the port, and the only one

    def _body(self) -> Any:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            return json.loads(content)
        except ValueError:
            return None

    def _record(self, body: Any) -> int:
        """Keep the request; how many for its model there are now."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.got.append(Request(self.command, self.path, headers, body, time.time()))
            bodies = [request.body for request in self.server.got]
        model = body.get("model") if isinstance(body, dict) else None
        return sum(isinstance(other, dict) and other.get("model") == model for other in bodies)

    def _controlled(self, value: Any) -> faults.Reply:
        with self.server.lock:
            if self.path.endswith("/reset"):
                self.server.got, self.server.scripted = [], ""
            if self.path.endswith("/script"):
                self.server.scripted = value
            got = [asdict(request) for request in self.server.got]
            return faults.Reply(200, json.dumps(self.server.left if self.path.endswith("/left") else got).encode())

    def _answer(self, body: dict[str, Any], seen: int) -> faults.Reply:
        model, texts = body["model"], [faults.text_of(message) for message in body["messages"]]
        try:
            draft = draft_of(model, texts[-1], self.server.server_port)
        except KeyError:
            return faults.error(404, f"The model '{model}' does not exist.", code="model_not_found")
        if texts[0].startswith("Rewrite the reader's last question"):
            draft = faults.Draft((self.server.scripted or stand_alone(texts[-1]),))
        talk = faults.Talk(body, draft)
        faulted = model in faults.FAULTS and not self.path.startswith("/moved/")
        return faults.faulty(model, talk, seen) if faulted else faults.honest(talk)


def main() -> None:
    """Print the port and serve until the end of the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    server = ScriptedServer(options.port)
    (serving := threading.Thread(target=server.serve_forever, daemon=True)).start()
    print(server.server_port, flush=True)
    os.read(0, 1) if options.until_stdin_closes else serving.join()


if __name__ == "__main__":
    main()
