"""Questions about the articles themselves, and those that only look so: which way they go, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.scoring import broken_markers, broken_quotes
from index.catalog import Snapshot
from index.records import Filters
from rag.about_articles import Reply, catalog_reply, language_reply, recognised, stands_apart
from rag.assistant import Assistant
from rag.chat import Chat
from rag.checkup import text_behind, verify_export
from rag.engine import stream
from rag.exporting import BEGINS, ENDS, Form, exported
from rag.render import html, markdown, terminal
from tests.fakes import WordEmbedder, write
from tests.test_cli import rag

LISTS = Path(__file__).with_name("catalog_questions.txt").read_text(encoding="utf-8").split("# ")[1:]
ABOUT, NOT_ABOUT, FOREIGN, ENGLISH = ([line for line in part.splitlines()[1:] if line] for part in LISTS)
ARTICLES = {
    "strike.txt": "Dockers on strike\n\nThe Cradle, March 3, 2021 —\n\nThe dockers stopped work. Nobody was hurt.\n",
    "fire.txt": "Warehouse fire kills two\n\nCoast Wire, May 4, 2022 —\n\nBy Nadia Ferrow\n\nA store burned down.\n",
    "terminal.txt": "Terminal to open late\n\nThe terminal opens a year late, the port says. It said so twice.\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("about")
    heads = "path,title,publisher,published,author\nfire.txt,,Coast Wire,2022-05-04,Nadia Ferrow\n"
    write(folder / "news", ARTICLES | {"metadata.csv": heads + "strike.txt,,The Cradle,2021-03-03,\n"})
    return folder


@pytest.fixture(scope="module")
def assistant(place: Path) -> Iterator[Assistant]:
    with Assistant.open(place / "words", embedder=WordEmbedder()) as opened:
        opened.sync(place / "news")
        yield opened


@pytest.fixture(scope="module")
def snapshot(assistant: Assistant) -> Iterator[Snapshot]:
    with assistant.store.catalog.snapshot() as opened:
        yield opened


def first(question: str, snapshot: Snapshot, before: str = "") -> Reply | None:
    """What the catalog says where every topic has an article, so that only the wording decides."""
    return catalog_reply(question, before, Filters(), snapshot, lambda _: snapshot.article_rows()[0])


def test_questions_about_the_articles_are_answered_from_the_catalog(snapshot: Snapshot) -> None:
    assert len(ABOUT) >= 40
    assert [question for question in ABOUT if not first(question, snapshot) or language_reply(question)] == []


def test_questions_to_the_articles_go_the_ordinary_way(snapshot: Snapshot) -> None:
    assert len(NOT_ABOUT) >= 60
    assert [question for question in NOT_ABOUT + ENGLISH if first(question, snapshot)] == []


@pytest.mark.parametrize("line", FOREIGN)
def test_a_question_in_another_language_hears_that_english_is_understood_in_it(line: str) -> None:
    name, _, question = line.partition(": ")
    known = json.loads((Path(__file__).parents[1] / "rag" / "languages.json").read_text(encoding="utf-8"))
    assert language_reply(question) == known["English" if name == "other" else name]["reply"]


def test_no_question_of_the_sets_is_taken_for_another() -> None:
    files = (Path(__file__).parents[1] / "eval").rglob("*.jsonl")
    cases = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [case["question"] for case in cases if "question" in case]
    assert len(asked) > 400
    assert [question for question in asked if language_reply(question) or stands_apart(question)] == []
    wishes = [wish for question in asked if (wish := recognised(question))[0]]
    assert [wish for wish in wishes if not wish[1].keys() & {"name", "title"}] == []


def test_an_answer_names_articles_that_open_at_their_first_words(assistant: Assistant) -> None:
    answer = assistant.ask("What are these articles about?")
    assert (answer.mode, answer.refused, answer.sentences, answer.citations) == ("catalog", False, (), ())
    assert answer.text == (
        "There are 3 articles, from 2 publishers, published from 3 March 2021 to 4 May 2022, 1 without a date."
    )
    assert [cited.quote for cited in answer.closest] == [
        "A store burned down.", "The dockers stopped work.", "The terminal opens a year late, the port says."
    ]  # fmt: skip
    assert broken_quotes(answer, lambda cited: text_behind(assistant, cited.root, cited.path, cited.encoding)) == []
    assert broken_markers(answer) == []


@pytest.mark.parametrize(
    ("question", "text", "paths"),
    [
        ("Who wrote the one on the warehouse?",
         "“Warehouse fire kills two” (Coast Wire, 4 May 2022) is by Nadia Ferrow.", ["fire.txt"]),
        ("Who wrote “Terminal to open late”?",
         "“Terminal to open late” (no publisher named, undated) names no author.", ["terminal.txt"]),
        ("What did The Cradle report?", "There is 1 article by The Cradle, dated 3 March 2021.", ["strike.txt"]),
        ("Articles by Nadia Ferrow", "There is 1 article by Nadia Ferrow, dated 4 May 2022.", ["fire.txt"]),
        ("Which outlets are there?",
         "2 publishers in 3 articles: Coast Wire (1), The Cradle (1); none is named in 1.", ["fire.txt", "strike.txt"]),
        ("Who wrote these articles?", "1 author in 3 articles: Nadia Ferrow (1); none is named in 2.", ["fire.txt"]),
        ("What is the newest article?", "The newest of 3 articles: “Warehouse fire kills two” (4 May 2022)."
         " 1 article without a date may be newer.", ["fire.txt"]),
        ("Which article is the oldest?", "The oldest of 3 articles: “Dockers on strike” (3 March 2021)."
         " 1 article without a date may be older.", ["strike.txt"]),
        ("thanks", "You are welcome. Ask whatever else you want to know.", []),
    ],
)  # fmt: skip
def test_the_catalog_answers_in_words(assistant: Assistant, question: str, text: str, paths: list[str]) -> None:
    answer = assistant.ask(question)
    assert (answer.text, [cited.path for cited in answer.closest]) == (text, paths)


def test_a_greeting_says_what_can_be_asked_and_its_suggestion_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("Hi!")
    assert answer.text.count(". ") == 1 and answer.suggestion and not answer.closest
    assert assistant.ask(answer.suggestion).closest
    assert f"You could ask: {answer.suggestion}" in terminal(answer).plain


def test_only_articles_within_the_limits_are_counted(assistant: Assistant) -> None:
    answer = assistant.ask("How many articles are there?", as_of="2021-12-31")
    assert answer.text.startswith("There are 2 articles within these limits") and answer.as_of == "2021-12-31"
    limited = assistant.ask("Which outlets are there?", since="2022-01-01")
    assert "The Cradle" not in limited.text and [note.kind for note in limited.notes] == ["left_out"]


def test_an_outlet_or_a_topic_that_no_article_has_goes_the_ordinary_way(assistant: Assistant) -> None:
    for question in ("What did Reuters report?", "Who wrote the article on marzipan?", "Who wrote “Marzipan”?"):
        assert assistant.ask(question).mode == "extractive"


def test_another_language_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask("Wer ist der Hafenmeister?")
    assert answer.refused and not answer.closest and answer.text == "Footnote versteht vorerst nur Fragen auf Englisch."


def test_an_empty_index_is_refused_but_greets(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as opened:
        opened.sync_documents([], root="none")
        assert opened.ask("How many articles are there?").refused
        assert "There are none yet" in opened.ask("hello").text and not opened.ask("hello").suggestion


def test_how_many_there_are_depends_on_the_question_before(assistant: Assistant) -> None:
    assert not recognised("How many are there?", "Who hired the dockers?")[0]
    assert recognised("Who wrote the one on the strike?", "Who hired the dockers?")[0]
    chat = assistant.chat()
    asked = ["What did The Cradle report?", "And Coast Wire?", "How many are there?", "Who wrote them?"]
    assert [chat.ask(question).mode for question in asked] == ["catalog"] * 4
    other = chat.turns[1].answer
    assert other.asked_as == "What did Coast Wire report?" and other.closest[0].path == "fire.txt"


def test_a_greeting_is_nothing_to_come_back_to(assistant: Assistant) -> None:
    chat = assistant.chat()
    asked = ["hi", "Who stopped work at the port?", "thanks", "Why did they?"]
    understood = [chat.ask(question).asked_as for question in asked]
    assert understood == [*asked[:3], "Why did they? (after: Who stopped work at the port?)"]


def test_no_model_is_asked_what_thanks_mean(assistant: Assistant) -> None:
    rewritten: list[str] = []

    def rewrite(question: str, _: object) -> None:
        rewritten.append(question)

    chat = Chat(lambda asked: stream(assistant.store, assistant.embedder, asked), rewrite=rewrite)
    for question in ("Who stopped work at the port?", "thanks", "Why did they?"):
        chat.ask(question)
    assert rewritten == ["Why did they?"]


def test_every_form_shows_the_text_and_the_articles_with_their_titles(assistant: Assistant) -> None:
    answer = assistant.ask("Which articles are there?")
    for form in (terminal(answer, 200).plain, markdown(answer), html(answer)):
        parts = [answer.text, "Articles", "“Dockers on strike”", "strike.txt", "The dockers stopped work."]
        assert [part for part in parts if part not in form] == [] and "closest" not in form


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_an_exported_answer_verifies(assistant: Assistant, tmp_path: Path, form: Form) -> None:
    file = tmp_path / "saved"
    parts = (exported(assistant.ask(asked), form, turn) for turn, asked in enumerate(("hi", "List the articles.")))
    file.write_text(BEGINS[form] + "".join(parts) + ENDS[form], encoding="utf-8")
    assert [line.is_well for line in verify_export(assistant, file)] == [True] * 3


def test_the_command_line_prints_it_and_exits_with_zero(place: Path) -> None:
    assert rag("index", "news", "--store", "store", cwd=place).returncode == 0
    done = rag("ask", "What did The Cradle report?", "--json", "--store", "store", cwd=place)
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and (answer["mode"], answer["refused"], answer["sentences"]) == ("catalog", False, [])
    assert [cited["title"] for cited in answer["closest"]] == ["Dockers on strike"]
    (place / "answer.json").write_text(done.stdout, encoding="utf-8")
    assert rag("verify", "answer.json", "--store", "store", cwd=place).returncode == 0
    assert rag("ask", "Qui a gagné ?", "--store", "store", cwd=place).returncode == 3
