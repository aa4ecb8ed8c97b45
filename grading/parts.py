"""The parts of the connector that are graded, and by what."""

from dataclasses import dataclass, replace
from typing import Final

PACKAGE: Final = "destination_inflection"
SEED: Final = 21
SAMPLED: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """What is mutated, and the command that has to notice. Paths start at the package."""

    modules: tuple[str, ...]
    excluded: tuple[str, ...]
    """Only make words, or are not part of what is graded."""
    command: tuple[str, ...]
    """Arguments of Python, in a copy with a mutant; exit status 0 means that it survived."""
    timeout_seconds: float
    """Many times as long as the command takes: what is still running then, will not end."""
    preparation: tuple[str, ...] = ()
    """Arguments of Python, once, in the folder `unchanged` next to the copies."""


_UNIT_TESTS: Final = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
_WRITE_PATH: Final = Part(
    modules=("sync", "delivery", "rejects", "airbyte/states.py", "airbyte/intake.py"),
    excluded=(
        "delivery/transport",
        "delivery/dry_run.py",
        "delivery/contacts/odd_answers.py",
        "delivery/contacts/remarks.py",
        "rejects/log.py",
        "rejects/words.py",
    ),
    command=("-m", "grading.worlds", "play", "../notes.json", "../unchanged"),
    timeout_seconds=1500,
    preparation=("-m", "grading.worlds", "note", "../notes.json"),
)
_ITS_UNIT_TESTS: Final = tuple(
    f"unit_tests/{each}" for each in ("delivery", "rejects", "sync", "airbyte")
)

PARTS: Final = {
    "write-path": _WRITE_PATH,
    # The same mutants.
    "write-path-units": replace(
        _WRITE_PATH,
        command=(*_UNIT_TESTS, *_ITS_UNIT_TESTS),
        timeout_seconds=300,
        preparation=(),
    ),
    "mapping": Part(
        modules=("mapping",),
        excluded=("mapping/description.py", "mapping/reasons.py"),
        command=(*_UNIT_TESTS, "unit_tests/mapping"),
        timeout_seconds=1500,
    ),
}
