"""Heads of texts as databases and people export them, and texts that only look like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.export_heads import read_export_head
from tests.test_reading import FIRST, SECOND, bodies, read_one

HEAD = "Ferry to run at night"
KNOWN = (HEAD, "Ida Moss", "Vesby Courier", "2024-03-05")


@pytest.mark.parametrize(
    "head",
    [
        f"HEADLINE: {HEAD}\nBYLINE: Ida Moss\nPUBLICATION: Vesby Courier\nDATE: 2024-03-05\nLENGTH: 420 words",
        f"Title: {HEAD}\nAuthor: Ida Moss\nSource: Vesby Courier\nDate: 5 March 2024\nSection: News",
        f"Title: {HEAD}\n\nSource: Vesby Courier\n\nPublished: March 5, 2024\n\nBy: Ida Moss",
        f"Headline: {HEAD}\nByline: By Ida Moss\nNewspaper: Vesby Courier\nPublication date: Mar 5, 2024\nPages: A1",
        f"**Title:** {HEAD}\n**By:** Ida Moss\n**Source:** Vesby Courier\n**Date:** 5 March 2024",
        f"{HEAD}\nIda Moss\n420 words\n5 March 2024\nVesby Courier\nVSBY\n04\nEnglish\nCopyright 2024 Vesby Media",
        f"News; Local\n{HEAD}\nBy Ida Moss\n1,012 words\n5 March 2024\n08:14\nVesby Courier\nVSC\nB3\nEnglish\n(c) V.",
        f"HD\n{HEAD}\nBY\nIda Moss\nWC\n420 words\nPD\n5 March 2024\nSN\nVesby Courier\nSC\nVSBY\nLA\nEnglish\nLP",
        f"HD   {HEAD}\nBY   Ida Moss\nWC   420 words\nPD   5 March 2024\nSN   Vesby Courier\nSC   VSBY\nLA   English",
        f"1 of 3 DOCUMENTS\n\nVesby Courier\n\nMarch 5, 2024 Tuesday\n\n{HEAD}\n\nBYLINE: Ida Moss\n\nLENGTH: 42 words",
        f"{HEAD}\nVesby Courier\nMarch 5, 2024 Tuesday\n\nCopyright 2024 Vesby Media\n\nLength: 420 words\n"
        "Byline: Ida Moss\n\nBody",
    ],
)
def test_export_head_is_metadata_and_no_article(tmp_path: Path, head: str) -> None:
    article = read_one(tmp_path, "a.txt", f"{head}\n\n{FIRST}\n\n{SECOND}\n\nLOAD-DATE: March 9, 2024\n")
    assert (article.title, article.author, article.publisher, article.published) == KNOWN
    assert (article.published_from, bodies(article)) == ("byline", [f"{FIRST}\n\n{SECOND}"])


def test_labels_may_stand_above_markdown(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.md", f"**Title:** {HEAD}\n**Author:** Ida Moss\n\n{FIRST}\n")
    assert (article.title, article.author, bodies(article)) == (HEAD, "Ida Moss", [FIRST])


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n\nBy Ida Moss\n\n{FIRST}",
        f"Source: Vesby Courier\n\n{FIRST}",
        f"{FIRST}\n\nTitle: one thing\nAuthor: another\n\n{SECOND}",
        f"Q: Who steers the ferry?\nA: Nobody, at night.\n\n{FIRST}",
        f"{HEAD}\n\nMonday: rain\nTuesday: snow\n\n{FIRST}",
    ],
)
def test_other_heads_are_left_alone(text: str) -> None:
    assert read_export_head(text) == ({}, frozenset())


def test_text_behind_its_label_stays(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.txt", f"Title: {HEAD}\nDate: 5 March 2024\nText: {FIRST}\n\n{SECOND}\n")
    assert (article.title, article.published) == (HEAD, "2024-03-05")
    assert bodies(article) == [f"Text: {FIRST}\n\n{SECOND}"]
