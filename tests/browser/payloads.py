"""A hundred and fifty ways in which words could try to be more than words: payloads.json, and those that are long."""

from __future__ import annotations

import json
from pathlib import Path


def payloads(sink: str) -> list[str]:
    """Each once; where one would fetch something, it is from the address `sink` ("http://127.0.0.1:PORT")."""
    short: list[str] = json.loads(Path(__file__).with_name("payloads.json").read_text(encoding="utf-8"))
    bare = sink.removeprefix("http:")
    return [each.replace("SINK_BARE", bare).replace("SINK", sink) for each in short] + _long()


def _long() -> list[str]:
    return [
        "|a|b|\n|-|-|\n" + "|x|y|\n" * 400,
        "| " + " | ".join("wide" * 5 for _ in range(120)),
        "# Heading\n" * 30,
        "> " * 200 + "deep",
        "- " * 300,
        "\\" * 300,
        "Z" + "\u0335\u0321\u0489" * 200 + "algo",
        "a" * 5000,
        "\U0001f642" * 600,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 100,
        "\u0627\u064e\u0644\u0652\u0639\u064e\u0631\u064e\u0628\u0650 " * 60,
        "\u05e2\u05d1\u05e8\u05d9\u05ea " * 60,
        "\u3000" * 200 + "wide",
        "tab\t" * 100,
    ]
