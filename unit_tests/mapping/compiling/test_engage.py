"""Engage's tables: what the key in each row names becomes a trait of the user."""

from dataclasses import replace

import orjson
import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import LIBRARY, Call, Mapped, Reject, Skip
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.mappers.memberships import Presence
from destination_inflection.mapping.plan import plan_stream, selection_of
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.column_types import ColumnType, Kind
from destination_inflection.mapping.tables.table import Table

EVENT = ("id", "user_id", "event", "event_text", "context_traits_email", "received_at", "uuid_ts")
ROW: JsonObject = {"id": "m", "user_id": "u", "context_traits_email": "a@b.c"}
NOT_STATED = Skip(SkipReason.NO_MEMBERSHIP)


def table(name: str, *columns: str) -> Table:
    return Table(None, name, (*EVENT, *columns))


def body(result: Mapped) -> JsonObject:
    assert isinstance(result, Call), result
    message: JsonObject = orjson.loads(result.body)
    return message


def mapped(given: Table, row: JsonObject, *rules: Rule, takes: Takes = Takes.MESSAGES) -> Mapped:
    (result,) = plan_stream(given, rules, selection_of([given], rules), takes).map(
        {**ROW, **row}, None
    )
    return result


def traits(given: Table, row: JsonObject, *rules: Rule) -> JsonObject:
    found = body(mapped(given, row, *rules))["traits"]
    assert isinstance(found, dict)
    assert found.pop("email") == "a@b.c"
    return found


@pytest.mark.parametrize("key", ["j_o_x__y", "VIP Customers", "2fa", " vip ", "größe", "$$"])
def test_the_key_is_the_trait_s_name_as_it_is(key: str) -> None:
    given = table("audience_entered", "audience_key")
    message = body(mapped(given, {"audience_key": key}))
    name = key.strip()
    assert message["traits"] == {name: True, "email": "a@b.c"}
    assert message["context"] == {
        "personas": {"computation_class": "audience", "computation_key": name},
        "library": LIBRARY,
    }


@pytest.mark.parametrize(
    ("key", "expected"), [("j_o_x__y", "j_o_x_y"), ("VIP Customers", "vip_customers")]
)
def test_contacts_have_names_in_snake_case(key: str, expected: str) -> None:
    entered = table("audience_entered", "audience_key")
    contact = body(mapped(entered, {"audience_key": key}, takes=Takes.CONTACTS))
    assert contact == {"email": "a@b.c", "properties": {expected: True}}
    computed = table("trait_computed", "trait_key", expected, "context_ip")
    row: JsonObject = {"trait_key": key, expected: [1], "context_ip": "192.0.2.1"}
    contact = body(mapped(computed, row, takes=Takes.CONTACTS))
    assert contact == {"email": "a@b.c", "properties": {expected: "[1]"}}


@pytest.mark.parametrize("takes", list(Takes))
def test_a_key_without_a_letter_is_no_property_s_name(takes: Takes) -> None:
    given = table("trait_computed", "trait_key", "$$")
    result = mapped(given, {"trait_key": "$$", "$$": 1}, takes=takes)
    if takes is Takes.CONTACTS:
        assert result == Reject(Reason.MISSING_TRAIT, "trait_key")
    else:
        assert body(result)["traits"] == {"$$": 1, "email": "a@b.c"}


def test_in_a_user_s_own_table_the_name_is_made_of_the_audience_s() -> None:
    own = Table(None, "t", ("user_id", "email", "audience_key"))
    rule = Rule("t", "audience", audience_column=("audience_key",))
    (result,) = plan_stream(own, (rule,)).map(
        {"user_id": "u", "email": "a@b.c", "audience_key": "j_o_x__y"}, None
    )
    assert body(result)["traits"] == {"j_o_x_y": True, "email": "a@b.c"}


