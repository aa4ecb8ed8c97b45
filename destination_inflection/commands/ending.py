"""How a command ends on a signal: within 12 seconds, whatever hangs.

SIGTERM, and SIGINT of a person who presses Ctrl-C, are noted, and the command ends in order: it
reads no more, gives what is in flight a little time, stores rejects, tells how far it came. A call
of a store then gets three seconds, one that is under way too; what is not stored keeps its state. A
store that failed is not asked again, with a signal or without: the rest of the run would wait for
it once more.

The main thread may hang where nothing interrupts it: looking up a name, writing to a pipe that
nobody reads. Therefore a thread of its own, which does nothing else, ends the process in the end.
"""

import os
import select
import signal
from collections.abc import Callable
from threading import Thread
from time import monotonic
from types import FrameType, TracebackType
from typing import Final, Protocol, Self, TypeVar

from destination_inflection.errors import ConnectorError, TransientError
from destination_inflection.storage.store import Store
from destination_inflection.sync.session import GRACE_SECONDS

_LAST_SECONDS: Final = 12.0
"""Kubernetes, which Airbyte's platform runs on, kills a container 30 seconds after its SIGTERM, and
`docker stop` does after 10, unless told otherwise: to stop ours by hand, add `-t 15`."""
_STORING_SECONDS: Final = 11.0
"""From the signal on: the rest is for the last lines of the log."""
_SAVE_SECONDS: Final = 3.0
"""Plenty for an upload of some megabytes to a store that works."""
_SHELLS_OFFSET: Final = 128
"""A process that a signal ends has this plus its number as exit status: 143, or 130."""
_NO_TIME: Final = "The store did not answer in the time left before the process has to end."

T = TypeVar("T")


class _OutOfTime(BaseException):
    """Raised by the alarm inside a store's call. No library takes it for an error of its own."""


class InTime(Protocol):
    """Makes a store's call."""

    def __call__(self, call: Callable[[], T], /) -> T:
        """Makes it, or raises a `ConnectorError`."""
        ...


class Ending:
    """Notes the signals while it is entered; not entered, it only says that there were none."""

    def __init__(self) -> None:
        self._number: signal.Signals | None = None
        self._noted_at = 0.0
        self._is_storing = False
        self._undo: list[Callable[[], object]] = []

    def __enter__(self) -> Self:
        """Installs what notes the signals."""
        source, sink = os.pipe()
        os.set_blocking(sink, False)
        before = signal.set_wakeup_fd(sink, warn_on_full_buffer=False)
        self._undo += [lambda: os.close(sink), lambda: signal.set_wakeup_fd(before)]
        Thread(target=_end_after_a_signal, args=(source,), name="ending", daemon=True).start()
        # A shell's background job ignores SIGINT; so it stays.
        handled = [signal.SIGTERM]
        if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            handled.append(signal.SIGINT)
        for number in handled:
            handler = signal.signal(number, self._note)
            self._undo.append(_setting(number, handler))
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Takes it away again, unless the process is ending."""
        if self._number is None:
            for undo in reversed(self._undo):
                undo()

    @property
    def is_told(self) -> bool:
        """Whether there was a signal."""
        return self._number is not None

    @property
    def name(self) -> str:
        """The signal's name."""
        return self._number.name if self._number is not None else "no signal"

    @property
    def status(self) -> int:
        """The exit status: 0 without a signal."""
        return self._number + _SHELLS_OFFSET if self._number is not None else 0

    @property
    def grace(self) -> float:
        """How many seconds there are for requests in flight."""
        if self._number is None:
            return GRACE_SECONDS
        return max(self._noted_at + GRACE_SECONDS - monotonic(), 0.0)

    def guarded(self, store: Store) -> Store:
        """A store whose calls end in time, and which is not asked again once it has failed."""
        return Guarded(store, self.in_time)

    def in_time(self, call: Callable[[], T]) -> T:
        """Makes a store's call.

        Raises:
            TransientError: there is no time for it, or not enough.
            ConnectorError: the call raised it.
        """
        try:
            try:
                self._is_storing = True
                self._limit()
                return call()
            finally:
                self._is_storing = False
        except _OutOfTime:
            self._is_storing = False  # the alarm may have gone off in `finally`
            raise TransientError(_NO_TIME) from None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._number is None:
            self._number = signal.Signals(number)
            self._noted_at = monotonic()
            signal.signal(signal.SIGALRM, self._alarm)
            if self._is_storing:
                self._limit()

    def _limit(self) -> None:
        """Limits the store's call that begins or is under way, if there was a signal."""
        if self._number is not None:
            left = self._noted_at + _STORING_SECONDS - monotonic()
            if left <= 0:
                raise _OutOfTime
            signal.setitimer(signal.ITIMER_REAL, min(left, _SAVE_SECONDS))

    def _alarm(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_storing:
            raise _OutOfTime


class Guarded:
    """A store whose calls end in time; after one that failed, each raises the same error."""

    def __init__(self, store: Store, in_time: InTime) -> None:
        """`in_time` makes a call, and ends it when the time is up."""
        self._store = store
        self._in_time = in_time
        self._failure: ConnectorError | None = None

    def save(self, path: str, content: bytes) -> str:
        """Stores a file for good."""
        return self._made(lambda: self._store.save(path, content))

    def check(self) -> None:
        """Makes sure that files can be stored."""
        self._made(self._store.check)

    def _made(self, call: Callable[[], T]) -> T:
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        try:
            return self._in_time(call)
        except ConnectorError as failure:
            self._failure = failure
            raise


def _setting(number: signal.Signals, handler: object) -> Callable[[], object]:
    return lambda: signal.signal(number, handler)  # type: ignore[arg-type]


def _end_after_a_signal(source: int) -> None:
    """Ends the process 12 seconds after a signal, or at once when Ctrl-C is pressed again.

    The interpreter writes the number of each signal to the pipe when it arrives, even while the
    main thread is where Python code can't run.
    """
    while (number := _read_signal(source)) is None:
        continue
    deadline = monotonic() + _LAST_SECONDS
    while number and (left := deadline - monotonic()) > 0:
        ready, _, _ = select.select([source], [], [], left)
        if ready and _read_signal(source) == signal.SIGINT == number:
            break
    if number:
        os._exit(number + _SHELLS_OFFSET)
    os.close(source)


def _read_signal(source: int) -> int | None:
    """The first signal in the pipe that ends the process; 0 when the pipe is at its end."""
    numbers = os.read(source, 64)
    if not numbers:
        return 0
    return next((n for n in numbers if n in {signal.SIGTERM, signal.SIGINT}), None)
