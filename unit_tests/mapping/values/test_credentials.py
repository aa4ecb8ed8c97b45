"""Credentials stay at home: by name, at any depth, on every way a column can take."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables.column_types import BOOLEAN
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.credentials import (
    WHY,
    is_credential,
    without_credentials,
)
from destination_inflection.mapping.values.transforms import TransformName

CREDENTIALS = [
    *("password", "passwords", "Password", "PASSWORD", "encrypted_password", "passwordHash"),
    *("password_digest", "password2", "dbpassword", "passwd", "pwd", "userPwd", "USER_PWD"),
    *("secret", "secrets", "client_secret", "clientSecret", "otp_secret", "secret_key"),
    *("otp", "salt", "password_salt", "credential", "credentials", "aws_credentials"),
    *("api_key", "apiKey", "API_KEY", "APIKey", "api_keys", "stripe_api_key", "private_key"),
    *("access_key", "accessKey", "token", "Token", "access_token", "accessToken"),
    *("passwordhash", "PASSWORDSALT", "PASSWORDDIGEST", "secretkey", "SECRETKEY", "accesskey"),
    *("PRIVATEKEY", "token_2", "api_token_1", "secret_key", "userpasswords"),
    *("reset_password_token", "refresh_token", "authtoken", "auth_token", "_token", "id_token"),
]
HARMLESS = [
    *("id", "email", "name", "secretary", "basalt", "keyboard", "api", "key", "keys", "options"),
    *("has_password", "is_secret", "password_count", "password_updated_at", "secret_id"),
    *("api_key_id", "api_key_name", "token_limit", "otp_enabled", "api_key_created", "token_used"),
    *("tokens", "tokens_used", "token_type_x", "passport", "monkey", "private", "access_level"),
    *("", "_", "日本", "otpimal", "topsalt"),
]


@pytest.mark.parametrize("name", CREDENTIALS)
def test_what_is_a_credential(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_not(name: str) -> None:
    assert not is_credential(name)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CREDENTIALS, *HARMLESS]), inner, max_size=4)
    ),
    max_leaves=12,
)


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        found = {key for key, inner in value.items() if not isinstance(inner, bool)}
        return found.union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


@given(values)
def test_nothing_of_the_kind_is_left_at_any_depth_and_the_value_is_not_changed(value: Json) -> None:
    before = json.dumps(value)
    left = without_credentials(value)
    assert json.dumps(value) == before
    assert not any(map(is_credential, names_in(left)))
    if not any(map(is_credential, names_in(value))):
        assert left is value


SECRET = "hunter2-hunter2"
ROW: JsonObject = {
    "id": 1,
    "email": "a@b.example",
    "plan": "gold",
    "password": SECRET,
    "encrypted_password": SECRET,
    "reset_password_token": SECRET,
    "otp_secret": SECRET,
    "access_token": SECRET,
    "password_set": True,
    "profile": {"city": "Oslo", "apiKey": SECRET, "deep": [{"pwd": SECRET, "n": 1}]},
    "devices": [{"name": "phone", "push_token": SECRET}],
}
TABLE = Table(None, "users", tuple(ROW))
BOTH = pytest.mark.parametrize("takes", list(Takes))


def sent(plan: StreamPlan, row: JsonObject = ROW) -> tuple[str, Call]:
    (call,) = plan.map(row, 1)
    assert isinstance(call, Call)
    return call.body.decode(), call


@BOTH
def test_a_recognised_table_of_users_sends_none(takes: Takes) -> None:
    plan = plan_stream(TABLE, (), takes=takes)
    body, call = sent(plan)
    assert SECRET not in body
    assert "gold" in body
    assert "Oslo" in body
    assert '"password_set":true' in body
    left_out = dict(plan.parts[0].description.left_out)
    for name in ("password", "encrypted_password", "reset_password_token", "otp_secret"):
        assert left_out[name] == WHY
        assert f"{name} ({WHY})" in str(plan.parts[0].description)
    assert {"profile", "devices", "password"} <= set(call.withheld)
    assert SECRET in str(ROW)


@BOTH
def test_columns_nobody_declared_are_not_sent_either(takes: Takes) -> None:
    plan = plan_stream(
        Table(None, "users"),
        (Rule("users", "identify", email=("email",), user_id=("id",)),),
        takes=takes,
    )
    body, call = sent(plan)
    assert SECRET not in body
    assert "password" in call.withheld


@BOTH
def test_a_field_of_the_rule_sends_one_on_purpose(takes: Takes) -> None:
    fields = (FieldRule("password", name="pass_word"), FieldRule("profile.apiKey", name="key_of"))
    rule = Rule("users", "identify", user_id=("id",), email=("email",), fields=fields)
    body, _ = sent(plan_stream(TABLE, (rule,), takes=takes))
    assert body.count(SECRET) == 2
    assert '"pass_word"' in body
    assert '"key_of"' in body


@pytest.mark.parametrize("transform", [None, "string", "json", "sha256"])
def test_a_field_with_a_whole_object_sends_it_without_what_is_inside(
    transform: TransformName | None,
) -> None:
    fields = (FieldRule("profile", name="p", transform=transform),)
    rule = Rule("users", "identify", user_id=("id",), email=("email",), fields=fields)
    body, call = sent(plan_stream(TABLE, (rule,)))
    assert SECRET not in body
    assert "profile" in call.withheld


def test_text_that_a_field_turns_into_an_object_is_looked_through() -> None:
    fields = (FieldRule("plan", name="p", transform="json"),)
    rule = Rule("users", "identify", user_id=("id",), email=("email",), fields=fields)
    row = {**ROW, "plan": json.dumps({"password": SECRET, "kind": "gold"})}
    body, _ = sent(plan_stream(TABLE, (rule,)), row)
    assert SECRET not in body
    assert '"kind":"gold"' in body


def test_a_column_that_fills_a_role_may_leave() -> None:
    table = Table(None, "keys", ("access_token", "org_id", "plan"))
    rule = Rule("keys", "group", user_id=("access_token",), group_id=("org_id",))
    body, _ = sent(plan_stream(table, (rule,)), {"access_token": "u-1", "org_id": 2, "plan": "p"})
    assert json.loads(body)["userId"] == "u-1"


def test_a_boolean_leaves_by_the_catalog_or_by_its_value() -> None:
    columns = ("id", "email", "marketing_secret", "otp")
    declared = Table(None, "users", columns, types={"marketing_secret": BOOLEAN})
    row: JsonObject = {"id": 1, "email": "a@b.example", "marketing_secret": 1, "otp": False}
    traits = json.loads(sent(plan_stream(declared, ()), row)[0])["traits"]
    assert traits == {"email": "a@b.example", "marketing_secret": 1, "otp": False}
    (part,) = plan_stream(declared, ()).parts
    assert [name for name, _ in part.description.left_out] == ["otp"]


def test_two_spellings_of_a_credential_are_no_conflict_among_contacts() -> None:
    table = Table(None, "users", ("id", "email", "apiKey", "api_key"))
    row: JsonObject = {"id": 1, "email": "a@b.example", "apiKey": SECRET, "api_key": SECRET}
    assert SECRET not in sent(plan_stream(table, (), takes=Takes.CONTACTS), row)[0]


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("kind", "body"), [("identify", "traits"), ("track", "properties"), ("group", "traits")]
)
def test_raw_messages_leave_without_them(kind: str, body: str, as_text: bool) -> None:
    inside: Json = {"email": "a@b.example", "password": SECRET, "n": {"token": SECRET}, "ok": 1}
    context: Json = {"device": {"token": SECRET, "id": "d"}, "traits": {"secret": SECRET}}
    row: JsonObject = {
        "type": kind,
        "userId": "u",
        "groupId": "g",
        "event": "E",
        "messageId": "m",
        body: json.dumps(inside) if as_text else inside,
        "context": json.dumps(context) if as_text else context,
    }
    table = Table(None, "messages", ("traits", "properties", *row))
    text, call = sent(plan_stream(table, ()), row)
    assert SECRET not in text
    assert json.loads(text)[body]["ok"] == 1
    assert json.loads(text)["context"]["device"] == {"id": "d"}
    assert set(call.withheld) == {body, "context"}


@pytest.mark.parametrize("name", ["context_device_token", "context_traits_api_key", "password"])
def test_warehouse_tables_leave_without_them(name: str) -> None:
    columns = ("id", "user_id", "event", "event_text", "timestamp", "context_library_name", name)
    table = Table(None, "signed_up", columns)
    row: JsonObject = {
        **dict.fromkeys(columns, "x"),
        "timestamp": "2026-01-01T00:00:00Z",
        name: SECRET,
    }
    plan = plan_stream(table, ())
    assert SECRET not in sent(plan, row)[0]
    assert (name, WHY) in plan.parts[0].description.left_out


@BOTH
def test_a_computed_trait_of_such_a_name_does_not_leave(takes: Takes) -> None:
    columns = ("id", "user_id", "email", "event", "event_text", "trait_key", "reset_token", "ltv")
    table = Table(None, "trait_computed", (*columns, "context_library_name"))
    plan = plan_stream(table, (), takes=takes)
    row: JsonObject = {"user_id": "u", "email": "a@b.example", "reset_token": SECRET, "ltv": 7}
    body, call = sent(plan, {**row, "trait_key": "reset_token"})
    assert SECRET not in body
    assert call.withheld == ("trait_key",)
    assert '"ltv":7' in sent(plan, {**row, "trait_key": "ltv"})[0]


TEXTS = [
    json.dumps({"api_key": SECRET, "lang": "en"}),
    json.dumps({"auth": {"token": SECRET}, "lang": "en"}, indent=1),
    json.dumps([{"password": SECRET, "lang": "en"}]),
    json.dumps({"inner": json.dumps({"password": SECRET}), "lang": "en"}),
]


@BOTH
@pytest.mark.parametrize("text", TEXTS)
def test_credentials_in_json_as_text_do_not_leave(takes: Takes, text: str) -> None:
    table = Table(None, "people", ("id", "email", "settings", "note"))
    row: JsonObject = {"id": 1, "email": "a@b.example", "settings": text, "note": f'say "{SECRET}"'}
    (call,) = plan_stream(table, (), takes=takes).map({**row, "note": 'say "hi"'}, None)
    assert isinstance(call, Call)
    assert SECRET not in call.body.decode()
    assert call.withheld == ("settings",)
    body = json.loads(call.body)["traits" if takes is Takes.MESSAGES else "properties"]
    assert body["note"] == 'say "hi"'
    assert "lang" in body["settings"]


@BOTH
def test_a_value_inside_text_leaves_if_a_field_names_it(takes: Takes) -> None:
    table = Table(None, "people", ("id", "email", "settings"))
    fields = (FieldRule("settings.api_key", name="sent.api_key"),)
    rule = Rule("people", "identify", fields=fields)
    row: JsonObject = {"id": 1, "email": "a@b.example", "settings": TEXTS[0]}
    (call,) = plan_stream(table, (rule,), takes=takes).map(row, None)
    assert isinstance(call, Call)
    assert call.body.decode().count(SECRET) == 1


def test_an_unwrapped_credential_does_not_leave() -> None:
    table = Table(None, "people", ("id", "email", "credentials"))
    rule = Rule("people", "identify", unwrap=("credentials",))
    row: JsonObject = {"id": 1, "email": "a@b.example", "credentials": {"aws": SECRET}}
    (call,) = plan_stream(table, (rule,)).map(row, None)
    assert isinstance(call, Call)
    assert SECRET not in call.body.decode()
