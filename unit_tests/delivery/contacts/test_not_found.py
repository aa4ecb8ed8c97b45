"""Members that are not contacts: each is found, however Inflection writes which ones it skipped."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.not_found import read_not_found
from destination_inflection.delivery.outcomes import Delivered, Outcome, Refusal, Refused
from destination_inflection.delivery.transport.seam import Request, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer

SENT: Final = ["id1", "id2", "id3", "id-4", "ID5", "id1-2", "007", "3f2a-11"]


def told(
    detail: object, data: dict[str, object] | None = None, code: str = "CONTACTS_NOT_FOUND"
) -> Response:
    return answer(data or {}, errors=[{"errorCode": code, "message": "skipped", "detail": detail}])


@pytest.mark.parametrize(
    "detail",
    [
        "id1, id2",
        "id1|id2",
        "id1/id2",
        "id1;id2.",
        "ID1 and Id2",
        "<id1><id2>",
        "not found: id1\nid2\n",
        '{"ids":["id1","id2"]}',
        "id1=missing&id2=missing",
        ["id1", "id2"],
        {"id1": None, "id2": False},
        {"missing": [{"id": "id1"}, {"id": "ID2"}]},
        "id12, id1, xid2, id2",
        "id1-2x, id2, id1",
    ],
)
def test_ids_are_found_in_whatever_they_are_written(detail: object) -> None:
    found = read_not_found(told(detail), SENT)
    assert found is not None
    assert found.suspects == {"id1", "id2"}


@pytest.mark.parametrize(
    "detail", ["id12", "xid1", "id1x", "id1-", "-id1", "_id1", "id1_x", "id", "", None, "é1 aid1é"]
)
def test_an_id_inside_a_longer_word_is_another_s(detail: object) -> None:
    found = read_not_found(told(detail), ["id1"])
    assert found is not None
    assert found.suspects == frozenset()


def test_a_number_can_be_an_id() -> None:
    found = read_not_found(told({"ids": [7, 12]}), ["7", "1", "12"])
    assert found is not None
    assert found.suspects == {"7", "12"}


@pytest.mark.parametrize(
    ("added", "suspects"),
    [
        (6, {"id1", "id2"}),
        (5, set()),
        (7, set()),
        (0, set()),
        (None, {"id1", "id2"}),
        ("6", {"id1", "id2"}),
    ],
)
def test_names_count_when_they_and_the_added_make_up_the_whole(
    added: object, suspects: set[str]
) -> None:
    found = read_not_found(told("id1 id2", {"added": added}), SENT)
    assert found is not None
    assert found.suspects == suspects


def test_an_answer_without_the_error_knows_everybody() -> None:
    assert read_not_found(answer({"added": 0}), SENT) is None
    assert read_not_found(Response(200, body=b"[]"), SENT) is None
    assert read_not_found(told("id1", code="ALREADY_MEMBER"), SENT) is None


def test_only_the_error_itself_names_them() -> None:
    errors = [
        {"errorCode": "ALREADY_MEMBER", "detail": "id3"},
        {"errorCode": "CONTACTS_NOT_FOUND", "detail": "id1"},
    ]
    found = read_not_found(answer({}, errors=errors), SENT)
    assert found is not None
    assert found.suspects == {"id1"}


# What becomes of each of them


class StrangeList:
    """A list that skips some ids and writes which ones as it likes."""

    def __init__(
        self, ids: list[str], unknown: set[str], write: Callable[[list[str]], object]
    ) -> None:
        self.ids = ids
        self.unknown = unknown
        self.write = write
        self.members: set[str] = set()
        self.calls: list[list[str]] = []
        self.counts: Callable[[list[str]], object] = len

    def answer(self, request: Request) -> Response:
        if request.method == "GET":
            number = int(request.url.rpartition("/")[2].partition("%40")[0])
            return answer({"id": self.ids[number]})
        sent = json.loads(request.body)["contactIds"]
        self.calls.append(sent)
        known = [each for each in sent if each not in self.unknown]
        data: dict[str, object] = {"added": self.counts(known)}
        self.members.update(known)
        skipped = [each for each in sent if each in self.unknown]
        return told(self.write(skipped), data) if skipped else answer(data)


def run(bench: ApiBench, strange: StrangeList) -> dict[str, Outcome]:
    bench.on_list = strange.answer
    for number in range(len(strange.ids)):
        bench.member(f"{number}@b.c", str(number))
    return bench.run()


def check(outcomes: dict[str, Outcome], strange: StrangeList) -> None:
    for number, identity in enumerate(strange.ids):
        outcome = outcomes[str(number)]
        if identity in strange.unknown:
            assert isinstance(outcome, Refused)
            assert outcome.why is Refusal.UNKNOWN_CONTACT
        else:
            assert isinstance(outcome, Delivered)
            assert identity in strange.members
    assert len(strange.calls) <= 2 * len(strange.ids)


def test_names_save_calls() -> None:
    ids = [f"id{number}" for number in range(1000)]
    strange = StrangeList(ids, {"id3", "id500"}, "|".join)
    check(run(ApiBench(), strange), strange)
    assert len(strange.calls) == 5  # all, the others, the two, and each of the two


def test_a_list_that_echoes_all_ids_rejects_nobody_who_is_known() -> None:
    """Who was a member already may not count as added: then all are named and none is added."""
    ids = [f"id{number}" for number in range(8)]
    strange = StrangeList(ids, {"id3"}, lambda _skipped: " ".join(ids))
    strange.counts = lambda _known: 0
    check(run(ApiBench(), strange), strange)


def test_a_count_in_the_error_is_no_id() -> None:
    strange = StrangeList(list("12345678"), {"7"}, lambda skipped: f"{len(skipped)} not found")
    check(run(ApiBench(), strange), strange)


def test_names_of_those_who_were_added_mislead_nobody() -> None:
    ids = ["a", "b", "c", "d"]
    strange = StrangeList(ids, {"c", "d"}, lambda s: f"{sorted(set(ids) - set(s))} but not others")
    check(run(ApiBench(), strange), strange)


def test_a_contact_that_was_not_found_is_looked_up_again() -> None:
    bench = ApiBench()
    strange = StrangeList(["id0"], {"id0"}, " ".join)
    run(bench, strange)
    strange.ids, strange.unknown = ["id1"], set()
    bench.member("0@b.c", "again")
    assert isinstance(bench.run()["again"], Delivered)
    assert strange.members == {"id1"}


def vanish(bench: ApiBench, *names: str, told: bool) -> None:
    """Makes the API forget these contacts between their look-up and their addition."""

    def on_list(request: Any) -> Response | None:  # noqa: ANN401
        lost = [n for n in names if f"id-{n}" in request.body.decode()]
        if request.method != "POST" or not lost:
            return None
        said = ", ".join(f"id-{n}" for n in lost) if told else "some"
        errors = [{"errorCode": "CONTACTS_NOT_FOUND", "message": "skipped", "detail": said}]
        return answer({"added": 0}, errors=errors)

    bench.on_list = on_list


@pytest.mark.parametrize("told", [True, False])
def test_contacts_that_vanished_are_found_whether_named_or_not(told: bool) -> None:
    bench = ApiBench()
    vanish(bench, "3@b.c", "7@b.c", told=told)
    for number in range(9):
        bench.member(f"{number}@b.c", str(number))
    ended = bench.run()
    refused = {t: o.why for t, o in ended.items() if isinstance(o, Refused)}
    assert refused == {"3": Refusal.UNKNOWN_CONTACT, "7": Refusal.UNKNOWN_CONTACT}
    assert len(ended) == 9


IDS: Final = st.lists(
    st.one_of(
        st.integers(0, 30).map(str),
        st.integers(0, 300).map("id{}".format),
        st.integers(0, 30).map("id-{}".format),
        st.uuids().map(str),
        st.text("aAbB1-_", min_size=1, max_size=4),
        st.text(min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=40,
    unique=True,
)
SEPARATORS: Final = st.sampled_from(
    [",", ", ", "|", "/", "\n", " ", ";", "><", '","', "", "-", "x"]
)
CASES: Final[list[Callable[[str], str]]] = [str, str.upper, str.lower, str.swapcase]


@settings(max_examples=300)
@given(IDS, st.data())
def test_however_it_is_written_each_id_ends_with_the_right_verdict(
    ids: list[str], data: st.DataObject
) -> None:
    unknown = set(data.draw(st.lists(st.sampled_from(ids), unique=True)))
    before = set(data.draw(st.lists(st.sampled_from(ids), unique=True))) - unknown
    separator, case = data.draw(SEPARATORS), data.draw(st.sampled_from(CASES))
    form = data.draw(st.sampled_from(["text", "JSON text", "list", "object", "counted", "silent"]))
    share = data.draw(st.sampled_from(["all", "first", "half", "none", "others too", "everybody"]))

    def named(skipped: list[str]) -> list[str]:
        chosen = {
            "all": skipped,
            "first": skipped[:1],
            "half": skipped[: len(skipped) // 2],
            "none": [],
            "others too": [*skipped, *ids[:2]],
            "everybody": ids,
        }[share]
        return [case(each) for each in chosen]

    def write(skipped: list[str]) -> object:
        names = named(skipped)
        ways: dict[str, object] = {
            "text": f"These are not known: {separator.join(names)}.",
            "JSON text": json.dumps({"ids": names, "count": len(skipped)}),
            "list": names,
            "object": {"missing": [{"id": name} for name in names]},
            "counted": f"{len(skipped)} of {len(ids)}: {separator.join(names)}",
            "silent": None,
        }
        return ways[form]

    strange = StrangeList(ids, unknown, write)
    strange.members |= before
    counted = data.draw(st.sampled_from(["known", "new", "absent", "wrong"]))

    def counts(known: list[str]) -> object:
        new = [each for each in known if each not in strange.members]
        return {"known": len(known), "new": len(new), "absent": None, "wrong": len(ids)}[counted]

    strange.counts = counts
    check(run(ApiBench(), strange), strange)
