"""How something went on: dated sentences, the earliest event first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.records import ArticleRow, Passage
from rag.answer import Answer
from rag.assistant import Assistant
from rag.evidence import Evidence
from rag.retrieval import Found
from rag.timeline import happened

STRIKE = {
    "end.txt": ("Dock strike over", "2023-05-20", "The Norrvik dock strike ended on Friday, after a vote."),
    "talks.txt": ("Dock strike talks", "2023-05-10", "Talks on the Norrvik dock strike broke down on May 8, he said."),
    "start.txt": ("Dock strike begins", "2023-05-03", "The Norrvik dock strike began on May 2 at six in the morning."),
}


def told(text: str, published: str | None = "2022-08-29") -> str | None:
    article = ArticleRow("r", "a.txt", "T", None, published, None, None, "utf-8")
    passage = Passage(1, article, 0, len(text), text)
    return happened(Evidence(article, 0, len(text), text, Found(passage, 1, 1, 1), 1, 1, 1, (), False, 1))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("They walked out on 31 June 2022.", None),
        ("It is expected to become a hurricane on Monday.", None),
        ("The hearing is on Wednesday, August 31, 2022.", "2022-08-31"),
        ("It will end in December.", None),
        ("It began in May.", "2022-05"),
        ("It began last Tuesday, in 2022.", "2022-08-23"),
    ],
)
def test_the_day_of_an_event_is_told_only_where_it_is_plain(text: str, day: str | None) -> None:
    assert told(text) == day


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("news")
    for name, (title, day, text) in STRIKE.items():
        (folder / name).write_text(f"{title}\n\nThe Norrvik Post, {day}\n\n{text}\n", encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("store")) as opened:
        opened.sync(folder)
        yield opened


def leads(answer: Answer) -> list[str]:
    return [sentence.lead for sentence in answer.sentences]


def test_events_come_in_their_order_each_with_its_day_and_that_of_its_article(assistant: Assistant) -> None:
    assert leads(assistant.ask("How did the Norrvik dock strike unfold?")) == [
        "2 May 2023 (The Norrvik Post, 3 May 2023):",
        "8 May 2023 (The Norrvik Post, 10 May 2023):",
        "19 May 2023 (The Norrvik Post, 20 May 2023):",
    ]


def test_only_the_days_asked_about_are_told(assistant: Assistant) -> None:
    assert leads(assistant.ask("How did the Norrvik dock strike unfold after 5 May 2023?"))[0].startswith("8 May 2023")


def test_another_question_is_answered_best_first(assistant: Assistant) -> None:
    answer = assistant.ask("When did the Norrvik dock strike end?")
    assert "Friday" in answer.sentences[0].text and leads(answer)[0] == "The Norrvik Post, 20 May 2023:"
