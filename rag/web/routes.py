"""What the page asks for beside its questions: what the index holds, an article, an answer as a text, feedback."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from index.article import UserError
from index.records import ArticleRow, Filters
from rag.answer import Answer
from rag.answering import Asked, look
from rag.assistant import Assistant
from rag.checkup import text_behind
from rag.exporting import BEGINS, ENDS, Form, exported
from rag.render import markdown
from rag.web.page import LONGEST_QUESTION, Limits
from rag.web.source import source_of

_LISTED = 200  # articles shown at a time
_CONSIDERED = 12
SAMPLE_QUESTIONS = (
    "Who commanded the Quds Force in September 2019?",
    "How much will the container terminal at Skellmouth cost?",
    "What did Qaani ask Iraqi armed factions to do?",
    "Who won the 2022 football World Cup?",
)


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Sent):
    """Where a quote stands, in code points of the article's text."""

    root: str
    path: str
    start: int = Field(0, ge=0)
    end: int = Field(0, ge=0)
    quote: str = ""


class Considered(_Sent):
    question: str = Field(max_length=LONGEST_QUESTION)
    limits: Limits = Limits()


class Rendered(_Sent):
    """`export` keeps the answer's data in the text, for `rag verify`."""

    answer: Answer
    form: Form = "markdown"
    turn: int = 0
    export: bool = False


class Feedback(_Sent):
    liked: bool
    comment: str = Field("", max_length=2000)
    answer: Answer


class Root(_Sent):
    root: str


class Model(_Sent):
    """A language model at an OpenAI-compatible endpoint; without a name, none."""

    name: str = ""
    base_url: str = ""


def build_routes(assistant: Assistant, *, may_change: bool) -> APIRouter:
    """The routes below /api. A UserError they raise is for the reader."""
    routes = APIRouter(prefix="/api")
    _add_reading(routes, assistant, may_change)
    _add_asking(routes, assistant)
    _add_changing(routes, assistant, may_change)
    return routes


def _add_reading(routes: APIRouter, assistant: Assistant, may_change: bool) -> None:
    @routes.get("/about")
    def about() -> dict[str, Any]:
        return _about(assistant) | {"may_change": may_change}

    @routes.get("/articles")
    def articles(
        words: str = "", publisher: str = "", since: str = "", until: str = "", offset: int = 0
    ) -> dict[str, Any]:
        filters = Filters(since=since or None, until=until or None, publisher=publisher or None)
        return _articles(assistant, filters, words, max(offset, 0))

    @routes.get("/roots")
    def roots() -> list[dict[str, Any]]:
        return _roots(assistant)

    @routes.get("/file")
    def file(root: str, path: str) -> Response:
        article = assistant.article(root, path)
        text = text_behind(assistant, root, path, article.encoding) if article else None
        if text is None:
            return PlainTextResponse("This file is not there any more.", status_code=404)
        return PlainTextResponse(text.encode("utf-8", "replace"))


def _add_asking(routes: APIRouter, assistant: Assistant) -> None:
    @routes.post("/source")
    def source(place: Place) -> dict[str, Any]:
        return source_of(assistant.article(place.root, place.path), place.start, place.end, place.quote)

    @routes.post("/considered")
    def considered(sent: Considered) -> dict[str, Any]:
        return _considered(assistant, sent)

    @routes.post("/render")
    def render(sent: Rendered) -> dict[str, str]:
        if not sent.export:
            return {"text": markdown(sent.answer)}
        text = exported(sent.answer, sent.form, sent.turn)
        return {"begins": BEGINS[sent.form], "text": text, "ends": ENDS[sent.form]}


def _add_changing(routes: APIRouter, assistant: Assistant, may_change: bool) -> None:
    @routes.post("/feedback")
    def feedback(sent: Feedback) -> dict[str, bool]:
        _keep(assistant, sent)
        return {"kept": True}

    @routes.post("/remove")
    def remove(sent: Root) -> dict[str, int]:
        _only_if(may_change)
        return {"removed": len(assistant.remove(sent.root).removed)}

    @routes.post("/model")
    def model(sent: Model) -> dict[str, Any]:
        _only_if(may_change)
        assistant.use_model(sent.name.strip() or None, sent.base_url.strip() or None)
        return _about(assistant)


def _only_if(may_change: bool) -> None:
    if not may_change:
        raise UserError("Folders and the model are chosen on the machine that serves this page.")


def _about(assistant: Assistant) -> dict[str, Any]:
    with assistant.store.catalog.snapshot() as snapshot:
        articles, _, newest = snapshot.counts()
        publishers = snapshot.publishers()
    writer = assistant.writer
    return {
        "status": assistant.status(),
        "articles": articles,
        "newest": newest,
        "publishers": publishers,
        "is_sample": assistant.is_sample,
        "model": writer.llm.metadata.model_name if writer else None,
        "host": assistant.model_host,
        "questions": _questions(assistant) if articles else (),
    }


def _questions(assistant: Assistant) -> tuple[str, ...]:
    if assistant.is_sample:
        return SAMPLE_QUESTIONS
    newest = sorted(assistant.articles(), key=lambda row: row.published or "", reverse=True)
    titles = dict.fromkeys(row.title for row in newest if row.title)
    whole_first = sorted(titles, key=lambda title: title.endswith(("...", "…")))  # one cut short finds less
    return tuple(f"What is reported about “{title}”?" for title in whole_first[:4])


def _articles(assistant: Assistant, filters: Filters, words: str, offset: int) -> dict[str, Any]:
    with assistant.store.catalog.snapshot() as snapshot:
        rows = snapshot.article_rows(filters)
    wanted = words.casefold().split()
    said = ((row, f"{row.title} {row.publisher} {row.path} {row.author}".casefold()) for row in rows)
    found = [row for row, text in said if all(word in text for word in wanted)]
    found.sort(key=lambda row: row.published or "", reverse=True)
    return {"count": len(found), "articles": [_named(row) for row in found[offset : offset + _LISTED]]}


def _named(row: ArticleRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("root", "path", "title", "publisher", "published")}


def _roots(assistant: Assistant) -> list[dict[str, Any]]:
    with assistant.store.catalog.snapshot() as snapshot:
        return [
            {
                "root": root,
                "folder": folder,
                "articles": len(snapshot.digests(root)),
                "skipped": [skip for file in snapshot.files(root).values() for skip in file.skipped],
            }
            for root, folder in snapshot.roots()
        ]


def _considered(assistant: Assistant, sent: Considered) -> dict[str, Any]:
    """What search has for the question now: the same steps as for an answer."""
    filters = Filters(**sent.limits.model_dump())
    store = assistant.store
    with store.catalog.snapshot() as snapshot:
        seen = look(store, assistant.embedder, Asked(sent.question, sent.question, filters), snapshot)
    passages = [
        _named(item.passage.article)
        | {"start": item.passage.start, "end": item.passage.end, "quote": item.passage.text}
        | {"score": round(item.score, 3)}
        for item in seen.found[:_CONSIDERED]
    ]
    question = seen.question
    return {
        "kind": question.kind,
        "words": question.words,
        "names": question.names,
        "days": [str(days) for days in question.days],
        "sentences": len(seen.evidence),
        "passages": passages,
    }


def _keep(assistant: Assistant, sent: Feedback) -> None:
    file = assistant.settings.feedback
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "liked": sent.liked, "comment": sent.comment}
    line = json.dumps(kept | {"answer": sent.answer.to_dict()}, ensure_ascii=True)
    with file.open("a", encoding="utf-8") as end:
        end.write(line + "\n")
