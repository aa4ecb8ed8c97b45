"""What a table's name and columns tell: worked out once, and told right."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import plan_stream, selection_of
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables import table as module
from destination_inflection.mapping.tables.layout import Layout, layout_of
from destination_inflection.mapping.tables.table import Table, spellings_of

EVENT = ("id", "user_id", "event", "event_text", "received_at", "email", "audience_key")


@pytest.mark.parametrize("takes", list(Takes))
@pytest.mark.parametrize(
    ("name", "columns", "rules"),
    [
        ("people", ("id", "email", "firstName", "address_city"), ()),
        ("people", ("id", "email", "a.b"), (Rule("*", "identify", fields=(FieldRule("a.b"),)),)),
        ("people", ("id", "email"), (Rule("people", "audience", audience="VIP"),)),
        ("report_shared", EVENT, ()),
        ("audience_entered", EVENT, ()),
        ("tracks", EVENT, ()),
    ],
)
def test_layout_and_spellings_are_worked_out_once_a_table(
    monkeypatch: pytest.MonkeyPatch,
    takes: Takes,
    name: str,
    columns: tuple[str, ...],
    rules: tuple[Rule, ...],
) -> None:
    counts: Counter[str] = Counter()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: object) -> Any:  # noqa: ANN401 - whatever the function returns
            counts[function.__name__] += 1
            return function(*arguments)

        return count

    monkeypatch.setattr(module, "layout_of", counted(layout_of))
    monkeypatch.setattr(module, "spellings_of", counted(spellings_of))
    selected = [Table(None, name, columns), Table(None, "report_shared", EVENT)]
    selection = selection_of(selected, rules)
    for table in selected:
        with suppress(ConfigError):  # a route for people takes no events
            plan_stream(table, rules, selection, takes)
    assert counts == {"layout_of": 2, "spellings_of": 2}


@pytest.mark.parametrize(
    ("name", "columns", "layout"),
    [
        ("people", ("id", "email"), Layout.OWN),
        ("payments", ("user_id", "received_at"), Layout.OWN),
        ("Identifies_view", ("anonymous_id", "received_at"), Layout.MESSAGES),
        ("anything", ("user_id", "event_text"), Layout.MESSAGES),
        ("users", ("id", "received_at"), Layout.NEWEST_STATE),
        ("users", ("id", "uuid_ts"), Layout.NEWEST_STATE),
        ("users", (), Layout.OWN),
        ("payments", ("USER_ID", "RECEIVED_AT", "SENT_AT"), Layout.OWN),
        ("payments", ("userId", "received_at", "context_ip"), Layout.OWN),
        ("pages", ("id", "user_id", "received_at", "sent_at", "title"), Layout.OWN),
        ("accounts", ("id", "received_at"), Layout.OWN),
        ("pages", ("id", "user_id", "context_ip"), Layout.MESSAGES),
        ("moves", ("user_id", "audience_key", "uuid_ts"), Layout.MESSAGES),
        ("moves", ("user_id", "audience_key", "is_member"), Layout.OWN),
    ],
)
def test_layouts(name: str, columns: tuple[str, ...], layout: Layout) -> None:
    assert Table(None, name, columns).layout is layout


def test_of_several_spellings_the_plain_one_counts_else_the_first() -> None:
    assert Table(None, "t", ("userId", "_user_id", "user_id")).spellings == {"user_id": "user_id"}
    assert Table(None, "t", ("userId", "User ID")).spellings == {"user_id": "userId"}


def test_tables_are_equal_by_what_the_source_says() -> None:
    assert Table(None, "t", ("a",)) == Table(None, "t", ("a",))
    assert hash(Table(None, "t", ("a",))) == hash(Table(None, "t", ("a",)))
    assert Table(None, "t", ("a",)) != Table(None, "t", ("b",))
