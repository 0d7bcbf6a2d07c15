"""The official client of the Model Context Protocol asks us, over stdio and over HTTP, in both its ways to begin."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from rag import __version__
from rag.api.mcp import DATA
from tests.load import QUESTIONS
from tests.served import NAMED, QUESTION, REFUSED, awaited, served

PROJECT = Path(__file__).resolve().parents[1]
STDIO = StdioServerParameters(command=sys.executable, args=["-m", "rag.cli", "mcp"], cwd=PROJECT)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served("serve") as url:
        yield url


@pytest.fixture(params=["stdio", "http", "http, as before 2026"])
def ask(request: pytest.FixtureRequest, address: str) -> Callable[[Callable[[Client], Awaitable[Any]]], Any]:
    """Runs what is asked with a client that has connected."""

    def run(asking: Callable[[Client], Awaitable[Any]]) -> Any:
        async def connected() -> Any:
            where = STDIO if request.param == "stdio" else f"{address}mcp"
            async with Client(where, mode="legacy" if "before" in request.param else "auto") as client:
                return await asking(client)

        return awaited(connected())

    return run


def test_what_a_program_is_told_and_gets(ask: Callable[..., Any]) -> None:
    async def asking(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "fetch", "verify"}
        for tool in tools.values():
            hints = tool.annotations
            assert hints and hints.read_only_hint and not hints.destructive_hint and not hints.open_world_hint
            assert tool.output_schema and tool.description
        assert DATA in (client.instructions or "")

        told = await client.call_tool("ask", {"question": QUESTION})
        answer = told.structured_content or {}
        assert not told.is_error and NAMED in answer["citations"][0]["quote"] and answer["notice"] == DATA
        assert words(told).startswith(DATA) and "\n\nSources:\n[1] “" in words(told)

        cited = answer["citations"][0]
        whole = (await client.call_tool("fetch", {"id": f"{cited['root']}/{cited['path']}"})).structured_content or {}
        assert whole["article"]["text"][cited["start"] : cited["end"]] == cited["quote"]

        verdict = (await client.call_tool("verify", {"answers": [answer]})).structured_content or {}
        assert verdict["is_well"] is True

        found = (await client.call_tool("search", {"query": "port", "limit": 2})).structured_content or {}
        assert [f"{each['root']}/{each['path']}" for each in found["results"]] == [
            each["id"] for each in found["results"]
        ]

        refused = await client.call_tool("ask", {"question": REFUSED})
        assert not refused.is_error and (refused.structured_content or {})["refused"] is True

        for tool, sent, why in (
            ("ask", {"question": " "}, "The question is empty."),
            ("ask", {"question": "Who?", "limits": {"as_of": "soon"}}, "is not a date"),
            ("fetch", {"id": "sample/../secret.txt"}, "There is no article '../secret.txt' in 'sample'."),
        ):
            wrong = await client.call_tool(tool, sent)
            assert wrong.is_error and why in words(wrong)

    ask(asking)


def words(result: Any) -> str:
    return "".join(part.text for part in result.content)


def test_links_open_the_page_where_there_is_one(address: str) -> None:
    async def asking() -> str:
        async with Client(f"{address}mcp") as client:
            return words(await client.call_tool("ask", {"question": QUESTION}))

    assert f" · {address}article?root=sample&" in awaited(asking())


def test_twenty_at_once_each_get_their_own_answer(ask: Callable[..., Any]) -> None:
    async def crowd(client: Client) -> list[str]:
        calls = (client.call_tool("ask", {"question": question}) for question in asked)
        return [(result.structured_content or {})["question"] for result in await asyncio.gather(*calls)]

    asked = [f"{QUESTIONS[number % len(QUESTIONS)]} ({number})" for number in range(20)]
    assert ask(crowd) == asked


def test_a_page_of_another_site_may_not_call_it(address: str) -> None:
    assert httpx.post(f"{address}mcp", headers={"Origin": "http://evil.example"}, json={}).status_code == 403
    assert httpx.post(f"{address}mcp", headers={"Host": "evil.example"}, json={}).status_code == 400


def test_without_the_extra_the_command_says_what_to_install() -> None:
    program = "import sys; sys.argv = ['rag', 'mcp']\n" + (
        "import importlib.util as util; found = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'mcp' else found(name, *more)\n"
        "from rag.cli import main; main()"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 1 and "pip install 'footnote[mcp]'" in run.stderr and run.stdout == ""


def test_server_json_describes_this_version() -> None:
    described = json.loads((PROJECT / "server.json").read_text(encoding="utf-8"))
    assert described["version"] == __version__
    assert [remote["url"].rpartition("/")[2] for remote in described["remotes"]] == ["mcp"]
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "mcp" in extras["optional-dependencies"] and len(described["description"]) <= 100
