"""Which rules apply to a stream."""

import pytest

from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.rules import Rule, idle_rules
from destination_inflection.streams import StreamKey
from unit_tests.mapping.rows import PEOPLE, one


def test_an_exact_name_goes_before_a_pattern() -> None:
    rules = (Rule("*", "skip"), Rule("people", "identify"))
    assert isinstance(one(PEOPLE, {"id": 1, "email": "a@b.c"}, *rules), Call)


def test_a_rule_for_another_namespace_does_not_apply() -> None:
    rules = (Rule("people", "skip", namespace="other"),)
    assert isinstance(one(PEOPLE, {"id": 1, "email": "a@b.c"}, *rules), Call)


def test_rules_that_apply_to_nothing_are_found() -> None:
    rules = [Rule("people", "skip"), Rule("People", "skip"), Rule("evt_*", "skip")]
    assert len(idle_rules(rules, [StreamKey(None, "people")])) == 2


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        (Rule("identifies", "skip"), ': set its stream to "*identifies", which fits "prod_id'),
        (Rule("Prod_Users", "skip"), ': set its stream to "prod_users".'),
        (Rule("prod_user", "skip"), ': set its stream to "prod_users".'),
        (Rule("prod_users", "skip", namespace="x"), ': "prod_users" is in the namespace public.'),
        (Rule("evt_*", "skip"), "of this sync."),
        (Rule("something else", "skip"), "of this sync."),
    ],
)
def test_a_rule_that_applies_to_nothing_is_told_with_what_would(rule: Rule, hint: str) -> None:
    streams = [StreamKey("public", "prod_identifies"), StreamKey("public", "prod_users")]
    (warning,) = idle_rules([rule], streams)
    assert hint in warning
