"""Text to vectors: all-MiniLM-L6-v2 (int8) on onnxruntime, or any other LlamaIndex embedding."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL_FOLDER = Path(__file__).parent / "minilm"
MAX_TOKENS = 256  # the length the model was trained at
BATCH = 1  # texts the model sees at once: beside others the int8 model would give a text another vector


@dataclass(frozen=True)
class Identity:
    """What made the vectors of an index. Vectors of two identities cannot be compared."""

    name: str
    model_hash: str

    def __str__(self) -> str:
        return f"{self.name} {self.model_hash}".strip()


class MiniLM(BaseEmbedding):
    """The offline embedding: 384 dimensions, unit length, mean of the last hidden states over the mask.

    Texts are cut at 256 tokens. Each is run alone, on as many threads as there are cores, so that its
    vector depends on nothing else and no time goes into padding. Safe to call from several threads.
    """

    _model: _Model = PrivateAttr()

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("model_name", "all-MiniLM-L6-v2-int8")
        kwargs.setdefault("embed_batch_size", 512)
        super().__init__(**kwargs)
        self._model = _Model(MODEL_FOLDER)

    @classmethod
    def class_name(cls) -> str:
        return "MiniLM"

    @property
    def identity(self) -> Identity:
        """The model's name and the first 16 hexadecimal digits of its file's SHA-256."""
        return Identity(self.model_name, self._model.sha256[:16])

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._model.embed(texts).tolist()
        return vectors


class _Model:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def sha256(self) -> str:
        with (self._folder / "model.onnx").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1  # the texts share out the cores
        return onnxruntime.InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 384), in the order of `texts`."""
        encodable = [text.encode("utf-8", "replace").decode() for text in texts]  # a lone surrogate is not
        encodings = self._tokenizer.encode_batch(encodable)
        session = self._session
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            vectors = list(threads.map(lambda encoding: _run(session, encoding.ids), encodings))
        return np.stack(vectors) if vectors else np.empty((0, 384), dtype=np.float32)


def _run(session: Any, tokens: list[int]) -> NDArray[np.float32]:
    ids = np.array([tokens], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    mean: NDArray[np.float32] = session.run(["last_hidden_state"], inputs)[0][0].mean(axis=0)
    return mean / np.linalg.norm(mean)


def identity_of(embedder: BaseEmbedding) -> Identity:
    """What stands in the catalog for this embedder: ours by its model file, others by class, model and dimension."""
    if isinstance(embedder, MiniLM):
        return embedder.identity
    dimension = getattr(embedder, "dimensions", None) or getattr(embedder, "embed_dim", None)
    parts = (type(embedder).__name__, embedder.model_name, dimension)
    return Identity(":".join(str(part) for part in parts if part), "")
