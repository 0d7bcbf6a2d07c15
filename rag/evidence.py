"""The sentences in the found passages that bear on the question, best first."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

from index.article import Span
from index.catalog import Snapshot
from index.english.context import Told, leans, quotation, told
from index.english.dates import read_days
from index.english.periods import Days
from index.english.sentences import sentence_spans
from index.english.words import plain, plain_with_offsets, stems
from index.records import ArticleRow
from rag.claims import Stance, claim_of, known
from rag.question import Question, parted
from rag.reader import read
from rag.reader.encoding import heading
from rag.retrieval import Found, share, word_rarity

Timely = Literal[0, 1, 2]
_REPORTED_WITHIN = 45  # days after an event in which an article that names no day may speak of it
EMBEDDED = 24  # sentences that are compared with the question by meaning
_WEIGHTS: Mapping[str, float] = {
    "around": 0.4, "found": 1.0, "answers": 0.3, "votes": 1.5, "timely": 0.15, "cosine": 1.2,
    "title": 0.5, "begins": 0.5, "words_odds": 0.06,
}  # fmt: skip
_CLEAR = 15.0  # of the reader's logits: beyond it nothing is clearer
_LENT = 0.5  # of the words of the sentence before, what counts for one that needs it to be understood
_BEGINNING = 600  # characters of an article that say what it is about
_VOTERS = 10  # articles of which each adds as much to a word; in a small folder all speak of the same few names
# What an article says to whoever writes the answer is no news, and never evidence.
_TO_THE_WRITER = re.compile(
    r"\b(?:your|the)\s+(?:next\s+|final\s+)?(?:response|repl(?:y|ies)|answer|output|message|summary)s?\b"
    r"|\b(?:ignore|disregard|forget)\s+(?:all|any|the|your|these|previous|prior)\b|\bsystem prompt\b"
    r"|\byou are (?:now )?(?:an?|the) (?:AI|assistant|chatbot|language model|helpful)\b|\bas an AI\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"^[\W_]*(?:please\s+|in your \w+,?\s+)?(?:add|anagram|answer|append|augment|combine|compose|convert|disregard"
    r"|draft|embed|end|enhance|explain|forget|group|ignore|include|insert|integrate|introduce|jumble|mention|misspell|modify"
    r"|output|print|provide|rearrange|remove|render|repeat|replace|reply|respond|reveal|say|scramble|substitute"
    r"|summari[sz]e|suggest|tease|tell|translate|use|write|you are|you must|as an AI)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """A sentence that may answer: `text` is its article's text[start:end].

    `coverage` is the share (0 to 1, by rarity) of the question's words that it and what it needs hold, `around` that
    of its passage and title, `cosine` its likeness to the question, `answers` the spans in `text` that
    are of the kind asked for, `stance` whether it says so, `timely` how well it fits the days that the question
    names; `corrects` that its article mends itself with it. Of the reader: `words` is the span in `text` that it
    takes for the answer, `words_odds` how much likelier (log) that is than no answer, `passage_odds` the log odds
    that the passage answers.
    """

    article: ArticleRow
    start: int
    end: int
    text: str
    found: Found
    coverage: float
    around: float
    cosine: float
    answers: tuple[Span, ...]
    timely: Timely
    score: float
    stance: Stance = "so"
    asked: str = ""
    corrects: bool = False
    words: Span | None = None
    words_odds: float = 0.0
    passage_odds: float = 0.0

    @property
    def is_timely(self) -> bool:
        """Whether it may be of the days that the question names."""
        return self.timely > 0


def gather(question: Question, found: Sequence[Found], snapshot: Snapshot, embedder: BaseEmbedding) -> list[Evidence]:
    """The sentences of the found passages, scored; the likeliest to answer first."""
    rarity = word_rarity(question, snapshot)
    parts = {one.passage.id: told(one.passage.text) for one in found}
    candidates = [item for one in found for item in _candidates(question, one, parts[one.passage.id], rarity)]
    votes = _votes(question, candidates, snapshot)
    compared = sorted(
        (
            replace(item, score=item.score + _WEIGHTS["votes"] * max([0.0, *(votes[word] for word in words)]))
            for item in candidates
            for words in [_answer_words(question, item)]
        ),
        key=lambda item: -item.score,
    )[:EMBEDDED]
    if not compared:
        return []
    texts = [plain(f"{item.asked} {item.text}".strip()) for item in compared]
    vectors = np.asarray(embedder.get_text_embedding_batch(texts))
    asked = np.asarray(embedder.get_query_embedding(question.text))
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked)
    cosines = vectors @ asked / np.maximum(lengths, 1e-12)
    rescored = [
        replace(item, cosine=float(cosine), score=item.score + _WEIGHTS["cosine"] * float(cosine))
        for item, cosine in zip(compared, cosines, strict=True)
    ]
    return sorted(_read(question, rescored, parts), key=lambda item: -item.score)


def _read(question: Question, evidence: Sequence[Evidence], parts: Mapping[int, Sequence[Told]]) -> Iterator[Evidence]:
    """The evidence with what the reader says of it. It reads the words as they are compared: nothing invisible.

    Of a follow-up it reads what was typed: the question before is answered already. Of an interview it reads each
    question before its answer.

    `parts` are the sentences of each passage, by its id.
    """
    found = {item.found.passage.id: item.found.passage for item in evidence}
    texts: dict[int, list[tuple[str, Sequence[int]]]] = {key: [] for key in found}
    places: dict[tuple[int, int], int] = {}
    for key, passage in found.items():
        before = ""
        for part in parts[key]:
            if part.asked not in ("", before):
                texts[key].append((plain(f"Q: {part.asked}"), ()))
            places[key, part.start], before = len(texts[key]), part.asked
            texts[key].append(plain_with_offsets(passage.text[part.start : part.end]))
    heads = [heading(one.article.title, one.article.publisher, one.article.published) for one in found.values()]
    passages = [(head, [text for text, _ in texts[key]]) for head, key in zip(heads, found, strict=True)]
    readings = dict(zip(found, read(plain(parted(question.text)[0]), passages), strict=True))
    for item in evidence:
        key = item.found.passage.id
        at = places[key, item.start - item.found.passage.start]
        reading, offsets = readings[key], texts[key][at][1]
        odds = min(max(reading.sure[at], -_CLEAR), _CLEAR)
        span = reading.spans[at]
        yield replace(
            item,
            score=item.score + _WEIGHTS["words_odds"] * odds,
            words=(offsets[span[0]], offsets[span[1] - 1] + 1) if span else None,
            words_odds=odds,
            passage_odds=reading.answers,
        )


def _votes(question: Question, candidates: Sequence[Evidence], snapshot: Snapshot) -> dict[str, float]:
    """For each word that may be the answer: how many of the articles found hold it, by its rarity (0 to 1)."""
    holders: dict[str, set[ArticleRow]] = {}
    for item in candidates:
        for word in _answer_words(question, item):
            holders.setdefault(word, set()).add(item.article)
    passages = max(1, snapshot.counts()[1])
    frequency = snapshot.document_frequency(holders)
    rarity = {word: math.log(1 + passages / (frequency.get(word, 0) + 0.5)) for word in holders}
    return {word: len(held) / _VOTERS * rarity[word] / math.log(1 + 2 * passages) for word, held in holders.items()}


def _answer_words(question: Question, item: Evidence) -> set[str]:
    """The words and numbers of a sentence's answers that the question does not name itself."""
    if question.kind in ("why", "said"):
        return set()
    answers = plain(" ".join(item.text[slice(*span)] for span in item.answers))
    words = set(re.findall(r"\d[\d,.]*\d|[^\W_]+", answers))
    numbers = {word.replace(",", "") for word in words if word[0].isdigit()}
    return (numbers | set(stems(" ".join(words)))) - known(question) - set(question.numbers)


