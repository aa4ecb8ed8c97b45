"""Rules: what the user says a stream becomes (design of the form: `spec.json`, `streams`)."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from difflib import get_close_matches
from enum import Enum
from fnmatch import translate
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, TypedDict, cast

from destination_inflection.mapping.tables.columns import split_list
from destination_inflection.mapping.values.transforms import TransformName
from destination_inflection.streams import StreamKey

RuleCall: TypeAlias = Literal["identify", "track", "group", "audience", "skip"]
Nulls: TypeAlias = Literal["omit", "send"]
NameForm: TypeAlias = Literal["as_is", "snake_case", "camelCase"]
OtherColumns: TypeAlias = Literal["include", "drop"]

ROLES: Final = (
    "user_id",
    "anonymous_id",
    "group_id",
    "email",
    "event_column",
    "timestamp",
    "message_id",
    "audience_column",
    "member_column",
    "deleted_column",
)
"""The options of a rule that name columns."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for streams without a rule, and for rules that do not say otherwise."""

    time_zone: tzinfo = UTC
    names: NameForm | None = None


USUAL: Final = Defaults()


_MOST_IDLE_TOLD: Final = 20
_ONLY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "group_id": "group",
        "event": "track",
        "event_column": "track",
        "audience": "audience",
        "audience_column": "audience",
        "member_column": "audience",
    }
)
"""The options that only one call has."""


class Comparison(Enum):
    """How a condition looks at its column."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IS_NULL = "is_null"
    NOT_NULL = "not_null"
    DIFFERS_FROM = "differs_from"


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold of a row; `value` is a text, or the other column of `DIFFERS_FROM`."""

    column: str
    comparison: Comparison
    value: str | None = None


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a message: from a column or a constant; exactly one of the two is set."""

    column: str | None = None
    value: str | None = None
    name: str | None = None
    transform: TransformName | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Each role holds the columns to try, in order; empty means by convention."""

    stream: str
    call: RuleCall
    namespace: str | None = None
    user_id: tuple[str, ...] = ()
    anonymous_id: tuple[str, ...] = ()
    group_id: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    event: str | None = None
    event_column: tuple[str, ...] = ()
    timestamp: tuple[str, ...] = ()
    message_id: tuple[str, ...] = ()
    audience: str | None = None
    list_id: str | None = None
    audience_column: tuple[str, ...] = ()
    member_column: tuple[str, ...] = ()
    member_values: tuple[str, ...] = ()
    """The words that mean in, in small letters; any other filled value means out. None: the usual
    ones."""
    deleted_column: tuple[str, ...] = ()
    fields: tuple[FieldRule, ...] = ()
    other_columns: OtherColumns = "include"
    nulls: Nulls = "omit"
    only_if: Condition | None = None
    """All other rows are skipped."""
    unwrap: tuple[str, ...] = ()
    """The columns whose entries become traits or properties of their own."""
    names: NameForm | None = None
    """How columns are called; None: as they are, or in small letters if all are in capitals."""
    time_zone: tzinfo | None = None
    """The zone of times without an offset. None: that of the table, see `plan_stream`."""

    @property
    def is_glob(self) -> bool:
        """Whether the rule may match several streams."""
        return any(char in self.stream for char in "*?[")

    def columns(self, role: str) -> tuple[str, ...]:
        """The columns listed for one of `ROLES`."""
        listed: tuple[str, ...] = getattr(self, role)
        return listed


def has_no_effect(rule: Rule, option: str) -> bool:
    """Whether an option belongs to another call than the rule's."""
    call = _ONLY_OF.get(option)
    return call is not None and call != rule.call


class _OfRoles(TypedDict, total=False):
    user_id: tuple[str, ...]
    anonymous_id: tuple[str, ...]
    group_id: tuple[str, ...]
    email: tuple[str, ...]
    event_column: tuple[str, ...]
    timestamp: tuple[str, ...]
    message_id: tuple[str, ...]
    audience_column: tuple[str, ...]
    member_column: tuple[str, ...]
    deleted_column: tuple[str, ...]


def with_columns(rule: Rule, columns: Mapping[str, tuple[str, ...]]) -> Rule:
    """The rule with other columns for some of `ROLES`."""
    return replace(rule, **cast(_OfRoles, columns))


def with_split_lists(rule: Rule, known: Collection[str]) -> Rule:
    """The rule with its lists of columns taken apart, for a table whose columns are `known`."""
    lists = {role: names for role in ROLES if (names := rule.columns(role))}
    split = {role: split_list(names, known) for role, names in lists.items()}
    return replace(with_columns(rule, split), unwrap=split_list(rule.unwrap, known))


def rules_for(rules: Sequence[Rule], namespace: str | None, stream: str) -> tuple[Rule, ...]:
    """The rules that apply to a stream: those with its exact name, else those with a glob."""
    named = [r for r in rules if r.namespace in (None, namespace)]
    exact = tuple(r for r in named if r.stream == stream)
    return exact or tuple(r for r in named if r.is_glob and _matches(r.stream, stream))


def idle_rules(rules: Sequence[Rule], streams: Sequence[StreamKey]) -> list[Rule]:
    """The rules that apply to none of the streams."""
    used = {id(rule) for key in streams for rule in rules_for(rules, key.namespace, key.name)}
    return [rule for rule in rules if id(rule) not in used]


def fit_no_stream(idle: Sequence[Rule], streams: Sequence[StreamKey]) -> Iterator[str]:
    """Says in a sentence that rules apply to none of the streams, with what would; or nothing."""
    which = " with the call skip" if all(rule.call == "skip" for rule in idle) else ""
    if len(idle) == 1:
        (rule,) = idle
        hint = _what_would(rule, streams)
        rest = f": {hint}" if hint else ""
        yield f'The rule for "{rule.stream}"{which} fits no stream of this sync{rest}.'
    elif idle:
        shown = idle[:_MOST_IDLE_TOLD]
        hints = [(rule.stream, _what_would(rule, streams)) for rule in shown]
        told = dict.fromkeys(f'"{name}" ({hint})' if hint else f'"{name}"' for name, hint in hints)
        more = len(idle) - len(shown)
        listed = ", ".join(told) + (f" and {more} more" if more else "")
        yield f"{len(idle)} rules{which} fit no stream of this sync: {listed}."


def _what_would(rule: Rule, streams: Sequence[StreamKey]) -> str:
    """What to write instead so that a rule fits, if that can be said."""
    wanted = rule.stream.lower()
    for key in streams:
        if rules_for([replace(rule, namespace=None)], key.namespace, key.name):
            return f'"{key.name}" is in the namespace {key.namespace or "(none)"}'
    ends = [key.name for key in streams if key.name.lower().endswith(wanted)]
    if any(name.endswith(rule.stream) for name in ends):
        return f'set its stream to "*{rule.stream}", which fits "{ends[0]}"'
    near = ends[:1] or get_close_matches(rule.stream, [key.name for key in streams], n=1)
    return f'set its stream to "{near[0]}"' if near else ""


def _matches(glob: str, stream: str) -> bool:
    return _pattern(glob).fullmatch(stream) is not None


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
