"""`make release-check`: everything that states the version, or repeats another file, agrees.

The version is `destination_inflection/version.py`'s. On top of the changelog stands either its
release, or `[Unreleased]` above a release that is not newer than it.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from container.engine import say

_ROOT: Final = Path(__file__).resolve().parents[1]
_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_RELEASE: Final = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)")
_UNRELEASED: Final = "[Unreleased]"

CHANGELOG: Final = "CHANGELOG.md"
_METADATA: Final = "metadata.yaml"
_STATED_IN: Final = "destination_inflection/version.py"
_SPEC: Final = "destination_inflection/spec.json"
_TERRAFORM: Final = "examples/terraform/main.tf"
_FILES: Final = (_STATED_IN, CHANGELOG, _METADATA, "Dockerfile", _SPEC, _TERRAFORM)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with the project's files."""

    root: Path

    def text(self, name: str) -> str:
        """A file's content."""
        return (self.root / name).read_text("utf-8")

    def found(self, pattern: str, name: str) -> str:
        """What the pattern's group matches in a file; nothing if it does not."""
        match = re.search(pattern, self.text(name), re.MULTILINE)
        return match[1] if match else ""


def problems(root: Path = _ROOT) -> list[str]:
    """What does not agree, one sentence each."""
    missing = [f"{name} is missing." for name in _FILES if not (root / name).is_file()]
    if missing:
        return missing
    project = Project(root)
    version = project.found(r'^VERSION.*= "(.*)"$', _STATED_IN)
    if not _VERSION.fullmatch(version):
        return [f"{_STATED_IN} does not state a version of the form 1.2.3."]
    return [*_changelog_problems(project, version), *_file_problems(project, version)]


def main() -> int:
    """Prints what does not agree; returns the exit status."""
    found = problems()
    for problem in found:
        say(problem)
    if not found:
        say("Version, changelog, metadata, spec and Dockerfile agree.")
    return 1 if found else 0


def _changelog_problems(project: Project, version: str) -> Iterator[str]:
    headings = re.findall(r"^## (.+)$", project.text(CHANGELOG), re.MULTILINE)
    if not headings:
        yield f"{CHANGELOG} has no heading such as ## [Unreleased]."
        return
    releases = headings[1:] if headings[0] == _UNRELEASED else headings
    dated: list[tuple[int, ...]] = []
    for heading in releases:
        release = _RELEASE.fullmatch(heading)
        if release is None or not _is_date(release[2]):
            yield f'{CHANGELOG}: "{heading}" is not of the form [1.2.3] - 2026-01-31.'
            return
        dated.append(_parts(release[1]))
    if dated != sorted(set(dated), reverse=True):
        yield f"{CHANGELOG}: the releases do not stand newest first, each once."
    elif headings[0] != _UNRELEASED and dated[0] != _parts(version):
        yield f"{CHANGELOG} has {headings[0]} on top, but version.py states {version}."
    elif dated and dated[0] > _parts(version):
        yield f"{CHANGELOG} has {releases[0]} already, but version.py states {version}."


def _file_problems(project: Project, version: str) -> Iterator[str]:
    try:
        metadata: object = yaml.safe_load(project.text(_METADATA))
    except yaml.YAMLError:
        yield f"{_METADATA} is not valid YAML."
        return
    for what, stated, agreed in (
        ("metadata.yaml: dockerImageTag", _value(metadata, "dockerImageTag"), version),
        ("Dockerfile: io.airbyte.version", _label(project, "version"), version),
        (
            "Dockerfile: org.opencontainers.image.version",
            project.found(r'image\.version="([^"]*)"', "Dockerfile"),
            version,
        ),
        (
            "Dockerfile: io.airbyte.name",
            _label(project, "name"),
            _value(metadata, "dockerRepository"),
        ),
        (
            f"{_TERRAFORM}: docker_image_tag",
            project.found(r'docker_image_tag\s*= "(.*)"', _TERRAFORM),
            version,
        ),
        (
            "metadata.yaml: baseImage",
            _value(metadata, "connectorBuildOptions", "baseImage"),
            project.found(r"^ARG BASE_IMAGE=(\S+)$", "Dockerfile"),
        ),
        (
            "metadata.yaml: documentationUrl",
            _value(metadata, "documentationUrl"),
            project.found(r'^  "documentationUrl": "(.*)"', _SPEC),
        ),
    ):
        if not stated:
            yield f"{what} is missing."
        elif stated != agreed:
            yield f'{what} is "{stated}", but elsewhere it is "{agreed}".'


def _value(metadata: object, *names: str) -> str:
    """What the names lead to below `data`; nothing if one of them is missing."""
    found = metadata
    for name in ("data", *names):
        found = found.get(name) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def _label(project: Project, name: str) -> str:
    return project.found(rf'io\.airbyte\.{name}="([^"]*)"', "Dockerfile")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
