"""How the sandbox's pages look in a real Chromium: light and dark, on a phone and on a desk."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.browsers import WIDER_THAN_THE_WINDOW
from integration_tests.conftest import KEY
from integration_tests.sandbox_pages import (
    EVENTS_PATH,
    contact_id,
    contacts,
    excuse,
    go,
    group,
    heading,
    identify,
    new_list,
    opened,
    send,
    track,
)

LOOKS: Final[tuple[tuple[int, Literal["light", "dark"]], ...]] = ((375, "light"), (1440, "dark"))
"""Widths with colour schemes; no colour depends on the width."""
LONG: Final = "x" * 200
EMAIL: Final = f"{LONG}@b.example"
PATHS: Final = {
    "people": "/people",
    "found nobody": "/people?q=nobody",
    "person": "/people/{id}",
    "orgs": "/orgs",
    "org": f"/org?id={LONG}",
    "activity": "/activity",
    "activity of one event": f"/activity?event={LONG}&person={LONG}",
    "faults": "/faults",
    "call": "/calls/1",
    "overview": "/",
}

AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
SERIOUS: Final = """
async () => (await axe.run({resultTypes: ["violations"]})).violations
  .filter(violation => ["serious", "critical"].includes(violation.impact))
  .map(({id, nodes}) => [id, ...nodes.map(node => [node.html, node.failureSummary])])
"""
CUT_OFF: Final = """
() => [...document.querySelectorAll("main *, header *")]
  .filter(element => !element.closest(".unseen, thead, select, svg, pre"))
  .filter(element => element.getBoundingClientRect().right > window.innerWidth + 1)
  .map(element => element.outerHTML.slice(0, 200))
"""


@pytest.fixture(scope="module")
def filled() -> Iterator[Sandbox]:
    """A sandbox with a call of each kind and outcome, and with values that nothing breaks."""
    with running_sandbox(KEY) as sandbox:
        identify(sandbox, LONG, email=EMAIL, firstName=LONG, **{LONG: LONG}, tags=["a", 1, None])
        track(sandbox, LONG, LONG, **{LONG: LONG, "items": [{"sku": LONG}]})
        group(sandbox, LONG, LONG, name=LONG, **{LONG: LONG})
        for number in range(8):
            user = f"u{number}"
            identify(sandbox, user, email=f"{user}@b.example", firstName="Ada", lastName="Okafor")
            track(sandbox, user, "Order Completed", amount=number, currency="EUR")
            group(sandbox, user, "acme", name="Acme")
        track(sandbox, "unknown", "Signed Up")
        contacts(sandbox, {"email": EMAIL, "properties": {"company_name": LONG, "plan": None}})
        new_list(sandbox, LONG, EMAIL)
        send(sandbox, EVENTS_PATH, {"type": "page", "userId": LONG})
        send(sandbox, EVENTS_PATH, {"type": "track", "userId": LONG})
        send(sandbox, EVENTS_PATH, "not JSON")
        send(sandbox, "/v1/contacts/batch", {"contacts": [{}]})
        yield sandbox


def assert_looks_right(page: Page) -> None:
    page.evaluate(AXE)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(WIDER_THAN_THE_WINDOW) == 0, width
        assert page.evaluate(CUT_OFF) == [], width
        assert page.evaluate(SERIOUS) == [], (width, scheme)


@pytest.mark.parametrize("name", PATHS)
def test_a_page_looks_right(browser: Browser, filled: Sandbox, name: str) -> None:
    path = PATHS[name].replace("{id}", contact_id(filled, EMAIL))
    with opened(browser, filled, path) as watch:
        assert_looks_right(watch.page)


def test_the_open_dialog_looks_right(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, f"/org?id={LONG}") as watch:
        newest = watch.page.locator(".calls a").first
        newest.click()
        expect(watch.page.locator("dialog h1")).to_be_visible()
        assert_looks_right(watch.page)


def test_a_page_that_is_not_there_looks_right(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, f"/{LONG}") as watch:
        excuse(watch, "status of 404")
        expect(heading(watch.page)).to_have_text("There is no page at this address.")
        assert_looks_right(watch.page)


@pytest.mark.parametrize("path", ["/", "/people", "/orgs", "/activity"])
def test_an_empty_page_looks_right(browser: Browser, sandbox: Sandbox, path: str) -> None:
    with opened(browser, sandbox, path) as watch:
        assert_looks_right(watch.page)


def test_faults_that_are_on_and_a_mistake_look_right(browser: Browser, sandbox: Sandbox) -> None:
    with opened(browser, sandbox, "/faults") as watch:
        page = watch.page
        page.get_by_label("refuse").fill(f"email={LONG}")
        go(page, page.get_by_role("button", name="Save"))
        expect(page.get_by_role("status")).to_be_visible()
        assert_looks_right(page)
        page.get_by_label("fail", exact=True).fill(LONG)
        go(page, page.get_by_role("button", name="Save"))
        expect(page.get_by_role("alert")).to_be_visible()
        excuse(watch, "status of 400")
        assert_looks_right(page)
        page.goto(f"{sandbox.url}/orgs")
        assert_looks_right(page)
