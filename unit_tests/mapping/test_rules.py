"""Which rules apply to a stream."""

import pytest

from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.rules import Rule, fit_no_stream, idle_rules
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
    assert idle_rules(rules, [StreamKey(None, "people")]) == rules[1:]


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
    (warning,) = fit_no_stream(idle_rules([rule], streams), streams)
    assert hint in warning


def test_rules_that_apply_to_nothing_are_told_in_one_sentence() -> None:
    streams = [StreamKey("public", "prod_identifies"), StreamKey("public", "prod_users")]
    rules = [
        Rule("prod_user", "identify"),
        Rule("prod_user", "track"),
        Rule("evt_*", "track"),
        Rule("prod_users", "group", namespace="x"),
    ]
    assert list(fit_no_stream(rules, streams)) == [
        '4 rules fit no stream of this sync: "prod_user" (set its stream to "prod_users"), '
        '"evt_*", "prod_users" ("prod_users" is in the namespace public).'
    ]
    assert list(fit_no_stream([], streams)) == []
    skips = [Rule("logs", "skip"), Rule("Prod_Users", "skip")]
    assert list(fit_no_stream(skips, streams)) == [
        '2 rules with the call skip fit no stream of this sync: "logs", "Prod_Users" (set its '
        'stream to "prod_users").'
    ]
    assert list(fit_no_stream(skips[:1], streams)) == [
        'The rule for "logs" with the call skip fits no stream of this sync.'
    ]
    many = [Rule(f"x{n}", "track") for n in range(23)]
    (sentence,) = fit_no_stream(many, streams)
    assert sentence.startswith("23 rules fit no stream of this sync: ")
    assert sentence.endswith(', "x18", "x19" and 3 more.')
