"""Rows of training and test data for the reader, from question sets of several shapes."""

from __future__ import annotations

import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.bench import read_lines
from index.english.sentences import sentence_spans
from rag.reader.encoding import heading

OURS = Path(__file__).parent / "near_miss"
ARTICLES = Path(__file__).parent / "articles"
GROUP = 12  # rows that are read together, so that those of one question or passage can be ranked
_WINDOW = 90  # words of a long paragraph that are shown, like a passage of the index
HELD = 5  # every fifth near-miss passage is a test
_HELD_ARTICLES = 6  # every sixth article of SQuAD 2.0 dev is
_NAME = re.compile(r"(?<=[a-z,] )[A-Z]")  # a capital that does not begin the question
_SKIPPED = ("-noun", "-number", "-entity")  # made by a machine, often no question at all


@dataclass(frozen=True, slots=True)
class Row:
    """One question beside the sentences of one passage.

    `flags` marks the sentences that answer (None: not known), `span` is (sentence, first character, end
    of the answer), `kind` "answered" or how the passage misses the question.
    """

    question: str
    head: str
    sentences: tuple[str, ...]
    answered: bool
    flags: tuple[bool, ...] | None
    span: tuple[int, int, int] | None
    kind: str
    words: str = ""


Group = list[Row]


def held(title: str) -> bool:
    """Whether an article of SQuAD 2.0 dev belongs to the test."""
    return zlib.crc32(title.encode()) % _HELD_ARTICLES == 0


def near_miss(folder: Path, *, test: bool) -> list[Group]:
    """A group for each passage or article of the .jsonl files; its number tells whether it is one of the test."""
    files = (read_lines(path) for path in sorted(folder.glob("*.jsonl")))
    rows = (row for file in files for number, row in enumerate(file) if (number % HELD == 0) is test)
    return [list(_article_rows(row) if "passages" in row else _near_miss_rows(row)) for row in rows]


def beside_others(groups: Sequence[Group], share: float, rng: random.Random) -> list[Group]:
    """The groups, in which a `share` of the answered questions that name something stand beside another passage too.

    It is the one that shares most words with the question, and does not answer it.
    """
    bags = [_bag(" ".join((group[0].head, *group[0].sentences))) for group in groups]
    joined = []
    for at, group in enumerate(groups):
        asked = [row for row in group if row.answered and _NAME.search(row.question) and rng.random() < share]
        others = []
        for row in asked:
            wanted = _bag(row.question)
            near = groups[max((i for i in range(len(groups)) if i != at), key=lambda i: len(wanted & bags[i]))][0]
            flags = (False,) * len(near.sentences)
            others.append(Row(row.question, near.head, near.sentences, False, flags, None, "other_passage"))
        joined.append([*group, *others])
    return joined


def _near_miss_rows(row: dict[str, Any]) -> Iterator[Row]:
    sentences = list(row["sentences"])
    yield from (_near_miss_row(row, sentences, asked) for asked in row["questions"])
    if variant := row.get("variant"):
        for at, text in variant["sentences"].items():
            sentences[int(at)] = text
        words = {asked["q"]: asked["words"] for asked in row["questions"]}
        for asked in variant["questions"]:
            yield replace(_near_miss_row(row, sentences, asked), words=words[asked["q"]])


def _article_rows(article: dict[str, Any]) -> Iterator[Row]:
    """Each question beside the passage that answers it and the likest of the others, or the two likest.

    The passages are of one article, or of like ones, each with a heading of its own (`heads`).
    """
    passages = article["passages"]
    heads = article.get("heads") or [article] * len(passages)
    bags = [_bag(" ".join(sentences)) for sentences in passages]
    for asked in article["questions"]:
        wanted, own = _bag(asked["q"]), asked.get("passage")
        missed = {"q": asked["q"], "kind": "sibling", "words": asked["words"]}
        nearest = sorted(range(len(bags)), key=lambda at: (at != own, -len(wanted & bags[at])))
        for at in nearest[:2]:
            yield _near_miss_row(heads[at], passages[at], asked if own in (at, None) else missed)


def _near_miss_row(row: dict[str, Any], sentences: list[str], asked: dict[str, Any]) -> Row:
    head = heading(row["title"], row["publisher"], row["published"])
    flags, span = [False] * len(sentences), None
    if "answer" in asked:
        at = asked["sentence"]
        start = sentences[at].index(asked["answer"])
        flags[at], span = True, (at, start, start + len(asked["answer"]))
    kind, words = asked.get("kind", "answered"), asked.get("words", "")
    return Row(asked["q"], head, tuple(sentences), span is not None, tuple(flags), span, kind, words)


