"""What a source says it did to a record's values (`meta.changes` of a RECORD). Pure.

A value it NULLED, because it was too large or of a wrong type, is not null in the source: the row
goes on without it, so that it clears nothing. A TRUNCATED one is sent as it came. Odd entries are
passed over: the protocol asks destinations to bear what they do not know.
"""

from destination_inflection.json_types import Json, JsonObject


def changes_of(meta: Json) -> list[Json]:
    """The changes that a record's `meta` lists, whatever they are."""
    changes = meta.get("changes") if isinstance(meta, dict) else None
    return changes if isinstance(changes, list) else []


def without_nulled(row: JsonObject, changes: list[Json]) -> JsonObject:
    """The row without the values that were NULLED; itself where there are none."""
    for change in changes:
        if isinstance(change, dict) and change.get("change") == "NULLED":
            field = change.get("field")
            if isinstance(field, str):
                row = _without(row, field)
    return row


def _without(row: JsonObject, field: str) -> JsonObject:
    """The row without a column, or else without what dots reach inside one."""
    if field in row:
        return {name: value for name, value in row.items() if name != field}
    # The longest column that the path begins with; the rest reaches into it.
    end = field.rfind(".")
    while end > 0:
        inside = row.get(field[:end])
        if isinstance(inside, dict):
            less = _without(inside, field[end + 1 :])
            return row if less is inside else {**row, field[:end]: less}
        end = field.rfind(".", 0, end)
    return row
