"""An exported conversation: readable, inert, and read back whole."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Note
from rag.exporting import BEGINS, ENDS, Form, answers_in, exported
from tests.fakes import answer

wild = st.one_of(
    st.text(), st.text(alphabet="-><!\\u \n{}\"'#`"), st.sampled_from(["-->", "--!>", "<!-- footnote {} -->"])
)


@pytest.mark.parametrize("form", get_args(Form))
@given(words=wild)
def test_what_is_exported_is_read_back_whole(form: Form, words: str) -> None:
    first = replace(answer((words or "x", words)), question=words, notes=(Note("stale", words),))
    second = answer(question=words)
    parts = [exported(each, form, turn) for turn, each in enumerate((first, second))]
    assert answers_in(BEGINS[form] + "".join(parts) + ENDS[form]) == [first.to_dict(), second.to_dict()]


def test_a_text_without_answers_is_no_export() -> None:
    with pytest.raises(ValueError, match="no answer"):
        answers_in("# Notes")
