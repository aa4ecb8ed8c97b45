"""The kinds of calls, and what each route makes of a rule's call."""

from typing import get_args

import pytest

from destination_inflection.mapping.kinds import (
    CONTACT,
    FIELDS,
    GROUP,
    IDENTIFY,
    MEMBER,
    MESSAGES,
    TRACK,
    CallShape,
    Takes,
    shape_of,
)
from destination_inflection.mapping.rules import ROLES, RuleCall
from destination_inflection.mapping.tables.conventions import PLAIN


@pytest.mark.parametrize(
    ("call", "messages", "contacts"),
    [
        ("identify", IDENTIFY, CONTACT),
        ("track", TRACK, None),
        ("group", GROUP, None),
        ("audience", IDENTIFY, CONTACT),
        ("list", None, MEMBER),
        ("skip", None, None),
    ],
)
def test_what_a_call_becomes_on_each_route(
    call: str, messages: CallShape | None, contacts: CallShape | None
) -> None:
    assert shape_of(call, Takes.MESSAGES) is messages
    assert shape_of(call, Takes.CONTACTS) is contacts


def test_every_call_but_skip_becomes_something_somewhere() -> None:
    for call in set(get_args(RuleCall)) - {"skip"}:
        assert any(shape_of(call, takes) is not None for takes in Takes)


@pytest.mark.parametrize("shape", [IDENTIFY, TRACK, GROUP, CONTACT, MEMBER])
def test_shapes_speak_of_roles_that_rules_have(shape: CallShape) -> None:
    spoken_of = {*shape.who, *shape.conventional, *shape.placeless}
    assert spoken_of <= set(ROLES)
    assert set(PLAIN[shape.kind]) <= shape.conventional
    assert set(shape.fields) <= set(FIELDS)
    assert (shape.kind in MESSAGES) == (shape.fields == FIELDS)
