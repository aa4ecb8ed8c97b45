"""The form's rules, as `mapping.rules` wants them, and the checks that JSON Schema can't say."""

from collections.abc import Sequence
from typing import cast

from destination_inflection.config.options import Options
from destination_inflection.config.time_zones import read_zone
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.rules import (
    ROLES,
    Comparison,
    Condition,
    FieldRule,
    NameForm,
    Nulls,
    OtherColumns,
    Rule,
    RuleCall,
)
from destination_inflection.mapping.values.transforms import TransformName


def read_rules(entries: Sequence[Options]) -> tuple[Rule, ...]:
    """Reads the option `streams`, which has passed the schema.

    Raises:
        ConfigError: a rule contradicts itself; the message names its stream.
    """
    return tuple(_rule(entry) for entry in entries)


def _rule(entry: Options) -> Rule:
    stream, call = entry.required("stream"), cast(RuleCall, entry.required("call"))
    if entry.text("audience") is not None and entry.names("audience_column"):
        raise ConfigError(
            f'The rule for "{stream}" sets both audience and audience_column: keep one of them.'
        )
    if call == "skip" and entry.inside("only_if").entered:
        raise ConfigError(
            f'The rule for "{stream}" skips all rows, so only_if has no effect in it: set only_if, '
            "with the opposite test, in the rule of the call that is to be sent."
        )
    if entry.text("list_id") is not None and call != "audience":
        raise ConfigError(
            f'The rule for "{stream}" sets list_id, which only an audience has: set call to '
            "audience or remove list_id."
        )
    words = tuple(word.lower() for word in entry.names("member_values"))
    if words and call != "audience":
        raise ConfigError(
            f'The rule for "{stream}" sets member_values, which only an audience has: set call to '
            "audience or remove member_values."
        )
    if words and not entry.names("member_column"):
        raise ConfigError(
            f'The rule for "{stream}" sets member_values without member_column: name the column '
            "that holds these words, or remove member_values."
        )
    return Rule(
        stream=stream,
        call=call,
        namespace=entry.text("namespace"),
        event=entry.text("event"),
        audience=entry.text("audience"),
        list_id=entry.text("list_id"),
        fields=tuple(_field(stream, field) for field in entry.each("fields")),
        other_columns=cast(OtherColumns, entry.text("other_columns") or "include"),
        nulls=cast(Nulls, entry.text("nulls") or "omit"),
        only_if=_condition(stream, entry.inside("only_if")),
        unwrap=entry.listed("unwrap"),
        names=cast(NameForm | None, entry.text("names")),
        member_values=words,
        time_zone=read_zone(entry.text("time_zone"), f'time_zone in the rule for "{stream}"'),
        **{role: entry.listed(role) for role in ROLES},
    )


def _condition(stream: str, entry: Options) -> Condition | None:
    column, test, value = entry.text("column"), entry.text("test"), entry.text("value")
    if column is None and test is None and value is None:
        return None
    if column is None or test is None:
        raise ConfigError(f'The only_if in the rule for "{stream}" needs a column and a test.')
    if (value is None) != (Comparison(test) in (Comparison.IS_NULL, Comparison.NOT_NULL)):
        needs = "no value" if value is not None else "a value"
        raise ConfigError(f'The only_if in the rule for "{stream}" needs {needs} for {test}.')
    return Condition(column, Comparison(test), value)


def _field(stream: str, entry: Options) -> FieldRule:
    column, name, value = entry.text("column"), entry.text("name"), entry.as_typed("value")
    if (column is None) == (value is None):
        raise ConfigError(
            f'A field in the rule for "{stream}" needs exactly one of column and value.'
        )
    if value is not None and name is None:
        raise ConfigError(f'A field with a fixed value in the rule for "{stream}" needs a name.')
    return FieldRule(column, value, name, cast(TransformName | None, entry.text("transform")))
