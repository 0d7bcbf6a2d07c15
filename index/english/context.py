"""The sentences of a text with what each needs to be understood: a question it answers, the one before, a quotation.

A question put in an interview and its marks ("Q:", "A:") are not quoted; an answer is read with its question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.english.sentences import SPEECH, Span, sentence_spans

_ASKS = re.compile(r"(?:Q|Question|Interviewer) ?(?::|\.(?=.*\?\W*$)) *", re.IGNORECASE)
_REPLIES = re.compile(r"(?:A|Answer) ?[:.] *", re.IGNORECASE)
_CORRECTS = re.compile(
    r"\W*(?:correct(?:ion|ed)|clarification|editor['’]s note)\w*\b[^.:]{0,40}:"
    r"|.*\b(?:(?:earlier|previous|original) version of (?:this|the)"
    r"|(?:this|the) (?:article|story|report) (?:(?:was|has been) (?:amended|corrected|updated)"
    r"|originally|first|incorrectly|wrongly))",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"[“\"'(]*(?:He|She|They|It|His|Her|Their|Its|This|That|These|Those)\b|.*[”\"’] (?:he|she|they) "
    r"|[^,]*\b(?:be|is|was|as|be[cg]\w+|named|appointed) (?:his|her|their|its)\b"
)
_SPEAKS = re.compile(rf"\b(?:{SPEECH}|say|saying|according to)\b")
_QUOTATION = re.compile(r"“[^“”]*(?:”|$)|\"[^\"\n]*(?:\"|$)|(?<!\w)‘[^‘\n]*?(?:’(?!\w)|$)", re.MULTILINE)


@dataclass(frozen=True)
class Told:
    """A sentence at text[start:end]. `asked` is the question that it answers, `corrects` that it mends its article."""

    start: int
    end: int
    asked: str = ""
    corrects: bool = False


def told(text: str, start: int = 0, end: int | None = None) -> list[Told]:
    """The sentences of text[start:end] that may be quoted, in order."""
    return list(_told(text, sentence_spans(text, start, end)))


def _told(text: str, spans: Sequence[Span]) -> Iterator[Told]:
    asked, is_marked, is_asking, corrects, last = "", False, False, False, 0
    for first, end in spans:
        sentence, is_new_line = text[first:end], not last or "\n" in text[last:first]
        line_end = text.find("\n", end)
        is_whole = is_new_line and not text[end : line_end if line_end >= 0 else len(text)].strip()
        last = end
        if is_new_line:
            corrects = bool(_CORRECTS.match(sentence))
        mark, reply = _ASKS.match(sentence), _REPLIES.match(sentence) if asked else None
        if mark or (is_whole and sentence.endswith("?") and not is_asking):
            asked, is_marked, is_asking = sentence[mark.end() if mark else 0 :], bool(mark), True
        elif is_asking and not is_new_line and not reply:
            asked += f" {sentence}"
        else:
            if not is_asking and is_new_line and not is_marked and not reply:
                asked = ""
            is_asking = False
            yield Told(first + (reply.end() if reply else 0), end, asked, corrects)


def leans(text: str) -> bool:
    """Whether a sentence only makes sense after the one before: a pronoun opens it, or it ends or is a bare quote."""
    if _LEANS.match(text) or text.count("”") > text.count("“"):
        return True
    is_quote = text[0] in "“\"‘" and text.count("“") <= text.count("”")
    return is_quote and not _SPEAKS.search(_QUOTATION.sub(" ", text))


def quotation(text: str, spans: Sequence[Span], number: int) -> range:
    """The numbers of the sentences that a quotation joins with sentence `number`, itself among them."""
    first, last = number, number
    paragraph = text.rfind("\n\n", 0, spans[number][0]) + 1, text.find("\n\n", spans[number][1])
    for found in _QUOTATION.finditer(text, paragraph[0], paragraph[1] if paragraph[1] >= 0 else len(text)):
        inside = [at for at, (start, end) in enumerate(spans) if start < found.end() and found.start() < end]
        if number in inside:
            first, last = min(first, inside[0]), max(last, inside[-1])
    return range(first, last + 1)
