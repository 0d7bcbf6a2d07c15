"""An Answer as the message of a chat: its text, its sources below it, and where in it each footnote stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlencode

from rag.answer import Answer, Citation, Sentence
from rag.render import DOUBTS, asides, clean, heading, in_marks, marks, origin, preamble

# Where Markdown or HTML would begin: a chat program must not load what an article names. Spaces keep the words exact.
_LOADS = re.compile(r"\](?=[(\[:])|<(?=[A-Za-z/!?])")


@dataclass(frozen=True)
class Footnote:
    """A footnote's number as it stands in a message: `text[start:end]` is "[n]". `url` opens its exact words."""

    start: int
    end: int
    url: str
    title: str


@dataclass(frozen=True)
class Message:
    """What a chat program shows of an answer; `is_whole` is False where it was cut off."""

    text: str
    footnotes: tuple[Footnote, ...]
    is_whole: bool = True


def link(cited: Citation, address: str) -> str:
    """Opens the cited words at the server whose address ends in "/"; without one, says where the article is."""
    if not address:
        return cited.url or f"{cited.root}/{cited.path}"
    place = {"root": cited.root, "path": cited.path, "start": cited.start, "end": cited.end}
    return f"{address}article?{urlencode(place | {'words': fingerprint(cited.quote)})}"


def fingerprint(quote: str) -> str:
    """Tells whether the words at a place are still the ones that were quoted."""
    return blake2b(quote.encode("utf-8", "replace"), digest_size=4).hexdigest()


def message(answer: Answer, address: str) -> Message:
    """The whole message, whose links lead to `address`. It begins with its sentences, each as `spoken`."""
    text = ""
    footnotes = []
    for sentence in answer.sentences:
        text += spoken(sentence, is_first=not text)
        end = len(text)
        for number in () if sentence.support in DOUBTS else reversed(sentence.citations):
            cited, start = answer.citation(number), end - len(f"[{number}]")
            footnotes.append(Footnote(start, end, link(cited, address), clean(cited.title)))
            end = start - 1
    blocks = [text or inert(answer.text), *map(inert, preamble(answer)), _sources(answer, address)]
    blocks += map(inert, asides(answer))
    footnotes.sort(key=lambda one: one.start)
    return Message("\n\n".join(filter(None, blocks)), tuple(footnotes), answer.complete)


def spoken(sentence: Sentence, *, is_first: bool) -> str:
    """A sentence with its numbers, and what parts it from the one before; one not borne out says so."""
    before = "" if is_first else "\n" if sentence.lead else " "
    return before + inert(f"{sentence.lead} {sentence.text}").strip() + marks(sentence)


def inert(text: str) -> str:
    """The text on one line, in which a chat program finds no picture, link or element of an article's.

    >>> inert("![a](http://evil.example/x.png) <img>")
    '![a] (http://evil.example/x.png) < img>'
    """
    return _LOADS.sub(lambda sign: f"{sign[0]} ", clean(text))


def _sources(answer: Answer, address: str) -> str:
    """Each source on a line, with the words that the answer itself does not say."""
    said = " ".join(clean(sentence.text) for sentence in answer.sentences)
    lines = []
    for cited in answer.citations or answer.closest:
        quote = clean(cited.quote).strip()
        words = () if quote in said else (inert(in_marks(quote)),)
        mark = f"[{cited.number}]" if answer.citations else "-"
        lines.append(f"{mark} {' · '.join((inert(origin(cited, is_titled=True)), *words, link(cited, address)))}")
    return "\n".join([f"{'Sources' if answer.citations else heading(answer)}:", *lines]) if lines else ""
