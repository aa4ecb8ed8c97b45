"""Which tables are recognised without a rule, one by one, and which are not."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Skip
from destination_inflection.mapping.plan import plan_stream, selection_of
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.recognition import Warehouse, recognise
from destination_inflection.mapping.tables.selection import Selection, select
from destination_inflection.mapping.tables.stream_names import (
    base_name,
    shared_prefixes,
    split_names,
)
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import NOON

AT: JsonObject = {"timestamp": "2026-01-01T00:00:00Z"}
STAMPS = ("received_at", "sent_at", "timestamp", "uuid_ts")
EVENT = ("id", "user_id", "anonymous_id", "event", "event_text", *STAMPS)


def table(name: str, *columns: str, namespace: str | None = None) -> Table:
    return Table(namespace, name, columns)


def among(*tables: Table) -> Selection:
    return select(tables, tables, tables)


EVENTS = table("report_shared", *EVENT, "pages")
TRACKS = table("tracks", *EVENT)


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (table("x", "type", "userId", "traits", "messageId"), Warehouse.EACH_ROWS_CALL),
        (table("x", "type", "anonymous_id", "properties", "context"), Warehouse.EACH_ROWS_CALL),
        (table("identifies", "id", "user_id", "email", *STAMPS), Warehouse.IDENTIFY),
        (table("identifies", "id", "anonymous_id", "email", *STAMPS), Warehouse.IDENTIFY),
        (table("IDENTIFIES", "ID", "USER_ID", "EMAIL", "RECEIVED_AT"), Warehouse.IDENTIFY),
        (table("identifies_view", "id", "user_id", "email", *STAMPS), Warehouse.IDENTIFY),
        (table("users", "id", "email", "received_at"), Warehouse.IDENTIFY),
        (table("users", "id", "email", "uuid_ts"), Warehouse.IDENTIFY),
        (table("users", "id", "email", "context_library_name"), Warehouse.IDENTIFY),
        (table("groups", "id", "user_id", "group_id", *STAMPS), Warehouse.GROUP),
        (table("create_groups", *EVENT, "group_id"), Warehouse.TRACK),
        (table("landing_pages", *EVENT), Warehouse.TRACK),
        (table("x", *EVENT, "type", "traits", "context"), Warehouse.TRACK),
        (EVENTS, Warehouse.TRACK),
        (table("ORDER_PLACED", *(c.upper() for c in EVENT)), Warehouse.TRACK),
        (table("_users", *EVENT), Warehouse.TRACK),
        (table("_tracks", *EVENT), Warehouse.TRACK),
        (table("report_shared", *EVENT, "segment_id", "event_source_id"), Warehouse.TRACK),
        (TRACKS, Warehouse.TRACK),
        (table("audience_entered", *EVENT, "audience_key"), Warehouse.ENTERED),
        (table("audience_exited", *EVENT, "audience_key"), Warehouse.EXITED),
        (table("trait_computed", *EVENT, "trait_key"), Warehouse.COMPUTED_TRAIT),
        (table("pages", "id", "user_id", *STAMPS), SkipReason.NO_SUCH_CALL),
        (table("screens", "id", "anonymous_id", *STAMPS), SkipReason.NO_SUCH_CALL),
        (table("aliases", "id", "user_id", "previous_id", *STAMPS), SkipReason.NO_SUCH_CALL),
        (table("rudder_discards", "table_name", "received_at"), SkipReason.BOOKKEEPING),
        (table("rudder_identity_merge_rules", "merge_property_1_type"), SkipReason.BOOKKEEPING),
        (table("id_graph_updates", "segment_id"), SkipReason.BOOKKEEPING),
        (table("profile_merges", "segment_id"), SkipReason.BOOKKEEPING),
        (table("profile_traits_updates", "segment_id"), SkipReason.BOOKKEEPING),
        (table("external_id_mapping_updates", "segment_id"), SkipReason.BOOKKEEPING),
        (table("user_traits", "segment_id", "name", "value"), SkipReason.BOOKKEEPING),
        (table("user_identifiers", "segment_id", "type", "id"), SkipReason.BOOKKEEPING),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_what_is_recognised(written: Table, becomes: object) -> None:
    assert recognise(written, among(written)).becomes == becomes


@pytest.mark.parametrize("prefix", ["", "prod_", "prod", "segment "])
def test_only_events_with_a_selected_table_of_their_own_are_left_to_it(prefix: str) -> None:
    tracks, shared = table(f"{prefix}tracks", *EVENT), table(f"{prefix}report_shared", *EVENT)
    others = [shared, table(f"{prefix}_users", *EVENT), table(f"{prefix}order_{'x' * 57}", *EVENT)]
    plan = plan_stream(tracks, (), selection_of([tracks, *others], ()))

    def sends(event: str, slug: str | None) -> bool:
        row: JsonObject = {"user_id": "u", "event": slug, "event_text": event, **AT}
        (found,) = plan.map(row, None)
        assert isinstance(found, Call) or found == Skip(SkipReason.IN_EVENT_TABLES)
        return isinstance(found, Call)

    assert not sends("Report Shared", "report_shared")
    assert not sends("Report Shared", None)
    assert not sends("users", "_users")
    assert not sends("Order " + "x" * 70, f"order_{'x' * 70}")
    assert sends("Report Viewed", "report_viewed")
    assert sends("Shared", "shared")
    elsewhere = table("report_shared", *EVENT, namespace="other")
    alone = plan_stream(tracks, (), selection_of([tracks, elsewhere], ()))
    assert isinstance(
        alone.map({"user_id": "u", "event_text": "Report Shared", **AT}, None)[0], Call
    )


def test_words_that_some_events_share_are_not_the_prefix_of_all() -> None:
    tables = [TRACKS, table("order_completed", *EVENT), table("order_cancelled", *EVENT)]
    plan = plan_stream(TRACKS, (), selection_of(tables, ()))
    row: JsonObject = {"user_id": "u", "event": "completed", "event_text": "Completed", **AT}
    (found,) = plan.map(row, None)
    assert isinstance(found, Call)


@pytest.mark.parametrize(
    ("names", "becomes"),
    [
        (("prod_identifies", "prod_users"), Warehouse.IDENTIFY),
        (("PROD_IDENTIFIES_VIEW", "PROD_USERS"), Warehouse.IDENTIFY),
        (("segment_groups", "segment_trial_started"), Warehouse.GROUP),
        (("prodpages", "prodorders"), SkipReason.NO_SUCH_CALL),
        (("raw.app-pages", "raw.app-screens"), SkipReason.NO_SUCH_CALL),
    ],
)
def test_a_prefix_that_streams_share_does_not_hide_a_name(
    names: tuple[str, str], becomes: object
) -> None:
    first, second = (
        table(name, "id", "user_id", "group_id", "received_at", "uuid_ts") for name in names
    )
    selection = among(first, second)
    assert recognise(selection.known(first), selection).becomes == becomes
    alone = among(first)
    with pytest.raises(ConfigError):
        recognise(alone.known(first), alone)


def test_a_whole_name_that_ends_in_a_separator_is_not_a_prefix_that_streams_share() -> None:
    assert shared_prefixes(["prod_", "prod_tracks", "zebra"]) == frozenset()


@given(
    names=st.lists(st.text("ab_-", min_size=1, max_size=6), max_size=5),
    name=st.text("ab_", max_size=6),
)
def test_a_name_without_its_prefix_is_never_empty(names: list[str], name: str) -> None:
    prefixes = shared_prefixes([*names, name])
    split = split_names(name, prefixes)
    assert all(prefix + rest == base_name(name) for rest, prefix in split.items())
    assert "" not in split or base_name(name) == ""


def test_a_view_is_skipped_beside_its_table() -> None:
    view = table("report_shared_view", *EVENT, "pages")
    assert recognise(view, among(EVENTS, view)).becomes is SkipReason.TWIN
    assert recognise(EVENTS, among(EVENTS, view)).becomes is Warehouse.TRACK
    assert recognise(view, among(view)).becomes is Warehouse.TRACK


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (table("accounts", "id", "name", "received_at"), ["no user id", "add a rule"]),
        (table("orgs", "org_id", "name"), ["no user id", "add a rule"]),
        (table("products", "id", "price"), ["not recognised", "user_id or email"]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_is_not(given: Table, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        recognise(given, among(given))
    for word in words:
        assert word in caught.value.message


def sent(given: Table, row: JsonObject, *rules: Rule) -> JsonObject:
    """A row's message; a row of a warehouse has a time unless it says otherwise."""
    stamp = "RECEIVED_AT" if "RECEIVED_AT" in given.columns else "received_at"
    stamps: JsonObject = {stamp: NOON} if given.layout.is_warehouse else {}
    (call,) = plan_stream(given, rules).map({**stamps, **row}, None)
    assert isinstance(call, Call), call
    message: JsonObject = orjson.loads(call.body)
    return message


