"""What the log says of rejected records: the first few of each reason, never a value."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import LONGEST_DETAIL, SOME_LINE, Fault, Origin
from destination_inflection.scrub import GONE, scrubbed
from destination_inflection.streams import StreamKey

_SHOWN: Final = 3
_STATUS: Final = re.compile(r"HTTP \d{3}")


class RejectLog:
    """Logs a reject in one line: stream, reason, column, what to do, and Inflection's words."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._shown: Counter[tuple[StreamKey | None, Reason]] = Counter()

    def show(self, fault: Fault, origin: Origin) -> None:
        """Logs it, unless there were enough of its kind."""
        self._shown[fault.place, fault.reason] += 1
        if self._shown[fault.place, fault.reason] > _SHOWN:
            return
        where = f"stream {fault.place}" if fault.place is not None else fault.where or SOME_LINE
        at = f", column {fault.column}" if fault.column else ""
        cause = f" {fault.cause[:1].upper()}{fault.cause[1:]}." if fault.cause else ""
        said = f" {_said(fault, fault.detail, origin)}." if fault.detail is not None else ""
        self._log(f"Rejected, {where}: {fault.reason.value}{at}.{cause} {fault.reason.help}{said}")


def _said(fault: Fault, detail: str, origin: Origin) -> str:
    """Inflection's words, or ours about its answer, without the record's values."""
    # The status in front is ours; a user whose id is 400 must not hide it.
    ours = _STATUS.match(detail)
    prefix = ours[0] if ours is not None else ""
    kept = origin.entry()
    # Where the record can't be taken apart, nobody can tell which words are its values.
    words = scrubbed(detail.removeprefix(prefix), kept["record"]) if "record" in kept else GONE
    if fault.reason is not Reason.REFUSED:
        said = f"{prefix}{words}"
        return f"{said[:1].upper()}{said[1:]}"[:LONGEST_DETAIL]
    return f"Inflection: {prefix}{words}"[:LONGEST_DETAIL]
