"""From a model's draft, while it streams, to sentences: markers resolved, nothing left that is not plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.english.sentences import sentence_spans

_MARKER = re.compile(
    r"\s*(?:\[\[|\[|【)\s*\^?(?:(?:passages?|sources?|no\.?):?\s*)?"
    r"(\d{1,3}(?:\s*(?:,|;|&|and|-|–)\s*(?:passages?\s*)?\d{1,3})*)\s*(?:[†|:][^\]】]{0,40})?(?:\]\]|\]|】)(?:\(\S*?\))?",
    re.IGNORECASE,
)
_OPEN_MARKER = re.compile(r"[\[【][^\]】\n]{0,48}$")  # may yet become a marker
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
_LINE_START = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|(?:[-*+•]|\d{1,2}[.)])\s+)+")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|!\[[^\]]*\]\[[^\]]*\]")
_LINK = re.compile(r"\[([^\]]*)\]\((?:[^()]|\([^)]*\))*\)")
_ADDRESS = re.compile(r"<?\b(?:https?|ftp|data|javascript|mailto|file):\S+|\bwww\.\S+", re.IGNORECASE)
_TAG = re.compile(r"<(script|style|svg|iframe)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)|</?[a-z!][^<>]*>?", re.I | re.DOTALL)
_STRESS = re.compile(r"(\*\*\*|\*\*|\*|__|~~|`+)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_RULE = re.compile(r"^[\s|:*_=+~-]*$")  # a line of a table or under a heading
_LONGEST_QUOTE = 400  # characters after which a quotation mark is taken to be a slip
_PROOF_WORDS = 3  # of the next sentence, before a full stop is believed to be one
_ASIDE = re.compile(  # "(Passage 1)", and "(1)" at the end
    r"\((?:see )?(?:passages?|sources?|articles?) #?(\d{1,2}(?:(?:, and|,| and|-) ?\d{1,2})*)\)"
    r"|\((\d{1,2})\)(?=[.!?]?\s*$)",
    re.IGNORECASE,
)
_SAYS = re.compile(  # "Passage 1 says that ...", "According to the passages, ..."
    r"(?:(?:according to|based on|as (?:stated|noted|reported) (?:in|by)|in) (?:the )?"
    r"(?:passage|article|source (?=\d))s? ?([\d, and]*),|(?:the )?(?:passage|article|source (?=\d))s? ?(\d{0,2})"
    r"(?: also)? (?:say|state|report|note|mention|explain|tell|add|show|indicate|confirm)s?(?: us)? that) *"
    r"|(?:final )?(?:answer|response|summary|note): *",
    re.IGNORECASE,
)
_ONE_WORD_IN_FRONT = re.compile(r"^(?:answer|sources?|references?|note|summary)\s*:?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Draft:
    """A sentence as the model meant it: plain text, and the numbers of the passages it names, in order."""

    text: str
    numbers: tuple[int, ...]


def read_drafts(pieces: Iterable[str]) -> Iterator[Draft]:
    """The sentences of a reply, each as soon as what follows proves it complete.

    A list item is a sentence; headings, rules, code fences and what has no words are dropped. A marker after the
    full stop belongs to the sentence before it. What the reply ends in the middle of is not a sentence: it is
    yielded only when `pieces` ends by itself, not when it raises.
    """
    held = ""
    for piece in pieces:
        held += piece
        drafts, held = _complete(held)
        yield from drafts
    drafts, _ = _complete(held + "\n\n")
    yield from drafts


def without_thoughts(pieces: Iterable[str], start: str = "<think>", end: str = "</think>") -> Iterator[str]:
    """The text outside <think> ... </think>, whatever way the tags are cut; an unclosed one hides the rest.

    >>> list(without_thoughts(["<thi", "nk>hm</thin", "k>Yes", "."]))
    ['Yes', '.']
    """
    held, is_thinking = "", False
    for piece in pieces:
        held += piece
        while held:
            tag = end if is_thinking else start
            shown, found, held = held.partition(tag)
            if not found:
                kept = next((n for n in range(len(tag) - 1, 0, -1) if shown.endswith(tag[:n])), 0)
                shown, held = shown[: len(shown) - kept], shown[len(shown) - kept :]
            if shown and not is_thinking:
                yield shown
            if not found:
                break
            is_thinking = not is_thinking
    if held and not is_thinking:
        yield held


def resolve(text: str) -> Draft:
    """A stretch of a reply as a Draft: markers taken out and read, markup taken off.

    >>> resolve("It **rose** [1, 2] by 3% 【4】.")
    Draft(text='It rose by 3%.', numbers=(1, 2, 4))
    >>> resolve("Passage 2 says that it fell (3).")
    Draft(text='It fell.', numbers=(2, 3))
    """
    text = _ASIDE.sub(lambda found: f"[{found[1] or found[2]}]", text)
    while told := _SAYS.match(text):
        rest = text[told.end() :]
        named = (told[1] or told[2] or "").strip(" ,")
        text = (f"[{named}] " if named else "") + rest[:1].upper() + rest[1:]
    numbers: dict[int, None] = {}
    for match in _MARKER.finditer(text):
        spread = _RANGE.sub(lambda found: ",".join(map(str, _between(int(found[1]), int(found[2])))), match[1])
        numbers.update(dict.fromkeys(map(int, re.findall(r"\d+", spread))))
    return Draft(_plain(_MARKER.sub("", text)), tuple(numbers))


def _complete(held: str) -> tuple[list[Draft], str]:
    """The drafts that `held` proves complete, and the rest of it."""
    *lines, last = held.split("\n")
    parts = [line[start:end] for line in lines for start, end in _sentences(line)]
    spans = [] if _OPEN_MARKER.search(last) or "<" in last.rpartition(">")[2] else _sentences(last)
    if spans and len(last[slice(*spans[-1])].split()) < _PROOF_WORDS:
        spans = spans[:-1]  # too little of the next sentence to tell that this one has ended
    parts += [last[start:end] for start, end in spans[:-1]]
    rest = last[spans[-1][0] :] if spans else last
    return [draft for draft in map(resolve, parts) if _is_claim(draft)], rest


def _sentences(line: str) -> list[tuple[int, int]]:
    """The spans of a line's sentences, each with the markers that follow it; nothing for a heading."""
    if line.lstrip().startswith("#"):
        return []
    masked = _MARKER.sub(lambda match: " " * len(match[0]), line)
    spans = [span for span in sentence_spans(masked) if masked[slice(*span)].strip()]
    starts = [spans[0][0]] if spans else []
    for (_, before), (start, _) in zip(spans, spans[1:], strict=False):
        if not _is_in_quote(masked[starts[-1] : before]):
            starts.append(start)
    return list(zip(starts, [*starts[1:], len(line)], strict=False))


def _is_in_quote(text: str) -> bool:
    """Whether a quotation has begun and not ended: the sentences of one quotation stay together."""
    return len(text) < _LONGEST_QUOTE and (text.count("“") > text.count("”") or text.count('"') % 2 == 1)


def _between(first: int, last: int) -> range:
    return range(first, last + 1) if first <= last < first + 20 else range(first, first + 1)


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = html.unescape(_TAG.sub(" ", text))
    text = _ADDRESS.sub("", _TAG.sub(" ", text))
    text = _LINE_START.sub("", text)
    for _ in range(3):
        text = _STRESS.sub(r"\2", text)
    text = " ".join(text.replace("|", " ").split())
    return re.sub(r"\s+([.,;:!?])", r"\1", text).strip()


def _is_claim(draft: Draft) -> bool:
    """Whether it says something: headings, connectives ("Here is what they say:") and rules do not."""
    words = re.findall(r"[^\W_]+", _ONE_WORD_IN_FRONT.sub("", draft.text))
    is_opening = draft.text.endswith(":")
    is_long_enough = len(words) >= 2 or (words and draft.text[-1] in '”"')
    return bool(is_long_enough) and not is_opening and not _RULE.match(draft.text)
