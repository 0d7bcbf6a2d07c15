"""Many people or programs at once: nobody fails, waits long or gets another's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.load import WAYS, Load, crowd, server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(tmp_path_factory.mktemp("load") / "store") as url:
        yield url


def loaded(address: str, **crowded: Any) -> Load:
    """Its own thread: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(lambda: asyncio.run(crowd(address, **crowded))).result()


@pytest.mark.parametrize("way", WAYS)
def test_fifty_people_are_each_answered_soon_with_their_own_answer(address: str, way: str) -> None:
    load = loaded(address, people=50, seconds=20, way=WAYS[way])
    assert (len(load.seconds), load.busy, load.crossed, load.failed) == (50, 0, 0, ())
    assert load.p95 < 8  # seconds; other tests run beside this one


def test_two_hundred_at_once_are_served_in_turn_or_told_that_many_ask(address: str) -> None:
    load = loaded(address, people=200, seconds=0, every=0)
    assert (len(load.seconds) + load.busy, load.crossed, load.failed) == (200, 0, ())
