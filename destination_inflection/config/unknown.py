"""Options that nobody knows: they have no effect, which the user should hear of.

Each is told with the nearest known one and where it stands. Keys that begin with an underscore are
the platform's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, cast

from destination_inflection.config.schema import load_spec
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.names import snake_case

_NEAR_ENOUGH: Final = 0.6


@dataclass(frozen=True, slots=True)
class _Option:
    """A known option: where it stands, its name, and the titles in the form, as names.

    A list has its entries' title, too.
    """

    path: str
    name: str
    titles: tuple[str, ...]


def unknown_options(document: JsonObject) -> list[str]:
    """A warning about each option of a configuration that the form does not have."""
    form = cast(JsonObject, load_spec()["connectionSpecification"])
    known = list(_known(form, ""))
    return [_warning(path, known) for path in _unknown(document, form, "")]


def _warning(path: str, known: list[_Option]) -> str:
    bare = ".".join(part for part in path.split(".") if not part.isdecimal())
    if any(option.path == bare for option in known):
        return f"The option {path} belongs to another choice than yours and has no effect."
    name = path.rpartition(".")[2]
    rated = [(_likeness(name, option), option.path) for option in known]
    nearest = max(rated, key=lambda each: each[0])
    hint = f": the nearest is {_as_given(nearest[1], path)}" if nearest[0] >= _NEAR_ENOUGH else ""
    return f"The option {path} is not known and has no effect{hint}."


def _as_given(known: str, path: str) -> str:
    """A known option's path, with the numbers that a given path has in the lists they share."""
    left = known.split(".")
    written: list[str] = []
    for part in path.split("."):
        if part.isdecimal():
            written.append(part)
        elif left and part == left[0]:
            written.append(left.pop(0))
        else:
            break
    return ".".join([*written, *left])


def _likeness(name: str, option: _Option) -> float:
    given = snake_case(name)
    names = (option.name, *option.titles)
    return max(SequenceMatcher(None, given, each).ratio() for each in names)


def _unknown(given: Json, form: JsonObject, path: str) -> Iterator[str]:
    """The paths of what is given and not in the form."""
    if isinstance(given, list):
        item = form.get("items")
        for number, entry in enumerate(given):
            yield from _unknown(entry, item if isinstance(item, dict) else {}, f"{path}.{number}")
        return
    forms = [form, *_choices(form)]
    known = {name: inner for each in forms for name, inner in _properties(each).items()}
    if not isinstance(given, dict) or not known:
        return
    chosen = _chosen(given, form)
    for name, value in given.items():
        here = f"{path}.{name}".removeprefix(".")
        if name.startswith("_"):
            continue
        if name not in known or (chosen is not None and name not in chosen):
            yield here
        else:
            yield from _unknown(value, cast(JsonObject, known[name]), here)


def _chosen(given: JsonObject, form: JsonObject) -> Mapping[str, Json] | None:
    """The options of the form that was chosen; None where only one form is possible."""
    for choice in _choices(form):
        options = _properties(choice)
        fixed = {n: o["const"] for n, o in options.items() if isinstance(o, dict) and "const" in o}
        if all(given.get(name) == value for name, value in fixed.items()):
            return {**_properties(form), **options}
    return None


def _known(form: JsonObject, path: str) -> Iterator[_Option]:
    for each in (form, *_choices(form)):
        for name, inner in _properties(each).items():
            if not isinstance(inner, dict):
                continue
            here = f"{path}.{name}".removeprefix(".")
            item = inner.get("items")
            titled = [inner, *([item] if isinstance(item, dict) else [])]
            titles = [snake_case(str(each["title"])) for each in titled if "title" in each]
            yield _Option(here, name, tuple(titles))
            yield from _known(inner, here)
    item = form.get("items")
    if isinstance(item, dict):
        yield from _known(item, path)


def _choices(form: JsonObject) -> list[JsonObject]:
    listed = form.get("oneOf")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _properties(form: JsonObject) -> JsonObject:
    found = form.get("properties")
    return found if isinstance(found, dict) else {}
