"""`run`, tried on a small checkout of its own: real environments, a real pip, wheels from a folder."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[1]
Finished = subprocess.CompletedProcess[str]
PIPE = subprocess.PIPE

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "footnote"
version = "1.0"
"""
BACKEND = """
import os, shutil

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return os.path.basename(shutil.copy("footnote-1.0-py3-none-any.whl", wheel_directory))
"""
CLI = """
import json, sys, time

def main():
    if sys.argv[1] == "wait":
        print("waiting", flush=True)
        time.sleep(10)
    print(json.dumps(sys.argv[1:]))
    sys.exit(3 if "refused" in sys.argv else 0)
"""
CHECKER = """
import os, sys
print({name!r}, *sys.argv[1:], "done")
sys.exit({name!r} in os.environ.get("FAILING", ""))
"""
LOCK, PYTEST = "needed==1.0\n# test\ntools==1.0\n", "pytest -n 2 --dist loadfile"


@dataclass(frozen=True)
class Checkout:
    """A small project with `run` in it, in a folder whose name has a space."""

    root: Path
    wheels: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "run"), *arguments]

    def run(self, *arguments: str, **environment: str) -> Finished:
        env = {**self.environment, **environment}
        return subprocess.run(self.command(*arguments), env=env, cwd=self.wheels, capture_output=True, text=True)

    def has(self, module: str) -> bool:
        """Whether the environment holds `module`."""
        return any((self.root / ".venv").rglob(f"site-packages/{module}.py"))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Without a terminal."""
        env, command = self.environment, self.command(*arguments)
        return subprocess.Popen(command, env=env, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True)


@dataclass(frozen=True)
class FirstStarts:
    """A checkout after two first starts at once over a half-made environment, and how they ended."""

    checkout: Checkout
    finished: tuple[Finished, ...]
    has_tools: bool


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    about = f"{name}-1.0.dist-info"
    every = {
        **files,
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*every, f"{about}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in [*every.items(), (f"{about}/RECORD", record)]:
            wheel.writestr(path, text)


def make_checkout(folder: Path) -> Checkout:
    root, wheels = folder / "a check out", folder / "wheels"
    (root / "rag").mkdir(parents=True)
    wheels.mkdir()
    shutil.copy(PROJECT / "run", root / "run")
    write_wheel(wheels, "needed", {"needed.py": ""})
    write_wheel(wheels, "later", {"later.py": ""})
    write_wheel(wheels, "tools", {f"{name}.py": CHECKER.format(name=name) for name in ("ruff", "mypy", "pytest")})
    entry = "[console_scripts]\nrag = rag.cli:main\n"
    write_wheel(root, "footnote", {"footnote.pth": f"{root}\n", "footnote-1.0.dist-info/entry_points.txt": entry})
    texts = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "rag/cli.py": CLI}
    for name, text in {**texts, "requirements.lock": LOCK}.items():
        (root / name).write_text(text, encoding="utf-8")
    search = [part for part in os.environ["PATH"].split(os.pathsep) if not shutil.which("uv", path=part)]
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_NO_CACHE_DIR": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return Checkout(root, wheels, {**kept, **pip, "PATH": os.pathsep.join(search)})


@pytest.fixture(scope="module")
def first_starts(tmp_path_factory: pytest.TempPathFactory) -> FirstStarts:
    checkout = make_checkout(tmp_path_factory.mktemp("run"))
    (checkout.root / ".venv" / "bin").mkdir(parents=True)
    for name in ("python", "half-made"):
        (checkout.root / ".venv" / "bin" / name).write_text("")
    (checkout.root / ".venv" / "footnote-setup.txt").write_text("unfinished")
    starts = [checkout.start("ask", "Who?", "--json"), checkout.start("ask", "Who?", "--json")]
    said = [start.communicate() for start in starts]
    finished = (Finished("", start.returncode, *texts) for start, texts in zip(starts, said, strict=True))
    return FirstStarts(checkout, tuple(finished), checkout.has("ruff"))


@pytest.fixture
def checkout(first_starts: FirstStarts) -> Checkout:
    """The checkout, set up and as it was, whatever an earlier test did to it."""
    checkout = first_starts.checkout
    (checkout.root / "requirements.lock").write_text(LOCK)
    shutil.rmtree(checkout.root / "eval", ignore_errors=True)
    checkout.run("ask", "Who?")
    return checkout


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """`run` as a module, for the functions that need no environment."""
    module = ModuleType("run_script")
    module.__file__ = str(PROJECT / "run")
    exec(compile((PROJECT / "run").read_text(encoding="utf-8"), module.__file__, "exec"), module.__dict__)
    return module


def test_two_first_starts_at_once_both_succeed(first_starts: FirstStarts) -> None:
    assert [start.returncode for start in first_starts.finished] == [0, 0], first_starts.finished


def test_a_first_start_leaves_stdout_to_the_answer(first_starts: FirstStarts) -> None:
    assert [json.loads(start.stdout) for start in first_starts.finished] == [["ask", "Who?", "--json"]] * 2


def test_one_of_two_first_starts_waits_for_the_other(first_starts: FirstStarts) -> None:
    waited = ["waiting for it" in start.stderr for start in first_starts.finished]
    made = ["ready" in start.stderr for start in first_starts.finished]
    assert sorted(waited) == [False, True] == sorted(made)
    assert waited != made


def test_a_half_made_environment_is_made_again(first_starts: FirstStarts) -> None:
    assert not (first_starts.checkout.root / ".venv" / "bin" / "half-made").exists()


def test_a_second_start_says_nothing(checkout: Checkout) -> None:
    assert checkout.run("ask", "Who?").stderr == ""


def test_a_second_start_costs_little_more_than_a_python(checkout: Checkout) -> None:
    def seconds(command: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(command, env=checkout.environment, capture_output=True, check=True)
        return time.perf_counter() - began

    commands = ([sys.executable, "-c", ""], [str(checkout.root / ".venv/bin/rag"), "x"], checkout.command("x"))
    bare, rag, run = (min(seconds(command) for _ in range(5)) for command in commands)
    assert run - rag < 5 * bare


def test_the_exit_code_is_that_of_the_command(checkout: Checkout) -> None:
    assert checkout.run("ask", "refused").returncode == 3


def test_words_with_spaces_reach_the_command_whole(checkout: Checkout) -> None:
    assert json.loads(checkout.run("index", "my articles", "--x=a b").stdout) == ["index", "my articles", "--x=a b"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_itself(checkout: Checkout, number: int) -> None:
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("a background job has this signal ignored in all that it starts")
    with checkout.start("wait") as started:
        assert started.stdout and started.stdout.readline()
        started.send_signal(number)
        assert started.wait(timeout=20) == -number


def test_a_new_pin_is_installed_by_the_next_start(checkout: Checkout) -> None:
    (checkout.root / "requirements.lock").write_text("later==1.0\n" + LOCK)
    finished = checkout.run("ask", "Who?")
    assert "installing 2 packages" in finished.stderr
    assert "setting up in" not in finished.stderr
    assert checkout.has("later")


def test_the_test_tools_are_installed_for_tests_only(first_starts: FirstStarts) -> None:
    assert not first_starts.has_tools
    first_starts.checkout.run("test")
    assert first_starts.checkout.has("ruff")


def test_every_check_runs_and_pytest_last(checkout: Checkout) -> None:
    finished = checkout.run("test")
    assert finished.stdout.splitlines() == ["ruff check index rag eval tests done", "mypy done", f"{PYTEST} done"]
    assert finished.returncode == 0


def test_a_failed_check_fails_the_whole_and_is_named_before_pytest(checkout: Checkout) -> None:
    environment = {**checkout.environment, "FAILING": "mypy"}
    merged = subprocess.STDOUT
    finished = subprocess.run(checkout.command("test"), env=environment, stdout=PIPE, stderr=merged, text=True)
    assert finished.returncode == 1
    assert finished.stdout.splitlines()[-2:] == ["Footnote: FAILED before pytest: mypy.", f"{PYTEST} done"]


def test_a_failed_pytest_fails_the_whole(checkout: Checkout) -> None:
    assert checkout.run("test", FAILING="pytest").returncode == 1


def test_arguments_of_test_go_to_pytest_alone(checkout: Checkout) -> None:
    assert checkout.run("test", "-k", "one").stdout == "pytest -k one done\n"


def test_the_eval_gate_runs_once_there_is_a_baseline(checkout: Checkout) -> None:
    folder = checkout.root / "eval"
    folder.mkdir()
    (folder / "__main__.py").write_text(CHECKER.format(name="eval"))
    assert "eval done" not in checkout.run("test").stdout.splitlines()
    (folder / "baseline.json").write_text("{}")
    assert checkout.run("test").stdout.splitlines()[-2:] == ["eval done", f"{PYTEST} done"]


def test_eval_runs_the_evaluation_with_its_arguments(checkout: Checkout) -> None:
    (checkout.root / "eval").mkdir()
    (checkout.root / "eval" / "__main__.py").write_text(CHECKER.format(name="eval"))
    assert checkout.run("eval", "--set", "dates").stdout == "eval --set dates done\n"


def test_an_unreachable_index_is_said_in_a_sentence_and_the_old_environment_stays(checkout: Checkout) -> None:
    lock = checkout.root / "requirements.lock"
    lock.write_text("absent==1.0\n" + LOCK)
    nowhere = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    finished = checkout.run("ask", "Who?", **nowhere)
    lock.write_text(LOCK)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "no network" in finished.stderr
    assert checkout.run("ask", "Who?").stderr == ""


def test_a_moved_checkout_is_set_up_again(checkout: Checkout, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(checkout.root, moved, symlinks=True)
    finished = Checkout(moved, checkout.wheels, checkout.environment).run("ask", "Who?")
    assert "setting up in" in finished.stderr
    assert str(checkout.root) not in (moved / ".venv" / "bin" / "rag").read_text()


def test_no_words_show_the_verbs_and_set_up_nothing(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path)
    finished = checkout.run()
    assert finished.returncode == 0
    assert re.findall(r"(?m)^  \S*run (\w+)", finished.stdout) == ["web", "index", "ask", "eval", "test"]
    assert not (checkout.root / ".venv").exists()


def test_an_environment_of_an_unfit_python_that_a_person_made_is_left_alone(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path)
    programs = checkout.root / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text("")
    (checkout.root / ".venv" / "pyvenv.cfg").write_text("version = 3.10.4\n")
    finished = checkout.run("ask", "Who?")
    assert finished.returncode == 1
    assert "move it away" in finished.stderr
    assert (programs / "python").exists()


def another_python() -> str:
    """Another fit Python of this machine, on the path or beside this one; skips where there is none."""
    this = Path(os.path.realpath(sys.executable))
    names = [f"python3.{minor}" for minor in range(11, 15) if minor != sys.version_info[1]]
    beside = [str(path) for name in names for path in this.parents[2].glob(f"*/bin/{name}")]
    for path in filter(None, [*beside, *map(shutil.which, names)]):
        if subprocess.run([path, "-c", "import ensurepip"], capture_output=True).returncode == 0:
            return path
    pytest.skip("needs a second Python of 3.11 to 3.14")


def test_another_fit_python_keeps_the_environment(checkout: Checkout) -> None:
    other = [another_python(), *checkout.command("ask", "Who?")[1:]]
    kept = checkout.root / ".venv" / "pyvenv.cfg"
    before = kept.read_text()
    used = subprocess.run(other, env=checkout.environment, capture_output=True, text=True)
    assert (used.returncode, used.stderr) == (0, "")
    (checkout.root / "requirements.lock").write_text("later==1.0\n" + LOCK)
    renewed = subprocess.run(other, env=checkout.environment, capture_output=True, text=True)
    assert "installing 2 packages" in renewed.stderr and kept.read_text() == before


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 15), (4, 0)])
def test_a_python_that_is_too_old_or_too_new_is_not_fit(script: ModuleType, version: tuple[int, int]) -> None:
    assert not script.is_fit(version, "cpython") and not script.is_fit((3, 12), "pypy")


def test_the_fit_pythons_are_those_that_pyproject_names(script: ModuleType) -> None:
    allowed = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (PROJECT / "pyproject.toml").read_text())
    assert allowed is not None
    minors = range(int(allowed[1]), int(allowed[2]))
    assert [(3, minor) for minor in minors] == list(script.FIT)


def test_an_old_python_can_read_the_script() -> None:
    ast.parse((PROJECT / "run").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_a_full_disk_is_said_before_anything_is_installed(script: ModuleType) -> None:
    script.check_room(script.NEEDED_BYTES)
    with pytest.raises(script.Problem, match="0.7 GB is free"):
        script.check_room(700_000_000)


def test_a_disk_that_fills_up_is_said_in_a_sentence(script: ModuleType) -> None:
    output = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    assert "disk is full" in str(script.explain(output))


@pytest.mark.parametrize("name", ["run", ".ci/run"])
def test_the_ways_in_are_executable(name: str) -> None:
    assert os.access(PROJECT / name, os.X_OK)
