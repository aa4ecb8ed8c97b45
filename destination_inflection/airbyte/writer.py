"""The one place that writes to standard output: each message is one line, flushed at once.

Python buffers a pipe until it is full or closed; a state that sits in that buffer is a checkpoint
Airbyte never sees. Known secrets are taken out of every log line and trace before they are put
into JSON: afterwards, a key with a quote or a backslash in it would no longer be found.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO, Literal, TypeAlias

import orjson

from destination_inflection.errors import DEFECT_MESSAGE, ConnectorError
from destination_inflection.json_reading import sound
from destination_inflection.json_types import Json
from destination_inflection.masking import Mask

_DEFECT = "The command failed because of a bug in the connector: please report this stack trace."

Level: TypeAlias = Literal["INFO", "WARN", "ERROR", "FATAL"]


class MessageWriter:
    """Writes Airbyte messages to a binary stream."""

    def __init__(self, stream: BinaryIO, now: Callable[[], float] = time.time) -> None:
        """`now` is in seconds since 1970."""
        self._stream = stream
        self._now = now
        self._is_unread = False
        self._secrets: frozenset[str] = frozenset()
        self.masked = Mask()
        """Takes the secrets out of a text, for what is printed elsewhere."""

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on these texts appear as `****` in logs and traces, in whatever form."""
        self._secrets |= frozenset(secrets)
        self.masked = Mask(self._secrets)

    def line(self, content: bytes) -> None:
        """Writes a line that is a message already: a state on its way back."""
        self._write(content)

    def message(self, message: Mapping[str, Json]) -> None:
        """Writes a message as it is: a spec, a connection status."""
        try:
            line = orjson.dumps(message)
        except TypeError:  # an unpaired surrogate, in a name
            line = orjson.dumps(sound(message))
        self._write(line)

    def log(self, message: str, level: Level = "INFO") -> None:
        """Writes a LOG message."""
        self.message({"type": "LOG", "log": {"level": level, "message": self.masked(message)}})

    def connection_status(self, problem: str | None) -> None:
        """Writes the answer of `check`: SUCCEEDED, or FAILED with the problem."""
        status: dict[str, Json] = {"status": "SUCCEEDED"}
        if problem is not None:
            status = {"status": "FAILED", "message": self.masked(problem)}
        self.message({"type": "CONNECTION_STATUS", "connectionStatus": status})

    def trace(self, error: Exception) -> None:
        """Writes the one TRACE that says why the command failed.

        The stack trace goes out only for a defect, and without the exception's own text, which
        could quote a record.
        """
        details: dict[str, Json]
        if isinstance(error, ConnectorError):
            # Without an internal message the platform logs "Unknown failure reason".
            details = {
                "message": error.message,
                "internal_message": error.message,
                "failure_type": error.failure_type,
            }
        else:
            details = {
                "message": DEFECT_MESSAGE,
                "internal_message": type(error).__name__,
                "stack_trace": _frames(error),
                "failure_type": "system_error",
            }
        masked = {key: self.masked(str(text)) for key, text in details.items()}
        self.message(
            {
                "type": "TRACE",
                "trace": {"type": "ERROR", "emitted_at": self._now() * 1000, "error": {**masked}},
            }
        )

    def _write(self, line: bytes) -> None:
        """Writes a line; after the first that nobody reads, nothing is written any more.

        Raises:
            BrokenPipeError: nobody reads; once, so that what has to be saved can be saved.
        """
        if self._is_unread:
            return
        try:
            self._stream.write(line)
            self._stream.write(b"\n")
            self._stream.flush()
        except BrokenPipeError:
            self._is_unread = True
            raise


def told(error: Exception) -> str:
    """Why a command failed, for a person; a defect with its frames and without its own text."""
    if isinstance(error, ConnectorError):
        return error.message
    return f"{_DEFECT}\n{_frames(error)}"


def _frames(error: Exception) -> str:
    kind = type(error).__name__
    return f"{''.join(traceback.format_tb(error.__traceback__))}{kind}"


class LogHandler(logging.Handler):
    """Brings warnings of the libraries we use into the connector's own output."""

    def __init__(self, writer: MessageWriter) -> None:
        super().__init__(level=logging.WARNING)
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record's kind and origin; its text is kept out, it may quote a URL."""
        self._writer.log(f"A warning from the library {record.name}.", "WARN")
