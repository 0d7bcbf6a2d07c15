"""What the page asks for beside its questions: what the index holds, an article, an answer as a text, feedback."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from index.article import Article, UserError
from index.english.names import read_names, unlike_a_person
from index.english.words import read_words
from index.reading import read_bytes
from index.records import ArticleRow, Filters
from rag.answer import Answer
from rag.answering import Asked, look
from rag.api.asking import LONGEST_QUESTION, Limits, Sent
from rag.api.messages import fingerprint
from rag.assistant import Assistant
from rag.checkup import text_behind
from rag.exporting import BEGINS, ENDS, Form, exported
from rag.limits import check_limits, parse_limits
from rag.render import markdown
from rag.web.source import source_of

# What a browser shows as it is, without a script of the file's own; of other files it gets the text.
_ORIGINALS = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_LISTED = 200  # articles shown at a time
_CONSIDERED = 12
SAMPLE_QUESTIONS = (
    "Who commanded the Quds Force in September 2019?",
    "How much will the container terminal at Skellmouth cost?",
    "What did Qaani ask Iraqi armed factions to do?",
    "Who won the 2022 football World Cup?",
)
_NEWEST, _BEGINNING = 30, 600  # articles, and characters of each, in which persons to ask about are looked for


class Place(Sent):
    """Where a quote stands, in code points of the article's text. A link has its fingerprint, `words`, instead."""

    root: str
    path: str
    start: int = Field(0, ge=0)
    end: int = Field(0, ge=0)
    quote: str = ""
    words: str = ""


class Considered(Sent):
    question: str = Field(max_length=LONGEST_QUESTION)
    limits: Limits = Limits()


class Rendered(Sent):
    """`export` keeps the answer's data in the text, for `rag verify`."""

    answer: Answer
    form: Form = "markdown"
    turn: int = 0
    export: bool = False


class Feedback(Sent):
    liked: bool
    comment: str = Field("", max_length=2000)
    answer: Answer


class Root(Sent):
    root: str


class Model(Sent):
    """A language model at an OpenAI-compatible endpoint; without a name, none."""

    name: str = ""
    base_url: str = ""


def build_routes(assistant: Assistant, *, may_change: bool) -> APIRouter:
    """The routes below /api, each named as what answers it. A UserError they raise is for the reader."""
    routes, desk = APIRouter(prefix="/api"), _Desk(assistant, may_change)
    for told in (desk.about, desk.articles, desk.roots, desk.file):
        routes.get(f"/{told.__name__}")(told)
    for sent in (desk.source, desk.considered, desk.render, desk.feedback, desk.remove, desk.model):
        routes.post(f"/{sent.__name__}")(sent)
    return routes


