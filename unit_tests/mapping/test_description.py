"""What a plan says of itself: every column that is left out, and none that is not."""

from time import process_time

import pytest

from destination_inflection.mapping.description import Description
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables.table import Table


def described(rule: Rule, *columns: str) -> Description:
    (part,) = plan_stream(Table(None, "t", columns), (rule,)).parts
    return part.description


@pytest.mark.parametrize(
    "words", ["content", "emitted_at", "a constant", '"VIP"', "key id", "time at"]
)
def test_a_column_named_like_the_plan_s_own_words_is_left_out_aloud(words: str) -> None:
    constant = (FieldRule(value="dbt", name="source"),)
    rule = Rule("t", "identify", fields=constant, other_columns="drop")
    left_out = described(rule, "id", "email", words, "plan").left_out
    assert left_out == ((words, "by the rule"), ("plan", "by the rule"))


def test_a_column_whose_name_holds_an_or_feeds_what_it_feeds() -> None:
    rule = Rule("t", "identify", email=("work or home", "email"), other_columns="drop")
    assert described(rule, "id", "email", "work or home").left_out == ()


def test_a_name_with_a_dot_is_not_the_place_inside_an_object() -> None:
    rule = Rule("t", "identify", fields=(FieldRule(column="inner", name="x.y"),))
    found = described(rule, "id", "email", "inner", "x.y")
    assert found.left_out == ()
    assert str(found).endswith("traits: x.y from inner, x.y (by rule)")


def test_the_line_for_the_log_names_fifty_columns_of_a_kind() -> None:
    columns = [f"c{number}" for number in range(12_500)]
    sent = str(described(Rule("t", "identify"), "id", "email", *columns))
    assert sent.endswith("c48, c49 and 12,450 more (by rule)")
    dropped = str(described(Rule("t", "identify", other_columns="drop"), "id", "email", *columns))
    assert dropped.endswith("c49 (by the rule) and 12,450 more (by rule)")
    assert max(len(sent), len(dropped)) < 2_000
    assert str(described(Rule("t", "identify"), "id", "email", *columns[:50])).endswith(
        "c48, c49 (by rule)"
    )


def test_the_work_for_a_plan_grows_with_the_columns_and_not_with_their_square() -> None:
    def seconds(count: int) -> float:
        columns = [f"{count}_c{number}" for number in range(count)]
        before = process_time()
        described(Rule("t", "identify"), "id", "email", *columns)
        return process_time() - before

    ratios = (seconds(8_000) / seconds(2_000) for _ in range(5))
    assert min(ratios) < 8  # 4 when it is linear, 16 when it is not
