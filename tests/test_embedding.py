"""The offline embedding says what the model says, in the order asked, for any text."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.embeddings import MockEmbedding

from index.embedding import MAX_TOKENS, MODEL_FOLDER, MiniLM, identity_of
from tests.fakes import WordEmbedder, story


@pytest.fixture(scope="module")
def model() -> Any:
    """The same model, run as plainly as can be: one text at a time, nothing padded."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    session = onnxruntime.InferenceSession(str(MODEL_FOLDER / "model.onnx"), providers=["CPUExecutionProvider"])

    def run(text: str) -> Any:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = session.run(["last_hidden_state"], inputs)[0][0].mean(axis=0)
        return mean / np.linalg.norm(mean)

    return run


def texts() -> Sequence[str]:
    """Texts of very different lengths, not in the order of their lengths."""
    chance = Random(1)
    made = [story(number, chance.choice((1, 2, 5, 12, 30))) for number in range(21)]
    return (*made, "", " ", "A", "🙂", "long " * 600, "Élodie a répété", "\u0000\u200b", made[0])


def test_vectors_equal_those_of_a_plain_run_in_the_order_of_the_texts(minilm: MiniLM, model: Any) -> None:
    found = np.asarray(minilm.get_text_embedding_batch(list(texts())))
    expected = np.stack([model(text) for text in texts()])
    assert found.shape == (len(texts()), 384)
    assert np.abs(found - expected).max() < 1e-4


def test_question_is_embedded_as_a_text_is(minilm: MiniLM) -> None:
    assert minilm.get_query_embedding("Who opened it?") == minilm.get_text_embedding("Who opened it?")


def test_likeness_of_meaning_outweighs_likeness_of_letters(minilm: MiniLM) -> None:
    asked = np.asarray(minilm.get_query_embedding("The harbour was closed by a storm."))
    same = np.asarray(minilm.get_text_embedding("Bad weather shut the port."))
    other = np.asarray(minilm.get_text_embedding("The harp was chosen by a stork."))
    assert asked @ same > asked @ other


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=40))
def test_any_text_has_a_vector_of_unit_length(text: str, minilm: MiniLM) -> None:
    assert np.linalg.norm(minilm.get_text_embedding(text)) == pytest.approx(1, abs=1e-5)


def test_lone_surrogate_has_a_vector(minilm: MiniLM) -> None:
    assert len(minilm.get_query_embedding("harbour \ud800 council")) == 384


def test_several_threads_get_what_one_gets(minilm: MiniLM) -> None:
    wanted = {number: minilm.get_text_embedding(story(number)) for number in range(6)}
    fresh = MiniLM()  # whose model is loaded by whichever thread comes first
    with ThreadPoolExecutor(6) as threads:
        got = dict(threads.map(lambda number: (number, fresh.get_text_embedding(story(number))), wanted))
    assert got == wanted


# What made an index


def test_identity_of_the_offline_model_names_its_file(minilm: MiniLM) -> None:
    name, digest = identity_of(minilm).split(" ")
    assert name == "all-MiniLM-L6-v2-int8" and len(digest) == 16


def test_identities_differ_by_class_model_and_dimension() -> None:
    embedders = (WordEmbedder(), WordEmbedder(dimensions=8), WordEmbedder(model_name="b"), MockEmbedding(embed_dim=16))
    assert len({identity_of(embedder) for embedder in (*embedders, MockEmbedding(embed_dim=8))}) == 5
