"""The sandbox's pages in a browser, and calls for them to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests
from playwright.sync_api import Browser, Locator, Page, expect

from inflection_sandbox.client import Sandbox
from integration_tests.browsers import TIMEOUT_MS, Watched, watched
from integration_tests.conftest import KEY, TIMEOUT_SECONDS

EVENTS_PATH: Final = "/v1/events"

expect.set_options(timeout=TIMEOUT_MS)


@contextmanager
def opened(browser: Browser, sandbox: Sandbox, path: str = "/") -> Iterator[Watched]:
    """A page of the sandbox, which in the end has asked nobody else and complained of nothing."""
    with watched(browser) as watch:
        watch.page.goto(f"{sandbox.url}{path}")
        yield watch
    own = (f"{sandbox.url}/", "data:")
    assert [url for url in watch.asked if not url.startswith(own)] == []
    assert watch.complaints == []


def excuse(watch: Watched, *fragments: str) -> None:
    """Forgets the complaints so far, each of which must hold one of these texts."""
    unexpected = [text for text in watch.complaints if not any(part in text for part in fragments)]
    assert unexpected == []
    watch.complaints.clear()


def send(sandbox: Sandbox, path: str, body: object) -> requests.Response:
    """Posts JSON, or text as it is, to one of the sandbox's faces."""
    return requests.post(
        f"{sandbox.url}{path}",
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        timeout=TIMEOUT_SECONDS,
        **({"data": body.encode()} if isinstance(body, str) else {"json": body}),
    )


def identify(sandbox: Sandbox, user: str, **traits: object) -> None:
    send(sandbox, EVENTS_PATH, {"type": "identify", "userId": user, "traits": traits})


def track(sandbox: Sandbox, user: str, event: str, **properties: object) -> None:
    message = {"type": "track", "userId": user, "event": event, "properties": properties}
    send(sandbox, EVENTS_PATH, message)


def group(sandbox: Sandbox, user: str, org: str, **traits: object) -> None:
    message = {"type": "group", "userId": user, "groupId": org, "traits": traits}
    send(sandbox, EVENTS_PATH, message)


def contacts(sandbox: Sandbox, *rows: dict[str, object]) -> None:
    send(sandbox, "/v1/contacts/batch", {"contacts": rows})


def new_list(sandbox: Sandbox, name: str, *emails: str) -> str:
    """A static list with these people on it; returns its id."""
    made = send(sandbox, "/v1/lists", {"name": name}).json()["data"]["id"]
    ids = [contact_id(sandbox, email) for email in emails]
    send(sandbox, f"/v1/lists/{made}/members", {"contactIds": ids})
    return str(made)


def contact_id(sandbox: Sandbox, email: str) -> str:
    (found,) = [each["contact_id"] for each in sandbox.read("people") if each["email"] == email]
    return str(found)


def go(page: Page, control: Locator) -> None:
    """Clicks, and waits for the page that follows."""
    with page.expect_navigation():
        control.click()


def heading(page: Page) -> Locator:
    return page.locator("main h1").first


def fact(page: Page, name: str) -> Locator:
    """One of the overview's counts."""
    return page.locator(".facts div", has=page.get_by_text(name, exact=True)).locator("dd")


def newest_call(page: Page) -> Locator:
    return page.locator("#calls li").first
