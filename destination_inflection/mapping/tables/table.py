"""A table: what the mapping knows of a stream before the first record.

What its name and columns tell (how each column is spelled, who wrote the table) is worked out once,
when it is made, for compiling asks for it many times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from destination_inflection.mapping.tables.column_types import UNKNOWN, ColumnType
from destination_inflection.mapping.tables.layout import Layout, layout_of
from destination_inflection.mapping.tables.stream_names import split_names
from destination_inflection.mapping.values.names import Path, snake_case


@dataclass(frozen=True, slots=True)
class Table:
    """What a front knows of a stream.

    `columns` is empty when the source does not list any. `run_id` is the number of the job that
    reads the stream, the same for all of its attempts, or 0 when there is none.

    `types` are what the source declares the columns to hold. `cursor` is the column, or the path
    inside one, by which the source knows newer rows; empty when there is none. A partial table may
    have columns that are not listed; one that is read in full comes whole with every sync.
    `prefixes` are those that streams of the same sync share.
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
    is_partial: bool = False
    is_read_in_full: bool = False
    prefixes: frozenset[str] = field(default=frozenset(), repr=False)
    names: Mapping[str, str] = field(init=False, compare=False, repr=False)
    """The names it may be known by, each with the prefix before it ("": none)."""
    spellings: Mapping[str, str] = field(init=False, compare=False, repr=False)
    """The columns by their name in snake_case."""
    _joined: Mapping[str, str] = field(init=False, compare=False, repr=False)
    layout: Layout = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # A frozen instance lets nobody set its fields, itself included.
        spellings = spellings_of(self.columns)
        names = split_names(self.name, self.prefixes)
        object.__setattr__(self, "names", MappingProxyType(names))
        object.__setattr__(self, "spellings", MappingProxyType(spellings))
        object.__setattr__(
            self, "_joined", {name.replace("_", ""): c for name, c in spellings.items()}
        )
        object.__setattr__(self, "layout", layout_of(names, self.columns))

    def find(self, name: str) -> str | None:
        """The column of a name in snake_case, which may be written together (`userid`)."""
        return self.spellings.get(name) or self._joined.get(name.replace("_", ""))

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