@dataclass(frozen=True)
class _Desk:
    """Answers the routes; `may_change` is about folders and the model."""

    assistant: Assistant
    may_change: bool

    def about(self) -> dict[str, Any]:
        assistant, writer = self.assistant, self.assistant.writer
        with assistant.store.catalog.snapshot() as snapshot:
            articles, _, newest = snapshot.counts()
            publishers = snapshot.publishers()
        return {
            "articles": articles,
            "newest": newest,
            "publishers": publishers,
            "is_sample": assistant.is_sample,
            "model": writer.llm.metadata.model_name if writer else None,
            "host": assistant.model_host,
            "questions": _questions(assistant) if articles else (),
            "may_change": self.may_change,
        }

    def articles(
        self, words: str = "", publisher: str = "", since: str = "", until: str = "", offset: int = 0
    ) -> dict[str, Any]:
        filters = Filters(since=since or None, until=until or None, publisher=publisher or None)
        with self.assistant.store.catalog.snapshot() as snapshot:
            rows = snapshot.article_rows(filters)
        wanted = words.casefold().split()
        said = ((row, f"{row.title} {row.publisher} {row.path} {row.author}".casefold()) for row in rows)
        found = [row for row, text in said if all(word in text for word in wanted)]
        found.sort(key=lambda row: row.published or "", reverse=True)
        listed = found[max(offset, 0) :][:_LISTED]
        return {"count": len(found), "articles": [_named(row) for row in listed]}

    def roots(self) -> list[dict[str, Any]]:
        with self.assistant.store.catalog.snapshot() as snapshot:
            return [
                {
                    "root": root,
                    "folder": folder,
                    "articles": len(snapshot.digests(root)),
                    "skipped": [skip for file in snapshot.files(root).values() for skip in file.skipped],
                }
                for root, folder in snapshot.roots()
            ]

    def file(self, root: str, path: str) -> Response:
        article = self.assistant.article(root, path)
        folder, kind = dict(self.assistant.roots()).get(root), _ORIGINALS.get(PurePosixPath(path).suffix.lower())
        if article and folder and kind:
            with suppress(UserError):  # it has gone: the text that the index keeps is better than nothing
                return Response(read_bytes(Path(folder), path, sys.maxsize), media_type=kind)
        text = text_behind(self.assistant, root, path, article.encoding) if article else None
        if text is None:
            return PlainTextResponse("This file no longer exists.", status_code=404)
        return PlainTextResponse(text.encode("utf-8", "replace"))

    def source(self, place: Place) -> dict[str, Any]:
        article = self.assistant.article(place.root, place.path)
        there = article.text[place.start : place.end] if article else ""
        quote = there if place.words and place.words == fingerprint(there) else place.quote
        return source_of(article, place.start, place.end, quote)

    def considered(self, sent: Considered) -> dict[str, Any]:
        """What search has for the question now: the same steps as for an answer."""
        store = self.assistant.store
        with store.catalog.snapshot() as snapshot:
            filters = check_limits(parse_limits(sent.limits.within()), snapshot)
            asked = Asked(sent.question, sent.question, filters)
            seen = look(store, self.assistant.embedder, asked, snapshot.within(filters))
        passages = [
            _named(item.passage.article)
            | {"start": item.passage.start, "end": item.passage.end, "quote": item.passage.text}
            | {"page": item.passage.page, "score": round(item.score, 3)}
            for item in seen.found[:_CONSIDERED]
        ]
        understood = {name: getattr(seen.question, name) for name in ("kind", "words", "names")}
        return {**understood, "days": [str(days) for days in seen.question.days], "passages": passages}

    def render(self, sent: Rendered) -> dict[str, str]:
        if not sent.export:  # what is copied is what stands open on the page
            return {"text": markdown(replace(sent.answer, more=()))}
        text = exported(sent.answer, sent.form, sent.turn)
        return {"begins": BEGINS[sent.form], "text": text, "ends": ENDS[sent.form]}

    def feedback(self, sent: Feedback) -> dict[str, bool]:
        file = self.assistant.settings.feedback
        kept = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "liked": sent.liked, "comment": sent.comment}
        line = json.dumps(kept | {"answer": sent.answer.to_dict()}, ensure_ascii=True)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as end:
                end.write(line + "\n")
        except OSError as error:
            raise UserError(f"Feedback cannot be saved in '{file.parent}' ({error.strerror}).") from error
        return {"kept": True}

    def remove(self, sent: Root) -> dict[str, int]:
        self._only_if_allowed()
        return {"removed": len(self.assistant.remove(sent.root).removed)}

    def model(self, sent: Model) -> dict[str, Any]:
        self._only_if_allowed()
        self.assistant.use_model(sent.name.strip() or None, sent.base_url.strip() or None)
        return self.about()

    def _only_if_allowed(self) -> None:
        if not self.may_change:
            raise UserError("Folders and the model can only be changed on the machine that serves this page.")


def _questions(assistant: Assistant) -> tuple[str, ...]:
    if assistant.is_sample:
        return SAMPLE_QUESTIONS
    newest = sorted(assistant.articles(), key=lambda row: row.published or "", reverse=True)[:_NEWEST]
    names = Counter(name for row in newest for name in _names(assistant.article(row.root, row.path)) - {row.publisher})
    asked = (f"What do the articles say about {name}?" for name, _ in names.most_common(2))
    return "What are these articles about?", *asked, "What is the newest article?"


def _names(article: Article | None) -> set[str]:
    """The names of persons, of two words or more, with which an article begins."""
    text = article.text[article.body[0][0] :][:_BEGINNING] if article and article.body else ""
    words = read_words(text)
    names = {text[words[name[0]].start : words[name[-1]].end] for name in read_names(words, text)}
    return {name for name in names if not any(unlike_a_person(name))}


def _named(row: ArticleRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("root", "path", "title", "publisher", "published")}
