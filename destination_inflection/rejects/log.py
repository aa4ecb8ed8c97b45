"""What the log says of rejected records: each kind once, never a value.

How many there are is in the last lines of the log.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final, TypeAlias

from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import SOME_LINE, Fault
from destination_inflection.rejects.words import OTHER_WORDS
from destination_inflection.streams import StreamKey

_MOST: Final = 3
"""Lines of a stream and reason, which differ in the column, the cause or the words."""
_Kind: TypeAlias = tuple[str | None, str | None, str | None]


class RejectLog:
    """Logs a reject in one line: stream, reason, column, what to do, and Inflection's words."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._shown: defaultdict[tuple[StreamKey | None, Reason], set[_Kind]] = defaultdict(set)

    def show(self, fault: Fault, words: str | None) -> None:
        """Logs it, unless its kind was logged before; `words` are those of `words.Words`."""
        shown = self._shown[fault.place, fault.reason]
        kind = fault.column, fault.cause, words
        if len(shown) >= _MOST or kind in shown or words == OTHER_WORDS:
            return
        shown.add(kind)
        where = f"stream {fault.place}" if fault.place is not None else fault.where or SOME_LINE
        at = f", column {fault.column}" if fault.column else ""
        cause = f" {_capital(fault.cause)}." if fault.cause else ""
        said = ""
        if words is not None:
            said = f"Inflection: {words}" if fault.reason is Reason.REFUSED else _capital(words)
            said = f" {said}."
        self._log(f"Rejected, {where}: {fault.reason.value}{at}.{cause} {fault.reason.help}{said}")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
