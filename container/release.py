"""`make release`: from the version that the files state to a tag, with the image and its SBOM.

    python -m container.release [--dry-run] [IMAGE]

The image is built twice as IMAGE, and both must be identical; then it gets the version's name.
Nothing leaves the machine: the last line says how to push the tag. A dry run makes no tag, takes
IMAGE as it is if that was built from this commit, and may be built on a stand-in base; it says what
would still stop a release, and fails only if a step does.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from container.base import obtain, wanted
from container.build import (
    BASE_LABEL,
    IMAGE,
    REVISION_LABEL,
    SBOM,
    build,
    clean_commit,
    copy_sbom,
    git,
    image_id,
)
from container.engine import Engine, EngineError, find, say
from container.release_check import CHANGELOG, problems
from destination_inflection.version import VERSION

_ROOT: Final = Path(__file__).resolve().parents[1]
_NAME: Final = "destination-inflection"
_TAG: Final = f"v{VERSION}"
_ANEW: Final = ("--no-cache",)
_MAIN: Final = "origin/main"
_NEEDS_PODMAN: Final = "Only podman builds the same image each time: set CONTAINER_ENGINE=podman."
_NEEDS_BASE: Final = "A release is built only on the base that the Dockerfile names."


class NotReleasedError(Exception):
    """Something stops the release; the text is a plain sentence for the reader."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Releases; returns the exit status."""
    parser = argparse.ArgumentParser(prog="container.release", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="make no tag")
    parser.add_argument("image", nargs="?", default=IMAGE, help="what the image is built as")
    given = parser.parse_args(arguments)
    try:
        if given.dry_run:
            _dry_run(given.image)
        else:
            _release(given.image)
    except (EngineError, NotReleasedError) as error:
        say(f"Nothing was released. {error}")
        return 1
    return 0


def obstacles(root: Path = _ROOT) -> Iterator[str]:
    """What stops a release of the files as they are, one sentence each."""
    yield from problems(root)
    if (root / CHANGELOG).is_file():
        yield from _changelog_obstacles((root / CHANGELOG).read_text("utf-8"))
    yield from _git_obstacles(root)


def _changelog_obstacles(changelog: str) -> Iterator[str]:
    unreleased = re.search(
        r"^## \[Unreleased\]$(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if unreleased is not None and unreleased[1].strip():
        yield f"{CHANGELOG} has entries under [Unreleased]: put them under the version's heading."
    if not re.search(rf"(?m)^## \[{re.escape(VERSION)}\] - ", changelog):
        yield f"{CHANGELOG} lacks a heading for {VERSION}."


def _git_obstacles(root: Path) -> Iterator[str]:
    changed = git(root, "status", "--porcelain", "--untracked-files=no")
    if changed is None:
        yield "git can't read this checkout."
        return
    if changed:
        yield f"These changes are not committed: {', '.join(changed.splitlines())}."
    elif clean_commit(root) is None:
        yield "New files would get into the image: commit them, or remove them."
    if git(root, "tag", "--list", _TAG):
        yield f"The tag {_TAG} is there already: state the next version in version.py."
    if git(root, "rev-parse", "--verify", "--quiet", _MAIN) and (
        git(root, "merge-base", "--is-ancestor", "HEAD", _MAIN) is None
    ):
        yield f"The commit is not on {_MAIN}: merge it first, then fetch."
    if git(root, "var", "GIT_COMMITTER_IDENT") is None:
        yield "git does not know your name and email, which a tag holds."


def _release(image: str) -> None:
    found = list(obstacles())
    if found:
        raise NotReleasedError(" ".join(found))
    engine = find()
    if not engine.is_podman:
        raise NotReleasedError(_NEEDS_PODMAN)
    base = obtain(engine).name
    if base != wanted():
        raise NotReleasedError(_NEEDS_BASE)
    commit = build(engine, image, _ANEW)
    built = image_id(engine, image)
    build(engine, image, _ANEW)
    again = image_id(engine, image)
    if commit is None or built != again:
        raise NotReleasedError(f"Built twice, the image is not the same: {built}, then {again}.")
    _check_packages(engine, image)
    message = f"Release {VERSION}\n\nImage {built}\non {base}."
    if git(_ROOT, "tag", "--annotate", _TAG, "--message", message, commit.hash) is None:
        raise NotReleasedError(f"git could not make the tag: `git tag --annotate {_TAG}` says why.")
    engine.do("tag", image, f"{_NAME}:{VERSION}")
    say(f"Tagged {_TAG}. To publish it: git push origin tag {_TAG}")


def _dry_run(image: str) -> None:
    stated = problems()
    if stated:
        raise NotReleasedError(" ".join(stated))
    engine = find()
    commit = clean_commit()
    if commit is not None and _revision(engine, image) == commit.hash:
        say(f"{image} was built from this commit, so it is taken as it is.")
        copy_sbom(engine, image)
    else:
        build(engine, image)
    _check_packages(engine, image)
    found = list(obstacles())
    if not engine.is_podman:
        found.append(_NEEDS_PODMAN)
    if engine.label(image, BASE_LABEL) != wanted():
        found.append(_NEEDS_BASE)
    for obstacle in found:
        say(f"A release would stop here: {obstacle}")
    say(f"The image is {image_id(engine, image)}; a release builds it anew. This was a dry run.")


def _check_packages(engine: Engine, image: str) -> None:
    checked = engine.ask("run", "--rm", "--network", "none", "--entrypoint", "pip", image, "check")
    if checked.returncode != 0:
        raise NotReleasedError(f"The image's packages do not go together: {checked.stdout.strip()}")
    listed = {(one["name"], one["version"]) for one in json.loads(SBOM.read_text())["components"]}
    if (_NAME, VERSION) not in listed:
        raise NotReleasedError(f"The image's SBOM does not list {_NAME} {VERSION}.")
    say(f"The SBOM lists {len(listed)} packages.")


def _revision(engine: Engine, image: str) -> str:
    return engine.label(image, REVISION_LABEL) if engine.has(image) else ""


if __name__ == "__main__":
    sys.exit(main())
