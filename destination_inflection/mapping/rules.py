"""Rules: what the user says a stream becomes (design of the form: `spec.json`, `streams`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from fnmatch import translate
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from destination_inflection.mapping.values.transforms import TransformName

RuleCall: TypeAlias = Literal["identify", "track", "group", "audience", "skip"]
Nulls: TypeAlias = Literal["omit", "send"]
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


USUAL: Final = Defaults()


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


def rules_for(rules: Sequence[Rule], namespace: str | None, stream: str) -> tuple[Rule, ...]:
    """The rules that apply to a stream: those with its exact name, else those with a glob."""
    named = [r for r in rules if r.namespace in (None, namespace)]
    exact = tuple(r for r in named if r.stream == stream)
    return exact or tuple(r for r in named if r.is_glob and _matches(r.stream, stream))


def idle_rules(rules: Sequence[Rule], streams: Sequence[tuple[str | None, str]]) -> list[Rule]:
    """The rules that apply to none of the streams: a slip of the pen, more often than not."""
    used = [rule for namespace, name in streams for rule in rules_for(rules, namespace, name)]
    return [rule for rule in rules if rule not in used]


def _matches(glob: str, stream: str) -> bool:
    return _pattern(glob).fullmatch(stream) is not None


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
