"""Ids and event names: what is one, and how it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.ids import NoId, clean_event, clean_id, is_blank


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        ("0", "0"),
        (12, "12"),
        (12.0, "12"),
        (0.0, "0"),
        (-7, "-7"),
        (" u1 ", "u1"),
        (2**53 + 1, "9007199254740993"),
        (2**63, "9223372036854775808"),
        (157963456373623802, "157963456373623802"),
        (float(2**53 - 1), "9007199254740991"),
        (float(2**53), NoId.WRONG),
        (1.2e21, NoId.WRONG),
        (12.5, NoId.WRONG),
        (True, NoId.WRONG),
        ({}, NoId.WRONG),
        (["a"], NoId.WRONG),
        (None, NoId.ABSENT),
        ("", NoId.ABSENT),
        (" \t", NoId.ABSENT),
        ("null", NoId.BLOCKED),
        ("None", NoId.BLOCKED),
        ("UNDEFINED", NoId.BLOCKED),
        ("NaN", NoId.BLOCKED),
        ("anonymous", NoId.BLOCKED),
        ("-1", NoId.BLOCKED),
        (-1, NoId.BLOCKED),
        (-1.0, NoId.BLOCKED),
        ("00", NoId.BLOCKED),
        ("00000000-0000-0000-0000-000000000000", NoId.BLOCKED),
        ("--", NoId.BLOCKED),
        ("001", "001"),
        ("-", NoId.BLOCKED),
        ("nullable", "nullable"),
        ("a\x00b", NoId.WRONG),
        ('{"$oid":"65a1b2c3"}', NoId.WRONG),
        ('["a"]', NoId.WRONG),
        ("[42]", NoId.WRONG),
        ("{1,2}", NoId.WRONG),
        ("1.57963E17", NoId.WRONG),
        ("1.5E10", "1.5E10"),
    ],
)
def test_ids(value: Json, expected: str | NoId) -> None:
    assert clean_id(value) == expected


PLACEHOLDERS = {
    "JavaScript": ["[object Object]", "[object Undefined]", "undefined", "NaN", "true", "FALSE"],
    "JavaScript, in longer text": ["user-[object Object]", "[Function: id]", "Invalid Date"],
    "Go": ["<nil>", "nil", "%!s(<nil>)", "user-%!d(string=7)", "%v"],
    "Java and .NET": ["null", "Optional.empty", "System.Object", "System.String[]"],
    "Python and pandas": ["None", "nan", "<NA>", "NaN", "<built-in function id>"],
    "databases": ["\\N", "NULL", "(null)", "<null>", "[NULL]", "'null'"],
    "Google Analytics": ["(not set)", "(none)", "(direct)", "(not provided)", "(Other)"],
    "PostHog": [
        *("anonymous", "guest", "distinct_id", "distinctid", "email", "not_authenticated"),
        *('"undefined"', "'NaN'", "[null]", "'none'", "true", "false", '"anonymous"'),
    ],
    "spreadsheets": [
        *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#ERROR!"),
        *("#SPILL!", "#CALC!", "#GETTING_DATA", "#NV", "#BEZUG!", "#¡VALOR!", "#N/D", "Err:502"),
        *("########", "#n/a", "#\u041d/\u0414"),
    ],
    "templates": [
        *("{{user_id}}", "{{ user.id }}", "${user.id}", "{user_id}", "{userId}", "{customer.id}"),
        *("<%= user.id %>", "%USER_ID%", "%username%", "*|USERID|*", "<user_id>", "<YOUR-ID>"),
        *("[[User ID]]", "[USER_ID]", "(user id)", "#{id}", "@{user}", "{!Contact.Id}", "%%id%%"),
        *("{% user %}", "[%user_id%]", "$user_id", ":id", "__USER_ID__", "$(USER_ID)", "{$id}"),
        *("%s", "%d", "%(user_id)s", "{0}", "<?= $id ?>", "{company}", "<insert id here>"),
    ],
    "templates in longer text": [
        *("user-{{id}}", "user_${id}", "u-<%= id %>-x", "user-{id}", "user-%s", "acme/*|ID|*"),
        *("user-{0}", "user-<user_id>", "{{a}}{{b}}"),
    ],
    "people": [
        *("n/a", "N.A.", "n\\a", "unknown", "Not Authenticated", "not-set", "notset", "GUEST"),
        *("anonymous user", "logged out", "not available", "(deleted)", "<empty>", "(blank)"),
        *("unauthenticated", "REDACTED", "[Filtered]", "user_id", "- none -", "guest_"),
    ],
    "signs alone": [
        "{}",
        "[]",
        '""',
        "''",
        "<>",
        "()",
        "-",
        "--",
        "\u2014",
        "?",
        "???",
        "***",
        ".",
    ],
    "zeros and -1": ["00", "0000-0000", "{00000000-0000-0000-0000-000000000000}", '"-1"', "-1.0"],
}


@pytest.mark.parametrize(
    "value", [pytest.param(v, id=f"{kind} {v}") for kind, vs in PLACEHOLDERS.items() for v in vs]
)
def test_placeholders_are_not_ids(value: str) -> None:
    assert clean_id(value) is NoId.BLOCKED
    assert clean_id(f" {value}\u200b") is NoId.BLOCKED


@pytest.mark.parametrize(
    "value",
    [
        *("guest_123", "nilsson", "unknown-42", "truett", "1E10", "5.1E", "N/A-42", "nan-7", "nat"),
        *("na", "id", "none_of_them", "NA", "true-blue", "falsetto", "undefined7", "nullisland"),
        *("{550e8400-e29b-41d4-a716-446655440000}", "{a50e8400-e29b-41d4-a716-446655440000}"),
        *("<abc@mail.example>", "<20260203.1@x.example>", "{acme}", "{42}", "(42)"),
        *("$RCAnonymousID:87c6049c58069238dce29853916d624c", "$device:18f-7", "#general", "#42"),
        *("auth0|5f7c8ec7", "google-oauth2|103547991597142817347", "user:17", "a/b", "a%20b"),
        *("caf%C3%A9", "100%", "Jane (Sales)", "o'brien", "user 17", "jörg", "李雷", "🦄"),
        *("ada@lumen.example", "ada+test@lumen.example", "a.b", "~17", "=17", "x", "_x1", "team"),
        *("company", "default", "private", "other", "1.5E10", "+4712345678", "E+15", "12e", "1+1"),
        *("a=b==", "+/8=", "default-7", "email-17", "user_id_17", "guestbook", "emails", "-7"),
        *("0", "01", "0.5", "00ab", "a\u00a0b", "می", "👍🏽", "❤\ufe0f"),
        *("n", "N", "nobody", "ref", "null_77", "test", "mail-7f3a", "x" * 300 + "{{id}}"),
    ],
)
def test_ids_that_look_a_little_like_placeholders_are_ids(value: str) -> None:
    assert clean_id(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *("1.57963E+17", "1.57963e+17", "1,57963E+17", "1E+15", "9.2E+9", "-1.2E+12", "12.3E+12"),
        *(" 1.57963E+17 ", "123.4e+05"),
    ],
)
def test_what_a_spreadsheet_has_rounded_is_not_an_id(value: str) -> None:
    assert clean_id(value) is NoId.WRONG


@pytest.mark.parametrize(
    "char", list("\u200b\u200d\ufeff\u200e\u202e\x00\t\n\u00ad\u2028\u3164\u2060")
)
@pytest.mark.parametrize("value", ["u17", "550e8400-e29b-41d4-a716-446655440000", "jörg"])
def test_invisible_characters_are_taken_off_the_ends_and_refused_inside(
    value: str, char: str
) -> None:
    assert clean_id(f"{char} {value}{char}{char}") == value
    assert clean_id(f"{value[:2]}{char}{value[2:]}") is NoId.WRONG
    assert clean_id(f"{char} {char}") is NoId.ABSENT
    assert is_blank(f"{char} {char}")
    assert clean_event(f"{char}{value} {char}") == value
    assert clean_event(char) is None


@given(st.text(max_size=40))
def test_an_id_is_a_part_of_its_text_that_is_an_id_itself(value: str) -> None:
    cleaned = clean_id(value)
    if isinstance(cleaned, str):
        assert cleaned in value
        assert clean_id(cleaned) == cleaned


@given(st.uuids().map(str) | st.from_regex(r"[a-z]{2,9}_[0-9a-f]{12}", fullmatch=True))
def test_ordinary_ids_are_ids(value: str) -> None:
    nil = not set(value) - set("0-")
    assert clean_id(value) == (NoId.BLOCKED if nil else value)


@given(st.integers())
def test_an_integer_id_keeps_every_digit(value: int) -> None:
    assert clean_id(value) == (NoId.BLOCKED if value == -1 else str(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" Signed Up ", "Signed Up"), (7, "7"), ("", None), (None, None), (True, None), ([], None)],
)
def test_event_names(value: Json, expected: str | None) -> None:
    assert clean_event(value) == expected
