"""The one session loader, and that onnxruntime never starts with its telemetry on, whoever imports it first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.embedding import MODEL_FOLDER
from index.onnx import load_session

ROOT = Path(__file__).resolve().parents[1]
SWITCH = "ORT_DISABLE_TELEMETRY"
# Stops the import of onnxruntime where its telemetry is on, before it can write or send anything.
GUARDED = f"""
import os, sys
def refuse(event, arguments):
    if event == "import" and arguments[0] == "onnxruntime":
        assert os.environ.get("{SWITCH}") == "1", "onnxruntime starts with its telemetry on"
sys.addaudithook(refuse)
"""
WAYS = {
    "embedding": "from index.embedding import MiniLM; MiniLM().get_text_embedding('a')",
    "embedding of chromadb": "import chromadb; from index.splitting import ArticleSplitter\n"
    "from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2 as Theirs; Theirs()",
    "Assistant": "from rag import Assistant; Assistant.open().__enter__().search('a')",
    "terminal": "sys.argv = ['rag', 'search', 'a']; from rag.cli import main\ntry: main()\nexcept SystemExit: pass",
    "page": "from rag import Assistant; from rag.web.server import build_app\n"
    "assistant = Assistant.open().__enter__(); build_app(assistant); assistant.search('a')",
    "eval": "from eval.reader.testing import read; read('Who?', [('', ['Ann.'])])",
}


def run(place: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != SWITCH}
    environment = {**kept, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_telemetry_is_off_whatever_the_way_in(way: str, tmp_path: Path) -> None:
    finished = run(tmp_path, f"{GUARDED}{way}\nassert 'onnxruntime' in sys.modules, 'it was not in use'")
    assert finished.returncode == 0, finished.stderr


def test_guard_of_these_tests_notices_telemetry(tmp_path: Path) -> None:
    finished = run(tmp_path, f"{GUARDED}import onnxruntime")
    assert "starts with its telemetry on" in finished.stderr


@pytest.mark.parametrize(("set_to", "kept"), [("", "1"), ("0", "0"), ("false", "false"), ("1", "1")])
def test_value_that_somebody_set_is_kept_and_an_empty_one_is_none(set_to: str, kept: str, tmp_path: Path) -> None:
    code = f"import os, index; print(os.environ['{SWITCH}'])"
    assert run(tmp_path, code, **{SWITCH: set_to}).stdout.strip() == kept


def test_onnxruntime_imported_before_us_is_silenced_and_reported(tmp_path: Path) -> None:
    code = (
        "import os, onnxruntime\n"
        f"del os.environ['{SWITCH}']  # it has read it; for us, it was never set\n"
        "from index.embedding import MiniLM\n"
        "MiniLM().get_text_embedding('a')"
    )
    finished = run(tmp_path, code, **{SWITCH: "1"})
    assert finished.returncode == 0 and "Import rag or index first" in finished.stderr


def test_session_runs_on_one_thread_of_the_processor() -> None:
    session = load_session(MODEL_FOLDER / "model.onnx")
    assert session.get_session_options().intra_op_num_threads == 1
    assert session.get_providers() == ["CPUExecutionProvider"]