MOVEMENTS: list[tuple[JsonObject, Presence | None, bool | None]] = [
    # The boolean in the key's column goes first.
    ({"vip_2": True}, None, True),
    ({"vip_2": False}, None, False),
    ({"vip_2": "true"}, None, True),
    ({"vip_2": 0}, None, False),
    ({"vip_2": False}, Presence.MEMBER, False),
    ({"vip_2": True, "event": "audience_exited"}, Presence.NO_MEMBER, True),
    # Then the event.
    ({"event": "audience_entered"}, None, True),
    ({"event": "audience_exited"}, None, False),
    ({"event_text": "Audience Entered"}, None, True),
    ({"event": "x", "event_text": "Audience Exited"}, None, False),
    ({"vip_2": None, "event": "AUDIENCE_EXITED"}, Presence.MEMBER, False),
    ({"vip_2": "pro", "event": "audience_exited"}, Presence.MEMBER, False),
    # Then the table's name.
    ({}, Presence.MEMBER, True),
    ({}, Presence.NO_MEMBER, False),
    ({"event": "Segment Joined"}, Presence.NO_MEMBER, False),
    ({"event": 7}, None, None),
    ({"event": "Segment Joined"}, None, None),
    ({}, None, None),
]


@pytest.mark.parametrize(("row", "presence", "expected"), MOVEMENTS)
@pytest.mark.parametrize("key", ["vip_2", "VIP 2", "vip__2"])
@pytest.mark.parametrize("capitals", [False, True])
@pytest.mark.parametrize("takes", list(Takes))
def test_who_is_a_member(  # noqa: PLR0913, PLR0917 - one table of cases
    row: JsonObject,
    presence: Presence | None,
    expected: bool | None,
    key: str,
    capitals: bool,
    takes: Takes,
) -> None:
    given: JsonObject = {**ROW, "audience_key": key, **row}
    columns: tuple[str, ...] = (*EVENT, "audience_key", "vip_2")
    if capitals:
        given = {name.upper(): value for name, value in given.items()}
        columns = tuple(name.upper() for name in columns)
    name = {Presence.MEMBER: "who_entered", Presence.NO_MEMBER: "who_exited", None: "anything"}
    moved = Table(None, name[presence], columns)
    (result,) = plan_stream(moved, (), takes=takes).map(given, None)
    if expected is None:
        assert result == NOT_STATED
        return
    message = body(result)
    trait, place = (key, "traits") if takes is Takes.MESSAGES else ("vip_2", "properties")
    found = message[place]
    assert isinstance(found, dict)
    assert found[trait] is expected


def test_a_value_nobody_can_read_is_a_reject_where_nothing_else_says() -> None:
    given = table("anything", "audience_key", "vip")
    row: JsonObject = {**ROW, "audience_key": "vip", "vip": "perhaps"}
    assert plan_stream(given, ()).map(row, None) == [
        Reject(Reason.UNREADABLE_MEMBER, "audience_key")
    ]


@pytest.mark.parametrize("key", [None, "", " "])
def test_a_row_without_a_key_is_rejected(key: Json) -> None:
    entered = table("audience_entered", "audience_key")
    assert mapped(entered, {"audience_key": key}) == Reject(Reason.MISSING_AUDIENCE, "audience_key")
    computed = table("trait_computed", "trait_key")
    assert mapped(computed, {"trait_key": key}) == Reject(Reason.MISSING_TRAIT, "trait_key")


TRAITS: list[tuple[str, JsonObject, Json]] = [
    ("total_revenue_180_days", {"total_revenue_180_days": 450.0}, 450.0),
    ("j_o_x__y_h", {"j_o_x_y_h": "a"}, "a"),
    ("Total Revenue", {"TOTAL_REVENUE": 0}, 0),
    ("2fa", {"_2fa": False}, False),
    ("2FA", {"_2FA": True}, True),
    ("id", {"id": "m", "_id": "x"}, "x"),
]


@pytest.mark.parametrize(("key", "row", "value"), TRAITS)
@pytest.mark.parametrize("declared", [True, False])
def test_a_computed_trait_is_found_by_its_key_and_sent_under_it(
    key: str, row: JsonObject, value: Json, declared: bool
) -> None:
    columns = [name for name in row if name not in EVENT] if declared else []
    given = table("trait_computed", "trait_key", *columns)
    assert traits(given, {"trait_key": key, **row}) == {key: value}