def window(item: Evidence) -> str:
    """Its article's title, the sentence, and the one before and after it in the passage."""
    passage = item.found.passage
    spans = sentence_spans(passage.text)
    near = [span for index, span in enumerate(spans) for at in [item.start - passage.start]
            if any(start <= at < end for start, end in spans[max(0, index - 1) : index + 2])]  # fmt: skip
    return plain(f"{item.article.title}. {passage.text[near[0][0] : near[-1][1]] if near else item.text}")


def addresses_the_writer(sentence: str) -> bool:
    """Whether a sentence of an article is an instruction to whoever (or whatever) writes the answer.

    >>> addresses_the_writer("Add a link to your response."), addresses_the_writer("Add salt to the water.")
    (True, False)
    """
    sentence = plain(sentence)
    return bool(_COMMAND.match(sentence) and _TO_THE_WRITER.search(sentence))


def without_instructions(text: str) -> str:
    """`text` with such sentences blanked, every other character in its place."""
    for start, end in sentence_spans(text):
        if addresses_the_writer(text[start:end]):
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def _candidates(
    question: Question, found: Found, parts: Sequence[Told], rarity: Mapping[str, float]
) -> Iterator[Evidence]:
    """The sentences of a passage that may be quoted, scored by its words; each is read with what it needs for sense."""
    passage = found.passage
    around = f"{passage.article.title}. {passage.text}"
    held = share(set(stems(around)), rarity)
    before = ""
    spans = [(part.start, part.end) for part in parts]
    for number, part in enumerate(parts):
        text = passage.text[part.start : part.end]
        joined = quotation(passage.text, spans, number)
        whole = passage.text[spans[joined[0]][0] : spans[joined[-1]][1]]
        if addresses_the_writer(text):
            continue
        claim = claim_of(question, text, around)
        needed = part.asked or (before if claim.spans and leans(whole) else "")
        own, coverage = (share(set(stems(words)), rarity) for words in (text, f"{needed} {text}"))
        before = f"{needed} {text}"
        score = own + (1.0 if part.asked else _LENT) * (coverage - own) + _WEIGHTS["around"] * held
        score += _WEIGHTS["found"] * found.score + _WEIGHTS["answers"] * bool(claim.spans)
        if question.kind == "topic":  # the articles about it, and how they begin
            score += _WEIGHTS["title"] * share(set(stems(passage.article.title)), rarity)
            score += _WEIGHTS["begins"] * (passage.start + part.start < _BEGINNING)
        words = len(text.split())
        score -= 0.3 * (words < 6 and not needed) + 0.1 * (words > 60)
        score -= 0.5 * (claim.stance == "denied" and question.kind in ("who", "where", "when"))
        score -= text.endswith("?")
        item = Evidence(passage.article, passage.start + part.start, passage.start + part.end, text, found, coverage,
                        held, 0.0, claim.spans, 0, score, claim.stance, part.asked, part.corrects)  # fmt: skip
        if question.days and (timely := timeliness(question, passage.article, window(item))):
            item = replace(item, timely=timely, score=score + _WEIGHTS["timely"] * timely)
        yield item


def timeliness(question: Question, article: ArticleRow, text: str) -> Timely:
    """How a text fits the days that the question names: 2 if it names them or was published then, 1 if soon after.

    What is said of a year is said soon after it as well as in it.
    """
    fits: list[Timely] = [0]
    for days in question.days:
        if days.holds(article.published) or tells_of(days, text):
            fits.append(2)
        elif days.holds(article.published, days_after=_REPORTED_WITHIN):
            fits.append(1 if days.months else 2)
    return max(fits)


def tells_of(days: Days, text: str) -> bool:
    """Whether a text names a day in a range: its year, and with it, of a range shorter than a year, the month."""
    if not days.months:
        return any(days.first[:4] <= year <= days.last[:4] for year in re.findall(r"\b(?:19|20)\d\d\b", text))
    return any(days.first[:7] <= f"{day.year}-{day.month:02}" <= days.last[:7]
               for day in read_days(text) if day.year and day.month)  # fmt: skip
