"""What every test stands on: a home of its own, so that no test meets the user's store or settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from index.embedding import MiniLM
from index.store import Store
from tests.fakes import WordEmbedder, open_store

_OURS = ("FOOTNOTE_", "OPENAI_", "CHROMA_")
_KEPT = "FOOTNOTE_REQUIRE_SHARED"  # says how tests run, and nothing about the program
_HOME_KEY = pytest.StashKey[TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Move the home before anything is imported: the settings file's place is fixed at import."""
    home = TemporaryDirectory(prefix="footnote-home-", ignore_cleanup_errors=True)
    config.stash[_HOME_KEY] = home
    browsers = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ms-playwright"
    if browsers.is_dir():
        os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(browsers))
    for name in [name for name in os.environ if name.startswith(_OURS) and name != _KEPT]:
        del os.environ[name]
    os.environ |= home_variables(Path(home.name))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the home."""
    config.stash[_HOME_KEY].cleanup()


def home_variables(home: Path) -> dict[str, str]:
    """The environment variables by which a program finds its folders below `home`."""
    names = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}
    return {"HOME": str(home), "USERPROFILE": str(home)} | {name: str(home / part) for name, part in names.items()}


@pytest.fixture(autouse=True)
def _own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user data folder for each test; the cache, which holds the samples' index, is shared by all of them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))


@pytest.fixture
def embedder() -> WordEmbedder:
    """A quick embedder that remembers what it was given."""
    return WordEmbedder()


@pytest.fixture
def store(tmp_path: Path, embedder: WordEmbedder) -> Iterator[Store]:
    """An empty store for that embedder."""
    with open_store(tmp_path / "store", embedder) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for articles."""
    path = tmp_path / "news"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The real offline embedding, loaded once."""
    return MiniLM()
