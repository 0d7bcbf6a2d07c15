"""Settings: defaults, then the settings file, then FOOTNOTE_* in the environment, then flags."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from platformdirs import PlatformDirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from index.article import UserError

_PLACES = PlatformDirs("footnote", appauthor=False)
SETTINGS_FILE = _PLACES.user_config_path / "settings.toml"
HISTORY_FILE = _PLACES.user_state_path / "questions.txt"  # asked in `rag chat`


class Settings(BaseSettings):
    """Everything that can be set. Each field is also `FOOTNOTE_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="FOOTNOTE_", extra="forbid", toml_file=SETTINGS_FILE)

    store: Path = Field(default_factory=lambda: _PLACES.user_data_path / "store", description="folder of the index")
    cache: Path = Field(default_factory=lambda: _PLACES.user_cache_path, description="folder of the samples' index")
    chroma: str | None = Field(None, description="address of a Chroma server for the vectors; else the store")
    embedder: str = Field("local", description="`local` (MiniLM, offline) or `openai:NAME`")
    model: str | None = Field(None, description="language model; without it answers are the articles' own sentences")
    base_url: str | None = Field(None, description="address of an OpenAI-compatible endpoint")
    model_seconds: float = Field(180.0, gt=0, description="the longest that a language model may take for a question")
    max_file_megabytes: float = Field(25.0, gt=0, description="a larger file is skipped")
    port: int = Field(7860, ge=1, le=65535, description="port of the page")

    @property
    def feedback(self) -> Path:
        """The file of the page's thumbs and comments, beside the index."""
        return self.store.with_name("feedback.jsonl")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: Any, **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return sources["init_settings"], sources["env_settings"], TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag that is None was not given. Raises UserError for a wrong value."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        message = f"The setting '{name}' is invalid: {first['msg'].lower()} (got {first['input']!r})."
        raise UserError(message, f"It comes from a flag, FOOTNOTE_{name.upper()} or {SETTINGS_FILE}.") from error
    except (tomllib.TOMLDecodeError, OSError) as error:
        message = f"The settings file {SETTINGS_FILE} cannot be read ({error})."
        raise UserError(message, "Fix it or delete it.") from error
