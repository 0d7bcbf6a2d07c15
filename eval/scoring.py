"""What an answer is worth: right or not and why, and each measure apart. Pure functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.case import Case
from eval.facts import Fact, normal, states
from rag.answer import Answer, Citation
from rag.retrieval import SearchResult

Outcome = Literal["right", "wrong", "refused", "error"]
MAX_SENTENCES, MAX_WORDS = 5, 150
MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Marks:
    """The measures of one answer to a case with facts: shares from 0 to 1, and the words shown."""

    facts: float  # of the case's facts, shown in a sentence that cites an accepted article
    first: bool  # the first sentence shown states a fact
    bold: float | None  # of the emphasised words, those that are of a fact; None where there are none
    cited: bool  # the articles that prove it are cited
    precision: float  # of the citations, those of an accepted article whose quote states a fact
    recall: float  # of the facts, those that stand in a quote from an accepted article
    words: int


def outcome(case: Case, answer: Answer) -> tuple[Outcome, str]:
    """Whether the answer is right, and in a few words why not."""
    if case.standalone == case.question and answer.asked_as != case.question:
        return "wrong", f"can stand alone, but was interpreted as “{answer.asked_as}”"
    if answer.refused:
        return ("refused", "refused, though the articles answer") if case.is_answerable else ("right", "")
    if not answer.complete:
        return "error", "the answer was cut off"
    if any(note.kind == "model_failed" for note in answer.notes):
        return "error", "the model failed"
    if case.kind == "refuse":
        return "wrong", "answered, though the articles do not"
    if len(answer.sentences) > MAX_SENTENCES or words_shown(answer) > MAX_WORDS:
        return "wrong", f"more than {MAX_SENTENCES} sentences or {MAX_WORDS} words"
    if not case.facts:
        return "wrong", "answered on a false premise"
    shown = shown_sentences(case, answer)
    missing = [fact for fact in case.facts if not _is_in(shown, fact)]
    if missing:
        return "wrong", "not shown: " + "; ".join(map(written, missing))
    if not _is_cited(case, answer):
        return "wrong", "an article that proves it is not cited"
    lack = _lack(case, answer, shown)
    return ("wrong", lack) if lack else ("right", "")


def _lack(case: Case, answer: Answer, shown: Sequence[str]) -> str:
    """Which label, note or order that the case asks for is missing; "" if none is."""
    leads = [sentence.lead for sentence in answer.sentences]
    told = " ".join(note.text for note in answer.notes)
    missing = [f"no label “{words}”" for words in case.leads if not any(words in lead for lead in leads)]
    missing += [f"no note of “{words}”" for words in case.notes if words not in told]
    places = [next(place for place, text in enumerate(shown) if states(text, fact)) for fact in case.facts]
    missing += ["not in order"] if case.in_order and places != sorted(places) else []
    return "; ".join(missing)


def mark(case: Case, answer: Answer) -> Marks | None:
    """The measures of an answer against its case; None for a refusal, or a case without facts."""
    if answer.refused or not case.facts:
        return None
    shown = shown_sentences(case, answer)
    proofs = [citation.quote for citation in answer.citations if citation.path in case.accepted]
    bold = [sentence.text[start:end] for sentence in answer.sentences for start, end in sentence.emphasis]
    holding = [any(states(quote, fact) for fact in case.facts) for quote in proofs]
    return Marks(
        facts=share(_is_in(shown, fact) for fact in case.facts),
        first=any(states(answer.sentences[0].text, fact) for fact in case.facts),
        bold=share(any(_is_of(words, fact) for fact in case.facts) for words in bold) if bold else None,
        cited=_is_cited(case, answer),
        precision=sum(holding) / len(answer.citations) if answer.citations else 0.0,
        recall=share(_is_in(proofs, fact) for fact in case.facts),
        words=words_shown(answer),
    )


def words_shown(answer: Answer) -> int:
    """The words of an answer's sentences."""
    return sum(len(sentence.text.split()) for sentence in answer.sentences)


def _is_cited(case: Case, answer: Answer) -> bool:
    """Whether the articles that prove the case are cited."""
    return case.articles is not None and case.articles.are_cited({citation.path for citation in answer.citations})


