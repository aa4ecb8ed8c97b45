"""A table: what the mapping knows of a stream before the first record."""

from dataclasses import dataclass

from destination_inflection.mapping.values.names import snake_case


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` is empty when the source does not list any; `sync_id` is 0 when there is none.

    `booleans` are the columns that hold nothing else, as the source declares them.
    """

    namespace: str | None
    name: str
    columns: tuple[str, ...] = ()
    primary_key: tuple[tuple[str, ...], ...] = ()
    sync_id: int = 0
    booleans: frozenset[str] = frozenset()


def spellings(table: Table) -> dict[str, str]:
    """The table's columns by their snake_case name.

    Of several spellings the plain one counts (`user_id` before `_user_id`), else the first.
    """
    found: dict[str, str] = {}
    for name in sorted(table.columns, key=lambda name: name.lower() != snake_case(name)):
        found.setdefault(snake_case(name), name)
    return found