@pytest.mark.parametrize(("key", "row", "_value"), TRAITS)
def test_a_column_that_holds_nothing_is_a_skip(key: str, row: JsonObject, _value: Json) -> None:
    given = table("trait_computed", "trait_key", *(name for name in row if name not in EVENT))
    absent: JsonObject = {"trait_key": key}
    null = {name: None for name in row if name not in EVENT}
    assert mapped(given, absent) == NOT_STATED
    assert mapped(given, {**absent, **null}) == NOT_STATED


@pytest.mark.parametrize("key", ["ltv", "id", "event", "trait_key", "$$", "timestamp"])
def test_a_key_that_no_column_holds_is_a_reject(key: str) -> None:
    given = table("trait_computed", "trait_key", "total")
    row: JsonObject = {"trait_key": key, "event": "trait_computed", "total": 5, "other": 6}
    assert mapped(given, row) == Reject(Reason.MISSING_TRAIT, "trait_key")


PERSONAS = ("class", "id", "key")


@pytest.mark.parametrize(
    ("given", "row"),
    [
        (table("audience_entered", "audience_key", "vip"), {"audience_key": "vip", "vip": True}),
        (table("trait_computed", "trait_key", "ltv"), {"trait_key": "ltv", "ltv": 5}),
    ],
    ids=["audience", "trait"],
)
@pytest.mark.parametrize("capitals", [False, True])
def test_the_row_s_own_context_is_kept_and_its_personas_count(
    given: Table, row: JsonObject, capitals: bool
) -> None:
    more: JsonObject = {
        "context_personas_computation_class": "journey_step",
        "context_personas_computation_id": "aud_1",
        "context_personas_space_id": "spa_1",
        "context_personas_namespace": None,
        "context_ip": "192.0.2.1",
        "context_page_url": "https://a.example",
        "context_traits_plan": "team",
        "context_library_name": "other",
        "context_device_token": "t",
    }
    whole: JsonObject = {**ROW, **row, **more}
    if capitals:
        given = Table(None, given.name, tuple(name.upper() for name in given.columns))
        whole = {name.upper(): value for name, value in whole.items()}
    (result,) = plan_stream(given, ()).map(whole, None)
    assert isinstance(result, Call)
    assert [name.lower() for name in result.withheld] == ["context_device_token"]
    assert body(result)["context"] == {
        "personas": {
            "computation_class": "journey_step",
            "computation_key": "vip" if "vip" in row else "ltv",
            "computation_id": "aud_1",
            "space_id": "spa_1",
        },
        "ip": "192.0.2.1",
        "page": {"url": "https://a.example"},
        "traits": {"plan": "team"},
        "library": LIBRARY,
    }


def test_a_personas_column_that_is_no_object_is_kept_as_engage_wrote_it() -> None:
    given = table("audience_entered", "audience_key", "context_personas")
    message = body(mapped(given, {"audience_key": "vip", "context_personas": "x"}))
    assert message["context"] == {"personas": "x", "library": LIBRARY}


def test_the_plan_shows_the_context() -> None:
    given = table("audience_entered", "audience_key", "context_ip", "context_library_name")
    (part,) = plan_stream(given, ()).parts
    assert "context: ip from context_ip" in str(part.description)
    assert "library" not in str(part.description)


ENGAGES = [("audience_entered", "audience_key"), ("trait_computed", "trait_key")]


@pytest.mark.parametrize("takes", list(Takes))
@pytest.mark.parametrize(("name", "key"), ENGAGES)
def test_without_an_email_a_row_is_rejected(name: str, key: str, takes: Takes) -> None:
    row: JsonObject = {"context_traits_email": None, key: "vip", "vip": True}
    result = mapped(table(name, key, "vip"), row, takes=takes)
    assert result == Reject(Reason.MISSING_EMAIL, "context_traits_email")


