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
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.values.encoding import to_canonical_json, to_json
from destination_inflection.mapping.values.ids import NoId, clean_event, clean_id

MessageId: TypeAlias = Callable[[Row, "str | None"], str]
"""The id of a row and of the time that was read in it, as it is sent; None where there is none."""

_LONGEST_GIVEN: Final = 100
_DIGEST_BYTES: Final = 16


def derived(
    scope: Sequence[Json], key: Sequence[Column], events: Sequence[Column] = ()
) -> MessageId:
    """Ids from the primary key `key`, the row's time and its event, within `scope`.

    `events` are the columns that name the event. Without a key, or where it holds a null, ids are
    made from the whole content of the row.
    """
    # The parts are JSON texts without line breaks, so a line break keeps them apart.
    facts = to_json(list(scope))
    of_content, of_key = _begun(facts + b"\ncontent\n"), _begun(facts + b"\nkey\n")
    reads = [part.read for part in key]
    names = [source.read for source in events]

    def by_content(row: Row, _time: str | None) -> str:
        return _digest(of_content, to_canonical_json(row))

    def by_key(row: Row, time: str | None) -> str:
        values = [read(row) for read in reads]
        if None in values:
            return by_content(row, time)
        if time is not None:
            values.append(_instant(time))
        for read in names:
            if (name := clean_event(read(row))) is not None:
                values.append(name)
                break
        return _digest(of_key, to_canonical_json(values))

    return by_key if reads else by_content


def _instant(time: str) -> str:
    """A time without the zeros at the end of its fraction, so that an instant has one spelling."""
    if time[-2:] != "0Z" or "." not in time:
        return time
    return f"{time[:-1].rstrip('0').removesuffix('.')}Z"


def given(columns: Sequence[Column], otherwise: MessageId, scope: Sequence[Json] = ()) -> MessageId:
    """Ids from a column of the row's own; one that is empty or no id falls back to `otherwise`.

    The id is kept as it is, unless there is a `scope`: then another call of the same row has it,
    and this one gets an id made from both.
    """
    of_given = _begun(b"given\n" + to_json(list(scope)) + b"\n")

    def read(row: Row, time: str | None) -> str:
        for source in columns:
            value = clean_id(source.read(row))
            if not isinstance(value, NoId):
                if len(value) <= _LONGEST_GIVEN and not scope:
                    return value
                return _digest(of_given, value.encode())
        return otherwise(row, time)

    return read


def _begun(facts: bytes) -> blake2b:
    return blake2b(facts, digest_size=_DIGEST_BYTES)


def _digest(begun: blake2b, facts: bytes) -> str:
    """The hash of the facts that were begun with and of these: a copy takes half of a new one."""
    digest = begun.copy()
    digest.update(facts)
    return digest.hexdigest()
