"""The measures themselves: fits, and clear words when the data is not there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eval.bench import read_questions
from eval.checking_bench import bench_model_sentences
from eval.fitting import fit_logistic
from index.article import UserError


def test_a_logistic_fit_finds_the_direction_and_leaves_noise_small() -> None:
    random = np.random.default_rng(7)
    values = random.normal(size=(2000, 2))
    chance = 1 / (1 + np.exp(-(2 * values[:, 0] - 1)))
    labels = (random.random(2000) < chance).astype(float)
    _, weights = fit_logistic(values, labels)
    assert 1.7 < weights[0] < 2.3 and abs(weights[1]) < 0.2


def test_missing_bench_data_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--data"):
        read_questions(tmp_path)


def test_model_sentences_are_counted_by_their_label(tmp_path: Path) -> None:
    passage = "harbour/2021-10-12-warehouse-fire.txt:189-907"
    told = "According to the port authority, nine people were injured in the fire."
    rows = [("It was not told by anybody in Paris.", False), ("Of it?", "opinion"), (told, True)]
    lines = [json.dumps({"set": "sample", "passages": [passage], "sentence": sentence, "true": label})
             for sentence, label in rows]  # fmt: skip
    (tmp_path / "support").mkdir()
    (tmp_path / "support" / "model_sentences.jsonl").write_text("\n".join(lines), encoding="utf-8")
    count, shares = bench_model_sentences(tmp_path, tmp_path)
    assert count == 3 and shares == {"true": 1.0, "false": 0.0, "empty": 0.0}
