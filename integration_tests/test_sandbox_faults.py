"""The sandbox's faults over HTTP: they strike both faces alike, and never the read-back."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Final

import pytest
import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import TIMEOUT_SECONDS

KEY: Final = "inf_pat_write"
Send = Callable[[Sandbox, str], requests.Response]


def post(sandbox: Sandbox, path: str, body: object) -> requests.Response:
    return requests.post(
        f"{sandbox.url}{path}",
        json=body,
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=TIMEOUT_SECONDS,
    )


def send_event(sandbox: Sandbox, email: str) -> requests.Response:
    message = {"type": "identify", "userId": email, "traits": {"email": email}}
    return post(sandbox, "/v1/events", message)


def send_batch(sandbox: Sandbox, email: str) -> requests.Response:
    """A batch of a contact and of another, which is always the same."""
    contacts = [{"email": each, "properties": {}} for each in ("other@b.example", email)]
    return post(sandbox, "/v1/contacts/batch", {"contacts": contacts})


def people(sandbox: Sandbox) -> list[str]:
    return sorted(person["email"] for person in sandbox.read("people"))


both_faces: Final = pytest.mark.parametrize(
    "send", [send_event, send_batch], ids=["event_endpoint", "developer_api"]
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """For tests that say themselves which faults are in force."""
    with running_sandbox(KEY) as sandbox:
        yield sandbox


@both_faces
def test_what_breaks_the_endpoint_breaks_it_each_time_and_is_never_taken(send: Send) -> None:
    options = ["--break", "email=poison@*", "--break", "email=bad@*", "--retry-after", "9"]
    with running_sandbox(KEY, options) as sandbox:
        for email in ("poison@b.example", "bad@b.example") * 10:
            answer = send(sandbox, email)
            assert answer.status_code == 500
            assert "--break" in answer.text
            assert "Retry-After" not in answer.headers
        assert people(sandbox) == []
        assert sandbox.stats()["answers"] == {"500": 20}
        assert send(sandbox, "good@b.example").status_code == 200
        assert "good@b.example" in people(sandbox)


def test_a_single_contact_breaks_the_endpoint_too() -> None:
    with running_sandbox(KEY, ["--break", "plan=bad"]) as sandbox:
        contact = {"email": "a@b.example", "properties": {"plan": "bad"}}
        answer = post(sandbox, "/v1/contacts", contact)
        assert (answer.status_code, answer.json()["meta"]["status"]) == (500, "FAILURE")
        assert people(sandbox) == []


@both_faces
def test_in_an_outage_nothing_is_taken_and_what_is_there_can_be_read(send: Send) -> None:
    with running_sandbox(KEY, ["--outage", "0:1000000", "--retry-after", "9"]) as sandbox:
        for _ in range(10):
            answer = send(sandbox, "a@b.example")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "9")
        assert people(sandbox) == []
        assert sandbox.stats()["answers"] == {"503": 10}


@both_faces
def test_an_outage_that_has_not_begun_changes_nothing(send: Send) -> None:
    with running_sandbox(KEY, ["--outage", "1000000:1000001"]) as sandbox:
        assert send(sandbox, "a@b.example").status_code == 200


@both_faces
def test_a_web_page_comes_instead_of_every_answer_and_nothing_is_taken(send: Send) -> None:
    with running_sandbox(KEY, ["--web-page"]) as sandbox:
        answer = send(sandbox, "a@b.example")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.text.startswith("<!DOCTYPE html>")
        assert people(sandbox) == []
        assert sandbox.stats()["answers"] == {"web_page": 1}


@both_faces
@pytest.mark.parametrize(
    ("limit", "most"), [("0.0001:bucket", 1), ("0.0003:window:10000", 3), ("0.01:window:200", 2)]
)
def test_a_limit_s_form_says_how_many_are_let_in_at_once(send: Send, limit: str, most: int) -> None:
    with running_sandbox(KEY, ["--limit", limit, "--retry-after", "7"]) as sandbox:
        answers = [send(sandbox, "a@b.example") for _ in range(5)]
    assert [each.status_code for each in answers] == [200] * most + [429] * (5 - most)
    assert answers[-1].headers["Retry-After"] == "7"


def test_without_retry_after_a_limit_does_not_say_how_long_it_lasts() -> None:
    with running_sandbox(KEY, ["--limit", "0.0001:bucket"]) as sandbox:
        answers = [send_event(sandbox, "a@b.example") for _ in range(2)]
    assert answers[1].status_code == 429
    assert "Retry-After" not in answers[1].headers


@both_faces
@pytest.mark.parametrize(
    ("faults", "status", "begins"),
    [
        ({"break": ["email=a@*"]}, 500, "{"),
        ({"outage": ["0:1000000"]}, 503, "{"),
        ({"web_page": True}, 200, "<!DOCTYPE html>"),
        ({"limit": "0.0001:bucket"}, 429, "{"),
    ],
    ids=["break", "outage", "web_page", "limit"],
)
def test_faults_are_set_while_it_runs(
    shared: Sandbox, send: Send, faults: dict[str, object], status: int, begins: str
) -> None:
    assert post(shared, "/_sandbox/faults", faults).status_code == 200
    answers = [send(shared, "a@b.example") for _ in range(2)]
    assert post(shared, "/_sandbox/faults", {}).status_code == 200
    assert send(shared, "a@b.example").status_code == 200
    assert answers[1].status_code == status
    assert answers[1].text.startswith(begins)


@pytest.mark.parametrize(
    "faults",
    [[], "x", {"nonsense": 1}, {"limit": "5:x"}, {"outage": ["5:1"]}, {"web_page": "yes"}],
    ids=str,
)
def test_what_is_not_a_fault_is_refused_and_changes_nothing(
    shared: Sandbox, faults: object
) -> None:
    post(shared, "/_sandbox/faults", {"break": ["email=a@*"]}).raise_for_status()
    answer = post(shared, "/_sandbox/faults", faults)
    assert (answer.status_code, answer.text.count(". "), answer.text[-1]) == (400, 0, ".")
    assert send_event(shared, "a@b.example").status_code == 500


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--limit=0:bucket", "A limit must be N, N:bucket or N:window:SECONDS"),
        ("--limit=-5", "A limit must be N, N:bucket or N:window:SECONDS"),
        ("--outage=9:5", "An outage must be FROM:TO in seconds"),
        ("--latency-ms=x", "latency_ms must be a number"),
    ],
)
def test_a_wrong_option_is_a_usage_error(option: str, problem: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "inflection_sandbox.run", "--api-key", KEY, option],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1].startswith(f"inflection-sandbox: error: {problem}")
