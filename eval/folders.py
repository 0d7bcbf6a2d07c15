"""Whole answers over folders of invented news: the near-miss passages as articles, asked their own questions."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from llama_index.core.schema import Document

from eval.bench import Count, read_lines
from eval.reader.rows import HELD, OURS
from eval.scoring import auroc, share
from rag.answer import Answer
from rag.assistant import Assistant

FITTED = 10  # the refusal model is fitted on every tenth passage, and the bench asks of the fifth after each


def asked_of_folders(first: int) -> Iterator[tuple[Assistant, str, Mapping[str, Any]]]:
    """(assistant over its folder, id of the passage, question) for every tenth passage from number `first`.

    Each file of eval/reader/near_miss is a folder of some 110 articles on one field of news; the reader was trained on
    none of these passages.
    """
    for file in sorted(OURS.glob("*.jsonl")):
        passages = list(read_lines(file))
        with tempfile.TemporaryDirectory() as folder, Assistant.open(folder) as assistant:
            assistant.sync_documents([_document(row) for row in passages], root="invented")
            for row in passages[first::FITTED]:
                yield from ((assistant, row["id"], question) for question in row["questions"])


def bench_folders(_data: Path, _work: Path) -> Count:
    """Answers and refusals on passages that neither the reader nor the refusal model was trained on."""
    asked = [(path, question, assistant.ask(question["q"])) for assistant, path, question in asked_of_folders(HELD)]
    return len(asked), _figures(asked)


def _document(row: Mapping[str, Any]) -> Document:
    metadata = {"path": row["id"], "title": row["title"], "publisher": row["publisher"] or ""}
    return Document(text=" ".join(row["sentences"]), metadata={**metadata, "published": row["published"] or ""})


def _figures(asked: Sequence[tuple[str, Mapping[str, Any], Answer]]) -> dict[str, float]:
    answerable = [one for one in asked if "answer" in one[1]]
    told = [one for one in answerable if not one[2].refused]
    refused = defaultdict[str, list[bool]](list)
    for _, question, answer in asked:
        if "kind" in question:
            refused[question["kind"]].append(answer.refused)
    rest = [answer.confidence for _, question, answer in asked if "kind" in question]
    figures = {
        "refused": share(one for kind in refused.values() for one in kind),
        "over_refused": 1 - len(told) / len(answerable),
        "auroc": auroc([answer.confidence for _, _, answer in answerable], rest),
        "answer_shown": share(_holds(one, len(one[2].sentences)) for one in answerable),
        "in_first_sentence": share(_holds(one, 1) for one in told),
        "bold_right": share(bold for one in told if (bold := _bold_is_right(one)) is not None),
        "words_shown": sum(len(answer.text.split()) for _, _, answer in told) / len(told),
    }
    figures |= {f"refused: {kind}": share(found) for kind, found in sorted(refused.items())}
    return {name: round(value, 3) for name, value in figures.items()}


def _holds(one: tuple[str, Mapping[str, Any], Answer], sentences: int) -> bool:
    """Whether one of the first `sentences` quotes the words that answer, from the passage that was asked about."""
    path, question, answer = one
    numbers = {number for sentence in answer.sentences[:sentences] for number in sentence.citations}
    return any(
        citation.path.partition("#")[0] == path and question["answer"] in citation.quote
        for citation in answer.citations
        if citation.number in numbers
    )


def _bold_is_right(one: tuple[str, Mapping[str, Any], Answer]) -> bool | None:
    """Whether the first words in bold share half of the answer's; None where nothing is bold."""
    _, question, answer = one
    for sentence in answer.sentences:
        for start, end in sentence.emphasis:
            bold, wanted = ({*text.lower().split()} for text in (sentence.text[start:end], question["answer"]))
            return 2 * len(bold & wanted) >= min(len(bold), len(wanted))
    return None
