"""Names in snake_case, as Segment writes them."""

import pytest

from destination_inflection.mapping.values.names import snake_case


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sampleText", "sample_text"),
        ("2FA Enabled", "2fa_enabled"),
        ("SAMPLE 2 TEXT", "sample_2_text"),
        ("CStringRef", "cstring_ref"),
        ("___$$Base64Encode", "base64_encode"),
        ("p_z9Rg", "p_z9_rg"),
        ("Order Completed Last 30days", "order_completed_last_30days"),
        ("user_id", "user_id"),
        ("USER_ID", "user_id"),
        ("", ""),
        ("$$", ""),
        ("Größe Maß", "größe_maß"),
        ("ÉcoleSupérieure", "école_supérieure"),
        ("購入 完了", "購入_完了"),
        ("Заказ Завершён", "заказ_завершён"),
        ("हिन्दी नाम", "हिन्दी_नाम"),
        ("🚀 Launch", "launch"),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected
