"""The loop of one sync: input in, delivery moved on, checkpoints back to the front.

It takes its input, its stop flag and its clock from outside, so that the very loop that runs in
production can be run against a made-up world. Nothing in here blocks but the delivery's `wait`.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

from destination_inflection.delivery.seam import Delivery
from destination_inflection.errors import ConnectorError
from destination_inflection.mapping.calls import Call
from destination_inflection.sync.records import Sent
from destination_inflection.sync.spans import Checkpoint, Released
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.tally import Timeline

TICK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 10.0
"""What requests in flight get when a sync ends early; most are answered in a fraction of it."""
SEAL_SECONDS: Final = 2.0
"""How often what was rejected meanwhile is stored: few files, and no state waits for long."""
_NOTE_SECONDS: Final = 0.1
"""How often the timeline is kept up: each time walks all streams, and with 200 of them to do it at
each step took 6 microseconds more."""

C = TypeVar("C", bound=Checkpoint)


class Input(Protocol):
    """Where rows and checkpoints come from."""

    @property
    def fd(self) -> int | None:
        """The file descriptor to wait for; None where input is always at hand."""
        ...

    @property
    def at_end(self) -> bool:
        """Whether nothing more comes."""
        ...

    def take(self) -> None:
        """Hands what can be read now to the sync; it is called when there is something to read.

        Raises:
            ConfigError: it is the first record of a stream that can't be mapped.
        """
        ...


@dataclass(slots=True)
class Session(Generic[C]):
    """A sync and its delivery on their way.

    `release` passes a checkpoint back to the front; without it nothing goes back, as in a dry run.
    `clock` is in seconds and never goes back.
    """

    sync: Sync[C]
    delivery: Delivery[Call, Sent[C]]
    release: Callable[[Released[C]], None] | None
    clock: Callable[[], float] = monotonic
    started: float = field(init=False)
    _timeline: Timeline = field(init=False, default_factory=Timeline)
    _note_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Looks at the clock."""
        self.started = self.clock()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return self.clock() - self.started

    @property
    def timeline(self) -> Timeline:
        """Records delivered over time, up to now."""
        self._timeline.note(self.seconds, self.sync.report)
        return self._timeline

    def steps(
        self, source: Input, is_stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[None]:
        """Moves the whole input through; pauses after each step, for who wants to look.

        Raises:
            ConnectorError: the sync can't go on.
        """
        while not (source.at_end and self._is_done) and not is_stopped():
            wants_input = self.sync.has_room and not source.at_end
            if wants_input and source.fd is None:
                source.take()
            else:
                fds = [source.fd] if wants_input and source.fd is not None else []
                if self.delivery.wait(TICK_SECONDS, fds):
                    source.take()
            if source.at_end:
                self.delivery.no_more_calls()
            self.step()
            yield

    def finish(self) -> None:
        """Ends a sync whose input is at its end and settled.

        Raises:
            ConfigError: too much was rejected.
            ConnectorError: rejected records could not be stored.
        """
        self._pass_on(self.sync.end())
        if self.sync.failure is not None:
            raise self.sync.failure

    def seal(self) -> None:
        """Stores for good what was rejected, without judging the sync.

        Raises:
            ConnectorError: it could not be stored.
        """
        self._pass_on(self.sync.seal())

    def drain(self, grace: float = GRACE_SECONDS) -> None:
        """Gives requests in flight `grace` seconds; books what they bring, and stores the rejects.

        Rejects are stored at once, every few seconds, and at the end: one request that hangs must
        not take the time that the store needs for all that is settled. The session is ending
        already: what goes wrong now is not reported, and holds its checkpoints.
        """
        self.delivery.shut_down()
        began = sealed = self.clock()
        self._step_and_seal()
        while (left := began + grace - self.clock()) > 0 and not self.sync.is_idle:
            self.delivery.wait(min(left, TICK_SECONDS))
            if self.clock() - sealed >= SEAL_SECONDS:
                sealed = self.clock()
                self._step_and_seal()
            else:
                with suppress(ConnectorError):
                    self.step()
        self._step_and_seal()

    def _step_and_seal(self) -> None:
        with suppress(ConnectorError):
            self.step()
        with suppress(ConnectorError):
            self.seal()

    def step(self) -> None:
        """Books what delivery has done, and passes on what may go back.

        Raises:
            ConnectorError: the sync can't go on.
        """
        if self.delivery.has_room and not self.sync.has_room:
            # Reading stops for what is held: what that waits for must not wait.
            self.delivery.flush()
        self._pass_on(self.sync.settle())
        if (seconds := self.seconds) >= self._note_at:
            self._note_at = seconds + _NOTE_SECONDS
            self._timeline.note(seconds, self.sync.report)

    @property
    def _is_done(self) -> bool:
        return self.sync.is_idle and not self.sync.is_reading_back

    def _pass_on(self, released: list[Released[C]]) -> None:
        if self.release is not None:
            for each in released:
                self.sync.report.states_released += 1
                self.release(each)
