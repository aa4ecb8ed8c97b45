"""What a row must become, said a second time without the connector's code.

Both sides are brought to one form, a text that is equal when the messages are: keys sorted, the
instant of the timestamp in one spelling, without the id and the context the connector makes up.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from integration_tests.e2e.recordings import Message, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Becomes:
    """What the rows of a stream are to become.

    `event` is a fixed name, or with `event_column` the column that says it; the first of `times`
    that is filled is the time, else the one the source read the row at. Columns in `not_sent`
    are left out of the traits or properties, as are nulls. `renamed` holds the columns, and
    keys inside an object column after a dot, that go out under another name.
    """

    call: str
    user_id: str
    not_sent: frozenset[str]
    event: str | None = None
    event_column: str | None = None
    times: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


def expected(becomes: Becomes, record: Record) -> str:
    """The message that a record must become."""
    row = record.data
    message: Message = {"type": becomes.call, "userId": str(row[becomes.user_id])}
    moment = next((str(row[name]) for name in becomes.times if row.get(name) is not None), None)
    read_at = _EPOCH + timedelta(milliseconds=record.emitted_at)
    message["timestamp"] = instant(moment) if moment is not None else read_at.isoformat()
    if becomes.call == "track":
        message["event"] = row[becomes.event_column] if becomes.event_column else becomes.event
        message["properties"] = sent(becomes, row)
    else:
        message["traits"] = sent(becomes, row)
    return as_text(message)


def sent(becomes: Becomes, row: Message) -> Message:
    """The traits or properties of a row."""
    kept = {k: v for k, v in row.items() if v is not None and k not in becomes.not_sent}
    return _renamed(becomes.renamed, kept)


def _renamed(names: Mapping[str, str], values: Message, outer: str = "") -> Message:
    return {
        names.get(f"{outer}{key}", key): _renamed(names, value, f"{key}.")
        if isinstance(value, dict) and not outer
        else value
        for key, value in values.items()
    }


def arrived(message: Mapping[str, Any]) -> str:
    """A message the sandbox holds, in the form of `expected`."""
    shown = {k: v for k, v in message.items() if k not in ("messageId", "context")}
    if "timestamp" in shown:
        shown["timestamp"] = instant(str(shown["timestamp"]))
    return as_text(shown)


def instant(text: str) -> str:
    """A point in time in one spelling; one without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat()


def as_text(value: object) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
