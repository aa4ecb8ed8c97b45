"""The form: it changes only on purpose, and every option in it can be understood and is safe.

`spec_snapshot.json` is the form as `spec` prints it. If a change of it is meant:

    UPDATE_SPEC_SNAPSHOT=1 .venv/bin/python -m pytest unit_tests/config/test_spec.py \
        unit_tests/config/test_form_layout.py

writes it and its layout anew; the difference then shows in the commit.
"""

import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from destination_inflection.config.schema import load_spec
from destination_inflection.run import main

SNAPSHOT: Final = Path(__file__).with_name("spec_snapshot.json")
SECRET_WORDS: Final = frozenset(
    {"credential", "credentials", "key", "keys", "passphrase", "password", "secret", "token"}
)
# Options that sound like a secret and hold none, such as the name of a column, as dotted paths.
HARMLESS: Final[frozenset[str]] = frozenset()

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One property of the form, and those next to it."""

    path: str
    schema: Schema
    level: Mapping[str, Schema]
    required: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def description(self) -> str:
        return str(self.schema.get("description", ""))


def options(schema: Schema, path: str = "") -> Iterator[Option]:
    """All properties, at any depth; `streams[].call`, `delivery(event_endpoint).route`."""
    level: Mapping[str, Schema] = schema.get("properties", {})
    for name, inner in level.items():
        here = f"{path}.{name}".lstrip(".")
        yield Option(here, inner, level, name in schema.get("required", []))
        yield from options(inner, here)
    for variant in schema.get("oneOf", []):
        yield from options(variant, f"{path}({variant.get('title')})")
    if "items" in schema:
        yield from options(schema["items"], f"{path}[]")


def form() -> Schema:
    found: Any = load_spec()["connectionSpecification"]
    assert isinstance(found, dict)
    return found


ALL: Final = list(options(form()))
every_option = pytest.mark.parametrize("option", ALL, ids=lambda option: option.path)
every_one_of = pytest.mark.parametrize(
    "option", [o for o in ALL if "oneOf" in o.schema], ids=lambda option: option.path
)


def text(schema: Schema, name: str) -> bool:
    value = schema.get(name)
    return isinstance(value, str) and bool(value.strip()) and value == value.strip()


def test_what_spec_prints_is_the_snapshot(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Restored afterwards: what the command puts there writes to an output that is closed by then.
    monkeypatch.setattr(logging.root, "handlers", [])
    assert main(["spec"]) == 0
    (line,) = capfdbinary.readouterr().out.splitlines()
    printed = json.dumps(json.loads(line)["spec"], indent=2) + "\n"
    if os.environ.get("UPDATE_SPEC_SNAPSHOT"):
        SNAPSHOT.write_text(printed, "utf-8")
    assert printed == SNAPSHOT.read_text("utf-8")


def test_the_walk_reaches_every_depth() -> None:
    paths = {option.path for option in ALL}
    assert {"api_key", "streams[].fields[].column", "advanced.connections"} <= paths
    assert any(path.startswith("delivery(") for path in paths)


def test_the_platform_is_told_what_it_asks_for() -> None:
    spec = load_spec()
    assert str(spec["documentationUrl"]).startswith("https://")
    assert spec["supported_destination_sync_modes"] == ["append", "append_dedup"]
    jsonschema.Draft7Validator.check_schema(form())


@every_option
def test_an_option_has_a_title_and_a_description(option: Option) -> None:
    assert text(option.schema, "title")
    assert text(option.schema, "description")


@every_option
def test_an_option_has_a_place_of_its_own(option: Option) -> None:
    assert isinstance(option.schema.get("order"), int)
    orders = [beside.get("order") for beside in option.level.values()]
    assert orders.count(option.schema["order"]) == 1


def sounds_secret(option: Option) -> bool:
    """By its words: `api_key`, `secret_access_key`, `access_key_id`; a `..._column` names one."""
    words = option.name.split("_")
    is_text = option.schema.get("type") == "string" and "const" not in option.schema
    return is_text and not SECRET_WORDS.isdisjoint(words) and words[-1] not in ("column", "columns")


@every_option
def test_an_option_that_sounds_secret_is_marked(option: Option) -> None:
    marked = option.schema.get("airbyte_secret") is True
    assert marked == (sounds_secret(option) and option.path not in HARMLESS)


@every_option
def test_a_secret_can_be_masked(option: Option) -> None:
    """Airbyte masks by plain replacing, and finds secrets under properties and oneOf only."""
    if option.schema.get("airbyte_secret"):
        assert option.schema.get("minLength", 0) > 3
        assert "default" not in option.schema
    assert not {"anyOf", "allOf", "$ref"} & set(option.schema)


def test_what_is_said_to_be_harmless_is_there_and_sounds_secret() -> None:
    assert {option.path for option in ALL if sounds_secret(option)} >= HARMLESS


@every_one_of
def test_a_choice_can_be_told_by_a_constant(option: Option) -> None:
    assert option.schema["type"] == "object"
    choices = option.schema["oneOf"]
    constants = [
        {name: inner["const"] for name, inner in c["properties"].items() if "const" in inner}
        for c in choices
    ]
    (name,) = constants[0]
    assert all(set(constant) == {name} for constant in constants)
    assert len({constant[name] for constant in constants}) == len(choices)
    assert len({choice["title"] for choice in choices}) == len(choices)
    for choice in choices:
        assert text(choice, "title")
        assert name in choice["required"]
        assert choice["properties"][name]["type"] == "string"


@every_option
def test_defaults_and_examples_are_valid(option: Option) -> None:
    validator = jsonschema.Draft7Validator(option.schema)
    given = [option.schema["default"]] if "default" in option.schema else []
    for value in [*given, *option.schema.get("examples", [])]:
        validator.validate(value)


@every_option
def test_choices_differ_and_patterns_are_explained(option: Option) -> None:
    allowed = option.schema.get("enum", [])
    assert len(set(allowed)) == len(allowed)
    if "pattern" in option.schema:
        re.compile(option.schema["pattern"])
        assert text(option.schema, "pattern_descriptor")


@every_option
def test_an_item_of_a_list_has_no_defaults(option: Option) -> None:
    """A new item is listed by its defaults, as if somebody had entered them."""
    assert "[]" not in option.path or "default" not in option.schema


@every_option
def test_what_is_optional_can_be_emptied_again(option: Option) -> None:
    """The form holds emptied text against the pattern too; a choice is only left for another."""
    if option.required:
        return
    for blank in ("", "  "):
        assert re.search(option.schema.get("pattern", ""), blank)
    choices = option.schema.get("enum", [""])
    stated = [choice for choice in choices if f"{choice} (the default)" in option.description]
    assert "" in choices or stated or option.schema.get("default") in choices


@every_option
def test_a_card_is_named_for_every_option_on_top(option: Option) -> None:
    is_on_top = not set("[.(") & set(option.path)
    titles = {group["id"]: group["title"] for group in form()["groups"]}
    assert ("group" in option.schema) == is_on_top
    assert not is_on_top or titles[option.schema["group"]]


# The checks above can fail: each on a form of one option with one fault.

SOUND: Final = {"title": "T", "description": "D.", "type": "string", "order": 0}
CHOICE: Final = {
    "title": "A",
    "required": ["kind"],
    "properties": {"kind": {**SOUND, "const": "a"}},
}


@pytest.mark.parametrize(
    ("check", "name", "fault"),
    [
        (test_an_option_has_a_title_and_a_description, "x", {"title": " "}),
        (test_an_option_has_a_title_and_a_description, "x", {"description": ""}),
        (test_an_option_has_a_place_of_its_own, "x", {"order": "1"}),
        (test_an_option_has_a_place_of_its_own, "x", {"order": 7}),
        (test_an_option_that_sounds_secret_is_marked, "api_key", {}),
        (test_an_option_that_sounds_secret_is_marked, "x", {"airbyte_secret": True}),
        (test_a_secret_can_be_masked, "token", {"airbyte_secret": True, "minLength": 1}),
        (test_a_secret_can_be_masked, "x", {"anyOf": []}),
        (test_defaults_and_examples_are_valid, "x", {"default": 1}),
        (test_defaults_and_examples_are_valid, "x", {"pattern": "^a", "examples": ["b"]}),
        (test_choices_differ_and_patterns_are_explained, "x", {"enum": ["a", "a"]}),
        (test_choices_differ_and_patterns_are_explained, "x", {"pattern": "^a"}),
        (test_an_item_of_a_list_has_no_defaults, "list[].x", {"default": "a"}),
        (test_what_is_optional_can_be_emptied_again, "x", {"pattern": "^a"}),
        (test_what_is_optional_can_be_emptied_again, "x", {"pattern": "^$"}),
        (test_what_is_optional_can_be_emptied_again, "x", {"enum": ["a"]}),
        (test_a_card_is_named_for_every_option_on_top, "x", {}),
        (test_a_card_is_named_for_every_option_on_top, "x.y", {"group": "advanced"}),
        (test_a_choice_can_be_told_by_a_constant, "x", {"oneOf": [CHOICE]}),
        (
            test_a_choice_can_be_told_by_a_constant,
            "x",
            {"type": "object", "oneOf": [CHOICE, CHOICE]},
        ),
    ],
)
def test_a_fault_is_found(
    check: Callable[[Option], None], name: str, fault: Mapping[str, object]
) -> None:
    beside = {"other": {**SOUND, "order": 7}}
    schema = {**SOUND, **fault}
    with pytest.raises((AssertionError, jsonschema.ValidationError)):
        check(Option(name, schema, {name: schema, **beside}))
