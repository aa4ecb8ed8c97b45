"""The command line of drt in a project's folder. Usage: drt_project.py FOLDER ARGUMENT...

It is what the program `drt` runs, after setting what drt takes from its surroundings: the folder it
is called in, the home its profiles are in, and that no telemetry is wanted.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    folder = Path(sys.argv.pop(1)).resolve()
    os.chdir(folder)
    os.environ["HOME"] = str(folder / "home")
    os.environ["DO_NOT_TRACK"] = "1"
    from drt.cli.main import app  # type: ignore[import-not-found]

    app()
