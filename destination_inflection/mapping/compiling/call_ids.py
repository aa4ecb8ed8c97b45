"""What the id of a call is made of: chosen once a stream, so that rows and rules stay apart.

How an id is made of a row is said in `mappers/message_ids`. Chosen here are the columns, and the
facts every id of a rule begins with: two rules that make the same call of one row give two ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from destination_inflection.json_types import Json
from destination_inflection.mapping.compiling.roles import Roles
from destination_inflection.mapping.kinds import CallKind, CallShape
from destination_inflection.mapping.mappers.message_ids import (
    MessageId,
    derived,
    given,
)
from destination_inflection.mapping.rules import ROLES, Rule
from destination_inflection.mapping.tables.columns import Column, at_path
from destination_inflection.mapping.tables.table import Table


@dataclass(frozen=True, slots=True)
class AmongRules:
    """How a rule stands to the others of its stream."""

    shares_call: bool = False
    """Whether another one makes the same call, so that ids that are made must tell them apart."""
    comes_later: bool = False
    """Whether an earlier one sends an id of the row's own as it is, so that this one can't."""

    @classmethod
    def of(cls, rule: Rule, siblings: Sequence[Rule]) -> "AmongRules":
        """How it stands among `siblings`, all rules of the stream, itself included."""
        calling = [other for other in siblings if other.call != "skip"]
        alike = [other for other in calling if other.call == rule.call]
        return cls(shares_call=len(alike) > 1, comes_later=rule is not calling[0])


ALONE: Final = AmongRules()


def call_ids(  # noqa: PLR0913 - all that an id is made of
    table: Table,
    rule: Rule,
    shape: CallShape,
    roles: Roles,
    *,
    among: AmongRules = ALONE,
    facts: Sequence[Json] = (),
) -> MessageId:
    """The ids of a rule's calls: the row's own, or derived; `facts` belong to each derived one."""
    said: list[Json] = [rule.event, rule.audience]
    said += [list(rule.columns(role)) for role in ROLES]
    said += [[f.column, f.value, f.name, f.transform] for f in rule.fields]
    otherwise = derived(
        [
            *(table.namespace, table.name, rule.call),
            *([table.run_id] if shape.kind is not CallKind.TRACK and table.run_id > 0 else ()),
            *facts,
            *(said if among.shares_call else ()),
        ],
        key_of(table, shape),
        roles["event_column"],
    )
    if not roles["message_id"]:
        return otherwise
    return given(roles["message_id"], otherwise, [rule.call, *said] if among.comes_later else ())


def key_of(table: Table, shape: CallShape) -> tuple[Column, ...]:
    """The columns an id is derived from: a track row's primary key; otherwise none (content)."""
    if shape.kind is not CallKind.TRACK:
        return ()
    return tuple(at_path(path) for path in table.primary_key)
