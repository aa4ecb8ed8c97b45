"""Which rules apply to a stream."""

from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.rules import Rule, idle_rules
from unit_tests.mapping.rows import PEOPLE, one


def test_an_exact_name_goes_before_a_pattern() -> None:
    rules = (Rule("*", "skip"), Rule("people", "identify"))
    assert isinstance(one(PEOPLE, {"id": 1, "email": "a@b.c"}, *rules), Call)


def test_a_rule_for_another_namespace_does_not_apply() -> None:
    rules = (Rule("people", "skip", namespace="other"),)
    assert isinstance(one(PEOPLE, {"id": 1, "email": "a@b.c"}, *rules), Call)


def test_rules_that_apply_to_nothing_are_found() -> None:
    rules = [Rule("people", "skip"), Rule("People", "skip"), Rule("evt_*", "skip")]
    assert idle_rules(rules, [(None, "people")]) == rules[1:]
