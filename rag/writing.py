"""The answerer with a language model: what it writes, sentence by sentence, each checked before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from llama_index.core.llms import LLM, ChatMessage

from index.english.sentences import sentence_spans
from index.english.words import plain, stems
from index.records import Passage
from rag.answer import Support, Turn
from rag.checking import Check, Checker
from rag.citing import Draft, read_drafts
from rag.evidence import addresses_the_writer, without_instructions
from rag.matching import Source
from rag.models import Allowance, ModelError, read
from rag.prompts import NOT_ANSWERED, answer_prompt, standalone_prompt
from rag.reader import read as find_answer
from rag.reader.encoding import heading
from rag.retrieval import Found
from rag.stating import missing, unstated

MAX_SENTENCES = 8  # that are shown, however long the reply is
_TRIED = 4  # other passages that may carry a sentence whose own does not
_WHOLE = 0.8  # of a sentence's words, that stand together in a passage it does not name
_LEAST_KNOWN = 0.5  # share of a sentence's words in the passages, below which it is about something else
_MAX_QUOTES = 3  # footnotes of one sentence
_MAX_QUESTION = 400  # characters of a rewritten one
_YES_NO = re.compile(r"(?:yes|no)\b[,.:;–—-]+\s*(?=\S)", re.IGNORECASE)
_CHARACTERS_PER_TOKEN = 3.5  # of English news, on the safe side
_PROMPT_SHARE = 0.75  # of a model's context; the rest is for its reply
_READ_SHARE = 0.6  # of the tokens we think we sent; an endpoint that read fewer has cut the prompt


@dataclass(frozen=True)
class Written:
    """A sentence of the model with what the checks say. `support` is None when it must not be shown, for `reason`.

    `quotes` are the stretches of passages that carry it, `opening` a "Yes, " or "No, " in front, which is not checked.
    `is_missing`: it says what the passages do not tell, and the reader does not find it there either.
    """

    text: str
    support: Support | None
    quotes: tuple[Passage, ...]
    reason: str
    opening: str = ""
    is_missing: bool = False


@dataclass(frozen=True)
class Writer:
    """A language model with the checks that its sentences must pass. `seconds` is what a question may take."""

    llm: LLM
    checker: Checker
    seconds: float

    def rewritten(self, question: str, turns: Sequence[Turn]) -> str | None:
        """A follow-up as the model writes it to stand alone; None when it fails or makes things up."""
        allowance = Allowance(self.seconds / 4, requests=1)
        try:
            reply = "".join(read(self.llm, standalone_prompt(question, turns), allowance))
        except ModelError:
            return None
        line = " ".join(reply.split()).strip('"“” ')
        known = " ".join([question, *(f"{turn.question} {turn.answer.asked_as} {turn.answer.text}" for turn in turns)])
        is_sound = 0 < len(line) <= _MAX_QUESTION and set(_telling(line)) <= set(_telling(known))
        return line if is_sound else None


@dataclass(frozen=True)
class Brief:
    """A prompt that fits the model: `sent` are the passages in it, in order; `cut` how many had to stay out."""

    messages: tuple[ChatMessage, ...]
    sent: tuple[Found, ...]
    cut: int

    @property
    def tokens(self) -> int:
        """About how many tokens it has."""
        return int(sum(len(message.content or "") for message in self.messages) / _CHARACTERS_PER_TOKEN)


def brief(writer: Writer, question: str, found: Sequence[Found], as_of: str | None) -> Brief:
    """The prompt over as many of the passages as the model's context holds, best first; at least one."""
    room = _PROMPT_SHARE * writer.llm.metadata.context_window
    for count in range(len(found), 0, -1):
        sent = tuple(found[:count])
        passages = [replace(item.passage, text=without_instructions(item.passage.text)) for item in sent]
        made = Brief(tuple(answer_prompt(question, passages, as_of)), sent, len(found) - count)
        if made.tokens <= room or count == 1:
            return made
    raise ValueError("a brief needs a passage")


def write(writer: Writer, made: Brief, allowance: Allowance) -> Iterator[Written]:
    """Each sentence of the reply as it completes, checked, once. Nothing when the model says that nothing answers.

    Raises ModelError, also after some sentences, and when there are more than MAX_SENTENCES to show.
    """
    count, seen = 0, set[str]()
    for item in made.sent:
        writer.checker.prepare(source_of([item]))
    with closing(read(writer.llm, made.messages, allowance)) as pieces:
        for draft in read_drafts(pieces):
            if " ".join(re.findall(r"[A-Z]+", draft.text.upper())).startswith(NOT_ANSWERED):
                return
            if draft.text in seen:
                continue
            seen.add(draft.text)
            if count == MAX_SENTENCES:
                raise ModelError("truncated", f"the model wrote more than {MAX_SENTENCES} sentences")
            opening = found[0] if (found := _YES_NO.match(draft.text)) else ""
            bare = replace(draft, text=draft.text.removeprefix(opening))
            if what := missing(bare.text):
                yield Written(draft.text, None, (), "the passages may tell it", is_missing=_is_missing(what, made.sent))
                continue
            written = replace(judge(bare, made.sent, writer.checker), opening=opening)
            count += written.support is not None
            yield written


