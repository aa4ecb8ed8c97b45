"""What the source NULLED is left out of a record; everything else stays."""

import pytest

from destination_inflection.airbyte.changes import changes_of, without_nulled
from destination_inflection.json_types import Json, JsonObject

ROW: JsonObject = {
    "id": 1,
    "name": None,
    "a.b": None,
    "a": {"b": None, "c": {"d": None, "e": 1}},
    "x.y": {"z": None},
}


ODD_FIELDS: list[Json] = [None, 7, "", ".", "..", "nobody", "id.x", "a.", "a.x.y", ["name"]]


def nulled(field: Json) -> Json:
    return {"field": field, "change": "NULLED", "reason": "SOURCE_FIELD_SIZE_LIMITATION"}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("name", {k: v for k, v in ROW.items() if k != "name"}),
        ("a.b", {k: v for k, v in ROW.items() if k != "a.b"}),  # a column before a path
        ("a.c.d", {**ROW, "a": {"b": None, "c": {"e": 1}}}),
        ("a.c", {**ROW, "a": {"b": None}}),
        ("x.y.z", {**ROW, "x.y": {}}),
    ],
)
def test_what_was_nulled_is_left_out(field: str, expected: JsonObject) -> None:
    before = repr(ROW)
    assert without_nulled(ROW, [nulled(field)]) == expected
    assert repr(ROW) == before


def test_several_values_may_be_nulled() -> None:
    row: JsonObject = {"a": {"b": None, "c": None}, "d": None, "e": 1}
    changes = [nulled("a.b"), nulled("a.c"), nulled("d")]
    assert without_nulled(row, changes) == {"a": {}, "e": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"field": "name", "change": "TRUNCATED", "reason": "SOURCE_FIELD_SIZE_LIMITATION"},
        {"field": "name", "change": "nulled"},
        {"field": "name"},
        *map(nulled, ODD_FIELDS),
        *(None, 7, "NULLED", [], {}),
    ],
)
def test_other_changes_and_odd_ones_change_nothing(change: Json) -> None:
    assert without_nulled(ROW, [change]) is ROW


@pytest.mark.parametrize(
    "meta", [None, 7, "x", [], {}, {"changes": None}, {"changes": {}}, {"changes": "NULLED"}]
)
def test_odd_meta_lists_no_changes(meta: Json) -> None:
    assert changes_of(meta) == []