def test_identifies_without_an_email_column_ask_for_one() -> None:
    with pytest.raises(ConfigError, match="email"):
        plan_stream(table("identifies", "id", "user_id", "plan", *STAMPS), ())


def test_null_in_a_table_of_messages_is_absent_whatever_the_rule_says() -> None:
    rule = Rule("*", "identify", nulls="send")
    messages = table("identifies", "id", "user_id", "email", "plan", *STAMPS)
    row: JsonObject = {"id": "m", "user_id": "u", "email": "a@b.c", "plan": None}
    assert sent(messages, row, rule)["traits"] == {"email": "a@b.c"}
    newest = table("users", "id", "email", "plan", "received_at")
    row = {"id": "u", "email": "a@b.c", "plan": None, "received_at": None}
    assert sent(newest, row, rule)["traits"] == {"email": "a@b.c", "plan": None}
    assert sent(newest, row)["traits"] == {"email": "a@b.c"}


def test_context_columns_are_nested_by_the_table_and_unknown_ones_stay_flat() -> None:
    columns = {
        "context_ip": "ip",
        "context_locale": "locale",
        "context_timezone": "timezone",
        "context_active": "active",
        "context_channel": "channel",
        "context_user_agent": "userAgent",
        "context_group_id": "groupId",
        "context_device_advertising_id": "device.advertisingId",
        "context_device_ad_tracking_enabled": "device.adTrackingEnabled",
        "context_device_model": "device.model",
        "context_app_version": "app.version",
        "context_campaign_source": "campaign.source",
        "context_network_wifi": "network.wifi",
        "context_os_name": "os.name",
        "context_page_url": "page.url",
        "context_personas_computation_class": "personas.computation_class",
        "context_personas_namespace": "personas.namespace",
        "context_referrer_type": "referrer.type",
        "context_screen_width": "screen.width",
        "context_traits_email": "traits.email",
        "context_protocols_source_id": "protocols_source_id",
    }
    given = table("e", *EVENT, *columns, "context_library_name")
    # Each value is the place it belongs to, so a misplaced one shows.
    row: JsonObject = {"id": "m", "user_id": "u", "event": "e", "event_text": "E", **columns}
    context = sent(given, {**row, "context_library_name": "other"})["context"]
    assert isinstance(context, dict)
    assert context.pop("library") != {"name": "other"}
    flat = {
        f"{outer}.{inner}" if inner else outer: value
        for outer, values in context.items()
        for inner, value in (values.items() if isinstance(values, dict) else [("", values)])
    }
    assert flat == {place: place for place in columns.values()}


