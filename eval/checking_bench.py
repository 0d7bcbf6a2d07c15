"""Measures of the checker: sentences that are and are not borne out by the text they cite."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eval.bench import Count, read_lines
from eval.scoring import share
from index.article import Article, UserError
from index.embedding import MiniLM
from index.reading import find_files, read_file
from index.records import ArticleRow, Passage
from rag.assistant import SAMPLE_FOLDER
from rag.checking import Check, Checker
from rag.citing import Draft, read_drafts
from rag.matching import Source
from rag.retrieval import Found
from rag.writing import judge, source_of

PAIRS = Path(__file__).with_name("pairs.jsonl")
CORPUS = Path("../shared/corpus")


def open_checker() -> Checker:
    """The checker as an Assistant with a language model has it."""
    embedder = MiniLM()
    return Checker(lambda texts: np.asarray(embedder.get_text_embedding_batch(list(texts)), dtype=np.float32))


def published_day(text: str) -> str | None:
    """The day of publication that a source's own line of metadata tells, as an index would know it."""
    found = re.search(r"PUBLISHED DATETIME:\s*(\d{4}-\d\d-\d\d)", text)
    return found[1] if found else None


def bench_mutants(data: Path, work: Path) -> Count:
    """True sentences and machine-made falsehoods: the share of each kind that loses its footnote."""
    rows = read_lines(data / "support" / "mutants.jsonl")
    checker = open_checker()
    groups: dict[str, list[Check]] = defaultdict(list)
    for row in rows:
        origin = "claims" if row["origin"] == "claim" else "verbatim"
        groups[f"{origin}_{row['kind']}"].append(checker.check(row["sentence"], Source(row["source"])))
    metrics = _lost(groups)
    for name in ("claims_true", "verbatim_true"):
        metrics[f"{name}_contradicted"] = round(share(each.verdict == "contradicted" for each in groups[name]), 3)
    return len(rows), metrics


def bench_support(data: Path, work: Path) -> Count:
    """WiCE: claims with evidence, each row judged alone and weighted by one over its claim's rows."""
    rows = read_lines(data / "support" / "wice_dev.jsonl")
    checker = open_checker()
    kept: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    counts = Counter(row["claim"] for row in rows)
    for row in rows:
        evidence = "\n".join(row["evidence"])
        check = checker.check(row["claim"], Source(evidence, published_day(evidence)))
        kept[row["label"]].append((1 / counts[row["claim"]], check.verdict == "supported"))
    shares = {f"kept_{label}": round(_weighted(found), 3) for label, found in sorted(kept.items())}
    rest = [item for label, found in kept.items() if label != "supported" for item in found]
    balanced = (_weighted(kept["supported"]) + 1 - _weighted(rest)) / 2
    return len(rows), {"balanced_accuracy": round(balanced, 3), **shares}


def bench_pairs(data: Path, work: Path) -> Count:
    """Our own sentences, of the kinds that the mutants lack: the share of false and of true ones that lose it."""
    rows = read_lines(PAIRS)
    checker = open_checker()
    groups: dict[str, list[Check]] = defaultdict(list)
    for row in rows:
        name = f"pairs_{row['kind']}" if row["label"] == "false" else "pairs_true"
        groups[name].append(checker.check(row["sentence"], Source(row["source"], row["published"])))
    return len(rows), _lost(groups)


def bench_model_sentences(data: Path, work: Path) -> Count:
    """Sentences that a small model wrote from given passages: the share of each label that keeps a footnote.

    `empty` is what claims nothing: a fragment, the question again, talk about the passages.
    """
    rows = read_lines(data / "support" / "model_sentences.jsonl")
    folders = {"seeds": CORPUS, "sample": SAMPLE_FOLDER}
    articles = {name: _articles(folders[name]) for name in sorted({row["set"] for row in rows})}
    checker = open_checker()
    kept: dict[str, list[bool]] = {"true": [], "false": [], "empty": []}
    for row in rows:
        sent = [_cut(articles[row["set"]], place) for place in row["passages"]]
        written = [judge(draft, sent, checker) for draft in read_drafts([row["sentence"]])]
        label = "empty" if row["true"] == "opinion" else "true" if row["true"] else "false"
        kept[label].append(any(each.quotes for each in written))
    return len(rows), {name: round(share(told), 3) for name, told in kept.items()}


def bench_speed(data: Path, work: Path) -> Count:
    """What checking adds to a sentence, from the token that completes it until it is shown: milliseconds.

    Each of the true sentences and mutants is judged against ten passages that were read before, as in an answer;
    it names the right one and, for `added_wrong`, a wrong one, so that the others are tried.
    """
    rows = read_lines(data / "support" / "mutants.jsonl")
    sources = list(dict.fromkeys(row["source"] for row in rows))
    checker = open_checker()
    seconds: dict[str, list[float]] = defaultdict(list)
    for row in rows[::3]:
        at = sources.index(row["source"])
        sent = [_found(sources[(at + step) % len(sources)]) for step in range(10)]
        for item in sent:
            checker.prepare(source_of([item]))
        for name, number in (("added", 1), ("added_wrong", 2)):
            started = time.perf_counter()
            judge(Draft(row["sentence"], (number,)), sent, checker)
            seconds[name].append(time.perf_counter() - started)
    return len(rows[::3]), {
        f"{name}_p{rank}_ms": round(1000 * float(np.percentile(times, rank)), 1)
        for name, times in seconds.items() for rank in (50, 95)
    }  # fmt: skip


def _articles(folder: Path) -> dict[str, Article]:
    """The articles below a folder, by path, as an index would read them. Raises UserError where there are none."""
    files = find_files(folder)[0] if folder.is_dir() else []
    if not files:
        raise UserError(f"There are no articles in '{folder}'.", "Model sentences are checked against them.")
    return {each.path: each for file in files for each in read_file(folder, file.path, folder.name, {})[0]}


def _cut(articles: Mapping[str, Article], place: str) -> Found:
    """The passage at "path:start-end"."""
    path, _, span = place.rpartition(":")
    start, end = map(int, span.split("-"))
    one = articles[path]
    row = ArticleRow(one.root, path, one.title, one.publisher, one.published, one.author, one.url, one.encoding)
    return Found(Passage(0, row, start, end, one.text[start:end]), 1.0, 1.0, 1.0)


def _found(text: str) -> Found:
    article = ArticleRow("bench", str(hash(text)), "", None, published_day(text), None, None, "utf-8")
    return Found(Passage(0, article, 0, len(text), text), 1.0, 1.0, 1.0)


def _lost(groups: Mapping[str, Sequence[Check]]) -> dict[str, float]:
    """The share of each group that loses its footnote."""
    return {name: round(share(check.verdict != "supported" for check in checks), 3) for name, checks in groups.items()}


def _weighted(found: Sequence[tuple[float, bool]]) -> float:
    weights, told = zip(*found, strict=True)
    return float(np.average(told, weights=weights))
