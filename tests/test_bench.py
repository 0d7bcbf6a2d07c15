"""The measures themselves: fits, and clear words when the data is not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval.bench import read_questions
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
