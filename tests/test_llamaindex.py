"""Our LlamaIndex components among LlamaIndex's own: its tracing sees us, its programs hold us, its Settings do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import Settings
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.llms import ChatMessage, MessageRole, MockLLM, TextBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.tools import QueryEngineTool
from pydantic import PrivateAttr

from rag import Assistant
from rag.answer import Answer
from tests.fakes import WordEmbedder, story, write
from tests.served import awaited

QUESTION = "Who named the ferry Corriedale?"


class Unresolvable:
    """Stands where the global Settings keep a model: any use of it is an error."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"the global Settings were read ({name})")


class Listener(BaseEventHandler):
    """Remembers the names of all events."""

    _names: list[str] = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        return "Listener"

    def handle(self, event: Any, **kwargs: Any) -> None:
        self._names.append(event.class_name())

    @property
    def names(self) -> list[str]:
        return self._names


@pytest.fixture(autouse=True)
def _global_settings_explode() -> Iterator[None]:
    before = Settings._llm, Settings._embed_model
    Settings._llm = Settings._embed_model = Unresolvable()  # type: ignore[assignment]
    yield
    Settings._llm, Settings._embed_model = before


@pytest.fixture
def listener() -> Iterator[Listener]:
    root, handler = get_dispatcher(), Listener()
    root.add_event_handler(handler)
    yield handler
    root.event_handlers.remove(handler)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("llamaindex")
    write(place / "news", {f"{number}.txt": story(number, 30) for number in range(6)})
    write(place / "news", {"ferry.txt": "Ferry named\n\nThe ferry Corriedale was named by Ada Quill in Port Sable.\n"})
    with Assistant.open(place / "store", embedder=WordEmbedder()) as opened:
        opened.sync(place / "news")
        yield opened


def check_nodes(nodes: list[NodeWithScore], assistant: Assistant) -> None:
    """Fails unless each node is exactly the words of its article that it says it is."""
    assert nodes
    for item in nodes:
        assert isinstance(item.node, TextNode)
        article = assistant.article(item.node.metadata["root"], item.node.metadata["path"])
        assert article is not None
        assert article.text[item.node.start_char_idx : item.node.end_char_idx] == item.node.text


@pytest.mark.parametrize("step", ["Query", "Retrieval", "Embedding"])
def test_asking_fires_start_and_end_events(step: str, assistant: Assistant, listener: Listener) -> None:
    assistant.ask(QUESTION)
    assert f"{step}StartEvent" in listener.names and f"{step}EndEvent" in listener.names


def test_query_engine_fires_the_events_of_a_query_once(assistant: Assistant, listener: Listener) -> None:
    assistant.query_engine.query(QUESTION)
    assert listener.names.count("QueryStartEvent") == listener.names.count("QueryEndEvent") == 1
    assert "RetrievalEndEvent" in listener.names


def test_streaming_fires_a_query_end_event_with_the_answer(assistant: Assistant, listener: Listener) -> None:
    list(assistant.stream(QUESTION))
    assert listener.names.count("QueryStartEvent") == listener.names.count("QueryEndEvent") == 1


def test_indexing_fires_embedding_events(listener: Listener, tmp_path: Path) -> None:
    write(tmp_path / "news", {"a.txt": story(1)})
    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as assistant:
        assistant.sync(tmp_path / "news")
    assert "EmbeddingStartEvent" in listener.names and "EmbeddingEndEvent" in listener.names


def test_retriever_gives_nodes_that_are_their_articles_words(assistant: Assistant) -> None:
    retriever = assistant.retriever
    assert isinstance(retriever, BaseRetriever)
    nodes = retriever.retrieve(QUESTION)
    check_nodes(nodes, assistant)
    scores = [node.score or 0.0 for node in nodes]
    assert scores == sorted(scores, reverse=True) and nodes[0].node.metadata["path"] == "ferry.txt"


def test_retriever_serves_llamaindexs_own_query_engine(assistant: Assistant) -> None:
    engine = RetrieverQueryEngine.from_args(assistant.retriever, llm=MockLLM())
    response = engine.query(QUESTION)
    check_nodes(response.source_nodes, assistant)
    assert "Ada Quill" in str(response), "the mock model repeats its prompt, which must hold the passage"


def test_query_engine_answers_with_the_checked_answer_and_its_sources(assistant: Assistant) -> None:
    engine = assistant.query_engine
    assert isinstance(engine, BaseQueryEngine)
    response: Any = engine.query(QueryBundle(QUESTION))
    answer = response.metadata["answer"]
    assert isinstance(answer, Answer) and not answer.refused and str(response) == answer.text
    check_nodes(response.source_nodes, assistant)
    assert [node.node.text for node in response.source_nodes] == [citation.quote for citation in answer.citations]


def test_refusal_of_the_query_engine_has_no_sources(assistant: Assistant) -> None:
    response: Any = assistant.query_engine.query("Who won the 1911 Zanzibar cricket medal?")
    assert response.metadata["answer"].refused and response.source_nodes == []


def test_retriever_sees_what_is_synced_after_it_was_made(tmp_path: Path) -> None:
    write(tmp_path / "news", {"a.txt": story(1)})
    with Assistant.open(tmp_path / "store", embedder=WordEmbedder()) as assistant:
        assistant.sync(tmp_path / "news")
        retriever = assistant.retriever
        write(tmp_path / "news", {"b.txt": story(2)})
        assistant.sync(tmp_path / "news")
        assert {node.metadata["path"] for node in retriever.retrieve("report number")} == {"a.txt", "b.txt"}


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")  # of LlamaIndex's own making
@pytest.mark.parametrize("streaming", [True, False])
def test_an_agent_that_calls_the_engine_as_a_tool_keeps_its_sources(assistant: Assistant, streaming: bool) -> None:
    def says(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        told = [message.content for message in messages if message.role == MessageRole.TOOL]
        call = ToolCallBlock(tool_call_id="1", tool_name="articles", tool_kwargs={"input": QUESTION})
        return ChatMessage(role="assistant", blocks=[TextBlock(text=f"I was told: {told[-1]}")] if told else [call])

    async def run() -> Any:
        tool = QueryEngineTool.from_defaults(assistant.query_engine, name="articles", description="Has footnotes.")
        llm = MockFunctionCallingLLM(response_generator=says, is_chat_model=True)
        return await FunctionAgent(tools=[tool], llm=llm, streaming=streaming).run("Who named the ferry?")

    reply = awaited(run())
    [call] = reply.tool_calls
    answer = call.tool_output.raw_output.metadata["answer"]
    assert isinstance(answer, Answer) and "Ada Quill" in answer.citations[0].quote
    assert str(reply) == f"I was told: {answer.text}" and "[1]" in str(reply)
