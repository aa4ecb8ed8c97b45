"""How plans are told, and what is raised if there is none for a stream."""

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import Plans, Teller, Unmapped, tell_plans
from unit_tests.mapping.rows import PEOPLE

GOOD = plan_stream(PEOPLE, ())


def told(plans: Plans, *may_pass: StreamKey) -> tuple[list[str], list[str], list[str], str]:
    """What is logged, warned of and told as an error, and what is raised."""
    log: list[str] = []
    warned: list[str] = []
    failed: list[str] = []
    tell = Teller(log.append, warned.append, failed.append)
    with pytest.raises(ConfigError) as raised:
        tell_plans(plans, may_pass, tell)
    return log, warned, failed, raised.value.message


def unmapped(*names: str) -> dict[StreamKey, Unmapped]:
    return {
        StreamKey("app", name): Unmapped(ConfigError(f"{name} lacks an id. For example, add {{}}"))
        for name in names
    }


def test_one_problem_is_raised_as_it_is() -> None:
    log, _, failed, problem = told({StreamKey(None, "people"): GOOD, **unmapped("orders")})
    assert (len(log), failed) == (2, [])
    assert problem == "orders lacks an id. For example, add {}"


def test_several_problems_have_a_line_each_and_the_error_is_useful_alone() -> None:
    waits = unmapped("waits")
    log, warned, failed, problem = told({**waits, **unmapped("a", "b", "c")}, *waits)
    assert (len(log), len(warned)) == (1, 1)
    assert failed == [f"{name} lacks an id. For example, add {{}}" for name in "abc"]
    assert problem == (
        "3 streams can't be mapped: app.a, app.b, app.c. The log has an ERROR line on each. The "
        "first: a lacks an id. For example, add {}"
    )


def test_very_many_problems_make_no_endless_error() -> None:
    _, _, failed, problem = told(unmapped(*(f"s{n}" for n in range(500))))
    assert len(failed) == 500
    assert problem.startswith("500 streams can't be mapped: app.s0, app.s1, ")
    assert "app.s19 and 480 more." in problem
