"""What the sandbox takes as a body."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inflection_sandbox.bodies import has_wrong_type, read_json


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    ("content_type", "wrong"),
    [
        *(("application/json", False), ("Application/JSON", False), (" application/json ", False)),
        *(("application/json; charset=utf-8", False), ("application/json;a=b;c=d", False)),
        *((None, True), ("", True), (";", True), ("text/plain", True), ("json", True)),
        *(("application/x-www-form-urlencoded", True), ("application/json-patch+json", True)),
        *(("application/jsonx", True), ("text/json", True), ("text/plain;application/json", True)),
    ],
)
def test_a_body_must_be_said_to_be_json(method: str, content_type: str | None, wrong: bool) -> None:
    assert has_wrong_type(method, content_type, b"{}") is wrong


@given(st.none() | st.text())
def test_where_no_body_is_read_any_type_will_do(content_type: str | None) -> None:
    assert not has_wrong_type("POST", content_type, b"")
    for method in ("GET", "HEAD", "DELETE"):
        assert not has_wrong_type(method, content_type, b"{}")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"NaN", b'"\\ud800"', b"[" * 2000 + b"]" * 2000]
)
def test_what_is_not_json_is_said_in_words(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^Invalid JSON$"):
        read_json(body)


@given(st.integers(0, 230), st.sampled_from([("[", "]"), ('{"a":', "}")]))
def test_what_is_read_can_be_written_inside_an_answer(depth: int, around: tuple[str, str]) -> None:
    opening, closing = around
    value = read_json(f"{opening * depth}1{closing * depth}".encode())
    assert orjson.loads(orjson.dumps({"data": [{"properties": value}]}))


@given(st.integers(240, 1000), st.sampled_from([("[", "]"), ('{"a":', "}")]))
def test_what_is_nested_too_deeply_is_not_read(depth: int, around: tuple[str, str]) -> None:
    opening, closing = around
    with pytest.raises(ValueError, match=r"^Nested too deeply$"):
        read_json(f"{opening * depth}1{closing * depth}".encode())


def test_many_objects_that_are_not_nested_are_read() -> None:
    contacts = [{"email": f"{number}@b.example", "properties": {}} for number in range(1000)]
    assert read_json(orjson.dumps(contacts)) == contacts
