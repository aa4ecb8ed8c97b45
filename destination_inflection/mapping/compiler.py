"""Compiles a rule for a table into a `CallPlan`: roles become columns, the rest becomes the body.

A role is filled by the columns the rule names, else by convention. A column that feeds an id, the
email, the event or the message id is not sent a second time; nor is the timestamp's, when it is
the only one listed. Null values are omitted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.call_plan import Body, CallPlan
from destination_inflection.mapping.columns import Column, at_path, column, is_system
from destination_inflection.mapping.message_ids import derived, given
from destination_inflection.mapping.recognition import by_convention
from destination_inflection.mapping.rules import ROLES, CallKind, Rule
from destination_inflection.mapping.tables import Table

# Which roles each call needs, as alternatives; the first of each is the option the error names.
_NEEDS: Final = {
    CallKind.IDENTIFY: (("user_id", "anonymous_id"), ("email",)),
    CallKind.TRACK: (("user_id", "anonymous_id"), ("event", "event_column")),
    CallKind.GROUP: (("user_id",), ("group_id",)),
}
_FIELD_NAMES: Final = {
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "group_id": "groupId",
    "email": "email",
    "event_column": "event",
    "timestamp": "timestamp",
    "message_id": "messageId",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan and what it says of itself: the call, and which column feeds what."""

    plan: CallPlan
    description: str


def compile_rule(table: Table, rule: Rule, scope: Iterable[Json]) -> Compiled:
    """Compiles one rule; `scope` keeps the ids of several alike rules of one stream apart.

    Raises:
        ConfigError: a column is unknown, or one that the call needs is not to be found.
    """
    kind = CallKind(rule.call)
    roles = {role: _columns(table, rule, kind, role) for role in ROLES}
    _require(table, rule, kind, roles)
    consumed = _consumed(roles)
    key = _key(table, kind)
    in_job = [table.sync_id] if kind is not CallKind.TRACK and table.sync_id > 0 else []
    otherwise = derived([table.namespace, table.name, kind.value, *in_job, *scope], key)
    plan = CallPlan(
        kind=kind,
        user_id=roles["user_id"],
        anonymous_id=roles["anonymous_id"],
        group_id=roles["group_id"],
        email=roles["email"],
        event=rule.event if rule.event is not None else roles["event_column"],
        timestamp=roles["timestamp"],
        message_id=given(roles["message_id"], otherwise) if roles["message_id"] else otherwise,
        body=_other_columns(frozenset(consumed)),
        context=lambda _row: None,
    )
    return Compiled(plan, _describe(table, kind, _feeds(rule, roles, key), consumed))


def _columns(table: Table, rule: Rule, kind: CallKind, role: str) -> tuple[Column, ...]:
    named = rule.columns(role)
    if not named:
        if role == "event_column" and rule.event is not None:
            return ()
        return tuple(column(n, table.columns) for n in by_convention(table, kind, role))
    found = [column(name, table.columns) for name in named]
    if not table.columns:
        return tuple(found)
    present = [c for c in found if c.top in table.columns]
    # A glob covers tables that differ: there, one column of the list is enough.
    if len(present) == len(found) or (rule.is_glob and present):
        return tuple(present)
    unknown = next(c.name for c in found if c.top not in table.columns)
    near = get_close_matches(unknown, table.columns, n=1, cutoff=0.0)
    hint = f' (the nearest is "{near[0]}")' if near else ""
    raise ConfigError(
        f'Stream "{table.name}" has no column "{unknown}"{hint}: change {role} in the rule for '
        f'"{rule.stream}".'
    )


def _require(
    table: Table, rule: Rule, kind: CallKind, roles: dict[str, tuple[Column, ...]]
) -> None:
    for alternatives in _NEEDS[kind]:
        if any(roles.get(role) for role in alternatives):
            continue
        if "event" in alternatives and rule.event is not None:
            continue
        raise ConfigError(
            f'Stream "{table.name}" has no column that is known to hold the '
            f"{_FIELD_NAMES.get(alternatives[0], alternatives[0])} a {kind.value} call needs: set "
            f'{" or ".join(alternatives)} in the rule for "{rule.stream}".'
        )


def _consumed(roles: dict[str, tuple[Column, ...]]) -> set[str]:
    """The columns that are not sent a second time; an object is sent though its inside was used."""
    times = roles["timestamp"]
    feeding = [c for role in ROLES for c in roles[role] if role != "timestamp" or len(times) == 1]
    return {c.name for c in feeding if c.name == c.top}


def _key(table: Table, kind: CallKind) -> Sequence[Column]:
    """The columns an id is derived from: a track row's primary key; otherwise none (content)."""
    if kind is not CallKind.TRACK:
        return ()
    return [at_path(path) for path in table.primary_key]


def _other_columns(consumed: frozenset[str]) -> Body:
    def body(row: Row) -> JsonObject:
        return {
            name: value
            for name, value in row.items()
            if value is not None and name not in consumed and not is_system(name)
        }

    return body


def _feeds(
    rule: Rule, roles: dict[str, tuple[Column, ...]], key: Sequence[Column]
) -> dict[str, str]:
    """Which column feeds which field of the message, in the user's words."""
    feeds = {_FIELD_NAMES[role]: _listed(columns) for role, columns in roles.items() if columns}
    if rule.event is not None:
        feeds["event"] = f'"{rule.event}"'
    feeds.setdefault("timestamp", "emitted_at")
    feeds.setdefault("messageId", f"key {_listed(key)}" if key else "content")
    return feeds


def _describe(table: Table, kind: CallKind, feeds: dict[str, str], consumed: set[str]) -> str:
    sent = [n for n in table.columns if n not in consumed and not is_system(n)]
    left_out = [n for n in table.columns if is_system(n)]
    body = "properties" if kind is CallKind.TRACK else "traits"
    sentence = f"{kind.value}: " + ", ".join(f"{to} from {source}" for to, source in feeds.items())
    sentence += f"; {body}: {', '.join(sent) or 'none'}"
    return sentence + (f"; left out: {', '.join(left_out)}" if left_out else "")


def _listed(columns: Iterable[Column]) -> str:
    return " or ".join(c.name for c in columns)
