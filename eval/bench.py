"""Measures of search, answers, refusals and sync on the news articles that others wrote."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.scoring import auroc, hits, share, words_shown
from index.article import UserError
from rag.answer import Answer
from rag.assistant import Assistant
from rag.refusing import THRESHOLD

Metrics = Mapping[str, float]
Count = tuple[int, Metrics]  # how many questions or texts, and the figures


def bench_news(data: Path, work: Path) -> Count:
    """Retrieval, answers shown and latency on the 101 questions over 1,855 articles, without and with their dates."""
    asked = read_questions(data)
    with open_news(data, work) as assistant:
        undated, dated = ([_ask(assistant, question, as_of) for question in asked] for as_of in (False, True))
    shown = [answer for answer, _, _ in undated if not answer.refused]
    words = [words_shown(answer) for answer in shown]
    seconds = [second for _, second, _ in undated]
    return len(asked), {
        **_retrieved(undated, asked),
        **{f"dated_{name}": value for name, value in _retrieved(dated, asked).items()},
        "answered": round(len(shown) / len(asked), 3),
        "words_shown": round(float(np.mean(words)), 1) if words else 0.0,
        "p50_seconds": round(float(np.percentile(seconds, 50)), 4),
        "p95_seconds": round(float(np.percentile(seconds, 95)), 4),
    }


def bench_sync(data: Path, work: Path) -> Count:
    """Sync of the 1,855 articles: when nothing changed, and from a changed file to the question that sees it."""
    folder = news_folder(data, work)
    with open_news(data, work) as assistant:
        assistant.search("warm up")  # as in a page that is open: libraries are loaded
        started = time.perf_counter()
        report = assistant.sync(folder)
        nothing = time.perf_counter() - started
        file = sorted(folder.glob("*.json"))[7]
        record = json.loads(file.read_text(encoding="utf-8"))
        word = f"quixotropolis{random.randrange(10**9)}"
        changed = record | {"text": f"The mayor of {word} opened a bridge. " + record["text"]}
        try:
            file.write_text(json.dumps(changed), encoding="utf-8")
            started = time.perf_counter()
            embedded = assistant.sync(folder).embedded
            seen = any(word in result.text for result in assistant.search(f"Who opened a bridge in {word}?"))
            one = time.perf_counter() - started
        finally:
            file.write_text(json.dumps(record), encoding="utf-8")
            assistant.sync(folder)
    return report.articles, {
        "nothing_changed_s": round(nothing, 3),
        "one_changed_s": round(one, 3),
        "one_changed_seen": float(seen),
        "one_changed_embedded": embedded,
    }


def bench_refusal(data: Path, work: Path) -> Count:
    """How well confidence tells questions that are answered from ones that are not; undated, on unfitted data."""
    asked = read_questions(data)
    with open_news(data, work) as assistant:
        answered = [assistant.ask(row["question"]).confidence for row in asked]
        unanswerable = read_lines(data / "refusal" / "unanswerable.jsonl")[0::2]
        odd = [assistant.ask(row["question"]).confidence for row in unanswerable]
        texts = {row.path: article.text.casefold() for row in assistant.articles()
                 if (article := assistant.article(row.root, row.path))}  # fmt: skip
        removed = [
            assistant.ask(row["question"], exclude=_holding(texts, row["answers"])).confidence for row in asked
        ]
    metrics = {"auroc": auroc(answered, odd), "auroc_removed": auroc(answered, removed)}
    cut = float(np.percentile(answered, 5))
    for suffix, values in (("", odd), ("_removed", removed)):
        metrics[f"refused_at_5pct_over_refusal{suffix}"] = share(value < cut for value in values)
        metrics[f"refused{suffix}"] = share(value < THRESHOLD for value in values)
    metrics["over_refusal"] = share(value < THRESHOLD for value in answered)
    return len(asked) + len(odd), {name: round(value, 3) for name, value in metrics.items()}


def read_articles(data: Path) -> list[dict[str, str]]:
    return read_lines(data / "news" / "articles.jsonl")


def read_questions(data: Path) -> list[Mapping[str, Any]]:
    """The 101 questions: with the date asked, the strings that answer each, the ids of articles known to hold them."""
    return read_lines(data / "news" / "questions.jsonl")


def news_folder(data: Path, work: Path) -> Path:
    """The 1,855 articles as a folder of one .json file each."""
    folder = work / "news"
    if not folder.exists():
        making = Path(tempfile.mkdtemp(dir=work))
        for number, record in enumerate(read_articles(data)):
            (making / f"{number:04}.json").write_text(json.dumps(record), encoding="utf-8")
        making.rename(folder)
    return folder


def open_news(data: Path, work: Path) -> Assistant:
    """An Assistant over the news folder, indexed under `work` if it is not yet."""
    work.mkdir(parents=True, exist_ok=True)
    assistant = Assistant.open(work / "news-store")
    assistant.sync(news_folder(data, work))
    return assistant


def _ask(assistant: Assistant, row: Mapping[str, Any], dated: bool) -> tuple[Answer, float, float]:
    """The answer, its seconds, and 1/n where the nth article found is the first known one; 0 without one."""
    as_of = row["date"] if dated else None
    paths = [result.path.partition("#")[2] for result in assistant.search(row["question"], limit=60, as_of=as_of)]
    places = enumerate(dict.fromkeys(paths), start=1)
    rank = next((1 / place for place, path in places if path in row["articles"]), 0.0)
    started = time.perf_counter()
    answer = assistant.ask(row["question"], as_of=as_of)
    return answer, time.perf_counter() - started, rank


def _retrieved(answers: Sequence[tuple[Answer, float, float]], asked: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    shown = share(_shows(answer, row["answers"]) for (answer, _, _), row in zip(answers, asked, strict=True))
    found = hits([rank for _, _, rank in answers]) | {"answer_shown": shown}
    return {name: round(value, 3) for name, value in found.items()}


def _shows(answer: Answer, known: Sequence[str]) -> bool:
    shown = " ".join(sentence.text for sentence in answer.sentences).casefold()
    return any(text.casefold() in shown for text in known)


def _holding(texts: Mapping[str, str], answers: Sequence[str]) -> list[str]:
    return [path for path, text in texts.items() if any(answer.casefold() in text for answer in answers)]


def read_lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in read_text(file).split("\n") if line]


def read_text(file: Path) -> str:
    """What a file of the benches holds. Raises UserError when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"'{file}' cannot be read ({error}).", "Give its folder with --data.") from error
