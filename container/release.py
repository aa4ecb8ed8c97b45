"""`make release`: from the version that the files state to a tag, with the image and its SBOM.

    python -m container.release [--dry-run] [IMAGE]

The image is built twice, and has to come out the same. Nothing leaves the machine: the last line
says how to push the tag. A dry run makes no tag, takes the image IMAGE if that was built from this
commit, and may be built on a stand-in base; it says what would still stop a release, and fails
only if a step does.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from container.base import wanted
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
from container.release_check import problems
from destination_inflection.version import VERSION

_ROOT: Final = Path(__file__).resolve().parents[1]
_NAME: Final = "destination-inflection"
_TAG: Final = f"v{VERSION}"
_ANEW: Final = ("--no-cache",)
_WRONG_BASE: Final = "The image is not built on the base that the Dockerfile names."


class NotReleasedError(Exception):
    """Something stops the release; the text is a plain sentence for the reader."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Releases; returns the exit status."""
    parser = argparse.ArgumentParser(prog="container.release", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="make no tag")
    parser.add_argument("image", nargs="?", default=IMAGE, help="an image that a dry run may take")
    given = parser.parse_args(arguments)
    try:
        if given.dry_run:
            _rehearse(given.image)
        else:
            _release()
    except (EngineError, NotReleasedError) as error:
        say(f"Nothing was released. {error}")
        return 1
    return 0


def obstacles(root: Path = _ROOT) -> Iterator[str]:
    """What stops a release of the files as they are, one sentence each."""
    yield from problems(root)
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    unreleased = re.search(
        r"^## \[Unreleased\]$(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if unreleased is not None and unreleased[1].strip():
        yield (
            "CHANGELOG.md has entries under [Unreleased]: put them under a heading of the version."
        )
    if not re.search(rf"(?m)^## \[{re.escape(VERSION)}\] - ", changelog):
        yield f"CHANGELOG.md has no heading for {VERSION}."
    if git(root, "status", "--porcelain", "--untracked-files=no") != "":
        yield "There are changes that are not committed, or git can't read this checkout."
    elif clean_commit(root) is None:
        yield "There are new files that the image would hold: commit them, or remove them."
    if git(root, "tag", "--list", _TAG):
        yield f"The tag {_TAG} is there already: state the next version in version.py."


def _release() -> None:
    found = list(obstacles())
    if found:
        raise NotReleasedError(" ".join(found))
    engine = find()
    if not engine.is_podman:
        raise NotReleasedError(
            "Only podman builds the same image each time: set CONTAINER_ENGINE=podman."
        )
    image = f"{_NAME}:{VERSION}"
    build(engine, image, _ANEW)
    base = engine.label(image, BASE_LABEL)
    if base != wanted():
        raise NotReleasedError(_WRONG_BASE)
    built = image_id(engine, image)
    build(engine, image, _ANEW)
    again = image_id(engine, image)
    if built != again:
        raise NotReleasedError(f"Built twice, the image is not the same: {built}, then {again}.")
    _check_sbom()
    message = f"Release {VERSION}\n\nImage {built}\non {base}."
    if git(_ROOT, "tag", "--annotate", _TAG, "--message", message) is None:
        raise NotReleasedError(
            f"git could not make the tag {_TAG}: see that it knows your name and email."
        )
    say(f"Tagged {_TAG}. To publish it: git push origin {_TAG}")


def _rehearse(image: str) -> None:
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
    _check_sbom()
    for obstacle in obstacles():
        say(f"A release would stop here: {obstacle}")
    if engine.label(image, BASE_LABEL) != wanted():
        say(f"A release would stop here: {_WRONG_BASE}")
    say(f"The image is {image_id(engine, image)}. This was a dry run: {_TAG} was not made.")


def _check_sbom() -> None:
    listed = {(one["name"], one["version"]) for one in json.loads(SBOM.read_text())["components"]}
    if (_NAME, VERSION) not in listed:
        raise NotReleasedError(f"The image's SBOM does not list {_NAME} {VERSION}.")
    say(f"The SBOM lists {len(listed)} packages.")


def _revision(engine: Engine, image: str) -> str:
    return engine.label(image, REVISION_LABEL) if engine.has(image) else ""


if __name__ == "__main__":
    sys.exit(main())