def test_a_bare_trait_wins_over_its_twin_in_the_context() -> None:
    given = table("identifies", "id", "user_id", "context_traits_plan", "plan", "email", *STAMPS)
    row: JsonObject = {"user_id": "u", "email": "a@b.c", "context_traits_plan": "old"}
    assert sent(given, {**row, "plan": "new"})["traits"] == {"plan": "new", "email": "a@b.c"}
    assert sent(given, {**row, "plan": None})["traits"] == {"plan": "old", "email": "a@b.c"}


def test_system_columns_are_no_properties() -> None:
    system = ("loaded_at", "channel", "record_id", "uuid", "_fivetran_synced", "_dlt_id", "_sdc_x")
    given = table("e", *EVENT, *system, "_id", "_order", "_2fa", "_hidden")
    row: JsonObject = {**dict.fromkeys(given.columns, "v"), "timestamp": NOON}
    assert sent(given, row)["properties"] == {
        "id": "v",
        "order": "v",
        "2fa": "v",
        "_hidden": "v",
    }


def test_a_row_of_rudderstack_without_its_event_goes_by_its_columns() -> None:
    given = table("e", *EVENT, "rudder_event", "x")
    row: JsonObject = {"user_id": "u", "event_text": "E", "x": 1}
    for missing in (None, "", "{broken", "[]"):
        assert sent(given, {**row, "rudder_event": missing})["properties"] == {"x": 1}


