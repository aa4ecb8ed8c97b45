"""Which column of a table that nobody knows is proposed for a role."""

import pytest

from destination_inflection.mapping.tables.likely_columns import likely_column
from destination_inflection.mapping.tables.table import Table


def likely(role: str, column: str, table: str = "things") -> bool:
    return likely_column(Table(None, table, (column,)), role) == column


@pytest.mark.parametrize("column", ["Work Email", "contact_email_address", "e_mail", "hsemail"])
def test_a_column_that_is_likely_an_email(column: str) -> None:
    assert likely("email", column)


@pytest.mark.parametrize("column", ["name", "phone", "zip", "mailing", "mail_sent", "emails_sent"])
def test_a_column_that_is_not_an_email(column: str) -> None:
    assert not likely("email", column)


@pytest.mark.parametrize("column", ["Event Name", "action", "action_type", "activity_key"])
def test_a_column_that_is_likely_an_event(column: str) -> None:
    assert likely("event_column", column)


@pytest.mark.parametrize("column", ["event_id", "action_count", "activity_at", "kind", "name"])
def test_a_column_that_is_not_an_event(column: str) -> None:
    assert not likely("event_column", column)


def test_a_name_is_an_event_in_a_table_of_events() -> None:
    assert likely("event_column", "name", "app_events")
