"""The path of a question: found, judged, drafted, checked, answered. `answered` is the only way through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llama_index.core.base.embeddings.base import BaseEmbedding

from index.catalog import Snapshot
from index.english.dates import written_day
from index.english.periods import without_last_date
from index.records import ArticleRow, Filters
from index.store import Store
from rag.about_articles import catalog_reply, first_words
from rag.answer import Answer, Note, Shown, join
from rag.checkup import stale_notes
from rag.comparing import sides_of
from rag.composing import Drafted, Look, by_model, citation, extracted
from rag.evidence import Evidence, gather
from rag.extracting import Pick, further
from rag.limits import left_out
from rag.question import AFTER, clean_question, halves, parted, understand
from rag.refusing import THRESHOLD, Judgement, judge, names_of
from rag.retrieval import find
from rag.spelling import respelled

if TYPE_CHECKING:
    from rag.writing import Writer

_CLOSEST = 3  # citations that a refusal offers
_NEAR = 0.4  # likeness of the best sentence to a refused question from which its article is worth asking about
_AS_TYPED = 0.4  # share of a follow-up as it was typed in what a sentence scores
_HALF = 0.75  # of the confidence that a question needs: for one of two, of which the other is answered
_BETTER = 0.1  # confidence by which a question in its context beats the one as it was typed


@dataclass(frozen=True)
class Asked:
    """A question with what limits it. `standalone` is the question as understood in a conversation.

    `in_context` is the question with what a conversation spoke of before: it stands where the articles answer it
    better. `as_written`: its names stay spelled as they are. `requests` is how many requests it may still cost where a
    language model answers.
    """

    question: str
    standalone: str
    filters: Filters = Filters()
    requests: int = 3
    in_context: str = ""
    as_written: bool = False


def answered(
    store: Store, embedder: BaseEmbedding, asked: Asked, writer: Writer | None = None
) -> Iterator[Shown | Answer]:
    """Each sentence as it passes, with its citations, then the Answer.

    With a `writer` its language model drafts the answer; without one, it is the articles' own sentences.
    """
    with store.catalog.snapshot() as everything:
        snapshot = everything.within(asked.filters)
        if about := _about_articles(store, embedder, asked, snapshot):
            return (yield about)
        asked, seen, judgement = _understood(store, embedder, asked, snapshot)
        sides = sides_of(seen.question)
        if sides and (judgement.is_answerable or sides[0].publisher):
            within = [replace(asked.filters, publisher=asked.filters.publisher or side.publisher) for side in sides]
            asked_of = [Asked(side.text, side.text, only) for side, only in zip(sides, within, strict=True)]
            looks, judged = zip(*(_judged(store, embedder, one, snapshot) for one in asked_of), strict=True)
            seen = replace(seen, sides=sides, looks=tuple((it.question, it.evidence) for it in looks))
            least, side = min(zip(judged, sides, strict=True), key=lambda one: one[0].confidence)
            if sides[0].publisher:  # no article is of both outlets: each must tell of it
                judgement = replace(least, lack=f"in {side.publisher} {least.lack or 'answers it'}")
            elif not least.is_answerable:
                seen = replace(seen, sides=())
        elif not writer and (split := _by_halves(store, embedder, asked, seen, snapshot)):
            seen, judgement = split
        drafted = Drafted((), "model" if writer else "extractive")
        if judgement.is_answerable:
            seen = replace(seen, confidence=judgement.confidence)
            drafted = yield from (
                by_model(seen, snapshot, writer, asked.requests, asked.filters.as_of) if writer
                else extracted(seen, snapshot)
            )  # fmt: skip
        instead = None if drafted.shown else _answered(store, embedder, asked, seen, judgement.lack, snapshot)
        yield replace(_answer(asked, seen, judgement, drafted, snapshot), suggestion=instead)


def _understood(
    store: Store, embedder: BaseEmbedding, asked: Asked, snapshot: Snapshot
) -> tuple[Asked, Look, Judgement]:
    """The question as it is read, what the index has for it, and whether that answers it."""
    readings = [asked.standalone, *([asked.in_context] if asked.in_context else [])]
    if not asked.as_written:
        readings = [respelled(clean_question(text), snapshot, asked.filters) for text in readings]
    tried = []
    for text in readings:
        one = replace(asked, standalone=text)
        tried.append((one, *_judged(store, embedder, one, snapshot)))
    is_better = tried[-1][2].confidence >= tried[0][2].confidence + _BETTER
    return tried[-1] if is_better else tried[0]


def _by_halves(
    store: Store, embedder: BaseEmbedding, asked: Asked, whole: Look, snapshot: Snapshot
) -> tuple[Look, Judgement] | None:
    """What answers each of two questions asked at once, with a note of one that nothing answers; None where neither."""
    asks, before = halves(asked.standalone), ""
    answering, missing, judged = [], [], []
    for text in asks:
        one = replace(asked, question=text, standalone=text, in_context=before and f"{text} {AFTER}{before})")
        _, seen, judgement = _understood(store, embedder, one, snapshot)
        if judgement.confidence >= _HALF * THRESHOLD:
            answering.append(seen)
        else:
            missing.append(Note("missing", f"The articles do not answer “{text}”"))
        judged.append(judgement)
        before = text
    if not any(judgement.is_answerable for judgement in judged):
        return None
    seen = replace(whole, halves=tuple(answering), missing=tuple(missing))
    return seen, max(judged, key=lambda judgement: judgement.confidence)


def _judged(store: Store, embedder: BaseEmbedding, asked: Asked, snapshot: Snapshot) -> tuple[Look, Judgement]:
    seen = look(store, embedder, asked, snapshot)
    return seen, judge(seen.question, seen.evidence, snapshot.counts()[1])


def look(store: Store, embedder: BaseEmbedding, asked: Asked, snapshot: Snapshot) -> Look:
    """What the index has for a question. For a follow-up, what bears on it as it was typed counts too, but less.

    The passages are of the question as understood; the sentence that says how much "it" costs may not name it.
    """
    question = understand(asked.standalone, snapshot.publishers(), asked.filters.as_of)
    found = find(store, embedder, question, asked.filters, snapshot)
    evidence = gather(question, found, snapshot, embedder)
    if question.days and not any(item.is_timely for item in evidence):  # then what was published in those days
        first, last = min(days.first for days in question.days), max(days.last for days in question.days)
        since, until = max(first, asked.filters.since or first), min(last, asked.filters.until or last)
        then = find(store, embedder, question, replace(asked.filters, since=since, until=until), snapshot)
        of_then = gather(question, then, snapshot, embedder)
        if judge(question, of_then, snapshot.counts()[1]).is_answerable:
            found, evidence = then, of_then
    typed = understand(clean_question(asked.question))
    if question.text.startswith(f"{typed.text} {AFTER}") and typed.words:
        known = {(item.article, item.start): item.score for item in gather(typed, found, snapshot, embedder)}
        scores = [known.get((item.article, item.start), 0.0) - item.score for item in evidence]
        evidence = [replace(item, score=item.score + _AS_TYPED * more)
                    for item, more in zip(evidence, scores, strict=True)]  # fmt: skip
        evidence.sort(key=lambda item: -item.score)
    return Look(question, found, tuple(evidence))


def _answer(asked: Asked, seen: Look, judgement: Judgement, drafted: Drafted, snapshot: Snapshot) -> Answer:
    """What was drafted, with what else bears on it; where nothing was, a refusal with the closest found."""
    sentences = tuple(event.sentence for event in drafted.shown)
    cited = {citation.number: citation for event in drafted.shown for citation in event.citations}
    rest: Sequence[Pick | Evidence] = _nearest(seen.evidence)
    if sentences:
        rest = further(seen.question, seen.evidence, drafted.shown, snapshot)
    beside_it = tuple(citation(number, words) for number, words in enumerate(rest, start=1))
    return Answer(
        question=asked.question,
        asked_as=asked.standalone,
        text=join(sentences) or _why_not(judgement, asked.filters, is_empty=snapshot.counts()[0] == 0),
        sentences=sentences,
        citations=tuple(cited[number] for number in sorted(cited)),
        refused=not sentences,
        confidence=judgement.confidence,
        mode=drafted.mode,
        complete=drafted.complete,
        as_of=asked.filters.as_of,
        closest=() if sentences else beside_it,
        more=beside_it if sentences else (),
        notes=drafted.notes + stale_notes([*cited.values(), *beside_it], snapshot) + left_out(asked.filters, snapshot),
    )


def _nearest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each of the likeliest articles."""
    best: dict[ArticleRow, Evidence] = {}
    for item in evidence:
        best.setdefault(item.article, item)
    return list(best.values())[:_CLOSEST]


