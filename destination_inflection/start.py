"""Where the executable begins: a signal ends it at once, until a command knows better.

The commands take a second to import, and `check` and `preview` have nothing to put in order. By
itself Python would print a traceback for Ctrl-C, and the first process of a container would not
hear SIGTERM at all. `write` and `replay` replace what is set here (`commands.ending`).
"""

import os
import signal
from types import FrameType

_SHELLS_OFFSET = 128


def main() -> int:
    """Runs the command line; returns its exit status."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # A shell's background job ignores SIGINT; so it stays.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)

    from destination_inflection.run import main as run  # noqa: PLC0415 - what takes the time

    return run()


def _end(number: int, _frame: FrameType | None) -> None:
    os._exit(_SHELLS_OFFSET + number)
