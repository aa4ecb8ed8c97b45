"""Options as they were filled in: each is read by its name and its kind, in one way."""

from dataclasses import dataclass
from typing import cast

from destination_inflection.json_types import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Options:
    """One object of the form, cleaned and checked (`config.schema`)."""

    entered: JsonObject

    def text(self, name: str) -> str | None:
        """A text without the blanks around it; None where it is not set."""
        return str(self.entered.get(name) or "").strip() or None

    def required(self, name: str) -> str:
        """A text that the schema requires."""
        return str(self.entered[name]).strip()

    def as_typed(self, name: str) -> str | None:
        """A text as it was typed, blanks included."""
        value = self.entered.get(name)
        return None if value in (None, "") else str(value)

    def names(self, name: str) -> tuple[str, ...]:
        """A list of names, which the form takes as text with commas."""
        listed = str(self.entered.get(name) or "")
        return tuple(each for part in listed.split(",") if (each := part.strip()))

    def listed(self, name: str) -> tuple[str, ...]:
        """The same as it was typed, for names that may hold commas themselves."""
        text = self.text(name)
        return () if text is None else (text,)

    def number(self, name: str, default: float) -> float:
        """A number."""
        return float(cast(float, self.entered.get(name, default)))

    def integer(self, name: str, default: int) -> int:
        """An integer; JSON's 16.0 is one too."""
        return int(self.number(name, default))

    def is_on(self, name: str) -> bool:
        """A switch, which is off where it is not set."""
        return bool(self.entered.get(name, False))

    def inside(self, name: str) -> "Options":
        """The object of this name; an empty one where it is not set."""
        return Options(_object(self.entered.get(name)))

    def each(self, name: str) -> "list[Options]":
        """The objects in a list; those that were added and left empty are not among them."""
        listed = self.entered.get(name)
        items = listed if isinstance(listed, list) else []
        return [Options(item) for item in items if isinstance(item, dict) and item]


def options_of(document: Json) -> Options:
    """The options of a document, which may be anything."""
    return Options(_object(document))


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