def _about_articles(store: Store, embedder: BaseEmbedding, asked: Asked, snapshot: Snapshot) -> Answer | None:
    """The answer from the catalog alone, where the question is about the articles themselves or not in English."""

    def find(topic: str) -> ArticleRow | None:
        text = f"What do the articles say about {topic}?"
        seen, judgement = _judged(store, embedder, replace(asked, question=text, standalone=text), snapshot)
        return seen.evidence[0].article if judgement.is_answerable else None

    own, before = parted(asked.standalone)
    said = catalog_reply(own, before or parted(asked.in_context)[1], asked.filters, snapshot, find)
    if said is None:
        return None
    named = enumerate(said.articles, start=1)
    closest = tuple(citation(number, first_words(row, snapshot)) for number, row in named)
    notes = stale_notes(closest, snapshot) + left_out(asked.filters, snapshot) if closest else ()
    refused, confidence = not said.is_understood, float(said.is_understood)
    return Answer(asked.question, own, said.text, (), (), refused, confidence, "catalog", as_of=asked.filters.as_of,
                  closest=closest, suggestion=said.suggestion, notes=notes)  # fmt: skip


def _answered(
    store: Store, embedder: BaseEmbedding, asked: Asked, seen: Look, lack: str, snapshot: Snapshot
) -> str | None:
    """A question that the articles do answer: of another day, or of what it names; None where there is none."""
    if not seen.evidence or seen.evidence[0].cosine < _NEAR:
        return None
    best = seen.evidence[0]
    undated = without_last_date(asked.standalone) if lack.startswith("is from ") and best.article.published else None
    if undated:
        text = f"{undated} in {written_day(best.article.published).partition(' ')[2]}?"
    elif names := [name for name in names_of(seen.question) if name in best.found.passage.text]:
        text = f"What do the articles say about {names[0]}?"
    else:
        return None
    if text == asked.standalone:
        return None
    _, near = _judged(store, embedder, replace(asked, question=text, standalone=text), snapshot)
    return text if near.is_answerable else None


def _why_not(judgement: Judgement, filters: Filters, *, is_empty: bool) -> str:
    """One sentence: that the articles do not answer, and what they lack if that is plain."""
    if is_empty and filters != Filters():
        return "There are no articles within these limits, so there is nothing to answer from."
    if is_empty:
        return "The index contains no articles, so there is nothing to answer from."
    if judgement.lack:
        return f"The articles do not answer this: none of the passages found {judgement.lack}."
    return "The articles mention this, but do not answer the question."
