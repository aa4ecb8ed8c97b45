"""One delivered contact of each stream is read back, to see what Inflection did not store.

Of the contacts that are delivered first, the one with the longest body is taken: it has the most
to lose. It is one question a stream, it delays nothing, and what it finds is a warning.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.seam import Delivery
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.streams import StreamKey
from destination_inflection.sync.records import Sent
from destination_inflection.sync.spans import Checkpoint
from destination_inflection.sync.tally import Report

_CONTACTS: Final = (CallKind.CONTACT, CallKind.CONTACT_IF_KNOWN)
_MOST_NAMES: Final = 50
_LONGEST_NAME: Final = 100
"""Characters. Names may come from the data, and there may be any number of them."""

C = TypeVar("C", bound=Checkpoint)


class StoredCheck(Generic[C]):
    """Asks delivery, stream by stream; the findings go to the report and to `log`."""

    def __init__(
        self, delivery: Delivery[Call, Sent[C]], report: Report, log: Callable[[str], None]
    ) -> None:
        self._delivery = delivery
        self._report = report
        self._log = log
        self._asked: set[StreamKey] = set()
        self._delivered: dict[StreamKey, dict[str, Call]] = {}
        """The newest call about each person among what has just been delivered."""
        self._under_way = 0

    @property
    def is_under_way(self) -> bool:
        """Whether an answer is still awaited; it takes some seconds at most."""
        return self._under_way > 0

    def sample(self, stream: StreamKey, call: Call) -> Call | None:
        """The call, if it may be read back once it is delivered."""
        return call if call.kind in _CONTACTS and stream not in self._asked else None

    def delivered(self, stream: StreamKey, sample: Call) -> None:
        """Notes that a call was delivered, which `sample` has let through."""
        if stream not in self._asked:
            self._delivered.setdefault(stream, {})[sample.identity] = sample

    def ask(self) -> None:
        """Asks about one of what was delivered, of each stream that was not asked about."""
        if not self._delivered:
            return
        delivered, self._delivered = self._delivered, {}
        for stream, calls in delivered.items():
            self._asked.add(stream)
            self._under_way += 1
            richest = max(calls.values(), key=lambda call: len(call.body))
            self._delivery.read_back(richest, partial(self._answered, stream))

    def _answered(self, stream: StreamKey, names: Sequence[str]) -> None:
        self._under_way -= 1
        if not names:
            return
        told = tuple(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
        self._report.stream(stream).not_stored = told
        more = f" and {len(names) - len(told)} more" if len(names) > len(told) else ""
        self._log(
            f"Stream {stream}: Inflection took a contact but did not store these properties of it: "
            f"{', '.join(told)}{more}. Define them in Inflection as contact properties, or leave "
            "the columns out."
        )
