"""The page: a chat whose footnotes open the article beside it. A conversation lives in its own session only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import gradio as gr

from index.article import UserError
from rag.answer import Answer, Citation, Sentence, Shown, Turn
from rag.render import html, inert, sources
from rag.web.source import find_source, source_html

if TYPE_CHECKING:
    from rag.assistant import Assistant

Turns = tuple[Turn, ...]
Messages = list[dict[str, str]]

LONGEST_QUESTION = 2000  # characters
AT_ONCE = 16  # questions answered side by side; Gradio's own default is one
SAMPLE_QUESTIONS = (
    "Who commanded the Quds Force in September 2019?",
    "How much will the container terminal at Skellmouth cost?",
    "What did Qaani ask Iraqi armed factions to do?",
    "Who won the 2022 football World Cup?",
)
WAITING = '<p class="waiting">Looking in the articles …</p>'
FAILED = "Something went wrong with this question; the terminal says what. Your conversation is kept."
_log = logging.getLogger(__name__)


def build_page(assistant: Assistant) -> gr.Blocks:
    """The whole page over this assistant, with its events wired."""
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True, fill_width=True) as page:
        turns = gr.State(())
        with gr.Row(elem_id="bar"):
            header = _markdown("header")
            fresh = gr.Button("New conversation", elem_id="fresh", size="sm")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                chat, box = _chat(), _box()
            panel = _markdown("source")
        wanted = gr.Textbox(elem_id="wanted", visible="hidden")  # page.js writes here which source to open
        quiet: Any = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": AT_ONCE}
        page.load(partial(_welcome, assistant), None, [header, chat], **quiet)
        box.submit(partial(_ask, assistant), [box, turns], [chat, turns, box], **quiet)
        chat.example_select(_asking_example(assistant), [turns], [chat, turns, box], **quiet)
        wanted.change(partial(_open, assistant), [wanted, turns], [panel], **quiet)
        fresh.click(lambda: ([], (), "", ""), None, [chat, turns, box, panel], **quiet)
    page.queue(default_concurrency_limit=AT_ONCE, api_open=False)
    return cast(gr.Blocks, page)


def theme() -> gr.themes.Base:
    """Gradio's plain theme with the fonts of the reader's own machine."""
    sans = ("ui-sans-serif", "system-ui", "Segoe UI", "Helvetica Neue", "Arial", "sans-serif")
    return gr.themes.Base(font=sans, font_mono=("ui-monospace", "monospace"))


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        layout="panel",
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],
        autoscroll=False,  # it would run past the answer's beginning; page.js keeps the question at the top
    )


def _box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="question",
        label="Your question",
        placeholder="Ask the articles …",
        submit_btn="Send",
        container=False,
        max_lines=4,
        max_length=LONGEST_QUESTION,
        autofocus=True,
    )


def _markdown(name: str) -> gr.Markdown:
    # gr.HTML would need eval in the content policy and sanitises nothing; Markdown passes one line of HTML through.
    return gr.Markdown(elem_id=name, sanitize_html=True, latex_delimiters=[], container=False)


def _welcome(assistant: Assistant) -> tuple[str, Any]:
    """The header, and what an empty conversation shows: how to begin, with questions to click."""
    empty = not assistant.articles()
    questions = () if empty else _examples(assistant)
    return _header(assistant), gr.Chatbot(
        placeholder=_placeholder(empty), examples=[{"text": question} for question in questions]
    )


def _header(assistant: Assistant) -> str:
    host = assistant.model_host
    privacy = f"Passages are sent to {inert(host)}" if host else "Offline: nothing leaves this machine"
    parts = [inert(assistant.status()), privacy]
    if assistant.is_sample:
        parts.insert(0, "Sample articles: index your own with <code>rag index FOLDER</code>")
    status = "".join(f"<span>{part}</span>" for part in parts)
    return f'<div class="brand"><h1>Footnote</h1><p class="status">{status}</p></div>'


def _placeholder(empty: bool) -> str:
    if empty:
        index = "<li><code>rag index FOLDER</code> reads your articles</li>"
        web = "<li><code>rag web</code> opens this page over them</li>"
        return f'<div class="welcome"><h2>No articles yet</h2><ol>{index}{web}</ol></div>'
    promise = "Each sentence of an answer carries a footnote into the exact words it rests on."
    return f'<div class="welcome"><h2>Ask the articles</h2><p>{promise}</p></div>'


def _examples(assistant: Assistant) -> tuple[str, ...]:
    if assistant.is_sample:
        return SAMPLE_QUESTIONS
    newest = sorted(assistant.articles(), key=lambda row: row.published or "", reverse=True)
    titles = dict.fromkeys(row.title for row in newest if row.title)
    return tuple(f"What is reported about “{title}”?" for title in list(titles)[:4])


def _asking_example(assistant: Assistant) -> Callable[..., Iterator[tuple[Any, Any, Any]]]:
    # Gradio finds the click through this function's own annotations, which it must be able to evaluate.
    def ask_example(turns: Turns, chosen: gr.SelectData) -> Iterator[tuple[Any, Any, Any]]:
        yield from _ask(assistant, str(chosen.value["text"]), turns)

    return ask_example


def _ask(assistant: Assistant, question: str, turns: Turns) -> Iterator[tuple[Any, Any, Any]]:
    """Yields the messages, the turns and the text box, as the answer grows."""
    question = question.strip()[:LONGEST_QUESTION]
    if not question:
        yield gr.skip(), gr.skip(), gr.skip()
        return
    yield _messages(turns) + _exchange(question, WAITING), gr.skip(), ""
    try:
        for answer in _growing(assistant, question, turns):
            grown = (*turns, Turn(question, answer))
            yield _messages(grown), grown, gr.skip()
    except UserError as error:
        yield _messages(turns) + _exchange(question, _problem(str(error))), turns, gr.skip()
    except Exception:  # the outermost edge: the reader must learn of it, and keep the conversation
        _log.exception("A question failed")
        yield _messages(turns) + _exchange(question, _problem(FAILED)), turns, gr.skip()


def _growing(assistant: Assistant, question: str, turns: Turns) -> Iterator[Answer]:
    """The answer so far after each sentence, then the whole one."""
    sentences: list[Sentence] = []
    citations: dict[int, Citation] = {}
    for event in assistant.chat(turns=turns).stream(question):
        if isinstance(event, Shown):
            sentences.append(event.sentence)
            citations.update({citation.number: citation for citation in event.citations})
            cited = tuple(citations[number] for number in sorted(citations))
            yield Answer(question, question, "", tuple(sentences), cited, False, 0.0, assistant.mode, complete=False)
        else:
            yield event


def _open(assistant: Assistant, wanted: str, turns: Turns) -> Any:
    """The panel for the source that page.js asks for ("cite-0-1 7": a name, and a count that makes it new)."""
    answers = [turn.answer for turn in turns]
    found = find_source(answers, wanted.split(" ")[0])
    if found is None:
        return gr.skip()
    turn, number = found
    citation = sources(answers[turn])[number - 1][1]
    return source_html(assistant.article(citation.root, citation.path), answers[turn], number, turn)


def _messages(turns: Turns) -> Messages:
    return [
        message for place, turn in enumerate(turns) for message in _exchange(turn.question, html(turn.answer, place))
    ]


def _exchange(question: str, answer_html: str) -> Messages:
    asked = f'<p class="question">{inert(question)}</p>'
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer_html}]


def _problem(words: str) -> str:
    return f'<div class="answer problem"><p>{inert(words)}</p></div>'
