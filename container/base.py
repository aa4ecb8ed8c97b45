"""The base image: Airbyte's own, or a stand-in where no image registry can be reached.

The stand-in is made from Debian 13 packages, as Airbyte's base is, whatever the machine runs. It
has what a connector notices of that base: Python 3.13 at /usr/local, the user airbyte (1000) and
/airbyte.
It shows that the Dockerfile's steps, user and entrypoint work; it says nothing about Airbyte's
image, and what is built on it is for trying out, never for a release.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from container.engine import Engine, EngineError, install, install_packages, say

_DOCKERFILE: Final = Path(__file__).resolve().parents[1] / "Dockerfile"
_SUITE: Final = "trixie"
STAND_IN: Final = f"localhost/stand-in-for-python-connector-base:debian-{_SUITE}"
# A registry that says one of these has been reached: the reference is wrong, or access to it.
_ANSWERS: Final = ("manifest unknown", "not found", "unauthorized", "denied", "toomanyrequests")
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_KEYRINGS: Final = Path("/usr/share/keyrings")
_CERTIFICATES: Final = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True, slots=True)
class Base:
    """An image that the engine has; `note` says what it is."""

    name: str
    note: str


def wanted() -> str:
    """The reference that the Dockerfile pins."""
    found = re.search(r"^ARG BASE_IMAGE=(\S+)$", _DOCKERFILE.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise EngineError("The Dockerfile names no BASE_IMAGE.")
    return found[1]


def obtain(engine: Engine) -> Base:
    """Gets the base that the Dockerfile pins, or a stand-in if no registry can be reached.

    Raises:
        EngineError: the registry refused the image, or a stand-in can't be made here.
    """
    reference = wanted()
    if not engine.has(reference):
        say(f"Pulling {reference} ...")
        pull = engine.ask("pull", reference)
        if pull.returncode != 0:
            problem = (pull.stderr.strip().splitlines() or ["no reason given"])[-1]
            if any(answer in problem.lower() for answer in _ANSWERS):
                raise EngineError(f"The registry does not give out {reference}: {problem}")
            say(f"No image registry can be reached: {problem}")
            return _stand_in(engine)
    return Base(reference, f"Airbyte's base {reference}")


def _stand_in(engine: Engine) -> Base:
    if not engine.has(STAND_IN):
        install("mmdebstrap")
        if not any(_KEYRINGS.glob(f"debian-archive-{_SUITE}-*")):  # its keys may be too old
            install_packages("debian-archive-keyring")
        say("Making a stand-in base from Debian 13 packages (once) ...")
        with TemporaryDirectory() as folder:
            _import(engine, Path(folder) / "base.tar")
    return Base(STAND_IN, "a STAND-IN for Airbyte's base, made from Debian 13 packages")


def _import(engine: Engine, archive: Path) -> None:
    # Without the machine's variables, as they may name files that the new system does not have.
    inside = f'env -i PATH={_PATH} chroot "$1"'
    hooks = (
        f"{inside} python3 -m venv /usr/local",
        f"{inside} useradd --uid 1000 --user-group --no-create-home airbyte",
        f"{inside} install --directory --owner airbyte --group airbyte /airbyte",
        # pip of this age brings certificates of its own; the build lends it the machine's.
        f'printf "[global]\\ncert = {_CERTIFICATES}\\n" > "$1/etc/pip.conf"',
    )
    command = [
        "mmdebstrap",
        *("--quiet", "--variant=minbase", "--include=python3,python3-venv,ca-certificates"),
        *("--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*"),
        "--dpkgopt=force-unsafe-io",
        '--aptopt=Acquire::Check-Valid-Until "false"',  # the archive may be a snapshot
        *(f"--customize-hook={hook}" for hook in hooks),
        *(_SUITE, str(archive)),
    ]
    made = Engine(command[0]).ask(*command[1:])
    if made.returncode != 0:
        raise EngineError(f"The stand-in base could not be made: {made.stderr.strip()[-400:]}")
    engine.do("import", "--change", f"ENV PATH={_PATH}", str(archive), STAND_IN)
