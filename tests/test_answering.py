"""The path of a question on the five real articles: what must be cited, what must be refused, and the promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.case import load_sets
from index.article import UserError
from rag.answer import Answer, Shown
from rag.assistant import Assistant
from tests.fakes import open_samples
from tests.shared import shared

# Whether the answers are right is the suite's matter (`python -m eval`); here it is what holds for any answer.
QUESTIONS = [case.question for case in load_sets("corpus")[0].cases[::3]]


@pytest.fixture(scope="module")
def corpus() -> Path:
    return shared("corpus")


@pytest.fixture(scope="module")
def assistant(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(corpus)
        yield opened


def test_every_quote_stands_in_its_file(assistant: Assistant, corpus: Path) -> None:
    for question in QUESTIONS:
        answer = assistant.ask(question)
        for citation in (*answer.citations, *answer.closest, *answer.more):
            text = (corpus / citation.path).read_bytes().decode(citation.encoding)
            assert text[citation.start : citation.end] == citation.quote


def test_markers_and_citations_match_and_run_from_one(assistant: Assistant) -> None:
    for question in QUESTIONS:
        answer = assistant.ask(question)
        named = [number for sentence in answer.sentences for number in sentence.citations]
        assert list(dict.fromkeys(named)) == [citation.number for citation in answer.citations]
        assert all(f"[{number}]" in answer.text for number in named)
        assert len(answer.sentences) <= 5


def test_a_stream_shows_what_the_answer_holds(assistant: Assistant) -> None:
    *shown, answer = assistant.stream("Who commanded the Quds Force in September 2019?")
    assert isinstance(answer, Answer) and all(isinstance(event, Shown) for event in shown)
    assert tuple(event.sentence for event in shown if isinstance(event, Shown)) == answer.sentences
    assert answer.to_dict() == assistant.ask("Who commanded the Quds Force in September 2019?").to_dict()


def test_articles_published_later_are_invisible(assistant: Assistant) -> None:
    question = "When did Qaani land at Baghdad airport?"
    later, earlier = assistant.ask(question), assistant.ask(question, as_of="2023-12-31")
    assert "004_c26afc7abbf5dc78.txt" in {citation.path for citation in later.citations}
    seen = {citation.path for citation in (*earlier.citations, *earlier.closest)}
    assert "004_c26afc7abbf5dc78.txt" not in seen and earlier.as_of == "2023-12-31"


def test_an_undated_article_passes_as_of_but_not_since(assistant: Assistant) -> None:
    paths = {result.path for result in assistant.search("Qaani visit", as_of="2000-01-01")}
    assert paths == {"001_c02453a775d22879.txt", "002_0e5eccefa254f51f.txt"}
    assert {result.path for result in assistant.search("Qaani visit", since="2024-01-01")} == {
        "004_c26afc7abbf5dc78.txt"
    }


@pytest.mark.parametrize("limit", ["publisher", "exclude"])
def test_a_filter_leaves_only_what_passes(assistant: Assistant, limit: str) -> None:
    limits: dict[str, Any] = (
        {"publisher": "the cradle"}
        if limit == "publisher"
        else {"exclude": [row.path for row in assistant.articles() if row.publisher != "The Cradle"]}
    )
    assert {result.path for result in assistant.search("Qaani", **limits)} == {"000_e7ed19c629130611.txt"}


def test_a_day_that_is_none_is_a_clear_error(assistant: Assistant) -> None:
    with pytest.raises(UserError, match="as_of"):
        assistant.ask("Who?", as_of="August 2023")


def test_a_changed_file_is_named_stale(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    source = corpus / "003_56f995411dd5aaac.txt"
    (folder / source.name).write_bytes(source.read_bytes())
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(folder)
        question = "Who commanded the Quds Force in September 2019?"
        assert assistant.ask(question).notes == ()
        (folder / source.name).write_bytes(b"New. " + source.read_bytes())
        assert [note.kind for note in assistant.ask(question).notes] == ["stale"]
        (folder / source.name).unlink()
        assert "has disappeared" in assistant.ask(question).notes[0].text


def test_a_follow_up_takes_its_subject_from_before(assistant: Assistant) -> None:
    chat = assistant.chat()
    chat.ask("On what date did Qaani land at Baghdad airport in 2024?")
    answer = chat.ask("And whom did he meet there?")
    assert answer.question == "And whom did he meet there?" and "Qaani" in answer.asked_as
    assert len(chat.turns) == 2


@pytest.mark.parametrize(
    ("question", "lack"),
    [
        ("What did Emmanuel Macron say about Qaani?", "mentions Emmanuel Macron"),
        ("Who commanded the Quds Force in September 2015?", "is from September 2015"),
        ("What was Qaani's ninth visit about?", "mentions the number 9"),
        ("How do I roast lamb?", "mentions “roast” or “lamb”"),
    ],
)
def test_a_refusal_says_what_is_missing(assistant: Assistant, question: str, lack: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused and answer.text == f"The articles do not answer this: none of the passages found {lack}."


def test_a_refusal_for_its_day_suggests_the_day_that_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("Who commanded the Quds Force in September 2015?")
    assert answer.suggestion == "Who commanded the Quds Force in September 2019?"
    assert not assistant.ask(answer.suggestion).refused


def test_a_topic_is_answered_where_the_articles_have_it(assistant: Assistant) -> None:
    assert not assistant.ask("Kurdish opposition parties").refused and not assistant.ask("Quds Force").refused
    assert assistant.ask("Brazilian carnival").refused
    assert assistant.ask("What happened on Qaani's ninth visit to Baghdad?").refused


def test_what_happened_in_a_month_is_answered(assistant: Assistant) -> None:
    assert not assistant.ask("What happened in August 2023?").refused
    assert assistant.ask("What happened in August 2011?").refused


def test_a_refusal_suggests_asking_about_whom_it_names(assistant: Assistant) -> None:
    answer = assistant.ask("What is the name of Qaani's wife?")
    assert answer.suggestion == "What do the articles say about Qaani?"
    assert not assistant.ask(answer.suggestion).refused


def test_two_questions_asked_at_once_are_both_answered(tmp_path: Path) -> None:
    with open_samples(tmp_path) as assistant:
        cranes = assistant.ask("How tall are the cranes, and how long did the wind keep their ship waiting?")
        half = assistant.ask("How tall are the cranes, and when did Kessing visit Tokyo?")
    assert "78 metres" in cranes.text and "seven days" in cranes.text and not cranes.notes
    assert "78 metres" in half.text
    assert [note.text for note in half.notes] == ["The articles do not answer “when did Kessing visit Tokyo?”"]


def test_nothing_is_suggested_for_what_is_far_from_the_articles(assistant: Assistant) -> None:
    assert assistant.ask("How do I roast lamb?").suggestion is None


def test_an_empty_index_refuses_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with Assistant.open(tmp_path / "store") as assistant:
        assistant.sync(tmp_path / "empty")
        answer = assistant.ask("Who commanded the Quds Force?")
        assert answer.refused and "contains no articles" in answer.text and not assistant.is_sample


def test_without_an_index_the_samples_answer(tmp_path: Path) -> None:
    with open_samples(tmp_path / "data") as assistant:
        assert assistant.is_sample
        answer = assistant.ask("Who commanded the Quds Force in September 2019?")
        assert not answer.refused and {citation.root for citation in answer.citations} == {"sample"}
        assert not (tmp_path / "data").exists()


def test_a_quote_is_never_boilerplate(assistant: Assistant) -> None:
    for question in ("Leave a reply", "newsletter inbox updates", "728 x 90", "Your email address", "Read more"):
        answer = assistant.ask(question)
        for citation in (*answer.citations, *answer.closest, *answer.more):
            article = assistant.article(citation.root, citation.path)
            assert article is not None
            assert any(start <= citation.start and citation.end <= end for start, end in article.body)
