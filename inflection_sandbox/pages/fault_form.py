"""The faults as a form: its fields are drawn from `FAULTS`, and what was sent is read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs

from inflection_sandbox.faults import FAULTS, Faults


class Shape(StrEnum):
    """How a field is filled in; `LINES` has one value a line."""

    SWITCH = "switch"
    LINES = "lines"
    NUMBER = "number"
    TEXT = "text"


_SHAPES: Final = {bool: Shape.SWITCH, tuple: Shape.LINES, float: Shape.NUMBER, int: Shape.NUMBER}


@dataclass(frozen=True, slots=True)
class Field:
    """One fault; `value` is its text, and `on` for a switch that is on."""

    name: str
    about: str
    example: str
    shape: Shape
    value: str


def fields(faults: Faults) -> list[Field]:
    """The form as the faults in force fill it in."""
    values: dict[str, str] = {}
    for name, fault in FAULTS.items():
        value = getattr(faults, fault.name)
        if value == fault.default:
            continue
        match value:
            case bool():
                values[name] = "on"
            case str():
                values[name] = value
            case int() | float():
                values[name] = str(value).removesuffix(".0")
            case _:
                values[name] = "\n".join(value)
    return filled_in(values)


def filled_in(values: Mapping[str, str]) -> list[Field]:
    """The form with these texts in it, right or wrong."""
    return [
        Field(
            name,
            fault.metadata["about"],
            fault.metadata["example"],
            _shape(name),
            values.get(name, ""),
        )
        for name, fault in FAULTS.items()
    ]


def sent(body: bytes) -> dict[str, str]:
    """The texts of a form that was sent, by name; what was left empty is not among them."""
    found = parse_qs(body.decode(errors="replace"))
    return {name: values[-1] for name, values in found.items()}


def settings(values: Mapping[str, str]) -> dict[str, object]:
    """The texts as `read_faults` takes them."""
    return {name: _setting(name, text) for name, text in values.items()}


def _setting(name: str, text: str) -> object:
    match _shape(name) if name in FAULTS else Shape.TEXT:
        case Shape.SWITCH:
            return True
        case Shape.LINES:
            return [line.strip() for line in text.splitlines() if line.strip()]
    return text.strip()


def _shape(name: str) -> Shape:
    return _SHAPES.get(type(FAULTS[name].default), Shape.TEXT)
