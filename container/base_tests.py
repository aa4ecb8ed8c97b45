"""`make test-base`: runs the tests on the Python of the image's base, in a container.

    python3 -m container.base_tests

It runs all of `unit_tests`, and one write per route through the executable. The checkout is mounted
read-only. Its files are copied into the container, except those that git ignores, and the container
is removed afterwards. The exit status is pytest's, or that of the step that failed before. A base
with a Python older than 3.13 fails: the other tests run on an older one already.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from container import base
from container.engine import Engine, EngineError, certificates, find, say

WRITES: Final = (
    "integration_tests/test_write.py::test_records_arrive_and_every_state_goes_back",
    "integration_tests/test_contacts.py"
    "::test_people_become_contacts_and_states_come_back_after_their_transactions",
)
"""One for each route. They need nothing but Python and the packages."""
_ROOT: Final = Path(__file__).resolve().parents[1]
_CHECKOUT: Final = "/checkout"
_FILES: Final = "/checkout-files"
_COPY: Final = "/destination-inflection"

# Its arguments: the checkout, the list of its files, the copy's folder, then what is to be tested.
# Packages are compiled when they are imported: most are not, so that takes less time.
_STEPS: Final = """
set -eu
checkout=$1 files=$2 copy=$3
shift 3
python -c '
import sys
print("Python", sys.version, flush=True)
sys.exit(sys.version_info < (3, 13) and "The base has a Python older than 3.13.")
'
mkdir "$copy"
cd "$checkout"
xargs --null --arg-file "$files" cp --parents --target-directory "$copy"
cd "$copy"
began=$(date +%s)
python -m pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check \\
  --root-user-action=ignore --editable '.[dev]'
echo "The packages are installed. That took $(($(date +%s) - began)) s."
exec python -m pytest -n 2 "$@"
"""


def main(root: Path = _ROOT) -> int:
    """Runs the tests of a checkout; returns the exit status."""
    try:
        engine = find()
        base_image = base.obtain(engine)
        say(f"Testing on {base_image.note}.")
        return run(engine, base_image.name, root)
    except EngineError as error:
        say(f"The tests were not run. {error}")
        return 1


def run(engine: Engine, image: str, root: Path) -> int:
    """Runs them in a container of the image; returns its exit status.

    Raises:
        EngineError: git does not say which files belong to the checkout.
    """
    with TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.write_text("".join(f"{name}\0" for name in project_files(root)), "utf-8")
        return engine.status_of(
            *("run", "--rm", "--network", "host", "--user", "0"),
            *("--env", "CI"),  # as it is here: it decides how hypothesis draws its examples
            *certificates(),
            *("--volume", f"{root}:{_CHECKOUT}:ro"),
            *("--volume", f"{files}:{_FILES}:ro"),
            *("--entrypoint", "sh", image),
            *("-c", _STEPS, "base-tests", _CHECKOUT, _FILES, _COPY),
            *("unit_tests", *WRITES),
        )


def project_files(root: Path) -> list[str]:
    """The files of a checkout that git does not ignore, whoever owns it.

    Raises:
        EngineError: git is missing, or this is not a checkout.
    """
    try:
        listed = subprocess.run(
            [
                *("git", "-C", str(root), "-c", "safe.directory=*", "ls-files", "-z"),
                *("--cached", "--others", "--exclude-standard", "--deduplicate"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise EngineError("Git is needed to list the files: install it.") from None
    if listed.returncode != 0:
        raise EngineError(f"Git can't list the files: {listed.stderr.strip()}")
    names = listed.stdout.split("\0")[:-1]
    return [name for name in names if (root / name).is_file()]  # not those that were deleted


if __name__ == "__main__":
    sys.exit(main())
