"""Names for JSON as Python sees it after parsing."""

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]
Row: TypeAlias = Mapping[str, Json]
"""The columns of one record. Read only: nothing in the project changes a row."""