def test_rudderstack_keeps_the_traits_of_an_identify_in_the_context() -> None:
    given = table("identifies", "id", "user_id", "email", "rudder_event", *STAMPS)
    event = {"type": "identify", "userId": "u", "context": {"traits": {"email": "a@b.c", "n": 1}}}
    row: JsonObject = {"id": "m", "user_id": "u", "rudder_event": orjson.dumps(event).decode()}
    assert sent(given, row)["traits"] == {"email": "a@b.c", "n": 1}


def test_a_table_that_merely_received_something_is_the_user_s_own() -> None:
    own = table("payments", "id", "user_id", "received_at", "orderTotal", "channel")
    row: JsonObject = {"id": 1, "user_id": 2, "orderTotal": 5, "channel": "web"}
    message = sent(own, row, Rule("payments", "track", event="Paid"))
    assert message["properties"] == {"id": 1, "orderTotal": 5, "channel": "web"}
    assert message["messageId"] != "1"


def test_the_plain_spelling_of_a_column_counts() -> None:
    given = table("e", "_id", "_user_id", *EVENT)
    row: JsonObject = {"id": "m", "user_id": "u", "event_text": "E", "_id": 1, "_user_id": 2}
    message = sent(given, row)
    assert (message["messageId"], message["userId"]) == ("m", "u")
    assert message["properties"] == {"id": 1, "user_id": 2}


def test_a_deleted_row_is_skipped_though_it_holds_its_message() -> None:
    given = table("e", *EVENT, "rudder_event", "_ab_cdc_deleted_at")
    event = {"type": "track", "userId": "u", "event": "E", "messageId": "m"}
    row: JsonObject = {"user_id": "u", "event_text": "E", "_ab_cdc_deleted_at": "t"}
    row["rudder_event"] = orjson.dumps(event).decode()
    assert plan_stream(given, ()).map(row, None) == [Skip(SkipReason.DELETED)]


def test_an_embedded_message_of_no_known_type_gives_way_to_the_columns() -> None:
    given = table("e", *EVENT, "rudder_event", "x")
    row: JsonObject = {"user_id": "u", "event_text": "E", "x": 1, "rudder_event": '{"a":1}'}
    assert sent(given, row)["properties"] == {"x": 1}


def test_tables_that_a_rule_skips_do_not_make_others_be_skipped() -> None:
    view = table("report_shared_view", *EVENT, "pages")
    skip = (Rule("report_shared", "skip"),)
    for one in (view, TRACKS):
        (part,) = plan_stream(one, skip, selection_of([one, EVENTS], skip)).parts
        assert part.description.becomes == "track"


def test_events_whose_table_becomes_something_else_are_sent_from_tracks() -> None:
    row: JsonObject = {"user_id": "u", "event": "report_shared", "event_text": "R", **AT}
    other = Rule("report_shared", "identify", user_id=("user_id",))
    for rules, is_sent in (
        ((other,), True),
        ((other, Rule("report_shared", "track")), False),
        ((), False),
    ):
        plan = plan_stream(TRACKS, rules, selection_of([TRACKS, EVENTS], rules))
        assert isinstance(plan.map(row, None)[0], Call) is is_sent


@pytest.mark.parametrize("names", [("orders", "orders_view"), ("e", "E_view")])
def test_tables_without_declared_columns_are_not_twins(names: tuple[str, str]) -> None:
    one, view = table(names[0]), table(names[1])
    assert among(one, view).twin_of(view) is None


