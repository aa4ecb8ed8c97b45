"""The sandbox's Developer API does what the published one is documented to do."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import TIMEOUT_SECONDS

KEY = "inf_pat_write"
READ_ONLY_KEY = "inf_pat_read"
JANE = "jane@acme.example"


class Api:
    """A client that knows nothing but paths."""

    def __init__(
        self, sandbox: Sandbox, key: str = KEY, content_type: str | None = "application/json"
    ) -> None:
        self.sandbox = sandbox
        self._url = f"{sandbox.api_url}/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"
        if content_type is not None:
            self._session.headers["Content-Type"] = content_type

    def call(
        self,
        method: str,
        path: str,
        json: object = None,
        data: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> requests.Response:
        return self._session.request(
            method,
            f"{self._url}{path}",
            params=params,
            data=data if json is None else orjson.dumps(json),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )

    def data(self, method: str, path: str, json: object = None, **query: str | int) -> Any:  # noqa: ANN401 - JSON of many shapes
        """The data of an answer that must be a success."""
        answer = self.call(method, path, json=json, params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["meta"]["status"] == "SUCCESS"
        return answer.json()["data"]

    def verdicts(self, method: str, path: str, json: object) -> list[tuple[str, str]]:
        """What became of the contacts of a write that settles at once."""
        taken = self.data(method, path, json)
        assert taken["status"] == "PENDING"
        found = self.data("GET", f"/contacts/transactions/{taken['transactionId']}")
        assert found["transactionId"] == taken["transactionId"]
        assert found["status"] == "DONE"
        return [(row["email"], row["status"]) for row in found["data"]["results"]]

    def batch(self, *contacts: dict[str, Any]) -> list[tuple[str, str]]:
        return self.verdicts("POST", "/contacts/batch", {"contacts": contacts})

    def contact(self, email: str) -> dict[str, Any]:
        found: dict[str, Any] = self.data("GET", f"/contacts/by-email/{quote(email, safe='')}")
        return found

    def send(self, **message: object) -> None:
        """A message to the event endpoint."""
        self.call("POST", "/events", json=message).raise_for_status()

    def new_list(self, name: str = "VIPs") -> str:
        made: str = self.data("POST", "/lists", {"name": name})["id"]
        return made


@contextmanager
def running(*options: str) -> Iterator[Api]:
    with running_sandbox(KEY, ["--read-only-key", READ_ONLY_KEY, *options]) as sandbox:
        yield Api(sandbox)


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as api:
        yield api


def contact(email: str = JANE, **properties: object) -> dict[str, Any]:
    return {"email": email, "properties": properties}


def problem(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["meta"]["status"] == "FAILURE"
    (error,) = body["errors"]
    assert error["message"]
    return answer.status_code, error["errorCode"]


INVALID = (400, "VALIDATION_ERROR")
NO_CONTACT = (400, "BAS-E-002")
NO_LIST = (404, "NOT_FOUND")


def test_every_answer_is_an_envelope(api: Api) -> None:
    api.batch(contact())
    for path in ("/contacts/by-email/jane%40acme.example", "/contacts/by-email/nobody%40b.example"):
        body = api.call("GET", path).json()
        assert set(body) == {"data", "errors", "meta"}
        assert datetime.fromisoformat(body["meta"]["timestamp"]).tzinfo is not None


def test_a_batch_creates_updates_or_leaves_contacts_as_they_are(api: Api) -> None:
    raj = contact("raj@globex.example", company_name="Globex")
    assert api.batch(contact(first_name="Jane")) == [(JANE, "CREATED")]
    again = api.batch(contact(first_name="Jane", plan="pro"), raj)
    assert again == [(JANE, "UPDATED"), ("raj@globex.example", "CREATED")]
    assert api.batch(contact(plan="pro"), raj) == [
        (JANE, "NO_CHANGE"),
        ("raj@globex.example", "NO_CHANGE"),
    ]
    assert api.contact(JANE)["properties"] == {
        "first_name": "Jane",
        "plan": "pro",
        "_source": "api",
    }


def test_a_contact_is_known_by_its_trimmed_lower_cased_email_and_results_say_what_was_sent(
    api: Api,
) -> None:
    assert api.batch(contact(" Jane@ACME.example")) == [(" Jane@ACME.example", "CREATED")]
    assert api.batch(contact(JANE)) == [(JANE, "NO_CHANGE")]
    assert api.contact("JANE@acme.example")["email"] == JANE


def test_create_only_creates(api: Api) -> None:
    assert api.verdicts("POST", "/contacts", contact(plan="a")) == [(JANE, "CREATED")]
    assert api.verdicts("POST", "/contacts", contact(plan="b")) == [(JANE, "FAILED")]
    assert api.contact(JANE)["properties"]["plan"] == "a"


def test_a_contact_is_found_and_changed_by_id(api: Api) -> None:
    api.batch(contact(plan="a", size=1))
    found = api.contact(JANE)
    assert len(found["id"]) == 32
    assert int(found["id"], 16) >= 0
    path = f"/contacts/{found['id']}"
    assert api.data("GET", path) == found
    assert api.verdicts("PATCH", path, {"properties": {"plan": "b"}}) == [(JANE, "UPDATED")]
    assert api.data("GET", path)["properties"] == {"plan": "b", "size": 1, "_source": "api"}


@pytest.mark.parametrize("path", ["/contacts/by-email/no%40b.example", "/contacts/" + "0" * 32])
def test_a_missing_contact_is_a_400(api: Api, path: str) -> None:
    assert problem(api.call("GET", path)) == NO_CONTACT
    if "by-email" not in path:
        assert problem(api.call("PATCH", path, json={"properties": {}})) == NO_CONTACT


def test_keys_that_are_not_snake_case_are_saved_as_null_and_nobody_sets_the_source(
    api: Api,
) -> None:
    api.batch(contact(firstName="Jane", last_name="Doe", _source="me"))
    assert api.contact(JANE)["properties"] == {
        "firstName": None,
        "last_name": "Doe",
        "_source": "api",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"contacts":{}}',
        b'{"contacts":[1]}',
        b'{"contacts":[{"properties":{}}]}',
        b'{"contacts":[{"email":"a@b.example","properties":[]}]}',
        b'{"contacts":[{"email":"a@b.example"},{"email":" A@b.example "}]}',
    ],
)
def test_a_batch_that_is_not_one_is_a_400_and_nothing_of_it_is_taken(api: Api, body: bytes) -> None:
    assert problem(api.call("POST", "/contacts/batch", data=body)) == INVALID
    assert api.sandbox.stats()["transactions"] == 0
    assert api.sandbox.read("people") == []


NOT_TEXT = [None, 5, 1.5, True, [], ["Jane"], {}, {"first": "Jane"}]


@pytest.mark.parametrize("name", ["first_name", "last_name", "company_name"])
def test_what_is_documented_as_text_must_be_text(api: Api, name: str) -> None:
    api.batch(contact(first_name="Jane"))
    before = api.contact(JANE)
    for wrong in ({name: value} for value in NOT_TEXT):
        batch = {"contacts": [contact("raj@globex.example"), contact("b@b.example", **wrong)]}
        for method, path, body in (
            ("POST", "/contacts", contact("b@b.example", **wrong)),
            ("POST", "/contacts/batch", batch),
            ("PATCH", f"/contacts/{before['id']}", {"properties": wrong}),
        ):
            assert problem(api.call(method, path, json=body)) == INVALID
    assert [person["email"] for person in api.sandbox.read("people")] == [JANE]
    assert api.contact(JANE) == before


def test_other_properties_may_hold_anything(api: Api) -> None:
    others = {f"p{number}": value for number, value in enumerate(NOT_TEXT)}
    sent = {"title": None, "first_name": "", **others}
    assert api.batch({"email": JANE, "properties": sent}) == [(JANE, "CREATED")]
    assert api.contact(JANE)["properties"] == {**sent, "_source": "api"}


def test_of_an_identify_only_text_becomes_a_property(api: Api) -> None:
    traits = {"email": JANE, "firstName": 7, "lastName": "Doe", "phone": None}
    api.send(type="identify", userId="1", traits=traits)
    assert api.contact(JANE)["properties"] == {"last_name": "Doe"}
    (jane,) = api.sandbox.read("people")
    assert jane["traits"] == traits


def test_keys_that_are_not_in_the_schema_are_ignored_and_remembered(tmp_path: Path) -> None:
    database = tmp_path / "sandbox.db"
    with running("--database", str(database)) as api:
        more = {"tags": ["a"], "first_name": 5}
        assert api.batch({**contact(plan="pro", _source="me"), **more}) == [(JANE, "CREATED")]
        known = api.contact(JANE)
        assert known["properties"] == {"plan": "pro", "_source": "api"}
        path = f"/contacts/{known['id']}"
        changed = {"email": "other@b.example", "phone": 5, "properties": {"plan": "team"}}
        assert api.verdicts("PATCH", path, changed) == [(JANE, "UPDATED")]
        assert api.data("GET", path)["properties"] == {"plan": "team", "_source": "api"}
        failed = {**contact(" JANE@acme.example"), "late": 1}
        assert api.verdicts("POST", "/contacts", failed) == [(" JANE@acme.example", "FAILED")]
        again = {**contact(" JANE@acme.example"), "tags": [], "properties": {}}
        assert api.batch(again) == [(" JANE@acme.example", "NO_CHANGE")]
        assert api.verdicts("POST", "/contacts", {"email": "raj@globex.example", "id": "1"})
    with closing(sqlite3.connect(database)) as db:
        found = db.execute("SELECT email, key FROM ignored_keys ORDER BY email, key").fetchall()
    assert [key for email, key in found if email == JANE] == [
        "email",
        "first_name",
        "phone",
        "properties._source",
        "tags",
    ]
    assert found[-1] == ("raj@globex.example", "id")


@pytest.mark.parametrize("content_type", [None, "text/plain"], ids=str)
def test_a_body_of_another_type_is_refused_on_both_faces(
    api: Api, content_type: str | None
) -> None:
    made, _ = api.new_list(), api.batch(contact())
    jane, before = api.contact(JANE)["id"], api.sandbox.stats()
    other = Api(api.sandbox, content_type=content_type)
    for method, path, body in (
        ("POST", "/contacts", contact("b@b.example")),
        ("POST", "/contacts/batch", {"contacts": []}),
        ("PATCH", f"/contacts/{jane}", {"properties": {}}),
        ("POST", "/lists", {"name": "Others"}),
        ("PATCH", f"/lists/{made}", {"name": "Others"}),
        ("POST", f"/lists/{made}/members", {"contactIds": [jane]}),
    ):
        answer = other.call(method, path, json=body)
        assert problem(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")
    for path in ("/events", "/events/identify"):
        message = {"type": "identify", "userId": "1", "traits": {"email": "b@b.example"}}
        answer = other.call("POST", path, json=message)
        assert answer.status_code == 415
        assert answer.json() == {"message": "The Content-Type must be application/json"}
    after = api.sandbox.stats()
    assert after.pop("answers") == {**before.pop("answers"), "415": 8}
    assert after == before


def test_json_may_be_said_in_any_case_and_with_parameters(api: Api) -> None:
    other = Api(api.sandbox, content_type="Application/JSON; charset=utf-8")
    assert other.batch(contact()) == [(JANE, "CREATED")]
    other.send(type="identify", userId="1", traits={"email": JANE})


def test_where_no_body_is_read_any_type_will_do(api: Api) -> None:
    api.batch(contact())
    jane, path = api.contact(JANE)["id"], f"/lists/{api.new_list()}"
    api.data("POST", f"{path}/members", {"contactIds": [jane]})
    other = Api(api.sandbox, content_type="text/plain")
    for method, rest in (("GET", ""), ("DELETE", f"/members/{jane}"), ("DELETE", "")):
        assert other.call(method, f"{path}{rest}", data=b"x").status_code == 200


def test_a_list_may_be_changed_without_a_body(api: Api) -> None:
    path = f"/lists/{api.new_list('VIPs')}"
    for content_type in (None, "text/plain"):
        assert Api(api.sandbox, content_type=content_type).data("PATCH", path)["success"] is True
    assert api.data("GET", path)["name"] == "VIPs"


def test_without_a_key_nothing_is_said_of_the_type(api: Api) -> None:
    for path, key, status in (
        ("/contacts", "wrong", 401),
        ("/contacts", READ_ONLY_KEY, 403),
        ("/events", "wrong", 403),
    ):
        answer = Api(api.sandbox, key, "text/plain").call("POST", path, json={})
        assert answer.status_code == status


DEEP = f'{{"a":{"[" * 300}{"]" * 300}}}'


MALFORMED = [
    "[]",
    "5",
    "{}",
    '{"type":["track"]}',
    '{"type":"group","userId":"1","groupId":"1","traits":"x"}',
    '{"type":"group","userId":"1","groupId":"1","traits":[]}',
    '{"type":"track","userId":"1","event":"a","timestamp":{}}',
    '{"type":"track","userId":"1","event":"a","timestamp":18446744073709551615}',
    '{"type":"track","userId":"1","event":"a","properties":[]}',
    '{"type":"track","userId":"1","event":"a","context":""}',
    '{"type":"track","userId":"1","event":"\\ud800"}',
    f'{{"type":"track","userId":"1","event":"a","properties":{DEEP}}}',
]


def test_a_message_that_is_not_one_is_a_400_and_is_not_taken(api: Api) -> None:
    for body in MALFORMED:
        answer = api.call("POST", "/events", data=body.encode())
        assert answer.status_code == 400, body
        assert answer.json()["message"]
    assert api.sandbox.read("calls") == []


def test_null_in_place_of_an_object_is_as_good_as_nothing(api: Api) -> None:
    nothing = {"traits": None, "properties": None, "context": None}
    api.send(type="group", userId="1", groupId="1", **nothing)
    api.send(type="track", userId="1", event="Seen", **nothing)
    assert len(api.sandbox.read("calls")) == 2


def test_what_is_nested_too_deeply_is_refused_here_too(api: Api) -> None:
    body = f'{{"email":"{JANE}","properties":{DEEP}}}'
    assert problem(api.call("POST", "/contacts", data=body.encode())) == INVALID


def test_a_batch_holds_1000_contacts_and_not_one_more(api: Api) -> None:
    contacts = [contact(f"p{number}@b.example", note="x" * 2000) for number in range(1001)]
    answer = api.call("POST", "/contacts/batch", json={"contacts": contacts})
    assert problem(answer) == INVALID
    assert {status for _, status in api.batch(*contacts[:1000])} == {"CREATED"}
    assert api.sandbox.stats()["people"] == 1000


def test_one_bad_email_costs_itself(api: Api) -> None:
    assert api.batch(contact("jane"), contact()) == [("jane", "FAILED"), (JANE, "CREATED")]
    assert [person["email"] for person in api.sandbox.read("people")] == [JANE]


def test_a_transaction_nobody_knows_does_not_exist_with_a_200(api: Api) -> None:
    found = api.data("GET", "/contacts/transactions/34-unknown")
    assert found == {"transactionId": "34-unknown", "status": "NOT_EXIST"}


def test_a_transaction_is_pending_until_it_settles() -> None:
    with running("--settle-ms", "600000") as api:
        taken = api.data("POST", "/contacts", contact())
        found = api.data("GET", f"/contacts/transactions/{taken['transactionId']}")
    assert found == taken
    assert found["status"] == "PENDING"
    with running("--settle-ms", "50") as api:
        taken = api.data("POST", "/contacts", contact())
        path, seen = f"/contacts/transactions/{taken['transactionId']}", ["PENDING"]
        while seen[-1] == "PENDING":
            seen.append(api.data("GET", path)["status"])
    assert seen[-1] == "DONE"


def test_a_new_contact_is_found_by_email_only_after_the_lag() -> None:
    path = f"/contacts/by-email/{quote(JANE, safe='')}"
    with running("--lookup-lag", "600000") as api:
        api.data("POST", "/contacts", contact())
        assert api.call("GET", path).status_code == 400
    with running("--lookup-lag", "0.05") as api:
        api.data("POST", "/contacts", contact())
        while api.call("GET", path).status_code == 400:
            continue
        assert api.data("GET", path)["email"] == JANE


def test_only_bearer_is_taken_and_a_401_has_no_body(api: Api) -> None:
    url = f"{api.sandbox.api_url}/v1/contacts/by-email/jane%40acme.example"
    for header in ("", "Bearer wrong", f"Basic {KEY}", KEY, "Bearer "):
        answer = requests.get(url, headers={"Authorization": header}, timeout=TIMEOUT_SECONDS)
        assert (answer.status_code, answer.content) == (401, b"")
    answer = requests.get(url, auth=(KEY, ""), timeout=TIMEOUT_SECONDS)
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_key_that_may_only_read_gets_a_403_without_a_body_when_it_writes(api: Api) -> None:
    api.batch(contact())
    reader = Api(api.sandbox, READ_ONLY_KEY)
    assert reader.contact(JANE)["email"] == JANE
    for method, path in (
        ("POST", "/contacts"),
        ("POST", "/contacts/batch"),
        ("PATCH", "/contacts/1"),
        ("POST", "/lists"),
        ("DELETE", "/lists/1"),
    ):
        answer = reader.call(method, path, json=contact("new@b.example"))
        assert (answer.status_code, answer.content) == (403, b"")
    assert api.sandbox.stats()["people"] == 1
    assert reader.call("POST", "/events", json={}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/contacts/batch-upsert"),
        ("POST", "/contacts/batch/"),
        ("GET", "/contacts"),
        ("DELETE", "/contacts/1"),
        ("PUT", "/lists/1"),
        ("GET", "/nothing"),
        ("POST", "/v1/contacts"),
    ],
)
def test_an_unknown_path_or_method_looks_like_a_bad_key(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)
    assert (answer.status_code, answer.content) == (401, b"")


def test_the_event_endpoint_answers_wrong_paths_and_methods_as_it_did(api: Api) -> None:
    assert api.call("GET", "/events").status_code == 405
    assert api.call("GET", "/events/track").status_code == 405
    assert api.call("POST", "/events/a/b").status_code == 404
    other = requests.get(f"{api.sandbox.url}/nothing", timeout=TIMEOUT_SECONDS)
    assert other.status_code == 404


def test_both_faces_know_the_same_people(api: Api) -> None:
    api.send(type="identify", userId="1", traits={"email": "Jane@acme.example", "firstName": "J"})
    found = api.contact(JANE)
    assert found["properties"] == {"first_name": "J"}
    assert api.batch(contact(first_name="Jane")) == [(JANE, "UPDATED")]
    assert api.batch(contact("raj@globex.example")) == [("raj@globex.example", "CREATED")]
    api.send(type="identify", userId="2", traits={"email": JANE, "plan": "pro"})
    jane, raj = api.sandbox.read("people")
    assert jane == {
        "email": JANE,
        "contact_id": found["id"],
        "user_ids": ["1", "2"],
        "traits": {"email": JANE, "firstName": "J", "plan": "pro"},
        "properties": {"first_name": "Jane", "_source": "api"},
    }
    assert (raj["user_ids"], raj["traits"]) == ([], {})


def test_product_activity_is_what_the_users_of_a_contact_did(api: Api) -> None:
    for user, email in (("1", JANE), ("2", JANE), ("3", "raj@globex.example")):
        api.send(type="identify", userId=user, traits={"email": email})
    for number in range(6):
        at = f"2026-01-0{number + 1}T00:00:00Z"
        api.send(type="track", userId=str(number % 3 + 1), event=f"E{number}", timestamp=at)
    api.send(type="track", userId="1", event="No time", properties={"plan": "pro"})
    path = f"/contacts/{api.contact(JANE)['id']}/product-activity"

    def events(**query: str) -> list[str]:
        return [item["event"] for item in api.data("GET", path, **query)]

    assert events() == ["E0", "E1", "E3", "E4", "No time"]
    assert events(start_time="2026-01-02T01:00:00+01:00") == ["E1", "E3", "E4"]
    assert events(end_time="2026-01-02T00:00:00Z") == ["E0", "E1"]
    assert events(start_time="2026-01-02", end_time="2026-01-04") == ["E1", "E3"]
    assert api.data("GET", path)[-1]["properties"] == {"plan": "pro"}
    assert api.data("GET", "/contacts/unknown/product-activity") == []
    assert problem(api.call("GET", path, params={"start_time": "soon"})) == INVALID


def test_pages_are_counted_from_one_and_hold_200_at_most(api: Api) -> None:
    api.send(type="identify", userId="1", traits={"email": JANE})
    for number in range(45):
        api.send(
            type="track", userId="1", event=f"E{number}", timestamp=f"2026-01-01T00:00:{number:02}Z"
        )
    path = f"/contacts/{api.contact(JANE)['id']}/product-activity"
    first = api.call("GET", path).json()
    assert first["pagination"] == {
        "pageNumber": 1,
        "pageSize": 20,
        "totalElements": 45,
        "totalPages": 3,
    }
    pages = [api.data("GET", path, page_number=number, page_size=20) for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert [item["event"] for page in pages for item in page] == [f"E{n}" for n in range(45)]
    assert len(api.data("GET", path, page_size=200)) == 45
    for wrong in ("page_size=201", "page_size=0", "page_number=0", "page_number=x"):
        assert problem(api.call("GET", f"{path}?{wrong}")) == INVALID


def test_a_list_is_made_renamed_and_deleted(api: Api) -> None:
    made = api.data("POST", "/lists", {"name": "VIPs", "folder": "Sales"})
    assert made == {
        "id": made["id"],
        "staticListId": made["id"],
        "name": "VIPs",
        "folder": "Sales",
    }
    path = f"/lists/{made['id']}"
    assert api.data("GET", path) == made
    done = {"staticListId": made["id"], "success": True}
    assert api.data("PATCH", path, {"name": "Very important"}) == done
    assert api.data("GET", path)["name"] == "Very important"
    assert api.data("DELETE", path) == done
    for method in ("GET", "PATCH", "DELETE"):
        assert problem(api.call(method, path, json={"name": "x"})) == NO_LIST


def test_two_lists_never_have_one_name(api: Api) -> None:
    api.new_list("A")
    path = f"/lists/{api.new_list('B')}"
    assert problem(api.call("POST", "/lists", json={"name": "A"})) == (409, "LIST_ALREADY_EXISTS")
    assert problem(api.call("PATCH", path, json={"name": "A"})) == (409, "LIST_ALREADY_EXISTS")
    assert api.data("PATCH", path, {"name": "B"})["success"] is True
    assert problem(api.call("POST", "/lists", json={"folder": "A"})) == INVALID
    assert problem(api.call("POST", "/lists", json={"name": "C", "folder": None})) == INVALID


def test_members_are_added_by_contact_id_and_shown_in_camel_case(api: Api) -> None:
    api.batch(contact(first_name="Jane", phone_number="1"), contact("raj@globex.example"))
    jane, raj = (api.contact(email)["id"] for email in (JANE, "raj@globex.example"))
    path = f"/lists/{api.new_list()}/members"
    answer = api.call("POST", path, json={"contactIds": [jane, "unknown-1", raj, "unknown-2"]})
    body = answer.json()
    assert (answer.status_code, body["meta"]["status"], body["data"]) == (
        200,
        "SUCCESS",
        {"added": 2},
    )
    (error,) = body["errors"]
    assert (error["errorCode"], error["detail"]) == ("CONTACTS_NOT_FOUND", "unknown-1, unknown-2")
    assert api.data("POST", path, {"contactIds": [jane]}) == {"added": 0}
    assert api.data("GET", path, page_size=1) == [
        {"id": jane, "email": JANE, "firstName": "Jane", "phoneNumber": "1"}
    ]
    assert api.call("GET", path).json()["pagination"]["totalElements"] == 2
    (shown,) = api.sandbox.read("lists")
    assert (shown["name"], shown["members"]) == ("VIPs", [JANE, "raj@globex.example"])
    assert problem(api.call("POST", path, json={"contactIds": "x"})) == INVALID


def test_a_member_is_removed_once(api: Api) -> None:
    api.batch(contact())
    jane, path = api.contact(JANE)["id"], f"/lists/{api.new_list()}/members"
    api.data("POST", path, {"contactIds": [jane]})
    api.data("DELETE", f"{path}/{jane}")
    assert api.data("GET", path) == []
    assert problem(api.call("DELETE", f"{path}/{jane}")) == (404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", "/0001760c4a86bc38a4a60bcceae32540")]
)
def test_members_of_a_missing_list_are_a_404(api: Api, method: str, path: str) -> None:
    answer = api.call(method, f"/lists/1/members{path}", json={"contactIds": []})
    assert problem(answer) == NO_LIST


def test_the_counts_add_up(api: Api) -> None:
    api.batch(contact(), contact("bad"))
    api.verdicts("POST", "/contacts", contact())
    api.data("POST", f"/lists/{api.new_list()}/members", {"contactIds": [api.contact(JANE)["id"]]})
    api.send(type="identify", userId="1", traits={"email": "raj@globex.example"})
    stats = api.sandbox.stats()
    counted = {
        "people": 2,
        "calls": 1,
        "contacts_written": 1,
        "contacts_failed": 2,
        "transactions": 2,
        "batches": 1,
        "lists": 1,
        "list_members": 1,
    }
    assert {name: stats[name] for name in counted} == counted
    assert set(stats["answers"]) == {"200"}


def test_some_contacts_fail_when_told_to() -> None:
    patterns = ["--fail-contact", "email=poison@*", "--fail-contact", "plan=none"]
    with running(*patterns) as api:
        verdicts = api.batch(
            contact("poison@b.example"), contact("b@b.example", plan="none"), contact()
        )
        people = [person["email"] for person in api.sandbox.read("people")]
    assert [status for _, status in verdicts] == ["FAILED", "FAILED", "CREATED"]
    assert people == [JANE]


def test_a_batch_is_refused_as_a_whole_for_one_contact() -> None:
    with running("--refuse", "email=poison@*", "--refuse", "plan=none") as api:
        for bad in (contact("poison@b.example"), contact("b@b.example", plan="none")):
            answer = api.call("POST", "/contacts/batch", json={"contacts": [contact(), bad]})
            assert problem(answer) == (400, "SANDBOX_REFUSED")
        assert api.sandbox.read("people") == []
        assert api.batch(contact()) == [(JANE, "CREATED")]


def test_a_batch_may_be_too_large() -> None:
    with running("--batch-bytes", "200") as api:
        answer = api.call("POST", "/contacts/batch", json={"contacts": [contact(note="x" * 200)]})
        assert problem(answer) == (413, "SANDBOX_TOO_LARGE")
        assert api.batch(contact()) == [(JANE, "CREATED")]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_faults_strike_this_face_too(status: int) -> None:
    with running("--fail", f"{status}:1", "--retry-after", "7") as api:
        answer = api.call("GET", "/contacts/1")
        counted = api.sandbox.stats()["answers"]
    assert answer.headers["Retry-After"] == "7"
    assert counted == {str(status): 1}
    if status in (401, 403):
        assert (answer.status_code, answer.content) == (status, b"")
    else:
        assert problem(answer) == (status, "SANDBOX_FAULT")


def test_a_limit_is_kept_on_this_face_too() -> None:
    with running("--limit", "1") as api:
        statuses = [api.call("GET", "/contacts/1").status_code for _ in range(20)]
    assert statuses[0] == 400
    assert statuses.count(429) > 0


def failing(api: Api, number: int) -> None:
    assert api.call("POST", "/contacts", json=contact(f"p{number}@b.example")).status_code == 500


def breaking(api: Api, number: int) -> None:
    with pytest.raises(requests.RequestException, match="IncompleteRead"):
        api.call("POST", "/contacts", json=contact(f"p{number}@b.example"))


@pytest.mark.parametrize(("fault", "strike"), [("500", failing), ("reset", breaking)])
def test_an_outage_strikes_before_or_after_a_write_was_taken(
    fault: str, strike: Callable[[Api, int], None]
) -> None:
    with running("--fail", f"{fault}:1") as api:
        for number in range(30):
            strike(api, number)
        assert 0 < api.sandbox.stats()["people"] < 30


def test_a_hang_gives_no_answer_and_leaves_others_alone() -> None:
    with running("--fail", "hang:1") as api:
        failed: list[bool] = []

        def wait() -> None:
            try:
                requests.get(f"{api.sandbox.api_url}/v1/contacts/1", timeout=1)
            except requests.ReadTimeout:
                failed.append(True)

        waiting = threading.Thread(target=wait)
        waiting.start()
        api.sandbox.stats()
        waiting.join()
    assert failed == [True]
