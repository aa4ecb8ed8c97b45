"""Whom a run has written: the last ones are remembered."""

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.written import Written


@given(st.lists(st.integers(0, 40), max_size=60))
def test_the_last_ones_are_remembered_and_a_bounded_number(numbers: list[int]) -> None:
    written, seen = Written(5), list[str]()
    for number in numbers:
        written.add(str(number))
        seen.append(str(number))
        last = list(dict.fromkeys(reversed(seen)))
        assert all(email in written for email in last[:5])
        assert len([email for email in map(str, range(41)) if email in written]) <= 10


def test_who_is_discarded_is_forgotten() -> None:
    written = Written(2)
    written.add("a")
    written.add("b")
    assert "a" in written
    written.discard("a")
    assert ("a" in written, "b" in written) == (False, True)
