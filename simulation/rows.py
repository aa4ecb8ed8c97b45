"""The rows of a made-up source's tables: one maker a table, which makes a good row of a cue.

What becomes of such a row is said in `simulation.tables`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from destination_inflection.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Cue:
    """What a row is to hold; `position` is its place in its stream, from 1."""

    position: int
    user_id: int | str
    email: str
    org_id: str
    column: str
    """A column that only this row has, with `mark` as its value."""
    mark: str

    @property
    def time(self) -> str:
        """When it happened: three rows in a row have the same time."""
        second = self.position // 3
        return f"2026-02-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


Maker: TypeAlias = Callable[[Random, Cue], JsonObject]


def person(rng: Random, cue: Cue) -> JsonObject:
    """A person, with some of the traits that Inflection knows."""
    plan = rng.choice(("free", "team", "enterprise"))
    row: JsonObject = {"user_id": cue.user_id, "email": cue.email, "name": "Ada", "plan": plan}
    return {**row, "updated_at": cue.time}


def user(rng: Random, cue: Cue) -> JsonObject:
    """A person who is in an org."""
    return {**person(rng, cue), "org_id": cue.org_id}


def lead(rng: Random, cue: Cue) -> JsonObject:
    """Somebody without a user id."""
    # People of their own: no other table changes them.
    email = cue.email.lower().replace("@", "@leads.")
    return {"id": cue.position, "mail": email, "stage": rng.choice(("new", "won"))}


def event(rng: Random, cue: Cue) -> JsonObject:
    """What somebody did."""
    name = rng.choice(("Opened", "Report Created", "Invited"))
    row: JsonObject = {"id": cue.position, "user_id": cue.user_id, "event_name": name}
    return {**row, "occurred_at": cue.time, "properties": {"path": ["a", 1]}}


def order(rng: Random, cue: Cue) -> JsonObject:
    """An order; its buyer stands in an object."""
    row: JsonObject = {"id": f"o-{cue.position}", "buyer": {"id": cue.user_id}, "status": "paid"}
    return {**row, "total": rng.randrange(10_000) / 100, "paid_at": cue.time}


def membership(rng: Random, cue: Cue) -> JsonObject:
    """A user in an org."""
    row: JsonObject = {"user_id": cue.user_id, "org_id": cue.org_id, "org_plan": rng.choice("ab")}
    # Recognised as a membership, it sends only declared columns with the org's noun.
    return {**row, "org_value": cue.position, "org_note": cue.mark}


def seat(rng: Random, cue: Cue) -> JsonObject:
    """A user in an org, in columns of other names."""
    row: JsonObject = {"user_id": cue.user_id, "team_id": cue.org_id, "name": "Lumen"}
    return {**row, "seats": rng.randrange(100)}


def of_audience(rng: Random, cue: Cue) -> JsonObject:
    """A member of an audience, or somebody who has left it."""
    # A membership is sent alone, so the mark has to be the name of the audience.
    row: JsonObject = {"user_id": cue.user_id, "email": cue.email, "audience_name": cue.mark}
    return {**row, "is_member": rng.random() < 0.6}


def vip(rng: Random, cue: Cue) -> JsonObject:
    """The same in other columns and words."""
    row: JsonObject = {"user_id": cue.user_id, "email": cue.email, "row_mark": cue.mark}
    return {**row, "is_vip": rng.choice(("yes", "no", "added", "removed")), "time": cue.time}


def of_list(rng: Random, cue: Cue) -> JsonObject:
    """A member of a list, or somebody who has left it."""
    return {"email": cue.email, "is_member": rng.random() < 0.7, "updated_at": cue.time}


def message(rng: Random, cue: Cue) -> JsonObject:
    """A message as Segment has it."""
    kind = rng.choice(("identify", "track", "group"))
    body: JsonObject = {cue.column: cue.mark, "value": cue.position, "email": cue.email}
    row: JsonObject = {"type": kind, "user_id": cue.user_id, "timestamp": cue.time, "event": "Read"}
    row["message_id"] = f"msg-{cue.position}" if rng.random() < 0.8 else None
    row |= {"traits": body, "properties": body, "context": {"ip": "192.0.2.1"}}
    return {**row, "group_id": cue.org_id}


def audit(_rng: Random, cue: Cue) -> JsonObject:
    """What Inflection has no call for."""
    return {"id": cue.position, "user_id": cue.user_id, "what": "login"}


def columns(texts: str, **others: str) -> Mapping[str, str]:
    """The declared columns of a table with their types: texts, others, and what all tables have."""
    named = dict.fromkeys(texts.split(), "string")
    return MappingProxyType({**named, "value": "integer", "note": "string", **others})
