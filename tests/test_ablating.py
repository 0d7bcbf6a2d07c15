"""A part that is switched off does nothing, and is back afterwards."""

from __future__ import annotations

import pytest

from eval.ablating import PARTS, without


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_off_only_meanwhile(part: str) -> None:
    modules, name, instead = PARTS[part]
    before = [getattr(module, name) for module in modules]
    with pytest.raises(RuntimeError), without(part):
        assert all(getattr(module, name) is instead for module in modules)
        raise RuntimeError
    assert [getattr(module, name) for module in modules] == before
