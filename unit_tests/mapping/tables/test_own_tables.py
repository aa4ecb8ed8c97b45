"""Tables as people have them: which are recognised, as what, and which ask for a rule."""

from dataclasses import dataclass, field
from typing import Final

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import plan_stream, selection_of
from destination_inflection.mapping.tables.column_types import ColumnType, Kind
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import message

STAMPS: Final = ("received_at", "sent_at", "timestamp", "original_timestamp")


@dataclass(frozen=True)
class Case:
    """A table, and what a careful person would say that it is; `call` is None where nobody can."""

    name: str
    columns: str
    key: str = ""
    call: str | None = None
    feeds: dict[str, str] = field(default_factory=dict)
    """What feeds each field of the call."""
    sent: tuple[str, ...] | None = None
    """All traits or properties, where they matter."""

    @property
    def table(self) -> Table:
        key = tuple((column,) for column in self.key.split())
        return Table(None, self.name, tuple(self.columns.split()), key)


IDENTIFY: Final = {"userId": "user_id", "email": "email"}
WAREHOUSE: Final = f"id anonymous_id user_id {' '.join(STAMPS)} context_library_name"
CASES: Final = [
    Case("dim_users", "user_id email first_name account_id created_at", "user_id", "identify",
         IDENTIFY),
    Case("users_plain", "id email company_id created_at", "id", "identify",
         {"userId": "id", "email": "email"}),
    Case("USERS", "ID EMAIL FIRST_NAME ACCOUNT_ID _AIRBYTE_RAW_ID", "ID", "identify",
         {"userId": "ID", "email": "EMAIL"}),
    Case("signups", "user_id email signed_up_at utm_source", "", "identify", IDENTIFY),
    Case("contacts", "contact_id email_address first_name"),
    Case("leads", "lead_id email status created_at"),
    Case("customers", "customer_id customer_email name"),
    Case("product_events", "event_id user_id org_id event_name occurred_at", "event_id", "track",
         {"userId": "user_id", "event": "event_name", "timestamp": "occurred_at"}),
    Case("events_track", "event_id user_id event_type event_timestamp properties", "event_id",
         "track", {"userId": "user_id", "event": "event_type"}),
    Case("email_events", "user_id event timestamp campaign", "", "track",
         {"userId": "user_id", "event": "event", "timestamp": "timestamp"}),
    Case("fct_events", "event_id user_key event_name event_at", "event_id"),
    Case("logins", "id user_id created_at ip", "id"),
    Case("usage_daily", "user_id account_id date sessions reports_created"),
    Case("workspace_members", "user_id workspace_id role joined_at", "user_id workspace_id",
         "group", {"userId": "user_id", "groupId": "workspace_id"}, ()),
    Case("memberships", "user_id org_id org_name org_plan role created_at", "", "group",
         {"userId": "user_id", "groupId": "org_id"}, ("name", "plan")),
    Case("companies", "id name domain", "id"),
    Case("workspaces", "workspace_id name owner_id plan", "workspace_id"),
    Case("subscriptions", "id account_id plan mrr status started_at", "id"),
    Case("feature_flags", "user_id flag_key enabled updated_at", "user_id flag_key"),
    Case("audience_trial_expiring", "user_id email audience_name entered_at is_member",
         "user_id audience_name", "audience",
         {**IDENTIFY, "audience": "audience_name", "membership": "is_member"}),
    Case("ga4_events", "event_date event_timestamp event_name user_id user_pseudo_id event_params",
         "", "track",
         {"userId": "user_id", "event": "event_name", "timestamp": "event_timestamp"}),
    Case("orders", "id user_id email status total created_at updated_at", "id"),
    # Others of the same kinds.
    Case("orders", "user_id email total created_at"),
    Case("newsletter_orders", "id email total", "id"),
    Case("invoices", "id email amount", "id"),
    Case("support_tickets", "id email subject", "id"),
    Case("people", "id email", "", "identify", {"userId": "id"}),
    Case("People", "userId emailAddress", "", "identify", {"userId": "userId"}),
    Case("crm_contacts", "id email account_id", "id", "identify", {"userId": "id"}),
    Case("AppUsers", "ID EMAILADDRESS", "", "identify", {"email": "EMAILADDRESS"}),
    Case("user_settings", "user_id email theme", "user_id", "identify", IDENTIFY),
    Case("user_orders", "id email total", "id"),
    Case("products", "id email price", "id"),
    Case("people", "contact_id email account_id", "contact_id"),
    Case("users", "user_key email", "user_key"),
    Case("users", "id work_email", "id"),
    Case("users", "id email tenant_id", "id tenant_id"),
    Case("x", "user_id event_name created_at", "", "track", {"event": "event_name"}),
    Case("x", "user_id event event_name time", "", "track", {"event": "event_name"}),
    Case("x", "type user_id event time properties", "", "track", {"event": "event"}),
    Case("x", "USERID EVENTNAME CREATEDAT", "", "track", {"userId": "USERID"}),
    Case("leads", "id email received_at", "", "identify", {"userId": "id"}),
    Case("users_plain_v2", "id email", "", "identify", {"userId": "id"}),
    *(
        Case(name, "id email name customer_id", "id")
        for name in (
            *("user_traits", "customer_emails", "ContactPointEmail", "user_identities"),
            *("customer_companies", "user_accounts", "contact_tags", "lead_sources", "user_posts"),
            *("order_customers", "users_db_companies", "users_history"),
        )
    ),
    *(
        Case(name, "user_id org_id role")
        for name in ("removed_members", "invited_members", "storg_users", "org_user_events")
    ),
    Case("org_members", "user_id org_id org_api_key org_secret org_token org_password", "", "group",
         {"groupId": "org_id"}, ()),
    Case("org_members", "user_id org_id org_role_id org_roles org_member_id org_member_of org_tier",
         "", "group", {"groupId": "org_id"}, ("tier",)),
    Case("audience_members", "user_id account_id email audience_name is_member", "", "audience",
         {"audience": "audience_name"}),
    Case("api_keys", "id user_id account_id name created_at", "id"),
    Case("user_accounts", "user_id account_id role created_at", "id"),
    Case("grants", "User ID workspaceId role", "", None),
    Case("grants", "userId workspaceId role", "userId workspaceId", "group",
         {"groupId": "workspaceId"}, ()),
    Case("account_users", "id user_id account_id accountName account_role account_user_count", "id",
         "group", {"groupId": "account_id"}, ("name",)),
    Case("TeamMembership", "USER_ID TEAM_ID INDUSTRY EMPLOYEES TEAM_EMAIL NAME", "",
         "group", {"groupId": "TEAM_ID"}, ("industry", "employees")),
    Case("org_members", "user_id org_id email org_status org_member_role website", "", "group",
         {"userId": "user_id"}, ("website",)),
    Case("team_members", "id team_id account_id user_id", "id", "group", {"groupId": "team_id"}),
    Case("organizations_users", "user_id organization_id", "", "group", {"userId": "user_id"}),
    Case("deleted_users", "id email", "id"),
    Case("users_daily", "user_id email day"),
    Case("dim_users_scd", "user_id email valid_from valid_to", "user_id"),
    Case("addresses", "user_id email street"),
    Case("page_view", "user_id email url"),
    Case("email_bounces", "user_id email"),
    Case("daily", "user_id org_id date sessions", "user_id org_id date"),
    Case("members", "user_id org_id team_id", "user_id org_id", "group", {"groupId": "org_id"}),
    Case("audience", "user_id audience_name is_member"),
    Case("audience", "user_id email audience_name"),
    Case("audience", "user_id email segment_name in_audience", "", "audience",
         {"audience": "segment_name", "membership": "in_audience"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {case.columns[:40]}")
def test_what_a_table_is(case: Case) -> None:
    if case.call is None:
        with pytest.raises(ConfigError, match="add a rule"):
            plan_stream(case.table, ())
        return
    (part,) = plan_stream(case.table, ()).parts
    said = part.description
    assert said.becomes == case.call
    fed = {feed.to: feed.source.partition(" ")[0] for feed in said.feeds}
    assert {to: fed.get(to) for to in case.feeds} == case.feeds
    if case.sent is not None:
        inside = [feed.path[1] for feed in said.feeds if feed.path[0] == "traits"]
        assert sorted(inside) == sorted(case.sent)


def test_tables_of_segment_behind_a_prefix() -> None:
    identifies = Case("prod_identifies", f"{WAREHOUSE} email plan", "id").table
    events = Case("prod_order_completed", f"{WAREHOUSE} event event_text revenue", "id").table
    selection = selection_of([identifies, events], ())
    for table, call in ((identifies, "identify"), (events, "track")):
        (part,) = plan_stream(table, (), selection).parts
        fed = {feed.to: feed.source for feed in part.description.feeds}
        assert part.description.becomes == call
        assert fed["messageId"] == "id"


def test_a_member_s_own_columns_stay_off_the_org() -> None:
    table = Case("org_members", "user_id org_id org_name email role created_at").table
    row: JsonObject = {"user_id": 1, "org_id": "o", "org_name": "Lumen", "email": "a@b.example"}
    sent = message(table, {**row, "role": "admin", "created_at": "2026-01-01"})
    assert sent["traits"] == {"name": "Lumen"}
    context = sent["context"]
    assert isinstance(context, dict)
    assert context["traits"] == {"email": "a@b.example"}


def test_the_plan_says_how_to_send_what_is_left_out() -> None:
    (part,) = plan_stream(Case("org_members", "user_id org_id role").table, ()).parts
    assert dict(part.description.left_out) == {
        "role": "not the org's: a rule with the call group sends it"
    }


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.LIST])
def test_a_mark_that_cannot_be_a_boolean_is_not_a_mark(kind: Kind) -> None:
    types = {"member": ColumnType(frozenset({kind}))}
    table = Table(None, "x", ("email", "user_id", "audience", "member"), types=types)
    with pytest.raises(ConfigError, match="add a rule"):
        plan_stream(table, ())


@pytest.mark.parametrize(
    ("case", "becomes"),
    [
        (Case("x", "email plan"), "contact"),
        (Case("x", "id email plan"), "contact"),
        (Case("x", "user_id email"), "contact"),
        (Case("org_members", "user_id org_id email"), "contact"),
        (Case("x", "email audience_name is_member"), "audience, as contact"),
        (Case("x", "id user_id email", "id"), None),
        (Case("x", "id user_id email"), None),
        (Case("x", "id user_id email", "user_id"), "contact"),
        (Case("x", "email event created_at"), None),
    ],
)
def test_where_people_are_known_by_their_email(case: Case, becomes: str | None) -> None:
    if becomes is None:
        with pytest.raises(ConfigError):
            plan_stream(case.table, (), takes=Takes.CONTACTS)
    else:
        (part,) = plan_stream(case.table, (), takes=Takes.CONTACTS).parts
        assert part.description.becomes == becomes
