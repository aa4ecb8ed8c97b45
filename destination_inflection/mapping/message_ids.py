"""Message ids: the same row gives the same id; two rows share one only where the plan says so.

Track: namespace, stream, call, then the primary key, the instant of the time column in use and the
event where a column names it. So a row keeps its id in every run, order and machine, and a row that
changes (a score, a status) is a new event when its time or its event does. Without a key, or with a
null in it, the content takes its place. Identify and group: the content and the platform's job
number, so that repeats within a job share an id while a value that goes A, B, A over several jobs
gets a new id each time. Rows without a key that are equal in all columns share an id. The facts are
hashed as canonical JSON, which no two different lists share.

An id has 32 hexadecimal digits; Segment's spec allows at most 100 characters.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.columns import Column
from destination_inflection.mapping.encoding import to_canonical_json, to_json
from destination_inflection.mapping.timestamps import to_utc
from destination_inflection.mapping.values import NoId, clean_event, clean_id

MessageId: TypeAlias = Callable[[Row], str]
Fact: TypeAlias = Callable[[Row], Json]
"""What distinguishes a row from another one of the same key."""

_LONGEST_GIVEN: Final = 100
_DIGEST_BYTES: Final = 16


def derived(scope: Sequence[Json], key: Sequence[Column], facts: Sequence[Fact] = ()) -> MessageId:
    """Ids from the primary key `key` and further `facts` of the row, within `scope`.

    Without a key, or where it holds a null, they are made from the whole content of the row.
    """
    # The parts are JSON texts without line breaks, so a line break keeps them apart.
    head = to_json(list(scope))
    content_prefix, key_prefix = head + b"\ncontent\n", head + b"\nkey\n"
    parts = [part.read for part in key]

    def by_content(row: Row) -> str:
        return _digest(content_prefix + to_canonical_json(row))

    def by_key(row: Row) -> str:
        values = [read(row) for read in parts]
        if None in values:
            return by_content(row)
        values += [read(row) for read in facts]
        return _digest(key_prefix + to_canonical_json(values))

    return by_key if parts else by_content


def instant(columns: Sequence[Column]) -> Fact:
    """When the row says it happened, by the first column that can be read as a time.

    The values as they are where none can be: two rows of different times must not become one.
    """

    def read(row: Row) -> Json:
        values = [source.read(row) for source in columns]
        return next((_plain(time) for value in values if (time := to_utc(value))), values)

    return read


def _plain(time: str) -> str:
    """A time without the zeros at the end of its fraction, so that an instant has one spelling."""
    return f"{time.removesuffix('Z').rstrip('0').removesuffix('.')}Z" if "." in time else time


def event(columns: Sequence[Column]) -> Fact:
    """The event that the row names."""

    def read(row: Row) -> Json:
        names = (clean_event(source.read(row)) for source in columns)
        return next((name for name in names if name is not None), None)

    return read


def given(columns: Sequence[Column], otherwise: MessageId, scope: Sequence[Json] = ()) -> MessageId:
    """Ids from a column of the row's own; one that is empty or no id falls back to `otherwise`.

    The id is kept as it is, unless there is a `scope`: then another call of the same row has it,
    and this one gets an id made from both.
    """
    prefix = b"given\n" + to_json(list(scope)) + b"\n"

    def read(row: Row) -> str:
        for source in columns:
            value = clean_id(source.read(row))
            if not isinstance(value, NoId):
                if len(value) <= _LONGEST_GIVEN and not scope:
                    return value
                return _digest(prefix + value.encode())
        return otherwise(row)

    return read


def _digest(facts: bytes) -> str:
    return blake2b(facts, digest_size=_DIGEST_BYTES).hexdigest()
