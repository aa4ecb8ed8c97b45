"""Objects: putting values into those of a message, and cutting values out of those of a row.

What comes from a row is only read; an object that values are put into is a copy.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.mapping.values.json_text import json_inside
from destination_inflection.mapping.values.names import Path

EMPTIED: Final[tuple[Json, ...]] = ({}, [], "{}", "[]")
"""What is left of an object, a list or their JSON text when all of it is cut out."""


def put_weak(body: JsonObject, weak: Iterable[tuple[str, Path, Json]]) -> None:
    """Puts what gives way to all else; where it finds no room it stays under its own name."""
    for name, path, value in weak:
        if not put(body, path, value):
            body.setdefault(name, value)


def put_in_context(context: JsonObject, path: Path, value: Json) -> None:
    """Puts a value; where something that is not an object stands in the way, it stays flat."""
    if not put(context, path, value):
        context.setdefault("_".join(path), value)


def put(outer: JsonObject, path: Path, value: Json) -> bool:
    """Puts a value where nothing is yet; two objects for one place are joined, the first wins.

    Returns False when the way there is blocked: something that is not an object stands on it.
    """
    for part in path[:-1]:
        inner = outer.get(part)
        if not isinstance(inner, dict | None):
            return False
        # A copy: what is put into it would otherwise be put into the row it came from.
        inner = outer[part] = {} if inner is None else dict(inner)
        outer = inner
    known = outer.get(path[-1])
    if known is None:
        outer[path[-1]] = value
    elif isinstance(known, dict) and isinstance(value, dict):
        outer[path[-1]] = _joined(known, value)
    return True


def _joined(first: JsonObject, second: JsonObject) -> JsonObject:
    """Both objects in one, at any depth; where both have a value that of the first counts."""
    joined = dict(first)
    for key, value in second.items():
        known = joined.get(key)
        if known is None:
            joined[key] = value
        elif isinstance(known, dict) and isinstance(value, dict):
            joined[key] = _joined(known, value)
    return joined


def cut(value: Json, paths: Sequence[Path]) -> Json:
    """A copy of an object without what is at `paths`; objects that this leaves empty go too.

    Text that holds an object as JSON stays text. In a list the other items keep their places. A key
    that itself has dots in it is found as well.
    """
    if isinstance(value, str):
        told = json_inside(value)
        left_in_text = cut(told, paths)
        return value if left_in_text == told else to_json(left_in_text).decode()
    if isinstance(value, list):
        kept = _cut({str(at): item for at, item in enumerate(value)}, paths)
        emptied: Iterable[Json] = ({} if isinstance(item, dict) else None for item in value)
        return [kept.get(str(at), empty) for at, empty in enumerate(emptied)]
    return _cut(value, paths) if isinstance(value, dict) else value


def _cut(value: JsonObject, paths: Sequence[Path]) -> JsonObject:
    kept: JsonObject = {}
    with_dots = {".".join(path) for path in paths}
    for key, inner in value.items():
        if key in with_dots:
            continue
        inside = [path[1:] for path in paths if path[0] == key]
        if not inside:
            kept[key] = inner
        elif () not in inside:
            left = cut(inner, inside)
            if left not in EMPTIED or left == inner:
                kept[key] = left
    return kept


def without_flat(name: str, value: JsonObject, row: Row) -> JsonObject:
    """An object without the entries that are columns too: `properties.city`, `properties_city`."""
    return {
        key: inner
        for key, inner in value.items()
        if inner is None or inner != row.get(f"{name}_{key}")
    }
