"""A stream becomes what its rules say, or else what it is recognised as, or a clear error."""

from collections.abc import Sequence

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.calls import Call, Skip
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import PEOPLE, message, one


def test_several_rules_make_several_calls_of_one_row() -> None:
    table = Table(None, "users", ("id", "email", "org_id"))
    rules = (Rule("users", "identify"), Rule("users", "group", user_id=("id",)))
    first, second = plan_stream(table, rules).map({"id": 1, "email": "a@b.c", "org_id": 2}, None)
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    assert (first.kind, second.kind) == ("identify", "group")
    assert first.message_id != second.message_id


def test_a_skip_rule_wins_over_recognition() -> None:
    assert one(PEOPLE, {"id": 1}, Rule("peo*", "skip")) == Skip(SkipReason.BY_RULE)


def test_a_row_that_cannot_be_read_is_skipped_only_where_no_part_would_have_looked_at_it() -> None:
    (skip,) = plan_stream(PEOPLE, (Rule("people", "skip"),)).parts
    (sent,) = plan_stream(PEOPLE, ()).parts
    assert StreamPlan((skip,)).skips == [Skip(SkipReason.BY_RULE)]
    assert StreamPlan((skip, skip)).skips == [Skip(SkipReason.BY_RULE)] * 2
    assert StreamPlan((sent,)).skips == []
    assert StreamPlan((skip, sent)).skips == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("id email dbt_valid_from dbt_valid_to", "it keeps earlier states of its rows"),
        ("id dbt_valid_from dbt_valid_to", "no column is called user_id or email"),
        ("id email", "its key and name do not say that each row is one person"),
    ],
)
def test_why_a_table_is_not_recognised(columns: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        plan_stream(Table(None, "things", tuple(columns.split()), (("id",),)), ())


@pytest.mark.parametrize(
    ("table", "rules", "words"),
    [
        (Table(None, "products", ("id", "price")), (), ['"products"', "add a rule"]),
        (Table(None, "nothing"), (), ['"nothing"', "add a rule"]),
        (Table(None, "t", ("user_id", "org_id", "role")), (), ['"t"', "add a rule"]),
        (
            Table(None, "members", ("user_id", "org_id", "team_id")),
            (),
            ["org_id, team_id", "group_id"],
        ),
        (PEOPLE, (Rule("people", "identify", email=("mail",)),), ['"mail"', '"email"', "email in"]),
        (PEOPLE, (Rule("people", "track"),), ['"people"', "user_id or anonymous_id"]),
        (PEOPLE, (Rule("people", "track", user_id=("id",)),), ["event or event_column"]),
        (PEOPLE, (Rule("people", "group", user_id=("id",)),), ["group_id"]),
        (PEOPLE, (Rule("p*", "identify", user_id=("x", "y")),), ['"x"']),
    ],
)
def test_a_stream_that_cannot_be_mapped_says_what_to_set(
    table: Table, rules: Sequence[Rule], words: Sequence[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_stream(table, rules)
    for word in words:
        assert word in caught.value.message


def test_a_pattern_covers_tables_that_differ() -> None:
    rule = Rule("*", "track", event="E", user_id=("uid", "id"))
    assert message(PEOPLE, {"id": 1}, rule)["userId"] == "1"


def test_a_table_without_known_columns_takes_the_rule_at_its_word() -> None:
    rule = Rule("t", "track", event="E", user_id=("uid",))
    assert message(Table(None, "t"), {"uid": 1, "a": 2}, rule)["properties"] == {"a": 2}


def test_the_plan_says_what_feeds_what() -> None:
    table = Table(None, "people", ("id", "email", "name", "_airbyte_raw_id"))
    (part,) = plan_stream(table, ()).parts
    assert str(part.description) == (
        "identify: userId from id, email from email, timestamp from emitted_at, messageId from "
        "content; traits: name; left out: _airbyte_raw_id (system column) (recognised: people)"
    )