def was_shortened(made: Brief, allowance: Allowance) -> str:
    """What the reader should know about passages that the model has not read; empty when it read all."""
    if made.cut:
        return f"Only {len(made.sent)} of {len(made.sent) + made.cut} passages fitted into the model's context."
    told = allowance.prompt_tokens
    if told is not None and told < _READ_SHARE * made.tokens:
        return f"The endpoint says it read {told} of about {made.tokens} tokens: it may have cut the passages short."
    return ""


def judge(draft: Draft, sent: Sequence[Found], checker: Checker) -> Written:
    """Hold a sentence against the passages it names, then against the others that are nearest to it.

    Most wrong footnotes are right claims with the wrong number, so a sentence that another passage carries
    keeps a footnote, to that one.
    """
    if reason := unstated(draft.text):
        return Written(draft.text, None, (), reason)
    for name in {item.passage.article.publisher or "" for item in sent} - {""}:
        if lead := re.match(rf"{re.escape(name)}(?:, [^:.]{{4,20}})?: ", draft.text):  # of it, and so of its passages
            theirs = [item for item in sent if item.passage.article.publisher == name]
            written = judge(Draft(draft.text[lead.end() :], ()), theirs, checker)
            return replace(written, text=draft.text, support="supported" if written.quotes else written.support)
    named = [sent[number - 1] for number in draft.numbers if 1 <= number <= len(sent)]
    checks = [(item, checker.check(draft.text, source_of([item]))) for item in named]
    carried = [(item, check) for item, check in checks if check.verdict == "supported"]
    if not carried and len(named) > 1:
        together = checker.check(draft.text, source_of(named))
        if together.verdict == "supported":
            return Written(draft.text, "supported", _quotes_together(named, together), "")
    for item in () if carried else _nearest(draft.text, [item for item in sent if item not in named]):
        check = checker.check(draft.text, source_of([item]))
        checks.append((item, check))
        if check.verdict == "supported" and check.together >= _WHOLE:
            carried = [(item, check)]
            break
    if carried:
        quotes = tuple(_quote(item, check) for item, check in carried[:_MAX_QUOTES])
        is_verbatim = any(_bare(draft.text) in _bare(quote.text) for quote in quotes)
        return Written(draft.text, "quoted" if is_verbatim else "supported", quotes, "")
    own = [check for _, check in (checks[: len(named)] or checks[:1])]
    against = next((check for check in own if check.verdict == "contradicted"), None)
    if against:
        return Written(draft.text, None, (), against.reason)
    if _share_known(draft.text, sent) < _LEAST_KNOWN or addresses_the_writer(draft.text):
        return Written(draft.text, None, (), "none of the passages found is about this")
    is_unchecked = bool(own) and all(check.verdict == "unchecked" for check in own)
    reason = own[0].reason if own else "no passage is close to it"
    reason = reason or "no passage says all of it in one place"
    return Written(draft.text, "unchecked" if is_unchecked else "not_shown", (), reason)


def _is_missing(what: str, sent: Sequence[Found]) -> bool:
    """Whether no passage answers the question, says the reader."""
    passages = []
    for item in sent:
        row, text = item.passage.article, item.passage.text
        sentences = [plain(text[start:end]) for start, end in sentence_spans(text)]
        passages.append((heading(row.title, row.publisher, row.published), sentences))
    return all(reading.answers < 0 for reading in find_answer(what, passages))


def _telling(text: str) -> list[str]:
    """The names and numbers of a text: what a rewriting may not invent."""
    return [word.casefold() for word in re.findall(r"\b(?:[A-Z][\w’'-]*|\d[\d.,]*)", text)[1:]]


def source_of(items: Sequence[Found]) -> Source:
    """What the checker reads of passages of one article, without what addresses the writer."""
    article = items[0].passage.article
    text = "\n\n".join(without_instructions(item.passage.text) for item in items)
    return Source(text, article.published, article.title, article.publisher or "")


def _share_known(text: str, sent: Sequence[Found]) -> float:
    """The share of a sentence's words that stand in any passage."""
    words = set(stems(text))
    texts = [f"{item.passage.article.title} {without_instructions(item.passage.text)}" for item in sent]
    known = set(stems(" ".join(texts)))
    return len(words & known) / len(words) if words else 0.0


def _nearest(text: str, items: Sequence[Found]) -> list[Found]:
    words = set(stems(text))
    shared = {id(item): len(words & set(stems(item.passage.text))) for item in items}
    return [item for item in sorted(items, key=lambda item: -shared[id(item)])[:_TRIED] if shared[id(item)]]


def _quote(item: Found, check: Check) -> Passage:
    """The sentence that carries it best, with the others that do where they stand beside it."""
    spans = check.spans or ((0, len(item.passage.text)),)
    start, end = spans[0]
    for other in sorted(spans[1:]):
        if 0 <= other[0] - end <= 2:
            end = other[1]
    return _cut(item, start, end)


def _quotes_together(items: Sequence[Found], check: Check) -> tuple[Passage, ...]:
    quotes, at = [], 0
    for item in items:
        length = len(item.passage.text)
        inside = [(start - at, end - at) for start, end in check.spans if at <= start and end <= at + length]
        quotes += [_cut(item, start, end) for start, end in inside[:1]]
        at += length + 2
    return tuple(quotes[:_MAX_QUOTES])


def _cut(item: Found, start: int, end: int) -> Passage:
    passage = item.passage
    return replace(passage, start=passage.start + start, end=passage.start + end, text=passage.text[start:end])


def _bare(text: str) -> str:
    return " ".join(plain(text).split())
