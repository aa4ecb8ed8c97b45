"""The form's own schema, `spec.json`: what was entered is cleaned and held against it.

A `ConfigError` names the option and never quotes what was entered: it could be the key.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, cast

import jsonschema

from destination_inflection.config.places import place
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "array": "a list",
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a number",
        "object": "an object",
        "string": "a text",
    }
)


@cache
def load_spec() -> JsonObject:
    """The form, as Airbyte reads it."""
    text = files("destination_inflection").joinpath("spec.json").read_text("utf-8")
    return cast(JsonObject, json.loads(text))


def check_schema(document: JsonObject) -> None:
    """Holds a configuration against the schema.

    Raises:
        ConfigError: an option is missing or can't be used; the message names it.
    """
    schema = cast(Mapping[str, Json], load_spec()["connectionSpecification"])
    validator = jsonschema.Draft7Validator(schema)
    errors = [error for error in validator.iter_errors(document) if not _at_an_empty_item(error)]
    error = max(errors, key=jsonschema.exceptions.relevance, default=None)
    while error is not None and error.validator == "oneOf":
        error = _in_chosen_form(error, document)
    if error is not None:
        raise ConfigError(_sentence(error, document))


def _at_an_empty_item(error: jsonschema.ValidationError) -> bool:
    """A rule that was added and left empty lacks what rules need, and is ignored."""
    return list(error.absolute_path)[:-1] == ["streams"] and error.instance == {}


def _in_chosen_form(
    error: jsonschema.ValidationError, document: JsonObject
) -> jsonschema.ValidationError:
    """Of an option with several forms: what is wrong with the form that was chosen.

    Raises:
        ConfigError: none was; the message lists them.
    """
    forms: dict[object, list[jsonschema.ValidationError]] = {}
    for inner in error.context or []:
        forms.setdefault(inner.schema_path[0], []).append(inner)
    others = [e for found in forms.values() for e in found if e.validator == "const"]
    chosen = [found for found in forms.values() if not any(e in others for e in found)]
    if not chosen:
        option = place(list(others[0].absolute_path), document)
        allowed = ", ".join(str(e.validator_value) for e in others)
        raise ConfigError(f"{option} must be one of: {allowed}.")
    return min(chosen[0], key=lambda inner: len(inner.path))


def _sentence(error: jsonschema.ValidationError, document: JsonObject) -> str:
    """Says what is wrong without the value: jsonschema's own message would quote it."""
    option, wanted = place(list(error.absolute_path), document), error.validator_value
    match error.validator:
        case "required":
            given = error.instance if isinstance(error.instance, dict) else {}
            missing = next(name for name in cast(list[str], wanted) if name not in given)
            return f"{place([*error.absolute_path, missing], document)} is missing: fill it in."
        case "type":
            return f"{option} must be {_TYPES[str(wanted)]}."
        case "enum":
            choices = cast(list[Json], wanted)
            allowed = ", ".join(str(choice) for choice in choices if not _is_blank(choice))
            return f"{option} must be one of: {allowed}."
        case "pattern":
            form = cast(Mapping[str, Json], error.schema).get("pattern_descriptor")
            return f"{option} must have the form: {form}."
        case "minLength":
            return f"{option} must have at least {wanted} characters."
        case "minimum":
            return f"{option} must be at least {wanted}."
        case "maximum":
            return f"{option} must be at most {wanted}."
        case "const":
            return f"{option} must be {wanted}."
    return f"{option} can't be used as it is: see its description in the form."


def filled(value: Json) -> Json:
    """The options that are filled in: a form sends blank text, programs send null.

    A blank item of a list stays as an empty object: the items after it keep their numbers.
    """
    if isinstance(value, dict):
        return {name: filled(v) for name, v in value.items() if not _is_unset(name, v)}
    if isinstance(value, list):
        return [{} if _is_blank(item) else filled(item) for item in value]
    return value


def _is_unset(name: str, value: Json) -> bool:
    if name == "value":  # a field's fixed value is sent as it was typed, be it a blank
        return value is None or value == ""
    return not isinstance(value, dict | list) and _is_blank(value)


def _is_blank(value: Json) -> bool:
    """Whether nothing was entered, however deep one looks."""
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    if isinstance(value, list):
        return all(map(_is_blank, value))
    return value is None or (isinstance(value, str) and not value.strip())
