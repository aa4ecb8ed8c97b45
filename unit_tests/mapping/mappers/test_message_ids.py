"""The same row gives the same id; two different rows never share one."""

from datetime import UTC

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table

KEYED = Table("n", "orders", ("k", "l", "user_id"), (("k",), ("l",)))
TRACK = Rule("*", "track", event="E", user_id=("user_id",))
IDENTIFY = Rule("*", "identify", user_id=("id",), email=("email",))

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5)
rows = st.dictionaries(st.sampled_from(["a", "b", "c"]), scalars)


def id_of(table: Table, rule: Rule, row: JsonObject) -> str:
    (call,) = plan_stream(table, (rule,)).map(row, None)
    assert isinstance(call, Call)
    return call.message_id


def canonical(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(rows, rows)
def test_rows_without_a_key_share_an_id_only_if_they_are_equal(
    a: JsonObject, b: JsonObject
) -> None:
    table = Table(None, "t", ("a", "b", "c", "user_id"))
    ids = [id_of(table, TRACK, {**row, "user_id": "u"}) for row in (a, b)]
    assert (ids[0] == ids[1]) == (canonical(a) == canonical(b))


@given(scalars, scalars, scalars, scalars)
def test_rows_with_a_key_share_an_id_only_if_their_keys_are_equal(
    k1: Json, l1: Json, k2: Json, l2: Json
) -> None:
    first = id_of(KEYED, TRACK, {"k": k1, "l": l1, "user_id": "u", "x": 1})
    second = id_of(KEYED, TRACK, {"k": k2, "l": l2, "user_id": "u", "x": 2})
    whole = None not in (k1, l1, k2, l2)
    assert (first == second) == (whole and canonical([k1, l1]) == canonical([k2, l2]))


def test_the_id_does_not_depend_on_the_order_of_columns_or_on_the_run() -> None:
    one = id_of(KEYED, TRACK, {"user_id": "u", "k": 1, "l": 2})
    assert one == id_of(KEYED, TRACK, {"l": 2, "k": 1, "user_id": "u"})
    assert one == "d7c8900c77547d4d7da2a65e29261ca1"


def test_streams_namespaces_and_calls_do_not_share_ids() -> None:
    row: JsonObject = {"k": 1, "l": 2, "user_id": "u"}
    tables = [KEYED, Table("m", "orders", *_rest()), Table("n", "others", *_rest())]
    assert len({id_of(table, TRACK, row) for table in tables}) == 3


def _rest() -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    return KEYED.columns, KEYED.primary_key


def test_identify_ids_are_the_job_s_and_the_content_s() -> None:
    def job(run_id: int, email: str) -> str:
        table = Table(None, "p", ("id", "email"), (("id",),), run_id)
        return id_of(table, IDENTIFY, {"id": 1, "email": email})

    assert job(5, "a@b.c") == job(5, "a@b.c")
    assert job(5, "a@b.c") != job(6, "a@b.c")
    assert job(5, "a@b.c") != job(5, "x@b.c")
    assert job(0, "a@b.c") == job(0, "a@b.c")


def test_track_ids_do_not_change_with_the_job() -> None:
    row: JsonObject = {"k": 1, "l": 2, "user_id": "u"}
    again = Table("n", "orders", *_rest(), 9)
    assert id_of(KEYED, TRACK, row) == id_of(again, TRACK, row)


def test_two_rules_of_one_call_give_one_row_two_ids() -> None:
    table = Table(None, "o", ("id", "buyer", "seller"), (("id",),))
    rules = [Rule("o", "track", event="Order", user_id=(who,)) for who in ("buyer", "seller")]
    row: JsonObject = {"id": 1, "buyer": "b", "seller": "s"}
    forwards = [
        c.message_id for c in plan_stream(table, rules).map(row, None) if isinstance(c, Call)
    ]
    assert len(set(forwards)) == 2
    backwards = plan_stream(table, rules[::-1]).map(row, None)
    assert [c.message_id for c in backwards if isinstance(c, Call)] == forwards[::-1]


def test_an_id_of_the_row_s_own_is_kept_and_a_long_one_is_cut_down_to_a_stable_one() -> None:
    rule = Rule("o", "track", event="E", user_id=("user_id",), message_id=("mid",))
    table = Table(None, "o", ("mid", "user_id"))
    assert id_of(table, rule, {"mid": "x" * 100, "user_id": "u"}) == "x" * 100
    long = id_of(table, rule, {"mid": "x" * 101, "user_id": "u"})
    assert len(long) == 32
    assert long == id_of(table, rule, {"mid": "x" * 101, "user_id": "other"})
    assert id_of(table, rule, {"mid": None, "user_id": "u"}) != id_of(
        table, rule, {"mid": None, "user_id": "v"}
    )


def test_a_key_with_a_null_in_it_is_no_key() -> None:
    for key in ((("k",),), (("k",), ("l",))):
        table = Table(None, "o", ("k", "l", "user_id"), key)
        rows: list[JsonObject] = [{"k": 1, "l": None, "user_id": u} for u in ("u", "v")]
        if len(key) == 1:
            rows = [{**row, "k": None} for row in rows]
        assert len({id_of(table, TRACK, row) for row in rows}) == 2


TIMED = ("id", "user_id", "event_name", "changed_at", "score")
SCORES = Table(None, "scores", TIMED, (("id",),))
BY_RULE = Rule("scores", "track", event="Score Changed", timestamp=("changed_at",))
# Years in which no time stands for "none given".
instants = (
    st.datetimes(timezones=st.just(UTC))
    .filter(lambda moment: 1970 < moment.year < 9999)
    .map(lambda moment: moment.isoformat())
)


@given(instants, instants, st.sampled_from("ab"), st.sampled_from("ab"))
def test_a_keyed_event_is_another_one_when_its_time_or_its_event_is(
    first_time: str, second_time: str, first_event: str, second_event: str
) -> None:
    table = Table(None, "scores", ("id", "user_id", "event_name", "timestamp"), (("id",),))
    row: JsonObject = {"id": 1, "user_id": "u"}
    ids = [
        id_of(table, Rule("scores", "track"), {**row, "timestamp": time, "event_name": event})
        for time, event in ((first_time, first_event), (second_time, second_event))
    ]
    same = (first_time, first_event) == (second_time, second_event)
    assert (ids[0] == ids[1]) == same


def test_the_second_change_of_a_row_is_a_second_event() -> None:
    row: JsonObject = {"id": 1, "user_id": "u", "changed_at": "2026-01-01T10:00:00Z", "score": 1}
    later: JsonObject = {**row, "changed_at": "2026-01-01T11:00:00Z", "score": 2}
    assert id_of(SCORES, BY_RULE, row) != id_of(SCORES, BY_RULE, later)


@pytest.mark.parametrize(
    "same", ["2026-01-01T12:00:00+02:00", "2026-01-01T10:00:00.000Z", 1767261600, "1767261600000"]
)
def test_the_instant_counts_and_not_its_spelling(same: Json) -> None:
    row: JsonObject = {"id": 1, "user_id": "u", "changed_at": "2026-01-01T10:00:00Z", "score": 1}
    assert id_of(SCORES, BY_RULE, row) == id_of(
        SCORES, BY_RULE, {**row, "changed_at": same, "score": 2}
    )


def test_two_events_of_one_user_and_second_have_two_ids() -> None:
    key = (("distinct_id",), ("time",))
    table = Table(None, "export", ("distinct_id", "event", "time", "user_id"), key)
    row: JsonObject = {"distinct_id": "u", "user_id": "u", "time": 1767261600, "event": "Opened"}
    rule = Rule("export", "track")
    assert id_of(table, rule, row) != id_of(table, rule, {**row, "event": "Closed"})


def test_no_id_depends_on_when_the_source_read_the_row() -> None:
    table = Table(None, "scores", ("id", "user_id", "score"), (("id",),))
    plan = plan_stream(table, (Rule("scores", "track", event="Score Changed"),))
    row: JsonObject = {"id": 1, "user_id": "u", "score": 1}
    calls = [result for at in (1, 2) for result in plan.map(row, at)]
    assert len({call.message_id for call in calls if isinstance(call, Call)}) == 1


def test_a_fixed_event_and_a_column_nobody_uses_change_no_id() -> None:
    rule = Rule("orders", "track", event="E", user_id=("user_id",))
    row: JsonObject = {"k": 1, "l": 2, "user_id": "u", "event_name": "x"}
    assert id_of(KEYED, rule, row) == id_of(KEYED, rule, {**row, "event_name": "y"})
