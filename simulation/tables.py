"""The tables of a made-up source: their columns, their rules, and what becomes of each row.

A table makes a good row of whoever it is told to, and a `Variant` changes that row so that the
connector rejects it, skips it, or makes another call of it. What is said of a row here is what the
connector has to make of it; `unit_tests/simulation/test_source.py` holds every row against it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, JsonObject
from simulation.lines import Fate

ODD: Final = "@odd@"
"""A value that stands for JSON which is valid, but which most programs can't write."""
_TOO_LARGE: Final = "x" * 33_000  # a message may have 32 KiB


class Route(Enum):
    """The way into Inflection."""

    EVENT_ENDPOINT = "event_endpoint"
    DEVELOPER_API = "developer_api"


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


@dataclass(frozen=True, slots=True)
class Variant:
    """A change of a good row, and what becomes of it then."""

    fate: Fate
    change: JsonObject
    calls: tuple[str, ...] | None = None
    """What is sent of it; None: the same as of a good row."""
    odd: bytes = b""
    """What is written in the place of `ODD`."""


Maker: TypeAlias = Callable[[Random, Cue], JsonObject]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its declared columns with their types, its primary key, the calls of a good row.

    Where a row names its call itself, `calls` is empty and `type` is that call. A table without
    `rules` has to be recognised.
    """

    name: str
    make: Maker = field(repr=False)
    columns: Mapping[str, str] = field(repr=False)
    calls: tuple[str, ...] = field(default=(), repr=False)
    key: tuple[str, ...] = field(default=(), repr=False)
    cursor: str = field(default="", repr=False)
    rules: tuple[JsonObject, ...] = field(default=(), repr=False)
    variants: tuple[Variant, ...] = field(default=(), repr=False)
    has_org: bool = field(default=False, repr=False)
    usual: Fate = field(default=Fate.SENT, repr=False)
    """What becomes of a good row."""


def _rejected(*calls: str, **change: Json) -> Variant:
    return Variant(Fate.REJECTED, change, calls)


def _skipped(**change: Json) -> Variant:
    return Variant(Fate.SKIPPED, change, ())


def _odd(value: bytes, **change: Json) -> Variant:
    return Variant(Fate.SENT, {"score": ODD, **change}, odd=value)


def _columns(texts: str, **others: str) -> Mapping[str, str]:
    named = dict.fromkeys(texts.split(), "string")
    return MappingProxyType({**named, "value": "integer", "note": "string", **others})


_DELETED: Final[JsonObject] = {"_ab_cdc_deleted_at": "2026-02-01T12:00:00Z"}
_GONE: Final = Variant(Fate.SKIPPED, _DELETED, ())
_NO_ID: Final = (_rejected(user_id=None), _rejected(user_id="anonymous"))
_NO_EMAIL: Final = (_rejected(email=None), _rejected(email="nobody at all"))
_NO_MEMBER: Final = (_skipped(is_member=None), _rejected(is_member="perhaps"))
_ODD: Final = (
    _odd(b"123456789012345678901234567890"),
    _odd(b"NaN"),
    _odd(b"1e400"),
    _odd(rb'"\ud800 alone"'),
    _odd(b"null", name="Zo\u00eb \u2028 \U0001f600", tags=["a", None, {"b": []}]),
)


def _person(rng: Random, cue: Cue) -> JsonObject:
    plan = rng.choice(("free", "team", "enterprise"))
    row: JsonObject = {"user_id": cue.user_id, "email": cue.email, "name": "Ada", "plan": plan}
    return {**row, "updated_at": cue.time}


def _user(rng: Random, cue: Cue) -> JsonObject:
    return {**_person(rng, cue), "org_id": cue.org_id}


def _lead(rng: Random, cue: Cue) -> JsonObject:
    # People of their own: no other table changes them.
    email = cue.email.lower().replace("@", "@leads.")
    return {"id": cue.position, "mail": email, "stage": rng.choice(("new", "won"))}


def _event(rng: Random, cue: Cue) -> JsonObject:
    name = rng.choice(("Opened", "Report Created", "Invited"))
    row: JsonObject = {"id": cue.position, "user_id": cue.user_id, "event_name": name}
    return {**row, "occurred_at": cue.time, "properties": {"path": ["a", 1]}}


def _order(rng: Random, cue: Cue) -> JsonObject:
    row: JsonObject = {"id": f"o-{cue.position}", "buyer": {"id": cue.user_id}, "status": "paid"}
    return {**row, "total": rng.randrange(10_000) / 100, "paid_at": cue.time}


def _membership(rng: Random, cue: Cue) -> JsonObject:
    row: JsonObject = {"user_id": cue.user_id, "org_id": cue.org_id, "org_plan": rng.choice("ab")}
    # Recognised as a membership, it sends only declared columns with the org's noun.
    return {**row, "org_value": cue.position, "org_note": cue.mark}


def _seat(rng: Random, cue: Cue) -> JsonObject:
    row: JsonObject = {"user_id": cue.user_id, "team_id": cue.org_id, "name": "Lumen"}
    return {**row, "seats": rng.randrange(100)}


def _of_audience(rng: Random, cue: Cue) -> JsonObject:
    # A membership is sent alone, so the mark has to be the name of the audience.
    row: JsonObject = {"user_id": cue.user_id, "email": cue.email, "audience_name": cue.mark}
    return {**row, "is_member": rng.random() < 0.6}


def _vip(rng: Random, cue: Cue) -> JsonObject:
    row: JsonObject = {"user_id": cue.user_id, "email": cue.email, "row_mark": cue.mark}
    return {**row, "is_vip": rng.choice(("yes", "no", "added", "removed")), "time": cue.time}


def _of_list(rng: Random, cue: Cue) -> JsonObject:
    return {"email": cue.email, "is_member": rng.random() < 0.7, "updated_at": cue.time}


def _message(rng: Random, cue: Cue) -> JsonObject:
    kind = rng.choice(("identify", "track", "group"))
    body: JsonObject = {cue.column: cue.mark, "value": cue.position, "email": cue.email}
    row: JsonObject = {"type": kind, "user_id": cue.user_id, "timestamp": cue.time, "event": "Read"}
    row["message_id"] = f"msg-{cue.position}" if rng.random() < 0.8 else None
    row |= {"traits": body, "properties": body, "context": {"ip": "192.0.2.1"}}
    return {**row, "group_id": cue.org_id}


def _audit(_rng: Random, cue: Cue) -> JsonObject:
    return {"id": cue.position, "user_id": cue.user_id, "what": "login"}


_PERSON: Final = _columns("email name plan updated_at _ab_cdc_deleted_at", user_id="", score="")
_OBJECTS: Final = dict.fromkeys(("traits", "properties", "context", "integrations"), "object")
_AUDIENCE: Final = _columns("email audience_name _ab_cdc_deleted_at", user_id="", is_member="")
LIST_ID: Final = "64f0c2a1b7e94d0012ab34cd"
_OF_LIST: Final[JsonObject] = {"list_id": LIST_ID, "member_column": "is_member"}
_AUDIT: Final = Table(
    "audit", _audit, _columns("what", id=""), rules=({"call": "skip"},), usual=Fate.SKIPPED
)
MEMBERS: Final = Table(
    "members",
    _of_list,
    _columns("email updated_at _ab_cdc_deleted_at", is_member=""),
    ("member",),
    ("email",),
    "updated_at",
    ({"call": "audience", **_OF_LIST},),
    (*_NO_EMAIL, *_NO_MEMBER, Variant(Fate.SENT, _DELETED)),
)
CONTACTS: Final = Table(
    "people",
    _person,
    _PERSON,
    ("contact",),
    ("user_id",),
    "updated_at",
    variants=(*_NO_EMAIL, _GONE, *_ODD, Variant(Fate.SENT, {"updated_at": None})),
)
TABLES: Final[Mapping[Route, tuple[Table, ...]]] = MappingProxyType(
    {
        Route.EVENT_ENDPOINT: (
            Table(
                "people",
                _person,
                _PERSON,
                ("identify",),
                ("user_id",),
                "updated_at",
                variants=(*_NO_ID, *_NO_EMAIL, _rejected(note=_TOO_LARGE), _GONE, *_ODD),
            ),
            Table(
                "users",
                _user,
                _columns("email name plan updated_at org_id", user_id="", score=""),
                ("identify", "group"),
                ("user_id",),
                rules=(
                    {"call": "identify"},
                    {"call": "group", "only_if": {"column": "plan", "test": "not_null"}},
                ),
                variants=(
                    *_NO_ID,
                    _rejected("group", email=None),
                    _rejected("identify", org_id=None),
                    Variant(Fate.SENT, {"plan": None}, ("identify",)),
                ),
                has_org=True,
            ),
            Table(
                "events",
                _event,
                _columns("event_name occurred_at", id="", user_id="", properties="object"),
                ("track",),
                ("id",),
                variants=(
                    *_NO_ID,
                    _rejected(occurred_at="yesterday"),
                    _rejected(occurred_at=None),
                    _rejected(event_name=" "),
                    _GONE,
                ),
            ),
            Table(
                "orders",
                _order,
                _columns("id status paid_at", buyer="object", total="number"),
                ("track",),
                ("id",),
                rules=(
                    {
                        "call": "track",
                        "event": "Order Completed",
                        "user_id": "buyer.id",
                        "timestamp": "paid_at",
                        "only_if": {"column": "status", "test": "equals", "value": "paid"},
                    },
                ),
                variants=(
                    _skipped(status="draft"),
                    _rejected(buyer={}),
                    _rejected(buyer={"id": 1.5}),
                    _rejected(paid_at="soon"),
                ),
            ),
            Table(
                "memberships",
                _membership,
                _columns("org_id org_plan org_note", user_id="", org_value="integer"),
                ("group",),
                ("user_id", "org_id"),
                variants=(*_NO_ID, _rejected(org_id=None), _rejected(org_id="null"), _GONE),
                has_org=True,
            ),
            Table(
                "seats",
                _seat,
                _columns("team_id name", user_id="", seats="integer"),
                ("group",),
                rules=({"call": "group", "group_id": "team_id"},),
                variants=(*_NO_ID, _rejected(team_id=""), _GONE),
                has_org=True,
            ),
            Table(
                "audiences",
                _of_audience,
                _AUDIENCE,
                ("identify",),
                ("user_id", "audience_name"),
                variants=(
                    *(*_NO_ID, *_NO_EMAIL, *_NO_MEMBER, _rejected(audience_name=None)),
                    Variant(Fate.SENT, _DELETED),
                ),
            ),
            Table(
                "vips",
                _vip,
                _columns("email row_mark is_vip time", user_id=""),
                ("identify",),
                ("user_id",),
                rules=(
                    {
                        "call": "audience",
                        "audience": "VIP Customers",
                        "member_column": "is_vip",
                        "message_id": "row_mark",
                        "timestamp": "time",
                    },
                ),
                variants=(*_NO_ID, *_NO_EMAIL, _skipped(is_vip=""), _rejected(is_vip="perhaps")),
            ),
            Table(
                "messages",
                _message,
                _columns("type event group_id message_id timestamp", user_id="", **_OBJECTS),
                variants=(
                    *_NO_ID,
                    _skipped(type="page"),
                    _skipped(integrations={"All": False}),
                    _rejected(type="purchase"),
                    _rejected(traits="{", properties="{"),
                    _GONE,
                ),
                has_org=True,
            ),
            _AUDIT,
        ),
        Route.DEVELOPER_API: (
            CONTACTS,
            Table(
                "audiences",
                _of_audience,
                _AUDIENCE,
                ("contact",),
                ("user_id", "audience_name"),
                variants=(
                    *(*_NO_EMAIL, *_NO_MEMBER, _rejected(audience_name=None)),
                    Variant(Fate.SENT, _DELETED, ("contact_if_known",)),
                ),
            ),
            MEMBERS,
            Table(
                "leads",
                _lead,
                _columns("mail stage", id=""),
                ("contact",),
                ("id",),
                rules=(
                    {
                        "call": "identify",
                        "email": "mail",
                        "only_if": {"column": "stage", "test": "not_equals", "value": "test"},
                    },
                ),
                variants=(_skipped(stage="test"), _rejected(mail=None), _rejected(mail="a@b@c")),
            ),
            _AUDIT,
        ),
    }
)
