"""Which column holds what a key of Engage's names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.mapping.tables.keyed_columns import keyed_columns
from destination_inflection.mapping.values.names import snake_case


@pytest.mark.parametrize(
    ("key", "columns", "expected"),
    [
        ("ltv", ["ltv"], "ltv"),
        ("ltv", ["LTV"], "LTV"),
        ("LTV", ["ltv"], "ltv"),
        ("ltv", ["Ltv"], "Ltv"),
        ("ltv", ["LTV", "ltv"], "ltv"),
        ("j_o_x__y_h", ["j_o_x_y_h"], "j_o_x_y_h"),
        ("j_o_x__y_h", ["J_O_X_Y_H"], "J_O_X_Y_H"),
        ("j_o_x__y_h", ["j_o_x_y_h", "j_o_x__y_h"], "j_o_x__y_h"),
        ("totalRevenue", ["total_revenue"], "total_revenue"),
        ("totalRevenue", ["totalrevenue"], "totalrevenue"),
        ("totalRevenue", ["totalrevenue", "total_revenue"], "total_revenue"),
        ("Total Revenue", ["TOTAL_REVENUE"], "TOTAL_REVENUE"),
        ("2fa", ["_2fa"], "_2fa"),
        ("2fa", ["_2FA"], "_2FA"),
        ("2FA Enabled", ["_2fa_enabled"], "_2fa_enabled"),
        ("2fa", ["2fa", "_2fa"], "2fa"),
        ("_2fa", ["_2fa"], "_2fa"),
        ("order", ["_order"], "_order"),
        # The message's own columns are never a trait's; their twin in a real warehouse is.
        ("id", ["id", "_id"], "_id"),
        ("id", ["id"], None),
        ("event", ["event"], None),
        ("timestamp", ["TIMESTAMP"], None),
        ("user_id", ["user_id"], None),
        ("context_ip", ["context_ip"], None),
        ("_airbyte_raw_id", ["_airbyte_raw_id"], None),
        ("trait_key", ["trait_key"], None),
        ("ltv", ["ltv_2", "lt"], None),
        ("$$", ["ltv"], None),
        ("", ["ltv"], None),
    ],
)
def test_the_column_of_a_key(key: str, columns: list[str], expected: str | None) -> None:
    declared = keyed_columns(columns, "trait_key")
    assert declared(key, {}) == expected
    assert declared(key, dict.fromkeys(columns)) == expected
    undeclared = keyed_columns(["trait_key"], "trait_key")
    assert undeclared(key, dict.fromkeys(["trait_key", *columns])) == expected
    assert undeclared(key, {}) is None


def test_what_a_row_lacks_is_looked_for_again_in_the_next() -> None:
    column_for = keyed_columns(["trait_key"], "trait_key")
    assert column_for("ltv", {"trait_key": "ltv"}) is None
    assert column_for("ltv", {"trait_key": "ltv", "LTV": 5}) == "LTV"


_NAMES = st.text("aB2_ é", min_size=1, max_size=6)


@given(key=_NAMES, columns=st.lists(_NAMES, unique=True, max_size=6))
def test_a_column_is_the_key_s_in_one_of_its_spellings(key: str, columns: list[str]) -> None:
    found = keyed_columns(columns, "trait_key")(key, {})
    spellings = {key.lower(), snake_case(key), f"_{key.lower()}", f"_{snake_case(key)}"}
    if key in columns:
        assert found == key
    elif found is not None:
        assert found in columns
        assert found.lower() in spellings
    else:
        assert {key.lower(), snake_case(key)}.isdisjoint(name.lower() for name in columns)
