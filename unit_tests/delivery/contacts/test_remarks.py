"""The errors next to a transaction: whom they are about, and that they show nobody's values."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.batches import Row
from destination_inflection.delivery.contacts.remarks import reasons, remarks_in
from destination_inflection.json_types import Json
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, detail
from unit_tests.delivery.odd_answers import JSON

ADA, BOB, EVE = "ada@lumen.example", "bob@lumen.example", "eve@lumen.example"


def said(errors: list[Any], *failed: str, **values: object) -> Mapping[str, str]:
    """What three contacts are told when `failed` have failed; Bob has the values."""
    rows = {
        email: [Row(json.dumps({"email": email, "properties": properties}).encode(), None)]
        for email, properties in ((ADA, {"plan": "gold"}), (BOB, values), (EVE, {}))
    }
    return reasons(remarks_in(answer({}, errors=errors)), rows, failed)


def error(message: str = "Broken", **more: object) -> dict[str, object]:
    return {"errorCode": "BAS-E-009", "message": message, **more}


def test_an_error_that_names_nobody_is_about_all_that_failed() -> None:
    assert said([error()], ADA, EVE) == {ADA: "BAS-E-009 Broken", EVE: "BAS-E-009 Broken"}


def test_an_error_that_names_an_email_is_about_that_contact() -> None:
    errors = [error(f"Wrong: {ADA.upper()}"), error("Odd", email=BOB), error("Bad", x=["eve@x"])]
    assert said(errors, ADA, BOB) == {
        ADA: "BAS-E-009 Wrong: [...]; BAS-E-009 Bad",
        BOB: "BAS-E-009 Odd; BAS-E-009 Bad",
    }


def test_an_error_about_somebody_who_has_not_failed_is_about_nobody_else() -> None:
    assert said([error(f"Watch {BOB}")], ADA) == {}


def test_a_place_counts_if_who_is_there_has_failed() -> None:
    assert said([error(index=1)], BOB, EVE) == {BOB: "BAS-E-009 Broken"}
    assert said([error(detail="at contacts[2].email")], BOB, EVE).keys() == {EVE}
    assert said([error(index=0)], BOB, EVE).keys() == {BOB, EVE}
    assert said([error(index=7)], BOB, EVE).keys() == {BOB, EVE}
    assert said([error(index=True)], ADA, BOB).keys() == {ADA, BOB}


def test_no_value_of_any_contact_is_shown() -> None:
    errors = [error("Plan 'gold' of Robert Tables, who@else.example, is not %67old; use plan")]
    (text,) = said(errors, EVE, name="Robert Tables").values()
    for value in ("gold", "Robert", "Tables", "who", "%67old"):
        assert value not in text
    assert text.startswith("BAS-E-009 Plan")
    assert text.endswith("use plan")


def test_a_code_that_is_none_is_told_without_values_too() -> None:
    (text,) = said([{"errorCode": "bad gold"}], EVE).values()
    assert text == "bad [...]"


def test_what_is_told_is_bounded() -> None:
    many = [error("x" * 900 + f" {n}" + " y" * 10_000) for n in range(200)]
    (text,) = said(many, ADA).values()
    assert len(text) < 3_100


@given(st.lists(JSON, max_size=5) | JSON)
def test_whatever_the_errors_are_nothing_breaks(errors: Json) -> None:
    for text in said(errors if isinstance(errors, list) else [errors], ADA, BOB).values():
        assert "lumen" not in text


@given(st.lists(st.sampled_from(["a\\", "b %0A", "\\n", "&#10;", "gold", " "]), max_size=6))
def test_escapes_at_the_ends_of_words_show_nothing(words: list[str]) -> None:
    texts = said([error(word) for word in words], ADA)
    assert "gold" not in "".join(texts.values())


def test_errors_with_the_write_and_with_the_verdict_become_the_detail() -> None:
    rows = [{"email": "a@b.c", "status": "FAILED"}, {"email": "d@b.c", "status": "CREATED"}]
    bench = ApiBench()
    bench.on_batch = lambda _contacts: answer(
        {"transactionId": "t1"}, errors=[{"errorCode": "LIMIT", "message": "field x"}]
    )
    bench.on_poll = lambda _id, _number: answer(
        {"status": "DONE", "data": {"results": rows}},
        errors=[{"errorCode": "E2", "message": "for A@b.c"}],
    )
    bench.submit("a@b.c", "1")
    bench.submit("d@b.c", "2")
    assert detail(bench.run()["1"]) == "its transaction says FAILED: LIMIT field x; E2 for [...]"
