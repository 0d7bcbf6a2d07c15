"""Articles to passages: whole sentences, about 110 words, with exact spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, Document, MetadataMode, NodeRelationship, TextNode

from index.article import Article, Span
from index.english.sentences import sentence_spans

SPLITTING_VERSION = 2  # raised when the same article gives other passages
_HIDDEN_KEYS = ["root", "path", "body"]
_HEAD_KEYS = ["title", "publisher", "published"]
_WORD = re.compile(r"\S+")


class ArticleSplitter(NodeParser):
    """Splits Documents into passages of whole sentences inside their `body` spans.

    A passage carries `start_char_idx` and `end_char_idx` with `document.text[start:end] == node.text`.
    Full text searches it with its title, publisher and date in front (`MetadataMode.LLM`), vectors without
    (`MetadataMode.EMBED`): together that found more than either way for both. A Document
    without `body` metadata is split whole. A "sentence" of more than twice `passage_words` words
    (a table, a text without punctuation) is cut between words.
    """

    passage_words: int = 110

    @classmethod
    def class_name(cls) -> str:
        return "ArticleSplitter"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        return [passage for node in nodes for passage in self._split(node)]

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        """Keep our offsets: the base class would overwrite them with `str.find`, wrong on repeated text."""
        return nodes

    def _split(self, node: BaseNode) -> list[BaseNode]:
        text = node.get_content(MetadataMode.NONE)
        body = node.metadata.get("body") or [(0, len(text))]
        metadata = {key: value for key, value in node.metadata.items() if key != "body"}
        source = node.as_related_node_info()
        return [
            TextNode(
                id_=f"{node.node_id}:{start}-{end}",
                text=text[start:end],
                start_char_idx=start,
                end_char_idx=end,
                metadata=metadata,
                excluded_embed_metadata_keys=list(metadata),
                excluded_llm_metadata_keys=[key for key in metadata if key not in _HEAD_KEYS],
                metadata_template="{value}",
                text_template="{metadata_str}\n{content}",
                relationships={NodeRelationship.SOURCE: source},
            )
            for start, end in passage_spans(text, body, self.passage_words)
        ]


def to_document(article: Article) -> Document:
    """The article as a LlamaIndex Document: its text, with what is known about it as metadata."""
    known = {"title": article.title, "publisher": article.publisher, "published": article.published}
    return Document(
        id_=article.id,
        text=article.text,
        metadata={
            "root": article.root,
            "path": article.path,
            **{key: value for key, value in known.items() if value},
            "body": [list(span) for span in article.body],
        },
        excluded_embed_metadata_keys=_HIDDEN_KEYS,
        excluded_llm_metadata_keys=_HIDDEN_KEYS,
    )


def passage_spans(text: str, body: Iterable[Sequence[int]], passage_words: int) -> list[Span]:
    """Spans of `text`, each inside one body span, of whole sentences and near `passage_words` words."""
    spans: list[Span] = []
    for start, end in body:
        pieces = [piece for span in sentence_spans(text, start, end) for piece in _cut(text, span, passage_words)]
        spans.extend(_pack(text, pieces, passage_words))
    return spans


def _pack(text: str, pieces: list[Span], passage_words: int) -> list[Span]:
    """Share the pieces out over passages of even length, so that no stub is left at the end."""
    lengths = [_count_words(text, piece) for piece in pieces]
    passages = max(1, round(sum(lengths) / passage_words))
    target = sum(lengths) / passages
    spans: list[Span] = []
    words = 0
    for piece, length in zip(pieces, lengths, strict=True):
        if spans and words + length / 2 <= target * len(spans):
            spans[-1] = (spans[-1][0], piece[1])
        else:
            spans.append(piece)
        words += length
    return spans


def _cut(text: str, sentence: Span, passage_words: int) -> list[Span]:
    if _count_words(text, sentence) <= 2 * passage_words and sentence[1] - sentence[0] <= 20 * passage_words:
        return [sentence]
    words = [match.span() for match in _WORD.finditer(text, *sentence)]
    pieces: list[Span] = []
    for first in range(0, len(words), passage_words):
        start, end = words[first][0], words[min(first + passage_words, len(words)) - 1][1]
        pieces.extend((at, min(at + 20 * passage_words, end)) for at in range(start, end, 20 * passage_words))
    return pieces


def _count_words(text: str, span: Span) -> int:
    return len(_WORD.findall(text, *span))