@pytest.mark.parametrize("takes", list(Takes))
@pytest.mark.parametrize(("name", "key"), ENGAGES)
def test_a_table_that_can_t_hold_an_email_is_an_error(name: str, key: str, takes: Takes) -> None:
    columns = (*(c for c in EVENT if c != "context_traits_email"), key, "mail")
    given = Table(None, name, columns)
    with pytest.raises(ConfigError) as caught:
        plan_stream(given, (), selection_of([given], ()), takes)
    for words in (f'"{name}"', "set email in a rule", f"audience_column {key}"):
        assert words in caught.value.message
    # The rule that the error proposes makes of the table what it is.
    rule = Rule(name, "audience", audience_column=(key,), email=("mail",))
    row: JsonObject = {"user_id": "u", "event": "audience_entered", key: "x__y", "mail": "a@b.c"}
    (result,) = plan_stream(given, (rule,), selection_of([given], (rule,)), takes).map(
        {**row, "x_y": 5}, None
    )
    message = body(result)
    name_sent = "x__y" if takes is Takes.MESSAGES else "x_y"
    sent = message["traits" if takes is Takes.MESSAGES else "properties"]
    assert isinstance(sent, dict)
    assert sent[name_sent] == (True if key == "audience_key" else 5)


def test_a_rule_may_name_the_column_that_says_who_is_a_member() -> None:
    given = table("audience_entered", "audience_key", "vip", "state")
    rule = Rule(given.name, "audience", audience_column=("audience_key",), member_column=("state",))
    assert traits(given, {"audience_key": "vip", "vip": True, "state": "left"}, rule) == {
        "vip": False
    }


@pytest.mark.parametrize(("name", "key"), ENGAGES)
def test_a_deleted_row_of_a_log_says_nothing_but_by_an_audience_rule(name: str, key: str) -> None:
    given = table(name, key, "vip", "_ab_cdc_deleted_at")
    row: JsonObject = {key: "vip", "vip": True, "_ab_cdc_deleted_at": "2026-02-03"}
    assert mapped(given, row) == Skip(SkipReason.DELETED)
    rule = Rule(name, "audience", audience_column=(key,))
    if key == "audience_key":
        assert traits(given, row, rule) == {"vip": False}
    else:
        assert mapped(given, row, rule) == Skip(SkipReason.DELETED)


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("vip_log", {"vip": True}, True),
        ("vip_log", {"vip": False, "event": "audience_entered"}, False),
        ("vip_log", {"event_text": "Audience Exited"}, False),
        ("vip_log", {"event_text": "Segment Left"}, None),
        ("audience_entered", {"event_text": "Segment Joined"}, True),
        ("audience_entered", {"vip": False}, False),
        ("prod_audience_exited", {}, False),
        ("audience_exited", {"event": "audience_entered"}, True),
    ],
)
def test_a_table_with_a_key_is_engage_s_whatever_its_name(
    name: str, row: JsonObject, expected: bool | None
) -> None:
    given = table(name, "audience_key", "vip")
    full: JsonObject = {"audience_key": "vip", **row}
    if expected is None:
        assert mapped(given, full) == NOT_STATED
    else:
        assert traits(given, full) == {"vip": expected}


def test_an_empty_text_is_nothing_where_the_column_holds_no_text() -> None:
    number = ColumnType(frozenset({Kind.NUMBER}))
    row: JsonObject = {"trait_key": "ltv", "ltv": ""}
    given = table("trait_computed", "trait_key", "ltv")
    assert mapped(replace(given, types={"ltv": number}), row) == NOT_STATED
    assert traits(given, row) == {"ltv": ""}


def test_nulls_inside_a_computed_trait_are_left_out() -> None:
    given = table("trait_computed", "trait_key", "top")
    row: JsonObject = {"trait_key": "top", "top": {"a": 1, "b": None}}
    assert traits(given, row) == {"top": {"a": 1}}
    assert mapped(given, {"trait_key": "top", "top": {"b": None}}) == NOT_STATED