def _is_of(words: str, fact: Fact) -> bool:
    """Whether emphasised words state a fact or a part of it."""
    wordings = () if isinstance(fact, str) else fact
    return states(words, fact) or any(f" {normal(words)} " in f" {normal(wording)} " for wording in wordings)


def shown_sentences(case: Case, answer: Answer) -> list[str]:
    """The sentences that cite an accepted article, without leads and markers; each fact must stand in one of them."""
    numbers = {citation.number for citation in answer.citations if citation.path in case.accepted}
    return [MARKER.sub("", sentence.text) for sentence in answer.sentences if numbers.intersection(sentence.citations)]


def reciprocal_rank(case: Case, found: Sequence[SearchResult]) -> float:
    """1/n where the nth passage found is the first of an accepted article that states a fact; 0 without one."""
    for place, passage in enumerate(found, start=1):
        if passage.path in case.accepted and any(states(passage.text, fact) for fact in case.facts):
            return 1 / place
    return 0.0


def hits(ranks: Sequence[float]) -> dict[str, float]:
    """hit@k and MRR@10 of reciprocal ranks.

    >>> hits([1.0, 0.2])
    {'hit@1': 0.5, 'hit@4': 0.5, 'hit@10': 1.0, 'mrr@10': 0.6}
    """
    shares = {f"hit@{k}": share(rank >= 1 / k for rank in ranks) for k in (1, 4, 10)}
    return shares | {"mrr@10": sum(rank for rank in ranks if rank >= 1 / 10) / max(1, len(ranks))}


def broken_quotes(answer: Answer, read: Callable[[Citation], str | None]) -> list[str]:
    """What breaks the promise "exact": citations, `closest` and `more` too, whose quote is not in its article.

    `read` gives the article's text as the citation counts it, or None when there is no such article.
    """
    broken = []
    for citation in (*answer.citations, *answer.closest, *answer.more):
        text = read(citation)
        if text is None or not citation.quote or text[citation.start : citation.end] != citation.quote:
            broken.append(f"[{citation.number}] is not what is at {citation.path}:{citation.start}-{citation.end}")
    return broken


def broken_markers(answer: Answer) -> list[str]:
    """What breaks the promise that every [n] has a citation and the reverse, numbered by first use."""
    used = [number for sentence in answer.sentences for number in sentence.citations]
    numbers = [citation.number for citation in answer.citations]
    broken = []
    if list(dict.fromkeys(used)) != numbers or numbers != list(range(1, len(numbers) + 1)):
        broken.append(f"sentences cite {used}, citations are numbered {numbers}")
    if not answer.refused and _markers(answer) != used:
        broken.append("the markers in the text are not those of the sentences")
    if answer.refused and (answer.sentences or answer.citations):
        broken.append("a refusal shows sentences or citations")
    if not answer.refused and not used and answer.mode != "catalog":
        broken.append("an answer has no footnote")
    return broken


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927); (0, 1) when nothing was counted."""
    if total == 0:
        return 0.0, 1.0
    z = 1.959964
    middle = (right + z * z / 2) / (total + z * z)
    half = z / (total + z * z) * math.sqrt(right * (total - right) / total + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive scores above a negative; ties count half. Without one of them: nan."""
    if not positives or not negatives:
        return math.nan
    high, low = np.asarray(positives)[:, None], np.asarray(negatives)[None, :]
    return float(((high > low) + 0.5 * (high == low)).mean())


def share(claims: Iterable[bool]) -> float:
    """The share of true claims; 0 when there is none."""
    values = list(claims)
    return sum(values) / len(values) if values else 0.0


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of what is not None, or None."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def written(fact: Fact) -> str:
    """A fact in a word or two, for a person."""
    return f"/{fact}/" if isinstance(fact, str) else fact[0]


def _markers(answer: Answer) -> list[int]:
    """The numbers of the markers in an answer's text, but for brackets in the sentences themselves."""
    rest = answer.text
    for sentence in answer.sentences:
        before, _, after = rest.partition(sentence.text)
        rest = f"{before} ¶ {after}"
    return [int(number) for number in MARKER.findall(rest)]


def _is_in(texts: Iterable[str], fact: Fact) -> bool:
    return any(states(text, fact) for text in texts)
