"""A draft becomes sentences: whatever way it is cut, whatever form its markers have, nothing is left but plain text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citing import Draft, read_drafts, resolve, without_thoughts

REPLY = (
    "The toll **rose** to 12 [1, 2], Mr. Lee said. It fell later. [3] Nobody knows why【4】.\n\n"
    "## What they say\nHere is what they say:\n- Ada left at 5 p.m. Saturday [[2]].\n* Bo stayed [^3]\n"
    "1. “No. Never,” she said [1-3]. U.S. officials agreed [Passage 2]. Cost: $2.5 million [99]"
)
DRAFTS = [
    Draft("The toll rose to 12, Mr. Lee said.", (1, 2)),
    Draft("It fell later.", (3,)),
    Draft("Nobody knows why.", (4,)),
    Draft("Ada left at 5 p.m. Saturday.", (2,)),
    Draft("Bo stayed", (3,)),
    Draft("“No. Never,” she said.", (1, 2, 3)),
    Draft("U.S. officials agreed.", (2,)),
    Draft("Cost: $2.5 million", (99,)),
]


def drafts(text: str) -> list[Draft]:
    return list(read_drafts([text]))


def test_a_reply_becomes_sentences_with_the_passages_they_name() -> None:
    assert drafts(REPLY) == DRAFTS


@given(st.lists(st.integers(1, len(REPLY) - 1), max_size=60))
def test_it_does_not_matter_how_the_reply_is_cut(cuts: list[int]) -> None:
    bounds = [0, *sorted(set(cuts)), len(REPLY)]
    assert list(read_drafts(REPLY[a:b] for a, b in zip(bounds, bounds[1:], strict=False))) == DRAFTS


def test_a_sentence_comes_as_soon_as_the_next_proves_it_complete() -> None:
    seen: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("The toll rose [1]. ", "It fell ", "again after ", "that [2]. ", "The end"):
            seen.append(piece)
            yield piece

    first = next(read_drafts(pieces()))
    assert first == Draft("The toll rose.", (1,)) and "that [2]. " not in seen


def test_what_a_reply_breaks_off_in_is_no_sentence() -> None:
    def pieces() -> Iterator[str]:
        yield "The toll rose [1]. The second sentence is only half "
        raise ConnectionError

    reader = read_drafts(pieces())
    assert next(reader) == Draft("The toll rose.", (1,))
    with pytest.raises(ConnectionError):
        next(reader)


@pytest.mark.parametrize(
    ("marked", "numbers"),
    [
        ("It rose [1].", (1,)),
        ("It rose. [1]", (1,)),
        ("It rose[1][2].", (1, 2)),
        ("It rose [1, 2].", (1, 2)),
        ("It rose [1;2].", (1, 2)),
        ("It rose [1 and 2].", (1, 2)),
        ("It rose [[1]].", (1,)),
        ("It rose【1】.", (1,)),
        ("It rose【1†source】.", (1,)),
        ("It rose [^1].", (1,)),
        ("It rose [1-3].", (1, 2, 3)),
        ("It rose [Passage 1, passage 2].", (1, 2)),
        ("It rose [Source: 3].", (3,)),
        ("It rose [1](http://127.0.0.1/x).", (1,)),
        ("It rose [2][1][2].", (2, 1)),
        ("It rose (passages 1 and 2).", (1, 2)),
        ("It rose (1).", (1,)),
        ("Passage 1 says that it rose.", (1,)),
        ("According to passages 1 and 3, it rose.", (1, 3)),
        ("Based on the passages, it rose [2].", (2,)),
        ("Answer: it rose [2].", (2,)),
    ],
)
def test_every_form_of_a_marker_is_read_and_removed(marked: str, numbers: tuple[int, ...]) -> None:
    assert drafts(marked) == [Draft("It rose.", numbers)]


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://127.0.0.1:9/x.png) It rose.",
        "It [rose](http://127.0.0.1:9/x).",
        "It <b>rose</b>. <img src=http://127.0.0.1:9/x onerror=alert(1)>",
        "<script>fetch('http://127.0.0.1:9')</script> It rose.",
        "It rose. <!-- http://127.0.0.1:9 -->",
        "It `rose`.",
        "> It ***rose***.",
        "It rose. https://127.0.0.1:9/secret",
        "It &lt;b&gt;rose&lt;/b&gt;.",
        "It rose.\n\n| a | b |\n|---|---|\n",
    ],
)
def test_no_markup_and_no_address_is_left(hostile: str) -> None:
    texts = [draft.text for draft in drafts(hostile)]
    assert "It rose." in texts
    assert not any(sign in "".join(texts) for sign in ("http", "<", ">", "](", "*", "`"))


@pytest.mark.parametrize("empty", ["# Heading", "Here is what they say:", "---", "Answer:", "|---|---|", "", "***"])
def test_what_claims_nothing_is_dropped(empty: str) -> None:
    assert drafts(f"{empty}\nIt rose [1].") == [Draft("It rose.", (1,))]


def test_years_and_ranges_that_are_too_long_are_no_list_of_passages() -> None:
    assert resolve("It rose [1-400].") == Draft("It rose.", (1,))
    assert resolve("It rose in [2015].").numbers == ()


@given(st.text(max_size=300))
def test_any_reply_gives_plain_single_lines(text: str) -> None:
    for draft in drafts(text):
        assert draft.text and "\n" not in draft.text and "](" not in draft.text


@pytest.mark.parametrize(
    "pieces", [["<think>hm</think>Yes."], ["<th", "ink>h", "m</", "thi", "nk>", "Yes", "."], ["Yes.<think>hm"]]
)
def test_thoughts_are_taken_out_however_they_are_cut(pieces: list[str]) -> None:
    assert "".join(without_thoughts(pieces)) == "Yes."
