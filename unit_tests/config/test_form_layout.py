"""What a user sees of the form: `form_layout.txt` is its layout by Airbyte's rules.

If a change of it is meant, UPDATE_SPEC_SNAPSHOT=1 writes it anew, as it does for the spec's
snapshot (see `test_spec.py`).
"""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from destination_inflection.config.schema import load_spec
from unit_tests.config.form_layout import FOLD, INDENT, item_label, layout

GOLDEN: Final = Path(__file__).with_name("form_layout.txt")
FORM: Final[dict[str, Any]] = load_spec()["connectionSpecification"]  # type: ignore[assignment]
RULE: Final[dict[str, Any]] = FORM["properties"]["streams"]["items"]


def test_the_layout_is_the_golden_one() -> None:
    laid_out = layout(FORM)
    if os.environ.get("UPDATE_SPEC_SNAPSHOT"):
        GOLDEN.write_text(laid_out, "utf-8")
    assert laid_out == GOLDEN.read_text("utf-8")


def test_every_card_has_a_title_and_every_group_an_option() -> None:
    cards = [line for line in layout(FORM).splitlines() if line.startswith("[")]
    assert cards == [f"[{group['title']}]" for group in FORM["groups"]]


@pytest.mark.parametrize(
    "titles",
    [
        ["Stream rules"],
        ["Stream rules", "User id column"],
        ["Stream rules", "Email column"],
        ["Stream rules", "Event name"],
        ["Stream rules", "Event name column"],
        ["Stream rules", "Group id column"],
        ["Stream rules", "Time column"],
        ["Stream rules", "Fields", "Column"],
        ["Stream rules", "Fields", "Fixed value"],
        ["Stream rules", "Fields", "Name"],
        ["Stream rules", "Fields", "Convert"],
        ["Authentication"],
        ["Base URL"],
        ["Region"],
        ["Access key id"],
        ["Secret access key"],
    ],
)
def test_what_is_needed_often_is_seen_without_unfolding(titles: list[str]) -> None:
    above: list[str] = []
    found = []
    for line in layout(FORM).splitlines():
        depth = (len(line) - len(line.lstrip())) // len(INDENT)
        above[depth:] = [line.strip().partition(":")[0].partition(" =")[0]]
        if above[-1] == titles[-1] and set(titles) <= set(above):
            found.append(f"> {FOLD}" not in above)
    assert found == [True]


def test_a_rule_is_listed_by_what_was_entered() -> None:
    assert item_label(RULE, {}) == ""
    entered = {"stream": "users", "call": "identify"}
    assert item_label(RULE, entered) == "Becomes: identify | Stream: users"


# The rules of layout, each on a form of its own.


def text(order: int | None = None, **changes: object) -> dict[str, object]:
    placed = {} if order is None else {"order": order}
    return {"type": "string", **placed, **changes}


def lines(properties: dict[str, Any], *required: str, **changes: object) -> list[str]:
    form = {"type": "object", "properties": properties, "required": required, **changes}
    return [line.removeprefix(INDENT) for line in layout(form).splitlines()[1:]]


def test_order_does_not_cross_the_fold() -> None:
    options = {"a": text(0), "b": text(1), "c": text(2), "d": text()}
    assert lines(options, "c", "b") == ["b*", "c*", "> Optional fields", "    a", "    d"]


def test_what_is_always_shown_is_placed_among_the_required() -> None:
    options = {"a": text(2), "b": text(1, always_show=True), "c": text(0)}
    assert lines(options, "a") == ["b", "a*", "> Optional fields", "    c"]


def test_choices_and_objects_come_before_the_fold_and_objects_have_no_title() -> None:
    kind = {"title": "A", "properties": {"kind": text(const="a"), "x": text()}}
    inner = {"type": "object", "title": "Inner", "order": 0, "properties": {"y": text()}}
    options = {"choice": {"type": "object", "order": 1, "oneOf": [kind]}, "inner": inner}
    assert lines({"a": text(0), **options}) == [
        "> Optional fields",
        "    y",
        "choice",
        "    ( ) A",
        "        > Optional fields",
        "            x",
        "> Optional fields",
        "    a",
    ]


def test_cards_stand_in_the_order_of_the_groups_and_the_rest_comes_last() -> None:
    groups = [{"id": "b", "title": "B"}, {"id": "empty", "title": "E"}, {"id": "a", "title": "A"}]
    options = {"x": text(group="a"), "y": text(group="b"), "z": text(), "n": text(group="none")}
    form = {"groups": groups, "properties": options, "required": ["y", "n"]}
    assert layout(form) == (
        "[B]\n    y*\n\n[> A]\n    x\n\n"
        "[a card without a title]\n    n*\n    > Optional fields\n        z\n"
    )


def test_a_new_item_of_a_list_is_listed_by_its_defaults() -> None:
    columns = {"b": text(title="B", default="x", enum=["", "x"]), "a": text(default="y")}
    items = {"title": "Item", "type": "object", "properties": columns, "required": ["a"]}
    options = {"list": {"type": "array", "title": "List", "always_show": True, "items": items}}
    assert lines(options) == [
        "List",
        '    + Item, listed as "a: y | B: x"',
        "        a* = y",
        "        > Optional fields",
        "            B: (empty), x = x",
    ]
