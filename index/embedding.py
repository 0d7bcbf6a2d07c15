"""Text to vectors: all-MiniLM-L6-v2 (int8) on onnxruntime, or any other LlamaIndex embedding."""

from __future__ import annotations

import asyncio
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from numpy.typing import NDArray

from index.onnx import load_session

MODEL_FOLDER = Path(__file__).parent / "minilm"
MAX_TOKENS = 256  # the length the model was trained at


class MiniLM(BaseEmbedding):
    """The offline embedding: 384 dimensions, unit length, mean of the last hidden states over the mask.

    Texts are cut at 256 tokens. Each is run alone, on as many threads as there are cores: beside others the int8
    model would give it another vector, and no time goes into padding. Safe to call from several threads.
    """

    model_name: str = "all-MiniLM-L6-v2-int8"
    embed_batch_size: int = 512

    @classmethod
    def class_name(cls) -> str:
        return "MiniLM"

    @cached_property
    def identity(self) -> str:
        """The model's name and the first 16 hexadecimal digits of its file's SHA-256."""
        with (MODEL_FOLDER / "model.onnx").open("rb") as file:
            return f"{self.model_name} {hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        encodable = [text.encode("utf-8", "replace").decode() for text in texts]  # a lone surrogate is not
        encodings, session = self._tokenizer.encode_batch(encodable), self._session
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return list(threads.map(lambda encoding: _run(session, encoding.ids), encodings))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        return load_session(MODEL_FOLDER / "model.onnx")  # one thread: the texts share out the cores


def _run(session: Any, tokens: list[int]) -> list[float]:
    ids = np.array([tokens], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    mean: NDArray[np.float32] = session.run(["last_hidden_state"], inputs)[0][0].mean(axis=0)
    vector: list[float] = (mean / np.linalg.norm(mean)).tolist()
    return vector


def identity_of(embedder: BaseEmbedding) -> str:
    """What made the vectors of an index (others than ours by class, model, dimension); two cannot be compared."""
    if isinstance(embedder, MiniLM):
        return embedder.identity
    dimension = getattr(embedder, "dimensions", None) or getattr(embedder, "embed_dim", None)
    return ":".join(str(part) for part in (type(embedder).__name__, embedder.model_name, dimension) if part)
