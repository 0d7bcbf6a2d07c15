"""Asked over HTTP: `/api/v1`, JSON in and out, for programs that want the whole Answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from index.article import Article, Span
from index.records import ArticleRow
from rag import __version__
from rag.answer import Answer, Shown, Turn
from rag.api.asking import LONGEST_QUESTION, Desk, Limits, Refused, Sent, last_for
from rag.api.openai import sent
from rag.api.openai_routes import streamed
from rag.assistant import Assistant
from rag.checkup import Finding, verify_answers
from rag.question import checked_question
from rag.retrieval import SearchResult


class Question(Limits):
    """A question, and the last turns before it: each a question and its answer as it came."""

    question: str = Field(max_length=LONGEST_QUESTION)
    turns: tuple[Turn, ...] = Field((), max_length=8)
    with_model: bool = Field(True, description="false: the articles' own words, also where there is a language model")
    stream: bool = Field(False, description="true: server-sent events, each `sentence`, then the `answer`")


class Words(Limits):
    query: str = Field(max_length=LONGEST_QUESTION)
    limit: int = Field(10, ge=1, le=100)


class Found(BaseModel):
    results: tuple[SearchResult, ...]


class Listed(BaseModel):
    count: int
    articles: tuple[ArticleRow, ...]


class Whole(BaseModel):
    """An article, and where its passages (what is searched) stand in its text."""

    article: Article
    passages: tuple[Span, ...]


class Saved(Sent):
    answers: tuple[Answer, ...] = Field(min_length=1, max_length=100)


class Verdict(BaseModel):
    is_well: bool
    findings: tuple[Finding, ...]


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str = __version__


class Problem(BaseModel):
    message: str
    hint: str


def build_program_routes(desk: Desk) -> APIRouter:
    """The routes below /api/v1. A UserError they raise is answered as a Problem."""
    wrong: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (400, 401, 404, 413, 422, 503)}
    routes, assistant = APIRouter(prefix="/api/v1", responses=wrong, tags=["Whole answers"]), desk.assistant

    @routes.post("/ask", response_model=Answer, summary="Answer a question, or refuse")
    async def ask(asked: Question, caller: Request) -> Response:
        checked_question(asked.question)
        desk.check_room()
        chat = assistant.chat(asked.turns, with_model=asked.with_model, **asked.within())
        events = desk.events(chat, asked.question)
        if asked.stream:
            return streamed(_as_sent(events), "/api/v1/")
        return JSONResponse((await last_for(caller, events)).to_dict())

    @routes.post("/search", summary="The passages that match best")
    def search(words: Words) -> Found:
        return Found(results=tuple(assistant.search(words.query, limit=words.limit, **words.within())))

    @routes.get("/articles", summary="What there is, by root and path")
    def articles(offset: int = Query(0, ge=0), limit: int = Query(100, ge=1, le=1000)) -> Listed:
        rows = assistant.articles()
        return Listed(count=len(rows), articles=tuple(rows[offset : offset + limit]))

    @routes.get("/articles/{root}/{path:path}", summary="One article: text, metadata, passages")
    def article(root: str, path: str) -> Whole:
        return whole_article(assistant, root, path)

    @routes.post("/verify", summary="Do the quotes of saved answers still stand?")
    def verify(saved: Saved) -> Verdict:
        return verdict_on(assistant, saved.answers)

    @routes.get("/health", summary="Does it answer? Anyone may ask")
    def health() -> Health:
        assistant.status()
        return Health()

    return routes


def whole_article(assistant: Assistant, root: str, path: str) -> Whole:
    """An article of the index. Raises Refused (404) where there is none."""
    with assistant.store.catalog.snapshot() as snapshot:
        found = snapshot.article(root, path)
        passages = snapshot.passages(snapshot.passage_ids(root, [path])).values()
    if found is None:
        raise Refused(f"There is no article '{path}' in '{root}'.", "Search, or list the articles.", 404)
    return Whole(article=found, passages=tuple((passage.start, passage.end) for passage in passages))


def verdict_on(assistant: Assistant, answers: Sequence[Answer]) -> Verdict:
    """Whether the quotes of these answers still stand; only indexed files are read for it."""
    findings = verify_answers(assistant, [answer.to_dict() for answer in answers], only_indexed=True)
    return Verdict(is_well=all(finding.is_well for finding in findings), findings=tuple(findings))


async def _as_sent(events: AsyncGenerator[Shown | Answer, None]) -> AsyncIterator[str]:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Answer):
                yield sent(event.to_dict(), "answer")
            else:
                yield sent(asdict(event), "sentence")
