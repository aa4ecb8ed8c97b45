"""Copies of the commit that is checked out, to break things in."""

import subprocess
from pathlib import Path


def copy_commit(folder: Path) -> None:
    """Puts the files of the commit into a folder, which may be there already.

    Raises:
        CalledProcessError: git or tar failed; it has said so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(["git", "archive", "HEAD"], stdout=subprocess.PIPE, check=True)  # noqa: S607
    subprocess.run(["tar", "-x", "-C", str(folder)], input=files.stdout, check=True)  # noqa: S607
