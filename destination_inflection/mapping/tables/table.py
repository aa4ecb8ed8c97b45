"""A table: what the mapping knows of a stream before the first record.

What its name and columns tell (how each column is spelled, who wrote the table) is worked out once,
when it is made, for compiling asks for it many times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from destination_inflection.mapping.tables.column_types import UNKNOWN, ColumnType
from destination_inflection.mapping.tables.layout import Layout, layout_of
from destination_inflection.mapping.values.names import Path, snake_case


@dataclass(frozen=True, slots=True)
class Table:
    """What a front knows of a stream.

    `columns` is empty when the source does not list any. `run_id` is the number of the job that
    reads the stream, the same for all of its attempts, or 0 when there is none.

    `types` are what the source declares the columns to hold. `cursor` is the column, or the path
    inside one, by which the source knows newer rows; empty when there is none.
    """

    namespace: str | None
    name: str
    columns: tuple[str, ...] = ()
    primary_key: tuple[Path, ...] = ()
    run_id: int = 0
    types: Mapping[str, ColumnType] = field(
        default_factory=lambda: MappingProxyType({}), hash=False, repr=False
    )
    cursor: Path = ()
    spellings: Mapping[str, str] = field(init=False, compare=False, repr=False)
    """The columns by their name in snake_case."""
    layout: Layout = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # A frozen instance lets nobody set its fields, itself included.
        object.__setattr__(self, "spellings", MappingProxyType(spellings_of(self.columns)))
        object.__setattr__(self, "layout", layout_of(self.name, self.columns))

    def type_of(self, name: str) -> ColumnType:
        """What a column is declared to hold."""
        return self.types.get(name, UNKNOWN)


def spellings_of(columns: Sequence[str]) -> dict[str, str]:
    """Columns by their snake_case name.

    Of several spellings the plain one counts (`user_id` before `_user_id`), else the first.
    """
    found: dict[str, str] = {}
    for name in sorted(columns, key=lambda name: name.lower() != snake_case(name)):
        found.setdefault(snake_case(name), name)
    return found
