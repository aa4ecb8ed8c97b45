"""Message ids: the same row gives the same id, two different rows never share one.

Track: namespace, stream, call and the primary key, so a row keeps its id in every run, order and
machine; without a key (or with a null in it) the content takes its place. Identify and group: the
content and the platform's job number, so that repeats within a job share an id while a value that
goes A, B, A over several jobs gets a new id each time. Rows without a key that are equal in all
columns share an id. The facts are hashed as canonical JSON, which no two different lists share.

An id has 32 hexadecimal digits; Segment's spec allows at most 100 characters.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.columns import Column
from destination_inflection.mapping.encoding import to_canonical_json, to_json
from destination_inflection.mapping.values import NoId, clean_id

MessageId: TypeAlias = Callable[[Row], str]

_LONGEST_GIVEN: Final = 100
_DIGEST_BYTES: Final = 16


def derived(scope: Sequence[Json], key: Sequence[Column]) -> MessageId:
    """Ids from the primary key `key` within `scope`; from the row's content without one."""
    # The parts are JSON texts without line breaks, so a line break keeps them apart.
    facts = to_json(list(scope))
    content_prefix, key_prefix = facts + b"\ncontent\n", facts + b"\nkey\n"

    def by_content(row: Row) -> str:
        return _digest(content_prefix + to_canonical_json(row))

    if not key:
        return by_content

    reads = [part.read for part in key]
    first = reads[0]

    def by_one_column(row: Row) -> str:
        value = first(row)
        if value is None:
            return by_content(row)
        return _digest(key_prefix + to_canonical_json([value]))

    def by_key(row: Row) -> str:
        values = [read(row) for read in reads]
        if None in values:
            return by_content(row)
        return _digest(key_prefix + to_canonical_json(values))

    return by_one_column if len(key) == 1 else by_key


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
