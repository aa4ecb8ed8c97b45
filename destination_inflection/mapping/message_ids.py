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

import orjson

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.columns import Column
from destination_inflection.mapping.values import NoId, clean_id

MessageId: TypeAlias = Callable[[Row], str]

_LONGEST_GIVEN: Final = 100
_DIGEST_BYTES: Final = 16


def derived(scope: Sequence[Json], key: Sequence[Column]) -> MessageId:
    """Ids from the primary key `key` within `scope`; from the row's content without one."""
    # The parts are JSON texts without line breaks, so a line break keeps them apart.
    facts = orjson.dumps(list(scope))
    content_prefix, key_prefix = facts + b"\ncontent\n", facts + b"\nkey\n"

    def by_content(row: Row) -> str:
        return _digest(content_prefix + orjson.dumps(row, option=orjson.OPT_SORT_KEYS))

    if not key:
        return by_content

    reads = [part.read for part in key]
    first = reads[0]

    def by_one_column(row: Row) -> str:
        value = first(row)
        if value is None:
            return by_content(row)
        return _digest(key_prefix + orjson.dumps([value], option=orjson.OPT_SORT_KEYS))

    def by_key(row: Row) -> str:
        values = [read(row) for read in reads]
        if None in values:
            return by_content(row)
        return _digest(key_prefix + orjson.dumps(values, option=orjson.OPT_SORT_KEYS))

    return by_one_column if len(key) == 1 else by_key


def given(columns: Sequence[Column], otherwise: MessageId) -> MessageId:
    """Ids from a column of the row's own; one that is empty or no id falls back to `otherwise`."""

    def read(row: Row) -> str:
        for source in columns:
            value = clean_id(source.read(row))
            if not isinstance(value, NoId):
                if len(value) <= _LONGEST_GIVEN:
                    return value
                return _digest(b"given\nkey\n" + value.encode())
        return otherwise(row)

    return read


def _digest(facts: bytes) -> str:
    return blake2b(facts, digest_size=_DIGEST_BYTES).hexdigest()
