"""From evidence to what is shown: the articles' own sentences, or what they support of a model's reply; and notes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from index.catalog import Snapshot
from index.records import ArticleRow, Passage
from rag.answer import Citation, Mode, Note, Sentence, Shown
from rag.comparing import Side, compared
from rag.conflicts import beside
from rag.copies import told_once
from rag.evidence import Evidence
from rag.extracting import MAX_ANSWERS, MAX_SENTENCES, Pick, extract, holds, lead
from rag.question import Question
from rag.retrieval import Found

if TYPE_CHECKING:
    from rag.models import Allowance
    from rag.writing import Brief, Writer, Written

_LIKELIEST = 3  # sentences, whose passages the reader may find to be no answer
_DOUBTFUL = 0.7  # of confidence, below which a model's "not answered" is believed where the reader agrees
_SETTLES = 0.7  # of the question's words, that a sentence holds which answers it with Yes or No
_NOTED = 160  # characters of a sentence that was left out
_Numbers = dict[tuple[str, str, int, int], int]  # of footnotes, by the place of their words


@dataclass(frozen=True)
class Look:
    """The first steps of the path: the question taken apart, the passages found, their sentences that bear on it.

    `confidence` is the probability that these answer it.
    """

    question: Question
    found: tuple[Found, ...]
    evidence: tuple[Evidence, ...]
    sides: tuple[Side, ...] = ()
    looks: tuple[tuple[Question, tuple[Evidence, ...]], ...] = ()
    halves: tuple[Look, ...] = ()  # of two questions asked at once, those that the articles answer
    missing: tuple[Note, ...] = ()  # and of the other
    confidence: float = 0.0

    @property
    def is_doubtful(self) -> bool:
        """Whether a model may be right that nothing answers: the reader finds no answer where it is likeliest."""
        return self.confidence < _DOUBTFUL and all(item.passage_odds < 0 for item in self.evidence[:_LIKELIEST])


@dataclass(frozen=True)
class Drafted:
    """What was shown of an answer, and what the reader must know beside it."""

    shown: tuple[Shown, ...]
    mode: Mode = "extractive"
    notes: tuple[Note, ...] = ()
    complete: bool = True


def extracted(seen: Look, snapshot: Snapshot) -> Generator[Shown, None, Drafted]:
    """The answer without a model."""
    entries, notes = _verbatim(seen, snapshot)
    shown = _quoted(entries, {})
    yield from shown
    return Drafted(tuple(shown), notes=tuple(notes))


def _verbatim(seen: Look, snapshot: Snapshot) -> tuple[list[tuple[Pick, str]], list[Note]]:
    """The articles' own sentences that answer, each with its lead, and what the reader must know beside them."""
    if seen.sides and (entries := compared(seen.question, seen.sides, seen.evidence, seen.looks, snapshot)):
        return entries, []
    picks, notes = _picked(seen.halves or (seen,), MAX_ANSWERS - bool(seen.halves), snapshot)
    if seen.halves and len(picks) > MAX_SENTENCES:
        picks, notes = _picked(seen.halves, 1, snapshot)
    return [(pick, lead(pick.article)) for pick in picks], [*notes, *seen.missing]


def _picked(looks: Sequence[Look], answers: int, snapshot: Snapshot) -> tuple[list[Pick], list[Note]]:
    """At most so many sentences that answer each question, with what disputes them and is needed for sense; notes."""
    chosen: dict[tuple[ArticleRow, int], Pick] = {}
    notes: list[Note] = []
    for one in looks:
        picks, disputes = beside(one.question, extract(one.question, one.evidence, snapshot, answers), one.evidence)
        notes += disputes or told_once([pick.article for pick in picks], one.evidence, snapshot)
        for pick in picks:
            chosen.setdefault((pick.article, pick.start), pick)
    return list(chosen.values()), notes


def _quoted(entries: Sequence[tuple[Pick, str]], numbers: _Numbers) -> list[Shown]:
    """The picks, each with a footnote of its own, and with its lead where that is another than before."""
    before = ["", *(opening for _, opening in entries)]
    return [
        _numbered(Sentence(pick.text, "" if opening == last else opening, (), "quoted", pick.emphasis), [pick], numbers)
        for (pick, opening), last in zip(entries, before, strict=False)
    ]


