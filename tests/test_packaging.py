"""The wheel holds all that `rag` needs, and requirements.lock pins it for every Python and system we name."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[1]
COPIED = ("pyproject.toml", "README.md", "LICENSE", "index", "rag", "eval")
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "mac": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline from a copy of the project."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(copy)]
    built = subprocess.run(build, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(out.glob("footnote-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked, as an installation is."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files_under(folder: str) -> set[str]:
    found = (path for path in (PROJECT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(PROJECT).as_posix() for path in found}


def pins(*, with_tests: bool = True) -> list[Requirement]:
    text = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    kept = text if with_tests else text.partition("\n# test\n")[0]
    return [Requirement(line) for line in kept.splitlines() if line != "# test"]


def holds(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)


def environment(system: str, python: str) -> dict[str, str]:
    implementation = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
    return {**SYSTEMS[system], **implementation, "python_version": python, "python_full_version": python + ".9"}


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "LICENSE", "README.md"])
def test_the_wheel_carries_the_embedding_model_and_its_licence(names: frozenset[str], name: str) -> None:
    assert f"index/minilm/{name}" in names


def test_the_wheel_carries_every_sample_article(names: frozenset[str]) -> None:
    sample = files_under("rag/sample")
    assert sample
    assert sample <= names


def test_the_wheel_carries_every_module_and_page_asset(names: frozenset[str]) -> None:
    ours = files_under("index") | files_under("rag") | files_under("eval")
    assert {path for path in ours if path.endswith((".py", ".css", ".js", ".html"))} <= names


def test_the_wheel_carries_no_tests(names: frozenset[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"index", "rag", "eval"}


def test_the_wheel_installs_the_rag_command(wheel: Path) -> None:
    entries = configparser.ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        entries.read_string(archive.read(name).decode())
    assert dict(entries["console_scripts"]) == {"rag": "rag.cli:main"}


def test_rag_starts_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['rag', '--help']; import rag.cli; print(rag.cli.__file__); rag.cli.main()"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(str(installed))
    assert "Usage" in run.stdout


@pytest.fixture(scope="module")
def typed_program(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Runs mypy --strict over a program whose Python has the wheel installed, and none of our checkout."""
    venv = tmp_path_factory.mktemp("typed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = next((venv / bin / name for bin, name in (("bin", "python"), ("Scripts", "python.exe"))
                   if (venv / bin / name).exists()))  # fmt: skip
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    shutil.copytree(installed, site, dirs_exist_ok=True)

    def check(program: str) -> str:
        (venv.parent / "program.py").write_text(program, encoding="utf-8")
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "program.py"]
        return subprocess.run(mypy, cwd=venv.parent, capture_output=True, text=True).stdout

    return check


_TYPED = """
import asyncio
from datetime import date
from rag import Answer, Assistant, Citation, UserError

async def later(assistant: Assistant) -> str:
    return (await assistant.aask("Who?")).text

with Assistant.open("store") as assistant:
    try:
        answer: Answer = assistant.ask("Who?", as_of=date(2023, 9, 1), publisher="The Cradle")
        quotes: list[Citation] = [answer.citation(n) for one in answer.sentences for n in one.citations]
    except UserError as error:
        print(error.message, error.hint)
    asyncio.run(later(assistant))
"""


def test_a_program_that_uses_the_wheel_is_type_checked(typed_program: Callable[[str], str]) -> None:
    assert "Success" in typed_program(_TYPED)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("Assistant.open().ask(3)", "int"),
        ("Assistant.open().ask('Who?', asof='2023-09-01')", "asof"),
        ("print(Assistant.open().ask('Who?').nothing)", "nothing"),
    ],
)
def test_a_mistake_in_using_the_wheel_is_found(typed_program: Callable[[str], str], wrong: str, message: str) -> None:
    found = typed_program(f"from rag import Assistant\n{wrong}\n")
    assert message in found and "error:" in found and "import" not in found


@pytest.mark.parametrize("package", ["index", "rag", "eval"])
def test_the_wheel_says_that_it_is_typed(names: frozenset[str], package: str) -> None:
    assert f"{package}/py.typed" in names


def test_every_line_of_the_lock_is_a_pin() -> None:
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    form = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*==[A-Za-z0-9.+!]+( ; [a-z_]+ [^/@]+)?")
    assert [line for line in lines if not form.fullmatch(line)] == ["# test"]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_pins_each_package_once(system: str, python: str) -> None:
    here = environment(system, python)
    chosen = [pin.name for pin in pins() if holds(pin.marker, here)]
    assert len(chosen) == len(set(chosen))


@pytest.mark.parametrize("extra", ["", "ocr", "test"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_satisfies_what_the_project_asks_for(system: str, extra: str) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["optional-dependencies"][extra] if extra else project["dependencies"]
    here = environment(system, "3.11")
    pinned = {pin.name: pin.specifier for pin in pins(with_tests=bool(extra)) if holds(pin.marker, here)}
    for requirement in map(Requirement, asked):
        name = canonicalize_name(requirement.name)
        if name != "footnote":
            version = str(pinned[name]).removeprefix("==")
            assert requirement.specifier.contains(version), requirement


def test_the_lock_can_build_the_project_without_fetching_a_builder() -> None:
    assert "setuptools" in {pin.name for pin in pins(with_tests=False)}
