"""The tables of a made-up source: their columns, their rules, and what becomes of each row.

A table makes a good row of whoever it is told to, and a `Variant` changes that row so that the
connector rejects it, skips it, or makes another call of it. What is said of a row here is what the
connector has to make of it; `unit_tests/simulation/test_source.py` holds every row against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final

from destination_inflection.json_types import JsonObject
from simulation import rows
from simulation.lines import Fate
from simulation.rows import Maker
from simulation.variants import (
    DELETED,
    GONE,
    NO_EMAIL,
    NO_ID,
    NO_MEMBER,
    ODD_VALUES,
    TOO_LARGE,
    Variant,
    rejected,
    skipped,
)


class Route(Enum):
    """The way into Inflection."""

    EVENT_ENDPOINT = "event_endpoint"
    DEVELOPER_API = "developer_api"


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


_PERSON: Final = rows.columns("email name plan updated_at _ab_cdc_deleted_at", user_id="", score="")
_OBJECTS: Final = dict.fromkeys(("traits", "properties", "context", "integrations"), "object")
_AUDIENCE: Final = rows.columns("email audience_name _ab_cdc_deleted_at", user_id="", is_member="")
LIST_ID: Final = "64f0c2a1b7e94d0012ab34cd"
_OF_LIST: Final[JsonObject] = {"list_id": LIST_ID, "member_column": "is_member"}
_AUDIT: Final = Table(
    "audit", rows.audit, rows.columns("what", id=""), rules=({"call": "skip"},), usual=Fate.SKIPPED
)
MEMBERS: Final = Table(
    "members",
    rows.of_list,
    rows.columns("email updated_at _ab_cdc_deleted_at", is_member=""),
    ("member",),
    ("email",),
    "updated_at",
    ({"call": "audience", **_OF_LIST},),
    (*NO_EMAIL, *NO_MEMBER, Variant(Fate.SENT, DELETED)),
)
CONTACTS: Final = Table(
    "people",
    rows.person,
    _PERSON,
    ("contact",),
    ("user_id",),
    "updated_at",
    variants=(*NO_EMAIL, GONE, *ODD_VALUES, Variant(Fate.SENT, {"updated_at": None})),
)
TABLES: Final[Mapping[Route, tuple[Table, ...]]] = MappingProxyType(
    {
        Route.EVENT_ENDPOINT: (
            Table(
                "people",
                rows.person,
                _PERSON,
                ("identify",),
                ("user_id",),
                "updated_at",
                variants=(*NO_ID, *NO_EMAIL, TOO_LARGE, GONE, *ODD_VALUES),
            ),
            Table(
                "users",
                rows.user,
                rows.columns("email name plan updated_at org_id", user_id="", score=""),
                ("identify", "group"),
                ("user_id",),
                rules=(
                    {"call": "identify"},
                    {"call": "group", "only_if": {"column": "plan", "test": "not_null"}},
                ),
                variants=(
                    *NO_ID,
                    rejected("group", email=None),
                    rejected("identify", org_id=None),
                    Variant(Fate.SENT, {"plan": None}, ("identify",)),
                ),
                has_org=True,
            ),
            Table(
                "events",
                rows.event,
                rows.columns("event_name occurred_at", id="", user_id="", properties="object"),
                ("track",),
                ("id",),
                variants=(
                    *NO_ID,
                    rejected(occurred_at="yesterday"),
                    rejected(occurred_at=None),
                    rejected(event_name=" "),
                    GONE,
                ),
            ),
            Table(
                "orders",
                rows.order,
                rows.columns("id status paid_at", buyer="object", total="number"),
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
                    skipped(status="draft"),
                    rejected(buyer={}),
                    rejected(buyer={"id": 1.5}),
                    rejected(paid_at="soon"),
                ),
            ),
            Table(
                "memberships",
                rows.membership,
                rows.columns("org_id org_plan org_note", user_id="", org_value="integer"),
                ("group",),
                ("user_id", "org_id"),
                variants=(*NO_ID, rejected(org_id=None), rejected(org_id="null"), GONE),
                has_org=True,
            ),
            Table(
                "seats",
                rows.seat,
                rows.columns("team_id name", user_id="", seats="integer"),
                ("group",),
                rules=({"call": "group", "group_id": "team_id"},),
                variants=(*NO_ID, rejected(team_id=""), GONE),
                has_org=True,
            ),
            Table(
                "audiences",
                rows.of_audience,
                _AUDIENCE,
                ("identify",),
                ("user_id", "audience_name"),
                variants=(
                    *(*NO_ID, *NO_EMAIL, *NO_MEMBER, rejected(audience_name=None)),
                    Variant(Fate.SENT, DELETED),
                ),
            ),
            Table(
                "vips",
                rows.vip,
                rows.columns("email row_mark is_vip time", user_id=""),
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
                variants=(*NO_ID, *NO_EMAIL, skipped(is_vip=""), rejected(is_vip="perhaps")),
            ),
            Table(
                "messages",
                rows.message,
                rows.columns("type event group_id message_id timestamp", user_id="", **_OBJECTS),
                variants=(
                    *NO_ID,
                    skipped(type="page"),
                    skipped(integrations={"All": False}),
                    rejected(type="purchase"),
                    rejected(traits="{", properties="{"),
                    GONE,
                ),
                has_org=True,
            ),
            _AUDIT,
        ),
        Route.DEVELOPER_API: (
            CONTACTS,
            Table(
                "audiences",
                rows.of_audience,
                _AUDIENCE,
                ("contact",),
                ("user_id", "audience_name"),
                variants=(
                    *(*NO_EMAIL, *NO_MEMBER, rejected(audience_name=None)),
                    Variant(Fate.SENT, DELETED, ("contact_if_known",)),
                ),
            ),
            MEMBERS,
            Table(
                "leads",
                rows.lead,
                rows.columns("mail stage", id=""),
                ("contact",),
                ("id",),
                rules=(
                    {
                        "call": "identify",
                        "email": "mail",
                        "only_if": {"column": "stage", "test": "not_equals", "value": "test"},
                    },
                ),
                variants=(skipped(stage="test"), rejected(mail=None), rejected(mail="a@b@c")),
            ),
            _AUDIT,
        ),
    }
)
