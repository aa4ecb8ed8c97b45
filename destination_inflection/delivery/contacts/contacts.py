"""Delivers contacts through the Developer API: in batches, each row reconciled.

Calls are collected into batches. A batch that was taken has a transaction; a row is delivered when
the transaction says so of its email. An email is in one batch at a time: rows that come while it is
on its way wait until that batch is settled, so what is newer is also written later.

A batch that is refused as a whole is halved until the bad contact stands alone, and so are the rows
that were merged into a refused contact: one bad row costs one row. Only an email that is refused
twenty times in a row is given up with all of its rows that were merged.

Calls of the kind `member` go to static lists (`list_members`). There is no thread in here.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.api import (
    ApiCall,
    ContactsApi,
    Operation,
    data_of,
    error_codes,
    poll,
    upsert,
)
from destination_inflection.delivery.contacts.batches import LONGEST_WAIT_SECONDS, Batch, Row
from destination_inflection.delivery.contacts.list_members import ListMembers, list_of
from destination_inflection.delivery.contacts.transactions import Patience, read_verdict
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
)
from destination_inflection.delivery.seam import Call
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.delivery.transport.seam import Response, Transport

_MOST_PENDING_CALLS: Final = 40_000
_MOST_PENDING_BYTES: Final = 16 * 1024 * 1024
_MOST_WARNINGS: Final = 3
_MOST_REFUSALS: Final = 20
_LONGEST_WAIT_AT_THE_END: Final = 1.0
"""Seconds between two questions about a transaction when there is little time left."""
_CONTACTS: Final = ""

T = TypeVar("T")
Then = Callable[[Outcome], None]


@dataclass(slots=True)
class _Transaction(Generic[T]):
    """A batch that Inflection has taken, until it says what became of it."""

    identity: str
    batch: Batch[T]
    began: float
    polls: int = 0


class Contacts(Generic[T]):
    """Each call comes back once, as an outcome with the ticket it was handed in with."""

    def __init__(
        self,
        api: ContactsApi,
        transport: Transport,
        settings: Settings,
        log: Callable[[str], None],
        clock: Clock | None = None,
    ) -> None:
        """`log` gets a warning, a few times, when Inflection answers oddly."""
        self._clock = clock or Clock()
        self._lanes: Lanes[ApiCall, Then] = Lanes(api, transport, settings, self._clock)
        self._members: ListMembers[T] = ListMembers(self._lanes.submit, self._settle)
        self._deadline = settings.retry.deadline
        self._log = log
        self._warnings = 0
        self._numbers = count(1)
        self._open: dict[str, Batch[T]] = {}
        """The batch that is being collected for each channel."""
        self._batches: dict[str, Batch[T]] = {}
        """The batch that each pending email is in."""
        self._held: dict[str, deque[tuple[str, Row[T]]]] = {}
        """Rows, with their channels, that wait until their email is settled."""
        self._behind: dict[str, deque[list[Row[T]]]] = {}
        """Rows that were split off a refused contact, to be sent on their own, in order."""
        self._refusals: dict[str, int] = {}
        """How often each email with such rows was refused in a row."""
        self._polls: list[tuple[float, int, _Transaction[T]]] = []
        """When to ask about a transaction; the number keeps equal times apart."""
        self._patience = Patience()
        self._ended: list[tuple[T, Outcome]] = []
        self._flushing = False
        self._shut_down = False
        self._pending_bytes = 0
        self.pending_calls = 0

    @property
    def traffic(self) -> Traffic:
        """What went over the wire."""
        return self._lanes.traffic

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this."""
        return (
            self.pending_calls < _MOST_PENDING_CALLS and self._pending_bytes < _MOST_PENDING_BYTES
        )

    def submit(self, call: Call, ticket: T) -> None:
        """Takes a call, to be sent after all earlier calls of its email."""
        self._flushing = False
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        channel = list_of(call.body) if call.kind == "member" else _CONTACTS
        self._place(call.identity, channel, Row(call.body, ticket))

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, sends what is due, and takes out the calls that have ended."""
        for then, outcome in self._lanes.outcomes():
            then(outcome)
        now = self._clock.monotonic()
        while self._polls and self._polls[0][0] <= now:
            _, _, transaction = heapq.heappop(self._polls)
            transaction.polls += 1
            self._lanes.submit(poll(transaction.identity), partial(self._polled, transaction))
        at_once = self._flushing or (not self.has_room and self._waits_for_company)
        for batch in list(self._open.values()):
            if at_once or now - batch.opened_at >= LONGEST_WAIT_SECONDS:
                self._send(batch)
        ended, self._ended = self._ended, []
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read.
        """
        now = self._clock.monotonic()
        dues = [batch.opened_at + LONGEST_WAIT_SECONDS for batch in self._open.values()]
        dues += [due for due, _, _ in self._polls[:1]]
        return self._lanes.wait(min([timeout, *(max(due - now, 0.0) for due in dues)]), inputs)

    def flush(self) -> None:
        """Says that no call comes for a while: what is collected goes out as it is."""
        self._flushing = True

    def shut_down(self) -> None:
        """Writes nothing more: what Inflection has taken is asked about, until it is settled.

        All else ends as `Interrupted`.
        """
        self._shut_down = True
        for rows in self._held.values():
            for _, row in rows:
                self._end(row, Interrupted(0))
        self._held.clear()
        # There is little time left, so ask about all of it now.
        now = self._clock.monotonic()
        self._polls = sorted((now, number, later) for _, number, later in self._polls)
        for batch in list(self._open.values()):
            self._send(batch)
        self._lanes.shut_down(lambda call: call.operation is Operation.POLL)

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._lanes.close()

    @property
    def _waits_for_company(self) -> bool:
        """Whether all that is pending is still being collected."""
        return sum(len(batch.rows) for batch in self._open.values()) == len(self._batches)

    def _place(self, email: str, channel: str, row: Row[T]) -> None:
        if self._shut_down:
            self._end(row, Interrupted(0))
            return
        batch = self._batches.get(email)
        if batch is not None and (
            email in self._held or not batch.is_open or batch.channel != channel
        ):
            self._held.setdefault(email, deque()).append((channel, row))
            return
        if batch is None:
            batch = self._open.get(channel)
            if batch is None:
                batch = self._open[channel] = Batch(channel, self._clock.monotonic())
            self._batches[email] = batch
        batch.add(email, row)
        if batch.is_full:
            self._send(batch)

    def _send(self, batch: Batch[T]) -> None:
        if batch.is_open:
            batch.is_open = False
            del self._open[batch.channel]
        if self._shut_down:
            self._settle_all(batch, Interrupted(0))
        elif batch.channel == _CONTACTS:
            call = upsert(next(self._numbers), batch.body())
            self._lanes.submit(call, partial(self._upserted, batch))
        else:
            self._members.send(batch)

    def _upserted(self, batch: Batch[T], outcome: Outcome) -> None:
        if isinstance(outcome, Delivered):
            self._warn_of_errors(outcome.response)
            transaction = _Transaction(
                str(data_of(outcome.response)["transactionId"]), batch, self._clock.monotonic()
            )
            self._ask_after(self._patience.first, transaction)
        elif isinstance(outcome, Refused) and len(batch.rows) > 1:
            for half in batch.halves():
                self._adopt(half)
                self._send(half)
        else:
            self._settle_all(batch, outcome)

    def _polled(self, transaction: _Transaction[T], outcome: Outcome) -> None:
        batch = transaction.batch
        if not isinstance(outcome, Delivered):
            self._settle_all(batch, outcome)
            return
        verdict = read_verdict(outcome.response, batch.rows.keys())
        if verdict is None:
            self._pending(transaction)
            return
        if transaction.polls == 1:
            self._patience.in_time()
        if verdict.unknown:
            self._warn(
                f"A transaction spoke of {verdict.unknown} contacts that were not sent in it: "
                "ignored."
            )
        for email in verdict.delivered:
            self._settle(batch, email, outcome)
        for email, word in verdict.failed.items():
            self._fail(batch, email, f"its transaction says {word}")
        if verdict.missing and not batch.sent_again:
            again = batch.part(verdict.missing)
            again.sent_again = True
            self._adopt(again)
            self._send(again)
        else:
            for email in verdict.missing:
                self._fail(batch, email, "two transactions did not mention it")

    def _pending(self, transaction: _Transaction[T]) -> None:
        """Asks again later, less and less often, until the deadline."""
        age = self._clock.monotonic() - transaction.began
        if transaction.polls == 1:
            self._patience.too_early(age)
        if age < self._deadline:
            self._ask_after(self._patience.again(age), transaction)
        else:
            trouble = f"its transaction was not done after {age:.0f} seconds"
            self._settle_all(transaction.batch, GaveUp(transaction.polls, trouble))

    def _ask_after(self, seconds: float, transaction: _Transaction[T]) -> None:
        if self._shut_down:
            seconds = min(seconds, _LONGEST_WAIT_AT_THE_END)
        due = self._clock.monotonic() + seconds
        heapq.heappush(self._polls, (due, next(self._numbers), transaction))

    def _adopt(self, batch: Batch[T]) -> None:
        for email in batch.rows:
            self._batches[email] = batch

    def _fail(self, batch: Batch[T], email: str, detail: str) -> None:
        self._settle(batch, email, Refused(1, 200, detail, Refusal.CONTACT_FAILED))

    def _settle_all(self, batch: Batch[T], outcome: Outcome) -> None:
        for email in batch.rows:
            self._settle(batch, email, outcome)

    def _settle(self, batch: Batch[T], email: str, outcome: Outcome) -> None:
        """Ends an email's rows, and lets those go on that waited for it."""
        rows = batch.rows[email]
        if isinstance(outcome, Refused) and not batch.channel and self._split(email, rows):
            return
        for row in rows:
            self._end(row, outcome)
        if (behind := self._behind.get(email)) is not None:
            if isinstance(outcome, Delivered):
                self._refusals.pop(email, None)
            group = behind.popleft()
            if not behind:
                del self._behind[email]
            self._send_alone(email, group)
            return
        self._refusals.pop(email, None)
        del self._batches[email]
        if self._held:
            for channel, row in self._held.pop(email, ()):
                self._place(email, channel, row)

    def _split(self, email: str, rows: list[Row[T]]) -> bool:
        """Finds out which of an email's merged rows is refused: sends one half, then the other.

        An email that is refused again and again is not tried for ever; returns whether it is.
        """
        refusals = self._refusals[email] = self._refusals.get(email, 0) + 1
        if len(rows) == 1 or refusals > _MOST_REFUSALS:
            return False
        middle = len(rows) // 2
        self._behind.setdefault(email, deque()).appendleft(rows[middle:])
        self._send_alone(email, rows[:middle])
        return True

    def _send_alone(self, email: str, rows: list[Row[T]]) -> None:
        alone = Batch(_CONTACTS, self._clock.monotonic(), {email: rows}, is_open=False)
        self._adopt(alone)
        self._send(alone)

    def _end(self, row: Row[T], outcome: Outcome) -> None:
        self.pending_calls -= 1
        self._pending_bytes -= len(row.body)
        self._ended.append((row.ticket, outcome))

    def _warn_of_errors(self, response: Response) -> None:
        if codes := error_codes(response):
            self._warn(
                f"Inflection took a batch but named {len(codes)} errors with it; what its "
                "transaction says of each contact counts."
            )

    def _warn(self, text: str) -> None:
        self._warnings += 1
        if self._warnings <= _MOST_WARNINGS:
            self._log(text)
