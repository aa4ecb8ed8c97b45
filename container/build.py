"""`make image`: builds the connector's image and says plainly which base it stands on.

    python -m container.build [--no-cache] [IMAGE]

The label `org.opencontainers.image.base.name` says the same in the image itself. If no file of the
image was changed since the commit, it is built from the commit and names it. With `--no-cache`, one
podman builds the same image of a commit each time: the times in our layers are the commit's. The
list of its packages (an SBOM) is in the image, and afterwards at `.image/sbom.cdx.json` too.
"""

import argparse
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from container import base
from container.engine import STATE, Engine, EngineError, find, say

IMAGE: Final = "destination-inflection:dev"
SBOM: Final = STATE / "sbom.cdx.json"
_ANNOTATIONS: Final = "org.opencontainers.image"
BASE_LABEL: Final = f"{_ANNOTATIONS}.base.name"
REVISION_LABEL: Final = f"{_ANNOTATIONS}.revision"
CREATED_LABEL: Final = f"{_ANNOTATIONS}.created"
_ROOT: Final = Path(__file__).resolve().parents[1]
_SBOM_INSIDE: Final = "/airbyte/integration_code/sbom.cdx.json"


@dataclass(frozen=True, slots=True)
class Commit:
    """What the image is built from: the commit's hash and its time, in seconds since 1970."""

    hash: str
    seconds: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds; returns the exit status."""
    parser = argparse.ArgumentParser(prog="container.build", description=__doc__)
    parser.add_argument("--no-cache", action="store_true", help="build each layer anew")
    parser.add_argument("image", nargs="?", default=IMAGE, help=f"its name (default {IMAGE})")
    given = parser.parse_args(arguments)
    try:
        engine = find()
        build(engine, given.image, ("--no-cache",) if given.no_cache else ())
    except EngineError as error:
        say(f"The image was not built. {error}")
        return 1
    say("To try it, put your configuration into config.json in this folder, then run:")
    say(check_line(engine, given.image))
    return 0


def build(
    engine: Engine, image: str, options: Sequence[str] = (), root: Path = _ROOT
) -> Commit | None:
    """Builds an image by this name, and copies its SBOM out; returns the commit that it is of.

    Raises:
        EngineError: a step failed.
    """
    base_image = base.obtain(engine)
    commit = clean_commit(root)
    labels = {BASE_LABEL: base_image.name, **_labels(commit)}
    with _context(root, commit) as folder:
        engine.do(
            "build",
            *engine.build_options,
            *options,
            *(_reproducible(commit) if commit and engine.is_podman else ()),
            *("--build-arg", f"BASE_IMAGE={base_image.name}"),
            *(word for name, value in labels.items() for word in ("--label", f"{name}={value}")),
            *("--file", str(folder / "Dockerfile")),
            *("--tag", image),
            str(folder),
        )
    copy_sbom(engine, image)
    say(f"Built {image} with {engine.program} on {base_image.note}.")
    if commit is None:
        say("It does not name a commit: its files were changed, or git can't read this checkout.")
    say(f"Its id is {image_id(engine, image)}; the list of its packages is {SBOM}.")
    return commit


def check_line(engine: Engine, image: str) -> str:
    """The shell command that checks `config.json` of the current folder on this machine."""
    return engine.shell_line(
        *("run", "--rm", *engine.run_options, "-v", '"$PWD:/config:ro"', shlex.quote(image)),
        *("check", "--config", "/config/config.json"),
    )


def image_id(engine: Engine, image: str) -> str:
    """The hash of an image's configuration, and with it of all its layers."""
    return "sha256:" + engine.inspect(image, "{{.Id}}").removeprefix("sha256:")


def clean_commit(root: Path = _ROOT) -> Commit | None:
    """The commit that is checked out; None if the image's files differ from it, or git knows none.

    Other files, such as a reader's own `config.json`, may differ.
    """
    ignored = (root / ".dockerignore").read_text("utf-8").splitlines()
    context = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    made_of = ("Dockerfile", ".dockerignore", *context)
    # Also new files that git has been asked not to show: they would be in the image all the same.
    options = ("--porcelain", "--untracked-files=all", "--ignored")
    status = git(root, "status", *options, "--", *made_of)
    shown = git(root, "log", "-1", "--no-show-signature", "--format=%H %ct")
    if status is None or not shown:
        return None
    changed = (line[3:].split("/")[:-1] for line in status.splitlines())
    if not all("__pycache__" in folders for folders in changed):
        return None
    name, seconds = shown.split()
    return Commit(name, int(seconds))


def git(root: Path, *arguments: str) -> str | None:
    """What git says, without blanks around it; None if it fails or is not there."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 - where it is differs
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def copy_sbom(engine: Engine, image: str) -> None:
    """Copies the SBOM out of an image, to `SBOM`.

    Raises:
        EngineError: the image has none.
    """
    shown = engine.ask(
        *("run", "--rm", "--network", "none", "--entrypoint", "cat", image, _SBOM_INSIDE)
    )
    if shown.returncode != 0:
        raise EngineError(f"The image's SBOM can't be read: {shown.stderr.strip()[-400:]}")
    STATE.mkdir(exist_ok=True)
    SBOM.write_text(shown.stdout, "utf-8")


@contextmanager
def _context(root: Path, commit: Commit | None) -> Iterator[Path]:
    """What an image is built from: the commit's own files, else those that are there."""
    if commit is None:
        yield root
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        archive, files = folder / "archive.tar", folder / "files"
        files.mkdir()
        if git(root, "archive", "--output", str(archive), commit.hash) is None:
            raise EngineError(f"git can't export the files of commit {commit.hash}.")
        Engine("tar").do("--extract", "--file", str(archive), "--directory", str(files))
        yield files


def _reproducible(commit: Commit) -> tuple[str, ...]:
    """Options that leave out of an image when, and by which podman, it was built."""
    return ("--timestamp", str(commit.seconds), "--identity-label=false")


def _labels(commit: Commit | None) -> Mapping[str, str]:
    if commit is None:
        return {}
    created = datetime.fromtimestamp(commit.seconds, UTC).isoformat()
    return {REVISION_LABEL: commit.hash, CREATED_LABEL: created}


if __name__ == "__main__":
    sys.exit(main())