def by_model(
    seen: Look, snapshot: Snapshot, writer: Writer, requests: int, as_of: str | None
) -> Generator[Shown, None, Drafted]:
    """The model's sentences that may be shown; the articles' own below them where less than half of the reply may."""
    from rag.models import Allowance
    from rag.writing import brief, was_shortened

    entries, beside_it = _verbatim(seen, snapshot)
    allowance = Allowance(writer.seconds, requests)
    made = brief(writer, seen.question.text, _for_model(seen), as_of)
    reply, numbers = _Reply(), _Numbers()
    yield from _written(reply, writer, made, allowance, lambda written: _is_settled(seen, entries, written), numbers)
    if not reply.count and not reply.failed and seen.is_doubtful:
        return Drafted((), "model")
    rest = [event for event in reply.waiting if event.citations]
    notes = reply.notes + [_left_out(event.sentence.text, "no passage found supports it")
                           for event in reply.waiting if event not in rest]  # fmt: skip
    if reply.is_short:
        said = {event.sentence.text for event in (*reply.shown, *rest)}
        rest += _quoted([entry for entry in entries if entry[0].text not in said], numbers)
        notes.insert(0, Note("dropped" if reply.kept else "model_failed", reply.why_quoted))
    yield from rest
    notes += [Note("cut_off", f"The answer is incomplete: {reply.failed}.")] if reply.failed and reply.kept else []
    if reply.kept and all(note.kind == "coverage" for note in beside_it):
        quoted = [pick.article for pick, _ in entries if reply.is_short]
        beside_it = told_once([*reply.cited, *quoted], seen.evidence, snapshot)
    shortened = was_shortened(made, allowance) if reply.kept or not reply.failed else ""
    notes += [*beside_it, *([Note("prompt_shortened", shortened)] if shortened else [])]
    mode: Mode = "model" if not reply.is_short else "mixed" if reply.kept else "extractive"
    return Drafted((*reply.shown, *rest), mode, tuple(notes), not (reply.failed and reply.kept))


@dataclass
class _Reply:
    """What came of a model's reply: `kept` of its `count` sentences have a footnote, `failed` is why it broke off."""

    shown: list[Shown] = field(default_factory=list)
    waiting: list[Shown] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    cited: list[ArticleRow] = field(default_factory=list)
    count: int = 0
    kept: int = 0
    failed: str = ""

    @property
    def is_short(self) -> bool:
        return not self.kept or 2 * self.kept < self.count

    @property
    def why_quoted(self) -> str:
        """Why the articles' own sentences are shown although a model was asked."""
        if self.kept:
            wrote = f"{self.kept} of the {self.count} sentences that the language model wrote"
            return f"The articles support only {wrote}; their own sentences follow."
        why = "The language model found no answer in the passages."
        if self.failed or self.count:
            why = f"The language model did not answer: {self.failed}." if self.failed else (
                "The articles do not support what the language model wrote.")  # fmt: skip
        return f"{why} These are the articles' own sentences."


def _written(
    reply: _Reply, writer: Writer, made: Brief, allowance: Allowance, settles: Callable[[Written], bool],
    numbers: _Numbers,
) -> Iterator[Shown]:  # fmt: skip
    """What of the reply may be shown, into `reply` too. It waits while less than half of the reply has a footnote."""
    from rag.models import ModelError
    from rag.writing import write

    try:
        for written in write(writer, made, allowance):
            if written.is_missing:
                reply.notes.append(Note("coverage", f"Not stated: {written.text}"))
                continue
            reply.count += 1
            if written.support is None:
                reply.notes.append(_left_out(written.text, written.reason))
                continue
            text = written.opening + written.text
            if written.opening and not settles(written):
                text = written.text[:1].upper() + written.text[1:]
            reply.waiting.append(_numbered(Sentence(text, "", (), written.support), written.quotes, numbers))
            reply.kept += bool(written.quotes)
            reply.cited += [quote.article for quote in written.quotes]
            if not reply.is_short:
                yield from reply.waiting
                reply.shown, reply.waiting = reply.shown + reply.waiting, []
    except ModelError as error:
        reply.failed = error.text


def _left_out(text: str, reason: str) -> Note:
    return Note("dropped", f"Left out: “{text[:_NOTED]}” ({reason}).")


def _for_model(seen: Look) -> list[Found]:
    """The passages that a model is given: of two sides, those of each in turn."""
    looks = [[item.found for item in evidence] for _, evidence in seen.looks] if seen.sides else []
    turns = [found for both in zip_longest(*looks) for found in both if found]
    return list({found.passage.id: found for found in (*turns, *seen.found)}.values())[: len(seen.found)]


def _is_settled(seen: Look, entries: Sequence[tuple[Pick, str]], written: Written) -> bool:
    """Whether a model's "Yes" or "No" may stand: a sentence of the offline answer that it quotes says the same."""
    stance = "so" if written.opening.lower().startswith("yes") else "denied"
    said = [item for item in seen.evidence if item.stance == stance and item.coverage >= _SETTLES]
    quoted = [item for item in said for quote in written.quotes
              if quote.article == item.article and quote.start < item.end and quote.end > item.start]  # fmt: skip
    return any(holds(pick, item) for pick, _ in entries for item in quoted)


def _numbered(sentence: Sentence, quotes: Sequence[Pick | Passage], numbers: _Numbers) -> Shown:
    """A sentence with its footnotes; `numbers` holds those given so far and takes the new ones."""
    citations = {}
    for quote in quotes:
        place = (quote.article.root, quote.article.path, quote.start, quote.end)
        number = numbers.setdefault(place, len(numbers) + 1)
        citations[number] = citation(number, quote)
    return Shown(replace(sentence, citations=tuple(citations)), tuple(citations.values()))


def citation(number: int, words: Pick | Evidence | Passage) -> Citation:
    article = words.article
    return Citation(
        number, article.root, article.path, article.title, words.text, words.start, words.end, article.encoding,
        publisher=article.publisher, published=article.published, url=article.url, page=article.page_at(words.start),
    )  # fmt: skip
