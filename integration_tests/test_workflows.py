"""The workflows hold to their rules, and the tools that check that notice when they do not.

The tools are in `.tools` (`make tools`) and need no network: here they get a proxy that does not
answer. The rules of our own are plain functions of a workflow's text.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from container.base import STAND_IN, wanted
from destination_inflection.version import VERSION

ROOT: Final = Path(__file__).resolve().parents[1]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").iterdir())
DEPENDABOT: Final = ROOT / ".github" / "dependabot.yml"
ZIZMOR: Final = (
    *("zizmor", "--offline", "--no-progress", "--no-config", "--strict-collection"),
    *("--persona", "auditor", "--format", "plain"),
)
SCHEMA: Final = ("check-jsonschema", "--builtin-schema")
USES: Final = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
PIN: Final = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
SOUND: Final = f"""\
name: Sound
on:
  pull_request:
permissions: {{}}
concurrency:
  group: ${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  one:
    name: One
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read # to check out
    steps:
      - name: Check out
        uses: {PIN}
        with:
          persist-credentials: false
      - name: Say the title
        env:
          TITLE: ${{{{ github.event.pull_request.title }}}}
        run: echo "$TITLE"
"""
UNPINNED: Final = SOUND.replace(PIN, "actions/checkout@v7")
UNTAGGED: Final = SOUND.replace(" # v7.0.1", "")
INJECTED: Final = SOUND.replace('"$TITLE"', '"${{ github.event.pull_request.title }}"')
MISSPELT: Final = SOUND.replace("timeout-minutes:", "timeout-minuts:")


def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Runs one of the tools, without a network."""
    program = ROOT / ".tools" / "bin" / command[0]
    if not program.exists():
        pytest.fail("What lints the workflows is not installed: run `make tools`.", pytrace=False)
    nowhere = "http://127.0.0.1:9"
    return subprocess.run(
        [program, *command[1:]],
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere, "no_proxy": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def nodes(value: object) -> Iterator[tuple[str, object]]:
    """Every key with its value, however deep."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield str(key), below
            yield from nodes(below)
    elif isinstance(value, list):
        for below in value:
            yield from nodes(below)


def loosely_pinned(text: str) -> list[str]:
    """The lines that use an action otherwise than by commit, with the tag behind it."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line]
    used = [value for key, value in nodes(yaml.safe_load(text)) if key == "uses"]
    assert len(lines) == len(used), "Each `uses` stands on a line of its own."
    return [line for line in lines if USES.fullmatch(line) is None]


def expanding_scripts(text: str) -> list[str]:
    """The scripts that GitHub fills in before a shell reads them."""
    return [str(v) for k, v in nodes(yaml.safe_load(text)) if k == "run" and "${{" in str(v)]


def script(workflow: str, step: str) -> str:
    """What one step runs."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text("utf-8"))["jobs"]
    (found,) = (s for job in jobs.values() for s in job["steps"] if s["name"] == step)
    return str(found["run"])


def shell(text: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Runs a script as GitHub does, with programs in `folder` that answer instead of the real."""
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],  # noqa: S607
        cwd=ROOT,
        env={**os.environ, "PATH": path, "GITHUB_OUTPUT": str(folder / "output"), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answering(folder: Path, program: str, text: str = "", status: int = 0) -> None:
    """A program of this name that only prints this and ends."""
    lines = f"#!/bin/sh\nprintf %s {shlex.quote(text)}\nexit {status}\n"
    (folder / program).write_text(lines, "utf-8")
    (folder / program).chmod(0o755)


def test_zizmor_finds_nothing() -> None:
    found = run(*ZIZMOR, ROOT / ".github")
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_files_have_the_shape_that_github_reads() -> None:
    for schema, files in (("github-workflows", WORKFLOWS), ("dependabot", [DEPENDABOT])):
        checked = run(*SCHEMA, f"vendor.{schema}", *files)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_a_workflow_holds_to_our_rules(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert loosely_pinned(text) == []
    assert expanding_scripts(text) == []
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-24.04"
        assert job["timeout-minutes"] > 0
        for step in job["steps"]:
            parsed = shell(f"bash -n <<< {shlex.quote(step.get('run', ''))}", tmp_path)
            assert (parsed.returncode, parsed.stderr) == (0, "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_what_may_write_runs_no_code_of_the_project(path: Path) -> None:
    for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items():
        if "write" in job["permissions"].values():
            scripts = "\n".join(step.get("run", "") for step in job["steps"])
            assert not re.search(r"(?m)(^|[;&|(])\s*(make|pip|python3?|bash|\./)\b", scripts), name


def test_a_sound_workflow_passes(tmp_path: Path) -> None:
    path = tmp_path / "sound.yml"
    path.write_text(SOUND, "utf-8")
    assert run(*ZIZMOR, path).returncode == 0
    assert run(*SCHEMA, "vendor.github-workflows", path).returncode == 0
    assert loosely_pinned(SOUND) + expanding_scripts(SOUND) == []


@pytest.mark.parametrize(
    ("broken", "finding"), [(UNPINNED, "unpinned-uses"), (INJECTED, "template-injection")]
)
def test_zizmor_notices(tmp_path: Path, broken: str, finding: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(broken, "utf-8")
    found = run(*ZIZMOR, path)
    assert found.returncode > 10, found.stderr  # below, it could not do its work
    assert f"[{finding}]" in found.stdout


def test_the_schemas_notice_an_unknown_key(tmp_path: Path) -> None:
    for schema, text, key in (
        ("github-workflows", MISSPELT, "timeout-minuts"),
        ("dependabot", DEPENDABOT.read_text("utf-8") + "shedule: 1\n", "shedule"),
    ):
        path = tmp_path / "broken.yml"
        path.write_text(text, "utf-8")
        checked = run(*SCHEMA, f"vendor.{schema}", path)
        assert checked.returncode == 1
        assert key in checked.stdout


def test_our_rules_notice() -> None:
    assert loosely_pinned(UNPINNED) == ["uses: actions/checkout@v7"]
    assert loosely_pinned(UNTAGGED) == [f"uses: {PIN.partition(' ')[0]}"]
    assert expanding_scripts(INJECTED) == ['echo "${{ github.event.pull_request.title }}"']


def test_the_docs_list_the_actions() -> None:
    rows: Mapping[str, str] = dict(
        re.findall(
            r"^\| ([\w-]+/[\w-]+) \| (v[\d.]+) \|",
            (ROOT / "docs" / "development.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    texts = "\n".join(path.read_text("utf-8") for path in WORKFLOWS)
    used = set(re.findall(r"uses: (\S+)@(\w+) # (\S+)", texts))
    assert len(used) == len(rows), "One action has one pin, and one row."
    assert {name: tag for name, _, tag in used} == rows


@pytest.mark.parametrize(
    ("tag", "on_main", "said"),
    [
        (f"v{VERSION}", True, ""),
        (f"v{VERSION}", False, "::error::The tagged commit is not on main.\n"),
        (VERSION, True, f"::error::The tag is {VERSION}, but version.py says {VERSION}.\n"),
        ("v9.9.9", True, f"::error::The tag is v9.9.9, but version.py says {VERSION}.\n"),
    ],
    ids=["right", "not on main", "without v", "another version"],
)
def test_a_release_needs_the_tag_of_its_version(
    tmp_path: Path, tag: str, on_main: bool, said: str
) -> None:
    answering(tmp_path, "git", status=0 if on_main else 1)
    ended = shell(
        script("release.yml", "Compare the tag with the version"),
        tmp_path,
        GITHUB_REF_NAME=tag,
        GITHUB_REPOSITORY_OWNER="Some-Owner",
        GITHUB_SHA="0",
    )
    assert (ended.returncode, ended.stdout) == (1 if said else 0, said), ended.stderr
    if not said:
        image = "ghcr.io/some-owner/destination-inflection"
        output = (tmp_path / "output").read_text("utf-8")
        assert output == f"image={image}\nversion={VERSION}\n"


def test_a_version_that_has_been_pushed_is_not_pushed_again(tmp_path: Path) -> None:
    answering(tmp_path, "podman", "id")
    answering(tmp_path, "skopeo")  # it finds the image in the registry
    settings = {"BUILT": "id", "GITHUB_ACTOR": "x", "TOKEN": "x", "REFERENCE": "image:1"}
    ended = shell(script("release.yml", "Push, and keep the digest"), tmp_path, **settings)
    assert ended.returncode == 1
    assert ended.stdout.endswith("image:1 has been pushed before: a version is pushed once.\n")


@pytest.mark.parametrize(
    ("base", "status"),
    [
        (wanted(), 0),
        (STAND_IN, 1),
        (wanted()[:-1], 1),
        ("", 1),
    ],
    ids=["Airbyte's", "stand-in", "another digest", "no label"],
)
def test_a_release_needs_airbyte_s_base(tmp_path: Path, base: str, status: int) -> None:
    answering(tmp_path, "podman", base)
    ended = shell(script("release.yml", "Refuse another base"), tmp_path, REFERENCE="image:1")
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert base in ended.stdout
