"""An exported conversation: readable, inert, and read back whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Citation, Note
from rag.assistant import Assistant
from rag.checkup import verify_export
from rag.exporting import BEGINS, ENDS, Form, answers_in, exported
from tests.fakes import answer, write

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


def test_a_quote_that_changed_is_shown_with_what_stands_there_now(tmp_path: Path, folder: Path) -> None:
    write(folder, {"a.txt": "A lamp\n\nIda Venn keeps the lighthouse on Quarrel Rock.\n"})
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(folder)
        asked = assistant.ask("Who keeps the lighthouse on Quarrel Rock?")
        saved = tmp_path / "saved.md"
        saved.write_text(exported(asked, "markdown"), encoding="utf-8")
        assert [finding.is_well for finding in verify_export(assistant, saved)] == [True]
        write(folder, {"a.txt": "A lamp\n\nAda Venn keeps the lighthouse on Quarrel Rock.\n"})
        (finding,) = verify_export(assistant, saved)
    assert not finding.is_well
    assert "it now says: “Ada Venn keeps the lighthouse on Quarrel Rock.”" in finding.text


def test_what_else_the_articles_say_is_verified_and_an_older_export_has_none(tmp_path: Path, folder: Path) -> None:
    write(folder, {"a.txt": "A lamp\n\nIda Venn keeps the lighthouse.\n"})
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(folder)
        said = Citation(1, folder.name, "a.txt", "A lamp", "Ida Venn keeps the lighthouse.", 8, 38, "utf-8")
        saved = tmp_path / "saved.md"
        saved.write_text(exported(replace(answer(), more=(said,)), "markdown"), encoding="utf-8")
        (finding,) = verify_export(assistant, saved)
        assert finding.is_well and finding.text.startswith("more [1] a.txt")
        saved.write_text(exported(replace(answer(), more=(replace(said, start=9),)), "html"), encoding="utf-8")
        assert not verify_export(assistant, saved)[0].is_well
        old = {name: value for name, value in answer().to_dict().items() if name != "more"}
        saved.write_text(json.dumps(old), encoding="utf-8")
        assert verify_export(assistant, saved) == []
