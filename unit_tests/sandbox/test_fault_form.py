"""The form of faults holds every fault there is, and what is filled in comes into force."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inflection_sandbox.faults import FAULTS, Faults, read_faults
from inflection_sandbox.pages.fault_form import Shape, fields, filled_in, sent, settings

PATTERNS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "fail": st.sampled_from(["429:0.1", "500:0.02,reset:0.01"]),
        "latency_ms": st.integers(1, 10_000).map(float),
        "retry_after": st.just("2"),
        "limit": st.sampled_from(["100", "100:bucket", "100:window:60"]),
        "outage": st.lists(st.just("3:5.5"), min_size=1).map(tuple),
        "web_page": st.just(True),
        "refuse": st.lists(PATTERNS, min_size=1).map(tuple),
        "break_": st.lists(PATTERNS, min_size=1).map(tuple),
        "batch_bytes": st.integers(1, 10**9),
        "lookup_lag": st.floats(0.001, 1e9),
        "seed": st.integers(1, 10**9),
    },
)


def test_every_fault_has_a_field_that_says_what_it_does() -> None:
    form = fields(Faults())
    assert [field.name for field in form] == list(FAULTS)
    assert all(field.about and not field.value for field in form)
    shapes = {field.name: field.shape for field in form}
    assert shapes["web_page"] is Shape.SWITCH
    assert shapes["outage"] is Shape.LINES
    assert shapes["latency_ms"] is shapes["seed"] is Shape.NUMBER
    assert shapes["limit"] is Shape.TEXT


@given(SETTINGS)
def test_a_form_that_is_sent_as_it_was_changes_nothing(given_faults: dict[str, object]) -> None:
    faults = Faults(**given_faults)  # type: ignore[arg-type]
    body = urlencode({field.name: field.value for field in fields(faults)}).encode()
    assert read_faults(settings(sent(body))) == faults


@pytest.mark.parametrize(
    ("name", "text"),
    [("latency_ms", "soon"), ("seed", "1.5"), ("outage", "5"), ("limit", "-1"), ("odd", "1")],
)
def test_what_can_t_be_read_is_refused_and_stays_in_the_form(name: str, text: str) -> None:
    values = sent(urlencode({name: text, "retry_after": "2"}).encode())
    with pytest.raises(ValueError, match=r"\w"):
        read_faults(settings(values))
    kept = {field.name: field.value for field in filled_in(values) if field.value}
    assert kept == {name: text, "retry_after": "2"} if name in FAULTS else {"retry_after": "2"}


def test_lines_are_separate_values_and_empty_ones_are_left_out() -> None:
    body = urlencode({"refuse": "email=a@*\r\n\r\n  plan=pro \r\n", "limit": ""}).encode()
    assert settings(sent(body)) == {"refuse": ["email=a@*", "plan=pro"]}
