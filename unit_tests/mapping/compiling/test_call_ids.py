"""Calls that several rules make of one row have ids of their own."""

from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.compiling.call_ids import AmongRules
from destination_inflection.mapping.rules import Rule
from unit_tests.mapping.rows import results


def test_two_group_rules_give_two_ids() -> None:
    row: JsonObject = {"user_id": 1, "org_id": 2, "team_id": 3}
    rules = [{"call": "group", "group_id": name} for name in ("org_id", "team_id")]
    ids = {call.message_id for call in results(row, *rules) if isinstance(call, Call)}
    assert len(ids) == 2


def test_an_id_of_the_row_s_own_goes_to_its_first_call_alone() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "org_id": 2, "message_id": "m1"}
    first, second = results(
        row,
        {"call": "identify", "message_id": "message_id"},
        {"call": "group", "user_id": "id", "message_id": "message_id"},
    )
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    assert first.message_id == "m1"
    assert second.message_id not in ("m1", "")


def test_how_a_rule_stands_among_those_of_its_stream() -> None:
    skip, identify, track = Rule("t", "skip"), Rule("t", "identify"), Rule("t", "track")
    other = Rule("t", "track", event="E")
    rules = (skip, identify, track, other)
    assert AmongRules.of(identify, rules) == AmongRules()
    assert AmongRules.of(identify, (identify,)) == AmongRules()
    for rule in (track, other):
        assert AmongRules.of(rule, rules) == AmongRules(shares_call=True, comes_later=True)
    assert AmongRules.of(track, (track, other)) == AmongRules(shares_call=True)
