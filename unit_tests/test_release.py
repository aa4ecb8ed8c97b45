"""What Airbyte reads next to the code: one version everywhere, valid metadata, usable examples."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
import yaml
from pydantic import ValidationError

from container.release_check import problems
from destination_inflection.config.form import read_config
from destination_inflection.config.schema import load_spec
from destination_inflection.json_types import Json
from destination_inflection.version import VERSION

ROOT: Final = Path(__file__).resolve().parents[1]
FILES: Final = (
    "CHANGELOG.md",
    "Dockerfile",
    "examples/terraform/main.tf",
    "metadata.yaml",
    "destination_inflection/spec.json",
    "destination_inflection/version.py",
)
TOP: Final = "## [Unreleased]"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changelog = tmp_path / "CHANGELOG.md"  # as before the first release
    changelog.write_text(re.sub(r"(?m)^## \[\d.*\n", "", changelog.read_text("utf-8")), "utf-8")
    return tmp_path


def edit(project: Path, name: str, old: str, new: str) -> None:
    text = (project / name).read_text("utf-8")
    assert old in text
    (project / name).write_text(text.replace(old, new), "utf-8")


def test_this_project_agrees_with_itself() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "word"),
    [
        ("destination_inflection/version.py", VERSION, "9.9.9", "dockerImageTag"),
        ("destination_inflection/version.py", VERSION, "next", "1.2.3"),
        ("destination_inflection/spec.json", "https://docs.", "https://other.", "documentationUrl"),
        ("metadata.yaml", f"dockerImageTag: {VERSION}", "dockerImageTag: 9.9.9", "dockerImageTag"),
        ("metadata.yaml", "dockerRepository: ", "dockerRepository: x", "io.airbyte.name"),
        ("metadata.yaml", "baseImage: docker.io/", "baseImage: other/", "baseImage"),
        ("Dockerfile", f'te.version="{VERSION}"', 'te.version="9.9.9"', "io.airbyte.version"),
        ("Dockerfile", f'ge.version="{VERSION}"', 'ge.version="9.9.9"', "image.version"),
        ("Dockerfile", "LABEL io.airbyte.name", "LABEL name", "io.airbyte.name"),
        ("examples/terraform/main.tf", f'= "{VERSION}"', '= "9.9.9"', "docker_image_tag"),
        ("CHANGELOG.md", TOP, "", "no heading"),
        ("CHANGELOG.md", TOP, "## Unreleased", "of the form"),
        ("CHANGELOG.md", TOP, f"## [{VERSION}] - 2026-02-30", "of the form"),
        ("CHANGELOG.md", TOP, "## [9.9.9] - 2026-01-31", "on top"),
        ("CHANGELOG.md", TOP, f"{TOP}\n\n## [9.9.9] - 2026-01-31", "already"),
        (
            "CHANGELOG.md",
            TOP,
            f"## [{VERSION}] - 2026-02-01\n\n## [9.9.9] - 2026-01-31",
            "newest first",
        ),
    ],
)
def test_what_does_not_agree_is_named(
    project: Path, name: str, old: str, new: str, word: str
) -> None:
    edit(project, name, old, new)
    found = problems(project)
    assert any(word in problem for problem in found), found
    assert all(problem.endswith(".") for problem in found)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_is_named(project: Path, name: str) -> None:
    (project / name).unlink()
    assert problems(project) == [f"{name} is missing."]


@pytest.mark.parametrize(
    "content", ["", "- 1", "data:", "data: [1]", "data: {connectorBuildOptions: 1}", "{"]
)
def test_metadata_that_lack_what_is_compared(project: Path, content: str) -> None:
    (project / "metadata.yaml").write_text(content, "utf-8")
    found = problems(project)
    assert found
    assert all("metadata.yaml" in problem or "io.airbyte.name" in problem for problem in found)


@pytest.mark.parametrize(
    "top",
    [f"## [{VERSION}] - 2026-01-31", f"{TOP}\n\n## [{VERSION}] - 2026-01-31"],
    ids=["on the day of the release", "after it"],
)
def test_a_release_agrees(project: Path, top: str) -> None:
    edit(project, "CHANGELOG.md", TOP, top)
    assert problems(project) == []


# Metadata.


def metadata() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text("utf-8"))
    return found


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Airbyte's models need Python below 3.13")
def test_the_metadata_is_as_airbyte_defines_it() -> None:
    from airbyte_connector_models.metadata.v0 import (  # noqa: PLC0415 - not there on any Python
        connector_metadata_definition_v0 as models,
    )

    validate = models.ConnectorMetadataDefinitionV0.model_validate
    validate(metadata())
    for change in ({"unknown": 1}, {"definitionId": "no uuid"}, {"connectorType": "both"}):
        with pytest.raises(ValidationError):
            validate({**metadata(), "data": {**metadata()["data"], **change}})


def test_its_hosts_are_options_of_the_form() -> None:
    form: Any = load_spec()["connectionSpecification"]
    for host in metadata()["data"]["allowedHosts"]["hosts"]:
        section, option = re.fullmatch(r"\$\{(\w+)\.(\w+)\}", host).groups()  # type: ignore[union-attr]
        choices = form["properties"][section]["oneOf"]
        assert any(option in choice["properties"] for choice in choices), host


def test_the_icon_is_a_square_drawing() -> None:
    drawing = ET.fromstring((ROOT / metadata()["data"]["icon"]).read_text("utf-8"))  # noqa: S314
    assert drawing.get("width") == drawing.get("height")
    assert drawing.tag.endswith("svg")
    assert not [node for node in drawing.iter() if node.tag.endswith(("image", "script"))]


# Examples.


EXAMPLES: Final = sorted((ROOT / "examples").glob("config-*.json"))


def test_there_is_an_example_of_each_way_into_inflection() -> None:
    assert {path.name for path in EXAMPLES} >= {
        "config-developer-api.json",
        "config-event-endpoint.json",
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_can_be_used_once_the_key_is_in_it(path: Path) -> None:
    document: Json = json.loads(path.read_text("utf-8"))
    assert isinstance(document, dict)
    form: Any = load_spec()["connectionSpecification"]
    assert set(document) <= set(form["properties"])
    assert read_config(document).api_key == "YOUR_API_KEY"


def test_terraform_reads_an_example_and_takes_the_key_from_a_variable() -> None:
    text = (ROOT / "examples" / "terraform" / "main.tf").read_text("utf-8")
    (named,) = re.findall(r'file\("\$\{path\.module\}/\.\./(.+?)"\)', text)
    assert ROOT / "examples" / named in EXAMPLES
    form: Any = load_spec()["connectionSpecification"]
    (merged,) = re.findall(r"merge\(\s*jsondecode\(.+\),\s*\{(.+?)\}", text)
    assert re.findall(r"(\w+)\s*=\s*var\.\w+", merged) == ["api_key"]
    assert "api_key" in form["required"]
    assert re.search(r'variable "inflection_api_key" \{[^}]*sensitive\s*=\s*true', text)
