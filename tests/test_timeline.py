"""How something went on: dated sentences, the earliest event first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.answer import Answer
from rag.assistant import Assistant

STRIKE = {
    "end.txt": ("Dock strike over", "2023-05-20", "The Norrvik dock strike ended on Friday, after a vote."),
    "talks.txt": ("Dock strike talks", "2023-05-10", "Talks on the Norrvik dock strike broke down on May 8, he said."),
    "start.txt": ("Dock strike begins", "2023-05-03", "The Norrvik dock strike began on May 2 at six in the morning."),
}


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


def test_another_question_is_answered_best_first(assistant: Assistant) -> None:
    answer = assistant.ask("When did the Norrvik dock strike end?")
    assert "Friday" in answer.sentences[0].text and leads(answer)[0] == "The Norrvik Post, 20 May 2023:"
