"""Every route of the page's server asked by every kind of caller: `python -m tests.callers` prints it as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from fastapi import FastAPI

from rag.web.guard import ALLOWED, Access
from rag.web.server import build_app
from tests.browser.site import serving_app
from tests.fakes import open_samples

TOKEN = "right"
CALLERS = {
    "not logged in": {},
    "wrong token": {"Authorization": "Bearer wrong"},
    "right token": {"Authorization": f"Bearer {TOKEN}"},
    "foreign Origin": {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"},
    "foreign Host": {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"},
}
# Ways into Gradio that were used against it, whatever its routes are called now.
KNOWN_ATTACKS = """
/gradio_api/file=http://evil.example/x /gradio_api/file=pyproject.toml /gradio_api/proxy=http://evil.example/x
/file=http://evil.example/x /proxy=http://evil.example /gradio_api/component_server /gradio_api/upload?upload_id=x
/assets/../../pyproject.toml /static/%2e%2e/%2e%2e/pyproject.toml /page.js/../guard.py /guard.py /docs /redoc /.env
""".split()


def routes(of: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(method, path) of each route, mounted and included ones too; what a path takes is filled in."""
    for route in of:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        path = prefix + getattr(route, "path", "")
        if getattr(inner, "routes", None):
            yield from routes(inner.routes, path.rstrip("/"))
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, re.sub(r"\{[^}]*\}", "x1", path)


def every_route(app: FastAPI) -> list[tuple[str, str]]:
    """Every route once, GET and POST of each, and the known attacks."""
    calls = {f"/gradio_api/call/{name}" for name in ("ask", "ask/0", "add", "add/0")}
    found = {path for _, path in routes(app.routes)} | calls | {"/mcp"} | set(KNOWN_ATTACKS)
    return [(method, path) for path in sorted(found) for method in ("GET", "POST")]


def ask_all(app: FastAPI) -> dict[tuple[str, str], dict[str, int]]:
    """The status that each caller gets for each (method, path)."""
    with serving_app(app) as address, httpx.Client(base_url=address, timeout=60) as client:

        def status(method: str, path: str, headers: dict[str, str]) -> int:
            with client.stream(method, path, headers=headers, json={} if method == "POST" else None) as response:
                return response.status_code

        return {
            (method, path): {name: status(method, path, headers) for name, headers in CALLERS.items()}
            for method, path in every_route(app)
        }


def table(answers: dict[tuple[str, str], dict[str, int]]) -> str:
    """The answers in Markdown: what the page uses line by line, all the rest in one."""
    lines = [f"| route | {' | '.join(CALLERS)} |", f"|---|{'---|' * len(CALLERS)}"]
    rest: list[dict[str, int]] = []
    for (method, path), statuses in answers.items():
        if ALLOWED.fullmatch(f"{method} {path}"):
            lines.append(f"| {method} {path} | {' | '.join(map(str, statuses.values()))} |")
        else:
            rest.append(statuses)
    kinds = (sorted({str(statuses[name]) for statuses in rest}) for name in CALLERS)
    lines.append(f"| all {len(rest)} others | {' | '.join(', '.join(kind) for kind in kinds)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table for a server with a token."""
    with TemporaryDirectory() as nowhere, open_samples(Path(nowhere)) as assistant:
        print(table(ask_all(build_app(assistant, access=Access(token=TOKEN)))))


if __name__ == "__main__":
    main()
