"""The form as Airbyte lays it out, as text that a person can read.

Airbyte's web application decides what is seen at once and what is folded away. Its rules:

- The form is made of cards: one for each of `groups`, in their order and under their titles. What
  names none of them stands in a last card without a title.
- What comes first is what is required, a choice (`oneOf`), an object, or marked `always_show`. All
  else comes behind it and is folded away under "Optional fields". `order` counts on either side of
  the fold, never across it.
- If all of a card is folded away, the fold bears the card's title.
- An object is nothing but its options: neither its own title nor its description is shown.
- An item of a list is edited in a window of its own. In the list it is shown by its values, sorted
  by name; a new one has the defaults for values.
- Options with a fixed value (`const`) are not shown: the choice sets them.

In the text `*` marks what is required, `=` a default, `>` a fold, `( )` a choice and `+` an item
of a list.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

FOLD: Final = "Optional fields"
INDENT: Final = "    "

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One property of an object in the form."""

    name: str
    schema: Schema
    required: bool

    @property
    def title(self) -> str:
        return str(self.schema.get("title", self.name))

    @property
    def comes_first(self) -> bool:
        """Whether it is seen at once, before all that is folded away."""
        is_open = "oneOf" in self.schema or self.schema.get("type") == "object"
        return self.required or is_open or bool(self.schema.get("always_show"))

    @property
    def place(self) -> tuple[bool, bool, int, str]:
        order = self.schema.get("order")
        return not self.comes_first, order is None, order or 0, self.name


def layout(form: Schema) -> str:
    """The whole form, card by card; `form` is the spec's `connectionSpecification`."""
    cards = [_card(title, options) for title, options in _cards(form)]
    return "\n\n".join("\n".join(lines) for lines in cards) + "\n"


def item_label(item: Schema, values: Mapping[str, object]) -> str:
    """What stands in a list for one of its items."""
    titles = {option.name: option.title for option in _options(item)}
    return " | ".join(
        f"{titles.get(name, name)}: {_shown(values[name])}" for name in sorted(values)
    )


def _cards(form: Schema) -> Iterator[tuple[str, list[Option]]]:
    options = _options(form)
    titles: dict[str, str] = {group["id"]: group["title"] for group in form.get("groups", [])}
    for name, title in titles.items():
        if found := [option for option in options if option.schema.get("group") == name]:
            yield title, found
    if rest := [option for option in options if option.schema.get("group") not in titles]:
        yield "", rest


def _card(title: str, options: list[Option]) -> Iterator[str]:
    if title and not any(option.comes_first for option in options):
        yield f"[> {title}]"
        for option in options:
            yield from _indented(_lines(option))
        return
    yield f"[{title or 'a card without a title'}]"
    yield from _indented(_section(options))


def _section(options: list[Option]) -> Iterator[str]:
    for option in options:
        if option.comes_first:
            yield from _lines(option)
    if folded := [option for option in options if not option.comes_first]:
        yield f"> {FOLD}"
        for option in folded:
            yield from _indented(_lines(option))


def _lines(option: Option) -> Iterator[str]:
    schema, head = option.schema, option.title + ("*" if option.required else "")
    if "const" in schema:
        return
    if "oneOf" in schema:
        yield head
        for choice in schema["oneOf"]:
            yield f"{INDENT}( ) {choice['title']}"
            yield from _indented(_indented(_section(_options(choice))))
    elif schema.get("type") == "object":
        yield from _section(_options(schema))
    elif schema.get("type") == "array" and schema["items"].get("type") == "object":
        yield head
        items = schema["items"]
        defaults = {o.name: o.schema["default"] for o in _options(items) if "default" in o.schema}
        label = item_label(items, defaults)
        yield f"{INDENT}+ {items['title']}" + (f', listed as "{label}"' if label else "")
        yield from _indented(_indented(_section(_options(items))))
    else:
        choices = ", ".join(choice or "(empty)" for choice in schema.get("enum", []))
        default = f" = {_shown(schema['default'])}" if "default" in schema else ""
        yield head + (f": {choices}" if choices else "") + default


def _options(schema: Schema) -> list[Option]:
    """An object's options, as they are sorted."""
    required = schema.get("required", [])
    found = [Option(n, s, n in required) for n, s in schema.get("properties", {}).items()]
    return sorted(found, key=lambda option: option.place)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (INDENT + line for line in lines)