def test_the_view_of_tracks_is_not_an_event_table() -> None:
    view = table("tracks_view", *EVENT)
    assert recognise(TRACKS, among(TRACKS, view)).becomes is Warehouse.TRACK
    assert recognise(view, among(TRACKS, view)).becomes is SkipReason.TWIN


def test_a_view_of_another_namespace_is_not_a_twin() -> None:
    view = table("report_shared_view", *EVENT, namespace="other")
    assert recognise(view, among(EVENTS, view)).becomes is Warehouse.TRACK


def test_a_context_value_that_finds_no_room_stays_flat() -> None:
    given = table("e", *EVENT, "context_page", "context_page_url")
    row: JsonObject = {"user_id": "u", "event_text": "E", "context_page": "p"}
    context = sent(given, {**row, "context_page_url": "x"})["context"]
    assert isinstance(context, dict)
    assert (context["page"], context["page_url"]) == ("p", "x")


@pytest.mark.parametrize(
    "names",
    [
        ("page_view", "page"),
        ("product_view", "product"),
        ("customers_view", "customers"),
    ],
)
def test_a_table_whose_name_ends_in_view_is_a_twin_only_with_the_same_columns(
    names: tuple[str, str],
) -> None:
    view, other = table(names[0], *EVENT, "x"), table(names[1], *EVENT, "y")
    assert recognise(view, among(view, other)).becomes is Warehouse.TRACK
    assert recognise(other, among(view, other)).becomes is Warehouse.TRACK


def test_an_event_called_view_is_known_by_its_whole_name() -> None:
    viewed = table("page_view", *EVENT, "x")
    plan = plan_stream(TRACKS, (), selection_of([TRACKS, viewed], ()))
    for event, is_sent in (("page_view", False), ("page", True)):
        row: JsonObject = {"user_id": "u", "event": event, "event_text": event, **AT}
        assert isinstance(plan.map(row, None)[0], Call) is is_sent
    views = [table("tracks_view", *EVENT), table("page_viewed_view", *EVENT)]
    plan = plan_stream(views[0], (), selection_of(views, ()))
    row = {"user_id": "u", "event": "page_viewed", "event_text": "Page Viewed", **AT}
    assert plan.map(row, None) == [Skip(SkipReason.IN_EVENT_TABLES)]


@pytest.mark.parametrize("rule", [Rule("*", "track"), Rule("tracks", "track")])
def test_a_rule_does_not_double_events_either(rule: Rule) -> None:
    plan = plan_stream(TRACKS, (rule,), selection_of([TRACKS, EVENTS], (rule,)))
    row: JsonObject = {"user_id": "u", "event": "report_shared", "event_text": "R", **AT}
    assert plan.map(row, None) == [Skip(SkipReason.IN_EVENT_TABLES)]


@pytest.mark.parametrize(
    "own",
    [
        table("profile_views", "id", "user_id", "viewed_at"),
        table("profile_settings", "user_id", "theme"),
        table("user_traits", "user_id", "trait", "value"),
        table("external_id_map", "user_id", "crm_id"),
    ],
    ids=lambda own: own.name,
)
def test_own_tables_with_a_name_like_a_tool_s_are_not_skipped_in_silence(own: Table) -> None:
    with pytest.raises(ConfigError, match="add a rule"):
        recognise(own, among(own))


def test_the_message_id_of_an_own_table_is_derived_unless_a_rule_names_it() -> None:
    mails = Table(
        None,
        "email_events",
        ("id", "user_id", "event", "timestamp", "message_id"),
        (("id",),),
    )
    row: JsonObject = {"user_id": 1, "message_id": "mg-1", **AT}
    ids = [sent(mails, {**row, "id": e, "event": e}) for e in ("delivered", "opened")]
    assert ids[0]["messageId"] != ids[1]["messageId"]
    assert ids[0]["properties"] == {"id": "delivered", "message_id": "mg-1"}
    rule = Rule("email_events", "track", message_id=("message_id",))
    assert sent(mails, {**row, "id": 1, "event": "e"}, rule)["messageId"] == "mg-1"
