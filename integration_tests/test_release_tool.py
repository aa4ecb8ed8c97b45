"""`make release` from the version to the tag, with a program that answers as podman would."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from container import base, build, release
from destination_inflection.version import VERSION

pytestmark = pytest.mark.usefixtures("plain_git")

ROOT: Final = Path(__file__).resolve().parents[1]
FILES: Final = (
    "CHANGELOG.md",
    "Dockerfile",
    "examples/terraform/main.tf",
    "metadata.yaml",
    ".dockerignore",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a release reads, committed and ready for one."""
    folder = tmp_path / "project"
    for name in ("container", "destination_inflection"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    changelog = folder / "CHANGELOG.md"
    text = changelog.read_text("utf-8")
    if f"## [{VERSION}]" not in text:
        text = text.replace("## [Unreleased]", f"## [{VERSION}] - 2026-01-31", 1)
    text = re.sub(r"(?ms)^## \[Unreleased\]$.*?(?=^## )", "", text)
    changelog.write_text(text, "utf-8")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
        assert build.git(folder, *command) is not None
    return folder


def test_a_project_that_is_ready(project: Path) -> None:
    assert list(release.obstacles(project)) == []


def test_what_stops_a_release(project: Path) -> None:
    def obstacle() -> str:
        (found,) = release.obstacles(project)
        return found

    assert build.git(project, "tag", f"v{VERSION}") is not None
    assert obstacle().startswith(f"The tag v{VERSION} is there already")
    assert build.git(project, "tag", "--delete", f"v{VERSION}") is not None
    new = project / "destination_inflection" / "new.py"
    new.touch()
    assert obstacle().startswith("New files would get into the image")
    new.unlink()
    changelog = project / "CHANGELOG.md"
    text = changelog.read_text("utf-8")
    changelog.write_text(text + "\n", "utf-8")
    assert obstacle() == "These changes are not committed: M CHANGELOG.md."
    heading = f"## [{VERSION}]"
    changelog.write_text(text.replace(heading, f"## [Unreleased]\n- New.\n\n{heading}", 1), "utf-8")
    assert any("entries under [Unreleased]" in found for found in release.obstacles(project))
    changelog.write_text(text.replace(heading, "## [0.0.1]"), "utf-8")
    assert f"CHANGELOG.md lacks a heading for {VERSION}." in list(release.obstacles(project))
    changelog.unlink()
    assert "CHANGELOG.md is missing." in list(release.obstacles(project))


# With an engine.

PODMAN: Final = """\
#!/bin/sh
case "$1 $*" in
  pull*) cat "$STORE/reachable" >&2; exit 1 ;;
  "image "*connector-base*@*) [ ! -e "$STORE/reachable" ] ;;
  build*) echo built >> "$STORE/builds"; [ ! -e "$STORE/hook" ] || sh "$STORE/hook" ;;
  run*check) cat "$STORE/conflict" 2>/dev/null && exit 1 || exit 0 ;;
  run*) cat "$STORE/sbom" ;;
  *{{.Id}}*) cat "$STORE/id"; [ ! -e "$STORE/changing" ] || wc -l < "$STORE/builds" ;;
  *base.name*) cat "$STORE/base" ;;
  *revision*) cat "$STORE/revision" ;;
esac
"""


class Machine:
    """Where a release is made: its podman knows one image, and counts how often it is built."""

    def __init__(self, project: Path, store: Path) -> None:
        self.project, self.store = project, store
        store.mkdir()
        for name in ("podman", "runc"):
            (store / name).write_text(PODMAN, "utf-8")
            (store / name).chmod(0o755)
        self.has("base", base.wanted())
        self.has("id", "abc")
        self.has("revision", "")
        component = {"name": "destination-inflection", "version": VERSION}
        self.has("sbom", json.dumps({"components": [component]}))

    def has(self, name: str, content: str) -> None:
        (self.store / name).write_text(content, "utf-8")

    def builds(self) -> int:
        path = self.store / "builds"
        return len(path.read_text("utf-8").splitlines()) if path.exists() else 0

    def release(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        identity = {f"GIT_{role}_{what}": "x" for role in ROLES for what in ("NAME", "EMAIL")}
        return subprocess.run(
            [sys.executable, "-m", "container.release", *arguments],
            cwd=self.project,
            env={
                **os.environ,
                **identity,
                "CONTAINER_ENGINE": "podman",
                "PATH": f"{self.store}{os.pathsep}{os.environ['PATH']}",
                "STORE": str(self.store),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def tag(self) -> str | None:
        return build.git(self.project, "tag", "--list", "--format=%(contents)", f"v{VERSION}")


ROLES: Final = ("AUTHOR", "COMMITTER")


@pytest.fixture
def machine(project: Path, tmp_path: Path) -> Machine:
    return Machine(project, tmp_path / "store")


def test_a_release_is_built_twice_and_tagged(machine: Machine) -> None:
    ended = machine.release()
    assert ended.returncode == 0, ended.stderr
    assert machine.builds() == 2
    assert machine.tag() == f"Release {VERSION}\n\nImage sha256:abc\non {base.wanted()}."
    assert ended.stderr.splitlines()[-1].endswith(f"git push origin tag v{VERSION}")
    kept = machine.project / ".image" / "sbom.cdx.json"
    assert json.loads(kept.read_text("utf-8"))["components"]
    again = machine.release()
    assert again.returncode == 1
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("changing", "", "Built twice, the image is not the same"),
        ("conflict", "a requires b", "do not go together: a requires b"),
        ("sbom", '{"components": []}', "does not list destination-inflection"),
    ],
)
def test_what_is_found_while_it_is_made_stops_it(
    machine: Machine, name: str, content: str, said: str
) -> None:
    machine.has(name, content)
    ended = machine.release()
    assert ended.returncode == 1
    assert said in ended.stderr
    assert machine.tag() == ""


def test_the_commit_that_was_built_is_tagged(machine: Machine) -> None:
    built = build.git(machine.project, "rev-parse", "HEAD")
    machine.has("hook", 'test "$(wc -l < "$STORE/builds")" = 1 || git commit -qm x --allow-empty\n')
    ended = machine.release()
    assert ended.returncode == 0, ended.stderr
    assert build.git(machine.project, "rev-parse", "HEAD") != built
    assert build.git(machine.project, "rev-parse", f"v{VERSION}^{{commit}}") == built


def test_another_base_stops_it_before_anything_is_built(machine: Machine) -> None:
    machine.has("reachable", "no")
    ended = machine.release()
    assert ended.returncode == 1
    assert "Nothing was released. A release is built only on the base" in ended.stderr
    assert machine.builds() == 0


def test_a_commit_that_is_not_on_main_is_not_released(machine: Machine) -> None:
    git = partial(build.git, machine.project)
    assert git("update-ref", "refs/remotes/origin/main", "HEAD") is not None
    assert list(release.obstacles(machine.project)) == []
    assert git("commit", "--quiet", "--allow-empty", "-m", "later") is not None
    (found,) = release.obstacles(machine.project)
    assert found.startswith("The commit is not on origin/main")


def test_a_dry_run_tags_nothing_and_says_what_is_in_the_way(machine: Machine) -> None:
    machine.has("base", base.STAND_IN)
    ended = machine.release("--dry-run", "image:1")
    assert ended.returncode == 0, ended.stderr
    assert "A release would stop here: A release is built only on the base" in ended.stderr
    assert (machine.builds(), machine.tag()) == (1, "")


def test_a_dry_run_takes_the_image_of_this_commit(machine: Machine) -> None:
    machine.has("revision", build.git(machine.project, "rev-parse", "HEAD") or "")
    assert machine.release("--dry-run", "image:1").returncode == 0
    assert machine.builds() == 0


def test_versions_that_do_not_agree_stop_a_dry_run_too(machine: Machine) -> None:
    metadata = machine.project / "metadata.yaml"
    text = metadata.read_text("utf-8").replace(f"Tag: {VERSION}", "Tag: 9.9.9")
    metadata.write_text(text, "utf-8")
    ended = machine.release("--dry-run", "image:1")
    assert ended.returncode == 1
    assert "dockerImageTag" in ended.stderr
