"""Where the real articles and the benches lie: beside the checkout, never in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(name: str) -> Path:
    """The folder (or file) `name` of the shared material; skips with a reason where it is absent.

    With FOOTNOTE_REQUIRE_SHARED=1 the absence is a failure, so that CI cannot pass by skipping.
    """
    path = Path(__file__).resolve().parents[2] / "shared" / name
    if path.exists():
        return path
    reason = f"needs ../shared/{name} beside the checkout"
    if os.environ.get("FOOTNOTE_REQUIRE_SHARED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
