"""Splitting: every passage is its own text, whole sentences of the body, each sentence once."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.schema import Document, MetadataMode, TextNode

from index.article import Article, Span
from index.english.sentences import sentence_spans
from index.splitting import ArticleSplitter, passage_spans, to_document
from tests.fakes import story

_PIECES = st.sampled_from(
    ("The council met.", "The council met.", "Mr. Oda said “no.”", "It cost $1.5 million!", "Why?", "caf\u0065\u0301",
     "🙂", "👩\u200d🚀", "U.S.", "\r\n", "\r\n\r\n", "\n", "\n\n", "\t", " ", "\u00a0", "\u2028", "a" * 90, "x " * 60,
     "第一。", "3.14", "—", "“", "”", "...", "1. One\n2. Two\n")
)  # fmt: skip
_TEXTS = st.lists(_PIECES | st.text(max_size=12), max_size=60).map(" ".join)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """An article in which some stretches of the text are body and the others boilerplate."""
    text = draw(_TEXTS)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    body = tuple((start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False) if text[start:end].strip())
    return Article("news", "a.txt", "Title", text, body or ((0, len(text)),), "utf-8", "", publisher="The Ledger")


def split(article: Article, passage_words: int = 20) -> list[TextNode]:
    nodes = ArticleSplitter(passage_words=passage_words).get_nodes_from_documents([to_document(article)])
    assert all(isinstance(node, TextNode) for node in nodes)
    return [node for node in nodes if isinstance(node, TextNode)]


def span(node: TextNode) -> Span:
    assert node.start_char_idx is not None and node.end_char_idx is not None
    return node.start_char_idx, node.end_char_idx


@settings(max_examples=150, deadline=None)
@given(article=articles())
def test_passage_is_exactly_its_span_of_the_article(article: Article) -> None:
    for node in split(article):
        start, end = span(node)
        assert article.text[start:end] == node.get_content(MetadataMode.NONE) != ""


@settings(max_examples=150, deadline=None)
@given(article=articles())
def test_passages_ascend_and_stay_inside_the_body(article: Article) -> None:
    spans = [span(node) for node in split(article)]
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
    assert all(any(first <= start and end <= last for first, last in article.body) for start, end in spans)


@settings(max_examples=150, deadline=None)
@given(article=articles())
def test_every_sentence_of_the_body_is_in_exactly_one_passage(article: Article) -> None:
    words = 50
    spans = passage_spans(article.text, article.body, words)
    for start, end in (piece for part in article.body for piece in sentence_spans(article.text, *part)):
        overlapping = [piece for piece in spans if piece[0] < end and start < piece[1]]
        is_cut = end - start > 20 * words or len(re.findall(r"\S+", article.text[start:end])) > 2 * words
        if is_cut:
            covered = "".join(article.text[max(start, first) : min(end, last)] for first, last in overlapping)
            assert "".join(covered.split()) == "".join(article.text[start:end].split())
        else:
            assert len(overlapping) == 1 and overlapping[0][0] <= start and end <= overlapping[0][1]


def test_repeated_text_keeps_the_offsets_of_its_own_place() -> None:
    text = "The same words stand here again.\r\n\r\n" * 40
    article = Article("news", "a.txt", "T", text, ((0, len(text)),), "utf-8", "")
    starts = [span(node)[0] for node in split(article)]
    assert len(starts) > 3 and len(set(starts)) == len(starts)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_offsets_count_code_points_as_they_stand(form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, "Élodie a répété l’été. 🙂 " * 30) + story(1)
    article = Article("news", "a.txt", "T", text, ((0, len(text)),), "utf-8", "")
    assert all(text[slice(*span(node))] == node.text for node in split(article))


def test_passages_of_an_article_are_of_even_length() -> None:
    text = story(1, 80)
    lengths = [len(text[start:end].split()) for start, end in passage_spans(text, [(0, len(text))], 110)]
    assert len(lengths) > 4 and max(lengths) < 165 and min(lengths) > 60


def test_text_without_a_sentence_end_is_cut_between_words() -> None:
    text = "word " * 1000
    spans = passage_spans(text, [(0, len(text))], 110)
    assert all(len(text[start:end].split()) <= 220 for start, end in spans)
    assert sum(len(text[start:end].split()) for start, end in spans) == 1000


def test_title_publisher_and_date_are_searched_and_never_part_of_the_text() -> None:
    known = {"publisher": "Coast Wire", "published": "2024-02-29"}
    [node] = split(Article("news", "a.txt", "Harbour opens", "It opened.", ((0, 10),), "utf-8", "", **known))
    assert node.get_content(MetadataMode.NONE) == "It opened."
    assert node.get_content(MetadataMode.EMBED).strip() == "It opened."
    searched = node.get_content(MetadataMode.LLM)
    assert all(part in searched for part in ("Harbour opens", "Coast Wire", "2024-02-29", "It opened."))
    assert "a.txt" not in searched and "news" not in searched


def test_document_of_any_reader_is_split_whole() -> None:
    text = story(1, 40)
    nodes = ArticleSplitter().get_nodes_from_documents([Document(text=text, metadata={"file_name": "a.txt"})])
    assert len(nodes) > 1 and all(isinstance(node, TextNode) for node in nodes)
    assert all(node.source_node is not None for node in nodes)
    assert all(text[slice(*span(node))] == node.text for node in nodes if isinstance(node, TextNode))