def squad(path: Path, rng: random.Random, *, other_paragraphs: float = 0.0) -> Iterator[tuple[str, Group]]:
    """(Article's title, group) for the paragraphs of SQuAD; "a" is empty where one does not answer.

    For a share `other_paragraphs` of the answered questions the most similar other paragraph of the same
    article that does not hold the answer stands beside it.
    """
    articles: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for paragraph in read_lines(path):
        articles[paragraph["title"]].append(paragraph)
    for title, paragraphs in articles.items():
        split = [_split(paragraph["paragraph"]) for paragraph in paragraphs]
        bags = [_bag(" ".join(sentences)) for sentences in split]
        for at, paragraph in enumerate(paragraphs):
            rows = []
            for asked in paragraph["questions"]:
                rows += _squad_rows(title, split[at], asked)
                if asked["a"] and rng.random() < other_paragraphs:
                    near = _nearest(asked, at, bags, split)
                    rows += _squad_rows(title, split[near], {**asked, "a": []}) if near is not None else []
            for start in range(0, len(rows), GROUP):
                yield title, rows[start : start + GROUP]


def _squad_rows(title: str, sentences: list[str], asked: dict[str, Any]) -> list[Row]:
    question = asked["q"].strip()
    wanted = _bag(question)
    order = sorted(range(len(sentences)), key=lambda i: -len(wanted & _bag(sentences[i])))
    for answer in sorted(asked["a"], key=len, reverse=True):
        for at in order:
            start = sentences[at].lower().find(answer.lower())
            if start >= 0:
                low, shown = _window(sentences, at)
                flags = tuple(i == at - low for i in range(len(shown)))
                span = (at - low, start, start + len(answer))
                return [Row(question, title, tuple(shown), True, flags, span, "answered")]
    if asked["a"] or not sentences:
        return []  # the answer crosses a boundary of sentences
    shown = _window(sentences, order[0])[1]
    return [Row(question, title, tuple(shown), False, (False,) * len(shown), None, "squad")]


def _window(sentences: list[str], at: int) -> tuple[int, list[str]]:
    """The first sentence shown and all shown: around `at`, as many words as a passage has."""
    low, high, words = at, at + 1, len(sentences[at].split())
    while low > 0 or high < len(sentences):
        before = low > 0 and (high == len(sentences) or at - low <= high - 1 - at)
        added = len(sentences[low - 1 if before else high].split())
        if words + added > _WINDOW:
            break
        words += added
        low, high = (low - 1, high) if before else (low, high + 1)
    return low, sentences[low:high]


def _nearest(asked: dict[str, Any], own: int, bags: list[set[str]], split: list[list[str]]) -> int | None:
    wanted = _bag(asked["q"])
    answers = [answer.lower() for answer in asked["a"]]
    others = [
        at
        for at, sentences in enumerate(split)
        if at != own and not any(answer in " ".join(sentences).lower() for answer in answers)
    ]
    return max(others, key=lambda at: len(wanted & bags[at]), default=None)


def small_sets(path: Path, rng: random.Random) -> list[Group]:
    """Groups of `qa_rows.jsonl`; rows of one question are kept together."""
    questions: dict[str, Group] = defaultdict(list)
    for row in read_lines(path):
        if row["src"].endswith(_SKIPPED):
            continue
        flags = tuple(map(bool, row["sent"])) if row["sent"] is not None else None
        span = tuple(row["span"]) if row["span"] else None
        made = Row(row["q"], row["title"], tuple(row["sents"]), bool(row["ans"]), flags, span, row["src"])
        questions[row["q"]].append(made)
    rows = list(questions.values())
    rng.shuffle(rows)
    return list(_joined(rows))


def _joined(small: Iterable[Group]) -> Iterator[Group]:
    group: Group = []
    for rows in small:
        if len(group) + len(rows) > GROUP:
            yield group
            group = []
        group = group + rows[:GROUP]
    if group:
        yield group


def _split(text: str) -> list[str]:
    text = re.sub(r"\s+", " ", text).strip()
    return [text[start:end] for start, end in sentence_spans(text)]


def _bag(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 2}
