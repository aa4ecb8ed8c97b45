"""What the log says of rejected records: the first few of each reason, never a value."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.parts import LONGEST_DETAIL, Fault, record_of
from destination_inflection.rejects.scrub import GONE, scrubbed
from destination_inflection.streams import StreamKey

_SHOWN: Final = 3
_STATUS: Final = re.compile(r"HTTP \d{3}")


class RejectLog:
    """Logs a reject in one line: stream, reason, column, what to do, and Inflection's words."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._shown: Counter[tuple[StreamKey | None, Reason]] = Counter()

    def show(self, stream: StreamKey | None, fault: Fault, line: bytes) -> None:
        """Logs it, unless there were enough of its kind; `line` is the record's."""
        self._shown[stream, fault.reason] += 1
        if self._shown[stream, fault.reason] > _SHOWN:
            return
        where = f"stream {stream}" if stream is not None else "a line of the input"
        at = f", column {fault.column}" if fault.column else ""
        said = ""
        if fault.detail is not None:
            # The status in front is ours; a user whose id is 400 must not hide it.
            ours = _STATUS.match(fault.detail)
            prefix = ours[0] if ours is not None else ""
            words = fault.detail.removeprefix(prefix)
            said = f" Inflection: {prefix}{_scrubbed(words, line)}"[:LONGEST_DETAIL] + "."
        self._log(f"Rejected, {where}: {fault.reason.value}{at}. {fault.reason.help}{said}")


def _scrubbed(words: str, line: bytes) -> str:
    try:
        return scrubbed(words, record_of(line).get("data"))
    except (RecursionError, ValueError):
        return GONE  # what is in the record can't be told, so nothing is
