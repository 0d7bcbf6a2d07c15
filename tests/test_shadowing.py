"""Files of the user's own with the names of our packages: no harm, or one sentence that names the file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SCRIPT = "from rag import Assistant, UserError\nimport index.store, rag.assistant\nprint('ours', Assistant.__name__)\n"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python in which our packages are installed (copied), and what they need is found."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    names = ("python", "python.exe")
    made = next(path for path in (venv / part / name for part in ("bin", "Scripts") for name in names) if path.exists())
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([made, "-c", where], capture_output=True, text=True, check=True).stdout.strip())
    for package in ("index", "rag", "eval"):
        shutil.copytree(PROJECT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    (site / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    script = "import sys\nfrom rag.cli import main\nsys.exit(main())\n"
    (made.parent / "rag").write_text(f"#!{made}\n{script}", encoding="utf-8")  # as pip writes a console script
    (made.parent / "rag").chmod(0o755)
    return made


def run(python: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(python), *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


def write(folder: Path, name: str, text: str = "raise SystemExit('the file of the user was run')\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


HARMLESS = ["eval.py", "eval/__init__.py", "index/a.txt", "rag/a.txt"]
FIRST = ["", "import index\n", "import rag.answer\n", "from rag.assistant import Assistant\n"]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_script_beside_such_a_file_or_folder_works(python: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    write(tmp_path, "script.py", SCRIPT)
    done = run(python, tmp_path, "script.py")
    assert done.stdout == "ours Assistant\n", done.stderr


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("name", ["index.py", "index/__init__.py"])
def test_a_script_beside_an_index_of_its_own_is_told_which_file(
    python: Path, tmp_path: Path, name: str, first: str
) -> None:
    theirs = write(tmp_path, name, "")
    write(tmp_path, "script.py", first + SCRIPT)
    done = run(python, tmp_path, "script.py")
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and last.startswith("ImportError: ") and f"'{theirs}' hides" in last


def test_a_script_that_is_called_index_is_told_so(python: Path, tmp_path: Path) -> None:
    theirs = write(tmp_path, "index.py", "from rag import Assistant\n")
    assert f"'{theirs}' hides" in run(python, tmp_path, "index.py").stderr.splitlines()[-1]


def test_the_file_of_the_user_is_named_without_being_run(python: Path, tmp_path: Path) -> None:
    write(tmp_path, "index.py")
    write(tmp_path, "script.py", SCRIPT)
    assert "was run" not in run(python, tmp_path, "script.py").stderr


@pytest.mark.parametrize("name", ["index.py", "rag.py", "eval/__init__.py"])
def test_the_command_works_where_such_a_file_stands(python: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    done = run(python, tmp_path, str(python.parent / "rag"), "articles", "--json")
    assert done.returncode == 0 and '"path"' in done.stdout, done.stderr


def test_the_module_as_a_command_says_which_file(python: Path, tmp_path: Path) -> None:
    theirs = write(tmp_path, "index.py")
    done = run(python, tmp_path, "-m", "rag.cli", "articles")
    assert done.returncode == 1 and f"'{theirs}' hides" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["eval.py", "index/a.txt"])
def test_the_module_as_a_command_works_beside_the_rest(python: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    done = run(python, tmp_path, "-m", "rag.cli", "articles", "--json")
    assert done.returncode == 0, done.stderr
