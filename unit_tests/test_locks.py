"""The locks in requirements/ go with what they were made of, and can be checked by hash."""

import re
from importlib.metadata import requires
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER: Final = Path(__file__).resolve().parents[1] / "requirements"
LOCKED: Final = re.compile(
    r"^([\w.-]+)==(\S+?)(?: ; [^\\]*)?(?: \\\n    --hash=sha256:\w{64})+$", re.MULTILINE
)
EXTRAS: Final = ("", "fast", "s3")


def locked(name: str) -> dict[str, str]:
    """The versions of a lock, by the package's canonical name."""
    found = LOCKED.findall((FOLDER / name).read_text("utf-8"))
    return {canonicalize_name(package): version for package, version in found}


def asked(name: str) -> list[Requirement]:
    """What a lock was made of."""
    if name == "image.txt":
        all_of_them = [Requirement(line) for line in requires("destination-inflection") or ()]
        return [r for r in all_of_them if is_wanted(r)]
    lines = (FOLDER / name).with_suffix(".in").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def is_wanted(requirement: Requirement) -> bool:
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({"extra": extra, "python_version": "3.13"}) for extra in EXTRAS
    )


@pytest.mark.parametrize("name", ["image.txt", "image-build.txt", "tools.txt"])
def test_a_lock_holds_all_that_is_asked_for_and_only_hashes_and_names(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    versions = locked(name)
    assert len(versions) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)), (
        "each with its hashes"
    )
    assert "://" not in text
    assert asked(name)
    for requirement in asked(name):
        version = versions.get(canonicalize_name(requirement.name))
        agrees = version is not None and requirement.specifier.contains(version)
        assert agrees, f"run `make lock`: {requirement}"
