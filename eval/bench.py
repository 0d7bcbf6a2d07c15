"""Measures on other people's data: `python -m eval bench NAME`. Each prints JSON, one figure a name."""

from __future__ import annotations

import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.article import UserError
from rag.answer import Answer
from rag.assistant import Assistant
from rag.refusing import THRESHOLD

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Asking:
    """A question of the news bench: the strings that answer it and the articles known to hold them."""

    text: str
    answers: tuple[str, ...]
    articles: frozenset[str]


def bench_news(data: Path, work: Path) -> Figures:
    """Retrieval, answers shown and latency on the 101 questions over 1,855 articles, without their dates."""
    asked = read_questions(data)
    with open_news(data, work) as assistant:
        ranks = [_rank(assistant, question) for question in asked]
        answers, seconds = [], []
        for question in asked:
            started = time.perf_counter()
            answers.append(assistant.ask(question.text))
            seconds.append(time.perf_counter() - started)
    shown = [answer for answer in answers if not answer.refused]
    words = [len(" ".join(sentence.text for sentence in answer.sentences).split()) for answer in shown]
    return {
        "questions": len(asked),
        **{f"hit@{k}": round(_share(rank is not None and rank < k for rank in ranks), 3) for k in (1, 4, 10)},
        "mrr@10": round(sum(1 / (rank + 1) for rank in ranks if rank is not None and rank < 10) / len(asked), 3),
        "answer_shown": round(_share(map(_shows, answers, asked)), 3),
        "answered": round(len(shown) / len(asked), 3),
        "words_shown": round(float(np.mean(words)), 1) if words else 0.0,
        "question_ms_p50": round(1000 * float(np.percentile(seconds, 50)), 1),
        "question_ms_p95": round(1000 * float(np.percentile(seconds, 95)), 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def bench_sync(data: Path, work: Path) -> Figures:
    """Sync of the 1,855 articles: when nothing changed, and from a changed file to the question that sees it."""
    folder = news_folder(data, work)
    with open_news(data, work) as assistant:
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
    return {
        "articles": report.articles,
        "nothing_changed_s": round(nothing, 3),
        "one_changed_s": round(one, 3),
        "one_changed_seen": seen,
        "one_changed_embedded": embedded,
    }


def bench_embedding(data: Path, work: Path) -> Figures:
    """Passages a second through the LlamaIndex embedding and through onnxruntime alone, in turns, same texts."""
    from index.embedding import MAX_TOKENS, MODEL_FOLDER, MiniLM

    texts = [text[:700] for record in read_articles(data)[:400] if (text := record["text"])]
    embedder = MiniLM()
    raw = _raw_embedding(MODEL_FOLDER, MAX_TOKENS)
    rates: dict[str, list[float]] = {"embedder": [], "raw": []}
    embedder.get_text_embedding_batch(texts[:16])
    raw(texts[:16])
    runs: tuple[tuple[str, Callable[[list[str]], Any]], ...] = (
        ("embedder", embedder.get_text_embedding_batch), ("raw", raw),
    )  # fmt: skip
    for _ in range(3):
        for name, run in runs:
            started = time.perf_counter()
            run(texts)
            rates[name].append(len(texts) / (time.perf_counter() - started))
    best = {name: max(values) for name, values in rates.items()}
    return {
        "passages_per_s": round(best["embedder"], 1),
        "raw_passages_per_s": round(best["raw"], 1),
        "ratio": round(best["embedder"] / best["raw"], 3),
    }


def bench_refusal(data: Path, work: Path) -> Figures:
    """How well confidence tells questions that are answered from ones that are not; undated, on unfitted data."""
    asked = read_questions(data)
    with open_news(data, work) as assistant:
        answered = [assistant.ask(question.text).confidence for question in asked]
        lines = (data / "refusal" / "unanswerable.jsonl").read_text(encoding="utf-8").splitlines()
        odd = [assistant.ask(json.loads(line)["question"]).confidence for line in lines[0::2]]
        texts = {row.path: article.text.casefold() for row in assistant.articles()
                 if (article := assistant.article(row.root, row.path))}  # fmt: skip
        removed = [
            assistant.ask(question.text, exclude=_holding(texts, question.answers)).confidence for question in asked
        ]
    cut = float(np.percentile(answered, 5))
    return {
        "auroc": round(auroc(answered, odd), 3),
        "auroc_removed": round(auroc(answered, removed), 3),
        "refused_at_5pct_over_refusal": round(_share(value < cut for value in odd), 3),
        "over_refusal": round(_share(value < THRESHOLD for value in answered), 3),
        "refused": round(_share(value < THRESHOLD for value in odd), 3),
        "refused_removed": round(_share(value < THRESHOLD for value in removed), 3),
    }


BENCHES: Mapping[str, Callable[[Path, Path], Figures]] = {
    "news": bench_news,
    "sync": bench_sync,
    "embedding": bench_embedding,
    "refusal": bench_refusal,
}


def read_articles(data: Path) -> list[dict[str, str]]:
    return _read_lines(data / "news" / "articles.jsonl")


def read_questions(data: Path) -> list[Asking]:
    """The 101 questions, as they were asked, without the day."""
    rows = _read_lines(data / "news" / "questions.jsonl")
    return [Asking(row["question"], tuple(row["answers"]), frozenset(row["articles"])) for row in rows]


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


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    high, low = np.asarray(positives)[:, None], np.asarray(negatives)[None, :]
    return float(((high > low) + 0.5 * (high == low)).mean())


def _rank(assistant: Assistant, question: Asking) -> int | None:
    """Place (0 first) of the first known article among the articles found."""
    paths = [result.path.partition("#")[2] for result in assistant.search(question.text, limit=60)]
    return next((rank for rank, path in enumerate(dict.fromkeys(paths)) if path in question.articles), None)


def _shows(answer: Answer, question: Asking) -> bool:
    shown = " ".join(sentence.text for sentence in answer.sentences).casefold()
    return any(text.casefold() in shown for text in question.answers)


def _holding(texts: Mapping[str, str], answers: Sequence[str]) -> list[str]:
    return [path for path, text in texts.items() if any(answer.casefold() in text for answer in answers)]


def _raw_embedding(folder: Path, max_tokens: int) -> Callable[[list[str]], Any]:
    """Tokenizer and onnxruntime with nothing around them, in length-sorted batches of 8."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.enable_padding()
    batch = 8
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])

    def run(texts: list[str]) -> None:
        texts = sorted(texts, key=len)
        for first in range(0, len(texts), batch):
            tokens = tokenizer.encode_batch(texts[first : first + batch])
            ids = np.array([encoding.ids for encoding in tokens], dtype=np.int64)
            mask = np.array([encoding.attention_mask for encoding in tokens], dtype=np.int64)
            session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})

    return run


def _read_lines(file: Path) -> list[Any]:
    try:
        with file.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    except OSError as error:
        raise UserError(f"'{file}' cannot be read ({error}).", "Name the folder of the benches with --data.") from error


def _share(claims: Iterable[bool]) -> float:
    values = list(claims)
    return sum(values) / len(values) if values else 0.0
