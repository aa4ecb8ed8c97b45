"""The faults, in one table: what goes wrong in the middle of a sync, and how that sync has to end.

`page.py` lists what the simulator alone plays: it takes too long here, or can't be caused from
outside.
"""

import signal
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

import trustme

from integration_tests.fault_matrix.gateway import Forward, Trouble
from integration_tests.fault_matrix.stage import Midway, Stage
from integration_tests.raw_server import CLOSE, RESET, reply

_SHORT_SECONDS: Final = 1
"""The connector's time-out for a request where none is answered in time."""


class End(Enum):
    """How a run ends: its exit status, or minus a signal, and the failure type of its trace."""

    GREEN = (0, None)
    CONFIG_ERROR = (1, "config_error")
    TRANSIENT_ERROR = (1, "transient_error")
    SIGTERM = (143, None)
    SIGKILL = (-9, None)
    NOBODY_READS = (141, None)


class Way(Enum):
    """How the run under the fault reaches Inflection."""

    PLAIN = "http"
    TLS = "https, with a certificate that is trusted at first"
    NO_NAME = "https, to a name that can't be resolved"


class Store(Enum):
    """Where rejected records go in all runs of a cell."""

    FOLDER = "a folder"
    FULL_FOLDER = "a folder on a file system of 4 KiB"
    BUCKET = "a bucket"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table."""

    name: str
    end: End
    midway: Midway
    way: Way = Way.PLAIN
    store: Store = Store.FOLDER
    timeout_seconds: int = 10
    """The connector's time-out for a request."""


A_FEW: Final = 4
"""Requests; of contacts, a batch with five answers of 5xx is halved."""
MANY: Final = 1_000_000
_SLOW_SECONDS: Final = 0.3
_AWAY_SECONDS: Final = 1.5
_PAGE: Final = b"<!doctype html><html>Sign in</html>"
_STALL_SECONDS: Final = 10.0
_DENIED: Final = b"<Error><Code>AccessDenied</Code></Error>"


def _strikes(trouble: Trouble, times: int = A_FEW) -> Midway:
    return lambda stage: stage.gateway.strike(trouble, times)


def _answers(status: int, content: bytes = b'{"message":"no"}', **headers: str) -> Trouble:
    """An answer that comes from somewhere in front of Inflection."""
    return lambda _forward: [reply(status, content, **headers)]


def _broken_though_taken(forward: Forward) -> Iterator[bytes]:
    forward()
    yield reply(500)


def _reset(_forward: Forward) -> Iterator[bytes]:
    yield RESET


def _reset_though_taken(forward: Forward) -> Iterator[bytes]:
    forward()
    yield RESET


def _reset_within(forward: Forward) -> Iterator[bytes]:
    yield forward()[:-2]
    yield RESET


def _reset_after(forward: Forward) -> Iterator[bytes]:
    yield forward()
    yield RESET


def _half(forward: Forward) -> Iterator[bytes]:
    yield forward()[:-2]
    yield CLOSE


def _hang(_forward: Forward) -> Iterator[bytes]:
    time.sleep(2 * _SHORT_SECONDS)
    yield CLOSE


def _hang_though_taken(forward: Forward) -> Iterator[bytes]:
    forward()
    return _hang(forward)


def _drip(forward: Forward) -> Iterator[bytes]:
    """A byte now and then, so that only the time-out of the whole answer ends it."""
    answer = forward()
    for place in range(len(answer)):
        yield answer[place : place + 1]
        time.sleep(_SHORT_SECONDS / 10)


def _slow(forward: Forward) -> Iterator[bytes]:
    time.sleep(_SLOW_SECONDS)
    yield forward()


def _goes_away(stage: Stage) -> None:
    """Nobody listens for a while."""
    stage.gateway.close()
    stage.feed_the_rest()
    time.sleep(_AWAY_SECONDS)
    stage.gateway.open()


def _distrusted(stage: Stage) -> None:
    """Another certificate, of an authority that nobody knows."""
    stage.gateway.close()
    stage.gateway.open(certificate(trustme.CA()))


