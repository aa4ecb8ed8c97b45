"""Where an option stands, in the words of an error: in a rule, by the rule's stream."""

from collections.abc import Sequence

from destination_inflection.json_types import Json


def place(path: Sequence[str | int], document: Json) -> str:
    """The option at a path of names and numbers; `document` is the whole configuration.

    `advanced.connections`, or `In the rule for "orders": call`. A rule without a stream that can be
    written is known by its number, from 1.
    """
    if len(path) < 2 or path[0] != "streams" or not isinstance(path[1], int):
        return ".".join(map(str, path)) or "The configuration"
    number, inside = path[1], ".".join(map(str, path[2:]))
    if not inside:
        return f"Rule {number + 1} under streams"
    stream = _stream(document, number)
    rule = f"rule {number + 1} under streams" if stream is None else f'the rule for "{stream}"'
    return f"In {rule}: {inside}"


def _stream(document: Json, number: int) -> str | None:
    rules = document.get("streams") if isinstance(document, dict) else None
    rule = rules[number] if isinstance(rules, list) else None
    stream = rule.get("stream") if isinstance(rule, dict) else None
    return stream if isinstance(stream, str) and stream.isprintable() else None
