"""`rag chat`: a conversation in the terminal, with a line to edit and a history where there is readline."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from index.article import UserError
from rag.answer import Answer
from rag.chat import Chat
from rag.console import out, out_answer, out_more, say, say_problem, working

if TYPE_CHECKING:
    from rag.assistant import Assistant

HISTORY_LENGTH = 1000  # questions kept
_LEAVE = ("/quit", "/exit", "quit", "exit")
_HELP = (
    "Type a question and press Enter. Follow-up questions are understood from the conversation.",
    "  Up and Down   earlier questions, also from earlier conversations",
    "  Ctrl-C        stop an answer, or clear the line",
    "  =QUESTION     ask exactly as written, ignoring the conversation",
    "  /more         show what else the articles say about the last question",
    "  /new          start a new conversation",
    "  /quit         quit; so does Ctrl-D",
)


def converse(begin: Callable[[], Chat], greeting: str, history: Path) -> None:
    """Ask and answer until the person leaves, or what is piped in ends.

    A person at a terminal is greeted and has a history, kept in a file that nobody else may read; Ctrl-C stops an
    answer, and an error is said and the conversation goes on.
    """
    if not sys.stdin.isatty():
        _answer_lines(begin())
        return
    say(greeting, "Ask a question. Type /help for help, or press Ctrl-D to quit.")
    readline, conversation = _readline(history), begin()
    while (line := _typed()) is not None and line not in _LEAVE:
        if line == "/new":
            conversation = begin()
            say("New conversation.")
        elif line == "/more":
            for turn in conversation.turns[-1:]:
                out_more(turn.answer)
        elif line in ("/help", "help", "?"):
            say(*_HELP)
        elif line.startswith("/"):
            say(f"There is no command {line}; type /help for a list.")
        elif line:
            if readline is not None:
                _keep(line, history)
            _answer(conversation, line)


def _answer_lines(conversation: Chat) -> None:
    for line in sys.stdin:
        if question := line.strip():
            _show(_ask(conversation, question), question)


def _answer(conversation: Chat, question: str) -> None:
    try:
        with working("Searching ..."):
            answer = _ask(conversation, question)
        _show(answer, question)
    except KeyboardInterrupt:
        say("", "Stopped.")
    except UserError as error:
        say_problem(error)


def _ask(conversation: Chat, typed: str) -> Answer:
    return conversation.ask(typed.removeprefix("=").strip(), as_written=typed.startswith("="))


def _show(answer: Answer, typed: str) -> None:
    out_answer(answer, hint="/more")
    if answer.asked_as != (written := typed.removeprefix("=").strip()):
        say(f"To ask exactly as written, type ={written}")
    out("")


def _typed() -> str | None:
    """The next line, on one line; None when the person leaves."""
    try:
        if sys.stdout.isatty():
            return " ".join(input("> ").split())
        print("> ", end="", file=sys.stderr, flush=True)  # stdout, which has the answers, goes elsewhere
        line = sys.stdin.readline()
        return " ".join(line.split()) if line else None
    except EOFError:
        say("")
        return None
    except KeyboardInterrupt:
        say("", "Press Ctrl-D to quit.")
        return ""


def _readline(history: Path) -> ModuleType | None:
    """What edits the line, with the questions of earlier conversations; None where there is none (Windows)."""
    try:
        import readline
    except ImportError:
        return None
    try:
        history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = history.read_text(encoding="utf-8", errors="replace").splitlines() if history.exists() else []
        if len(lines) > HISTORY_LENGTH:
            history.write_text("\n".join(lines[-HISTORY_LENGTH:]) + "\n", encoding="utf-8")
        for line in lines[-HISTORY_LENGTH:]:
            readline.add_history(line)
    except OSError as error:
        say(f"Earlier questions are not available: '{history}' cannot be used ({error.strerror}).")
    return readline


def _keep(question: str, history: Path) -> None:
    try:
        with open(history, "a", encoding="utf-8", errors="replace", opener=_private) as file:
            file.write(f"{question}\n")
    except OSError:
        pass


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def greet(assistant: Assistant) -> str:
    """What a conversation is about to be over, and who will answer."""
    held = f"{assistant.status()} in '{assistant.settings.store}'"
    if assistant.is_sample:
        held = f"the sample articles ({assistant.status()}); index your own with `rag index FOLDER`"
    model = "No language model: answers are quoted from the articles"
    if assistant.writer is not None:
        model = f"The model '{assistant.writer.llm.metadata.model_name}' answers, and each sentence is checked"
    return f"Footnote answers from {held}. {model}."
