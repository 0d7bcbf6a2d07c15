"""The README and docs/ name everything there is, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("index", "rag", "eval")
MAX_IMAGE_BYTES = 300_000
RUN_VERBS = {"test", "eval"}  # what `run` does itself; it hands every other word to rag
TEST_SETTINGS = {"FOOTNOTE_REQUIRE_SHARED"}  # read by the tests, no setting of the program
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)|<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
IMAGE = re.compile(r"!\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)|<img\b[^>]*?\bsrc=\"([^\"]+)\"")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def pages() -> list[str]:
    docs = (path.relative_to(PROJECT).as_posix() for path in (PROJECT / "docs").rglob("*.md"))
    return ["README.md", "CHANGELOG.md", "index/minilm/README.md", *sorted(docs)]


def prose(name: str) -> str:
    return CODE.sub("", read(name))


def targets(pattern: re.Pattern[str], name: str) -> list[str]:
    return [first or second for first, second in pattern.findall(prose(name))]


def commands() -> set[str]:
    import typer.main

    from rag.cli import app

    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def settings() -> set[str]:
    from rag.settings import Settings

    return {f"FOOTNOTE_{name.upper()}" for name in Settings.model_fields}


def anchors(name: str) -> set[str]:
    """The names that a page's headings can be linked by: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ +(.+?) *$", CODE.sub(lambda code: code[0].strip("`"), read(name)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_shows_every_command() -> None:
    readme = read("README.md")
    assert {name for name in commands() if not re.search(rf"\b(rag|run) {name}\b", readme)} == set()


def test_the_readme_shows_no_command_that_is_not_there() -> None:
    shown = re.findall(r"^\s*(?:\$ |> )?(?:rag|\./run|py run) ([a-z]\w*)", read("README.md"), re.MULTILINE)
    assert set(shown) - commands() - RUN_VERBS == set()


def test_the_readme_names_every_setting() -> None:
    readme = read("README.md")
    assert {name for name in settings() if not re.search(rf"\b{name}\b", readme)} == set()


def test_the_readme_names_no_setting_that_is_not_there() -> None:
    assert set(re.findall(r"\bFOOTNOTE_[A-Z_]+[A-Z]\b", read("README.md"))) - settings() - TEST_SETTINGS == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_its_line(package: str) -> None:
    text = read("README.md") + read("docs/architecture.md")
    modules = {path.name for path in (PROJECT / package).glob("*.py")} - {"__init__.py"}
    assert {name for name in modules if not re.search(rf"(?<!\w){re.escape(name)}\b", text)} == set()


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md"])
def test_no_module_is_named_that_is_not_there(name: str) -> None:
    named = set(re.findall(r"\b(?:index|rag|eval|tests)/[\w/]+\.\w+", read(name)))
    assert {path for path in named if not (PROJECT / path).exists()} == set()


def test_links_lead_somewhere() -> None:
    for name in pages():
        for target in targets(LINK, name):
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            file = (PROJECT / name).parent / path if path else PROJECT / name
            assert file.exists(), f"{name}: {target}"
            page = file.resolve().relative_to(PROJECT).as_posix()
            assert not anchor or anchor in anchors(page), f"{name}: {target}"


def test_images_are_here_and_small() -> None:
    sizes = {
        target: ((PROJECT / name).parent / target).stat().st_size for name in pages() for target in targets(IMAGE, name)
    }
    assert {target: size for target, size in sizes.items() if size >= MAX_IMAGE_BYTES} == {}


def test_the_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    lines = read("CHANGELOG.md").splitlines()
    assert lines[0] == "# Changelog"
    assert "keepachangelog.com" in read("CHANGELOG.md")
    versions = [line for line in lines if line.startswith("## ")]
    assert versions
    form = re.compile(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")
    assert [line for line in versions if line != "## [Unreleased]" and not form.fullmatch(line)] == []
    assert {line.removeprefix("### ") for line in lines if line.startswith("### ")} <= KINDS


def test_the_changelog_begins_with_the_newest() -> None:
    versions = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    released = [tuple(map(int, version.split("."))) for version in versions if version != "Unreleased"]
    assert versions[1:].count("Unreleased") == 0
    assert released == sorted(released, reverse=True)


def test_no_heading_of_the_changelog_is_empty() -> None:
    sections = re.split(r"^###? .*$", read("CHANGELOG.md"), flags=re.MULTILINE)
    headings = re.findall(r"^###? .*$", read("CHANGELOG.md"), flags=re.MULTILINE)
    empty = [h for h, text in zip(headings, sections[1:], strict=True) if h.startswith("### ") and "- " not in text]
    assert empty == []
