"""Nulls inside objects: left out where nulls are omitted, at any depth. Pure."""

from destination_inflection.json_types import Json


def without_nulls(value: Json) -> Json:
    """The value without what is null inside it; null where nothing else was in it.

    In a list a null keeps its place, for the items are known by it. The value is never changed.
    """
    if isinstance(value, dict):
        kept: dict[str, Json] = {}
        for name, inner in value.items():
            left = without_nulls(inner) if isinstance(inner, dict | list) else inner
            if left is not None:
                kept[name] = left
        return kept if kept or not value else None
    if isinstance(value, list):
        return [_in_list(item) for item in value]
    return value


def _in_list(item: Json) -> Json:
    left = without_nulls(item)
    return {} if left is None and item is not None else left
