"""The image: what Dockerfile and compose.yaml name is there, and their steps work for a user who is not root."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import yaml
from packaging.specifiers import SpecifierSet
from typer.core import TyperGroup

from rag.cli import app
from rag.settings import Settings
from rag.web.guard import ALLOWED

PROJECT = Path(__file__).resolve().parents[1]
LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
STEPS = [
    tuple(line.split(" ", 1))
    for line in (PROJECT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SERVICES = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))["services"]
PORT = str(Settings.model_fields["port"].default)
OTHER = 65534  # a user with no rights of its own
PYTHON = shutil.which("python3", path="/usr/local/bin:/usr/bin") or sys.executable  # one that others may run


def arguments(name: str) -> list[str]:
    return [told for step, told in STEPS if step == name]


def test_what_is_copied_is_there_and_what_docker_ignores_is_not_copied() -> None:
    kept = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [source for told in arguments("COPY") if "--from" not in told for source in told.split()[:-1]]
    assert copied and all((PROJECT / source).exists() for source in copied)
    assert {f"!{source}" for source in copied} == {line for line in kept if line[0] == "!"}


def test_it_does_not_run_as_root_and_its_versions_are_the_locked_ones() -> None:
    last = [name for name, _ in STEPS]
    assert arguments("USER") == ["footnote"] and "root" not in arguments("USER")
    assert last.index("USER") > max(at for at, name in enumerate(last) if name in ("RUN", "COPY"))
    installs = [told for told in arguments("RUN") if "pip install" in told]
    assert installs and all("--constraint requirements.lock" in told for told in installs)
    assert "--no-build-isolation" in installs[-1]  # else pip fetches a builder of any version
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for told in arguments("FROM"):
        python = re.match(r"python:(\d+\.\d+)-slim\b", told)
        assert python and SpecifierSet(project["requires-python"]).contains(python[1])
    version = re.search(r"^chromadb==(\S+)$", LOCK, re.MULTILINE)
    assert version and SERVICES["chroma"]["image"] == f"chromadb/chroma:{version[1]}"
    assert SERVICES["chroma"]["profiles"] == ["chroma"]
    assert SERVICES["footnote"]["depends_on"]["chroma"]["required"] is False  # without the profile


def test_health_and_port_are_those_of_the_program() -> None:
    (health,) = arguments("HEALTHCHECK")
    address = re.search(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", health)
    assert address and address[1] == PORT == arguments("EXPOSE")[0]
    assert ALLOWED.fullmatch(f"GET {address[2]}")
    assert SERVICES["footnote"]["ports"][0].endswith(f":{PORT}:{PORT}")


def test_what_is_kept_is_kept_in_volumes() -> None:
    kept = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))["volumes"]
    named = [place.split(":") for service in SERVICES.values() for place in service["volumes"]]
    assert {name for name, *_ in named if name in kept} == set(kept)
    (store,) = arguments("VOLUME")
    assert ["store", store] in named
    (told,) = arguments("ENV")
    assert {each.split("=")[1].startswith(store) for each in told.split() if each.startswith("FOOTNOTE")} == {True}


def test_compose_gives_rag_a_command_that_it_knows() -> None:
    verb, *rest = SERVICES["footnote"]["command"]
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    known = {name for option in group.commands[verb].params for name in (*option.opts, *option.secondary_opts)}
    assert {word for word in rest if word.startswith("--")} <= known
    assert "--password" in rest and not any("PASSWORD:-" in word for word in rest)  # none by default


@pytest.mark.skipif(not os.environ.get("TEST_IMAGE"), reason="installs 1 GB; set TEST_IMAGE=1")
@pytest.mark.timeout(600)
def test_the_steps_of_the_image_work_for_a_user_without_rights(tmp_path: Path) -> None:
    """Base images cannot always be fetched, so the steps run here, in a fresh folder, as another user."""
    built = tmp_path / "image"
    user: dict[str, Any] = {"user": OTHER, "group": OTHER} if os.geteuid() == 0 else {}
    for told in arguments("COPY"):
        if "--from" not in told:
            *sources, target = told.split()
            for source in sources:
                place = built / (source if target == "./" else target)
                copy = shutil.copytree if (PROJECT / source).is_dir() else shutil.copy
                place.parent.mkdir(parents=True, exist_ok=True)
                copy(PROJECT / source, place)
    for folder in (tmp_path, *tmp_path.parents[:2], *built.rglob("*"), built):
        folder.chmod(0o755 if folder.is_dir() else 0o644)
    made, home = built / "footnote", tmp_path / "home"
    home.mkdir()
    for place in (built, home):
        shutil.chown(place, *([OTHER, OTHER] if user else [os.geteuid()]))
    programs = made / "bin"
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(home), "FOOTNOTE_STORE": str(home / "store")}
    environment |= {name: told for name, told in os.environ.items() if name.startswith(("PIP_", "SSL_"))}

    def run(command: list[str]) -> None:
        ran = subprocess.run(command, cwd=built, env=environment, capture_output=True, text=True, **user)
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]

    building = STEPS[: [name for name, _ in STEPS].index("FROM", 1)]
    for told in (told for name, told in building if name == "RUN"):
        first, *rest = shlex.split(told.replace("/opt/footnote", str(made)))
        run([PYTHON if first == "python" else first, *rest])
    (home / "articles").mkdir()
    (home / "articles" / "a.txt").write_text("The quay\n\nAnn Roe opened the quay in May 2020.\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    served = [str(programs / "rag"), "web", str(home / "articles"), "--no-open", "--port", port, "--password", "P"]
    with subprocess.Popen([*served, "--host", "0.0.0.0"], cwd=home, env=environment, **user) as process:
        try:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline:
                try:
                    health = httpx.get(f"http://127.0.0.1:{port}/api/v1/health")
                    break
                except httpx.TransportError:
                    time.sleep(0.5)
            asked = httpx.post(
                f"http://127.0.0.1:{port}/api/v1/ask",
                json={"question": "Who opened the quay?"}, headers={"Authorization": "Bearer P"}, timeout=60,
            )  # fmt: skip
        finally:
            process.terminate()
    assert health.status_code == 200 and "Ann Roe" in asked.json()["text"]
