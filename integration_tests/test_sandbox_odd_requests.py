"""Odd requests for the sandbox's pages: each gets an answer, and none breaks a page."""

from collections.abc import Iterator
from typing import Final

import pytest
import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import KEY, TIMEOUT_SECONDS
from integration_tests.sandbox_pages import EVENTS_PATH, identify, send

TOO_DEEP: Final = "[" * 300 + "]" * 300


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A sandbox whose first call is one that can be read and not be written again."""
    with running_sandbox(KEY) as sandbox:
        assert send(sandbox, EVENTS_PATH, TOO_DEEP).status_code == 400
        identify(sandbox, "ÄB-1", email="jane@acme.example")
        yield sandbox


def get(sandbox: Sandbox, path: str) -> requests.Response:
    return requests.get(f"{sandbox.url}{path}", timeout=TIMEOUT_SECONDS)


@pytest.mark.parametrize("path", ["/calls/1", "/calls/1?part"])
def test_a_call_that_was_nested_too_deeply_is_shown_as_it_arrived(
    shared: Sandbox, path: str
) -> None:
    answer = get(shared, path)
    assert answer.status_code == 200
    assert TOO_DEEP in answer.text


@pytest.mark.parametrize("number", ["9" * 18, "9" * 19, "9" * 5000, "0", "-1", "1.0", "²", "x"])
def test_a_call_that_is_not_there_is_a_404(shared: Sandbox, number: str) -> None:
    assert get(shared, f"/calls/{number}").status_code == 404


def test_asking_for_the_events_without_their_body_ends(shared: Sandbox) -> None:
    answer = requests.head(f"{shared.url}/live", timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")


@pytest.mark.parametrize("sought", ["ÄB-1", "äb", "Äb-1 "])
def test_a_search_finds_user_ids_in_any_case(shared: Sandbox, sought: str) -> None:
    assert "jane@acme.example" in get(shared, f"/people?q={sought}").text