def certificate(authority: trustme.CA) -> ssl.SSLContext:
    """A server's certificate for loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def _has_no_name(stage: Stage) -> None:
    """The platform ends the sync while the name is looked up again and again."""
    stage.feed_the_rest()
    time.sleep(_AWAY_SECONDS)
    stage.process.terminate()


def _signals(number: signal.Signals) -> Midway:
    """Ends the process while requests are in flight."""

    def midway(stage: Stage) -> None:
        stage.gateway.strike(_slow, MANY)
        begun = stage.gateway.begun
        stage.feed_the_rest()
        stage.wait_until_begun(stage.gateway, begun + 1)
        stage.process.send_signal(number)

    return midway


def _denies(stage: Stage) -> None:
    stage.bucket.strike(_answers(403, _DENIED), MANY)


def _stalls(stage: Stage) -> None:
    """The store does not answer any more, and the platform ends the sync."""
    begun = stage.bucket.begun
    stage.bucket.strike(_stall, MANY)
    stage.end_the_input()
    stage.wait_until_begun(stage.bucket, begun + 1)
    stage.process.terminate()


def _stall(_forward: Forward) -> Iterator[bytes]:
    time.sleep(_STALL_SECONDS)
    yield CLOSE


def _is_not_read(stage: Stage) -> None:
    stdout = stage.process.stdout
    assert stdout is not None
    stage.is_read = False
    stage.feed_the_rest()  # of which the reader gets its last line
    stage.wait_until(lambda: stdout.closed)


def _passes(_stage: Stage) -> None:
    """Nothing more goes wrong."""


def _timed_out(name: str, trouble: Trouble) -> Fault:
    return Fault(name, End.GREEN, _strikes(trouble), timeout_seconds=_SHORT_SECONDS)


FAULTS: Final = (
    Fault("429 with Retry-After", End.GREEN, _strikes(_answers(429, Retry_After="1"))),
    Fault("429 without Retry-After", End.GREEN, _strikes(_answers(429))),
    Fault("503, not taken", End.GREEN, _strikes(_answers(503))),
    Fault("500, though taken", End.GREEN, _strikes(_broken_though_taken)),
    Fault("401 in mid-sync", End.CONFIG_ERROR, _strikes(_answers(401), MANY)),
    Fault("Reset before the request is taken", End.GREEN, _strikes(_reset)),
    Fault("Reset before the answer, though taken", End.GREEN, _strikes(_reset_though_taken)),
    Fault("Reset in the answer", End.GREEN, _strikes(_reset_within)),
    Fault("Reset after the answer", End.GREEN, _strikes(_reset_after)),
    Fault("Half an answer", End.GREEN, _strikes(_half)),
    _timed_out("No answer in time, not taken", _hang),
    _timed_out("No answer in time, though taken", _hang_though_taken),
    _timed_out("An answer that drips", _drip),
    Fault(
        "A web page",
        End.CONFIG_ERROR,
        _strikes(_answers(200, _PAGE, Content_Type="text/html"), MANY),
    ),
    Fault("Out of reach for a while", End.GREEN, _goes_away),
    Fault("DNS gone, then SIGTERM", End.SIGTERM, _has_no_name, Way.NO_NAME),
    Fault("TLS broken: another certificate", End.CONFIG_ERROR, _distrusted, Way.TLS),
    Fault("Disk full", End.TRANSIENT_ERROR, _passes, store=Store.FULL_FOLDER),
    Fault("S3 answers 403", End.CONFIG_ERROR, _denies, store=Store.BUCKET),
    Fault("S3 stalls, then SIGTERM", End.SIGTERM, _stalls, store=Store.BUCKET),
    Fault("SIGTERM", End.SIGTERM, _signals(signal.SIGTERM)),
    Fault("SIGKILL", End.SIGKILL, _signals(signal.SIGKILL)),
    Fault("Standard output broken", End.NOBODY_READS, _is_not_read),
    Fault("Standard input cut in mid-line", End.GREEN, Stage.cut_the_input),
)
