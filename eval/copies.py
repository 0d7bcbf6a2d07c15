"""`bench copies`: a hundred pairs of the news articles, by ids, labelled: one text, versions of one, or different."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eval.bench import Count, read_articles, read_lines
from index.article import Article
from rag.copies import is_one_story

PAIRS = Path(__file__).with_name("copies.jsonl")


def bench_copies(data: Path, work: Path) -> Count:
    """Precision and recall of "one story": copies and versions of one text."""
    rows = {record["id"]: _article(record) for record in read_articles(data)}
    pairs = read_lines(PAIRS)
    told = [is_one_story(rows[pair["one"]], rows[pair["other"]]) for pair in pairs]
    right = sum(is_told for is_told, pair in zip(told, pairs, strict=True) if pair["label"] != "different")
    known = sum(pair["label"] != "different" for pair in pairs)
    return len(pairs), {"precision": round(right / max(1, sum(told)), 3), "recall": round(right / known, 3)}


def _article(record: Mapping[str, str]) -> Article:
    day = record["publish_date"].replace("/", "-")
    return Article("news", record["id"], record["title"], record["text"], (), "utf-8", "", published=day,
                   url=record["url"])  # fmt: skip
