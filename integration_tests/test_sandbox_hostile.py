"""What others made up is text on the sandbox's pages, whatever it says, in a real Chromium."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from inflection_sandbox.client import Sandbox, running_sandbox
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

PROBES: Final = {
    "all": (
        "javascript:window.hit=1//'\"--></title></textarea></select></script></svg>"
        "<script>window.hit=1</script>"
        "<img src=x onerror=window.hit=1><svg onload=window.hit=1>"
        "{{ 7 * 7 }}{% for %}&lt;i&gt;%3ci%3e"
    ),
}
"""In lower case, because the sandbox writes emails so."""
CALLS: Final = 14
"""How many `send_everywhere` sends."""
ADDRESSES: Final = {
    "/?x={}": 200,
    "/people?q={}&after={}": 200,
    "/orgs?after={}": 200,
    "/activity?event={}&person={}&after={}": 200,
    "/activity?after=0,-99999999999999999999": 200,
    "/activity?after=nan,99999999999999999999": 200,
    "/faults?saved={}": 200,
    "/org?id={}&after={}": 404,
    "/people/{}": 404,
    "/calls/{}": 404,
    "/static/{}": 404,
    "/{}": 404,
}
LINKS: Final = "() => [...document.querySelectorAll('main a')].map(a => a.getAttribute('href'))"
MADE_OF_IT: Final = (
    "main img, main i, main script, main svg svg, main [onload], main [onerror], "
    "a[href^='javascript:']"
)


@pytest.fixture(scope="module", params=list(PROBES.values()), ids=list(PROBES))
def probe(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


@pytest.fixture(scope="module")
def probed(probe: str) -> Iterator[Sandbox]:
    """A sandbox in which everything that can be made up says the same."""
    with running_sandbox(KEY) as sandbox:
        send_everywhere(sandbox, probe)
        yield sandbox


def email(probe: str) -> str:
    return f"{probe}@b.example"


def send_everywhere(sandbox: Sandbox, probe: str) -> None:
    nested = {probe: [probe, {probe: probe}]}
    identify(sandbox, probe, email=email(probe), firstName=probe, **nested)
    track(sandbox, probe, probe, **nested)
    track(sandbox, f"{probe} unknown", probe)
    group(sandbox, probe, probe, name=probe, **nested)
    send(sandbox, EVENTS_PATH, {"type": probe, "userId": probe})
    send(
        sandbox, EVENTS_PATH, {"type": "track", "userId": probe, "event": probe, "timestamp": probe}
    )
    send(sandbox, EVENTS_PATH, probe)
    odd = {"userId": probe, "event": probe, "groupId": probe}
    send(sandbox, EVENTS_PATH, {"type": "track", **odd, "properties": [probe]})
    send(sandbox, EVENTS_PATH, {"type": "group", **odd, "traits": [probe]})
    contact = {"email": email(probe), "properties": {"company_name": probe, probe: probe}}
    contacts(sandbox, {**contact, probe: probe, "_source": probe})
    new_list(sandbox, probe, email(probe))
    send(sandbox, "/v1/contacts", {"email": probe, probe: probe})
    send(sandbox, f"/v1/{quote(probe)}", probe)


def assert_is_text(page: Page, probe: str) -> None:
    """The page shows the probe, and nothing of it has become markup or has run."""
    assert probe in page.locator("body").inner_text(), page.url
    assert_has_not_run(page)


def assert_has_not_run(page: Page) -> None:
    assert page.evaluate("() => window.hit") is None
    assert page.locator(MADE_OF_IT).count() == 0


def test_every_page_shows_it_as_text(browser: Browser, probed: Sandbox, probe: str) -> None:
    person = f"/people/{contact_id(probed, email(probe))}"
    org = f"/org?id={quote(probe)}"
    with opened(browser, probed) as watch:
        page, waiting, seen = watch.page, ["/"], set()
        while waiting:
            path = waiting.pop()
            seen.add(path)
            page.goto(probed.url + path)
            assert_has_not_run(page)
            links = [link for link in page.evaluate(LINKS) if not link.startswith("#")]
            waiting += {*links} - {*seen} - {*waiting}
        assert {person, org, *(f"/calls/{n + 1}" for n in range(CALLS))} <= seen
        for path in ("/", "/people", person, "/orgs", org, "/activity"):
            page.goto(probed.url + path)
            assert_is_text(page, probe)
            if path in ("/", person):
                assert probe in page.locator("th code, dd code").all_inner_texts()
            assert (probe in page.title()) == (path in (person, org))


def test_new_calls_are_text_as_well(browser: Browser, sandbox: Sandbox, probe: str) -> None:
    with opened(browser, sandbox) as watch:
        page = watch.page
        send_everywhere(sandbox, probe)
        expect(page.locator("#calls li")).to_have_count(CALLS)
        assert_is_text(page, probe)
        for link in page.locator("#calls a").all():
            link.click()
            expect(page.locator("dialog h1")).to_be_visible()
            assert_has_not_run(page)
            page.keyboard.press("Escape")
            expect(page.locator("dialog")).to_be_hidden()


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A sandbox with one call."""
    with running_sandbox(KEY) as running:
        track(running, "u1", "Signed Up")
        yield running


def test_what_an_address_holds_is_text(browser: Browser, shared: Sandbox, probe: str) -> None:
    with opened(browser, shared) as watch:
        for path, status in ADDRESSES.items():
            answer = watch.page.goto(shared.url + path.replace("{}", quote(probe, safe="")))
            assert answer is not None
            assert (path, answer.status) == (path, status)
            assert_has_not_run(watch.page)
        excuse(watch, "status of 404")


def test_what_was_looked_for_is_text(browser: Browser, shared: Sandbox, probe: str) -> None:
    with opened(browser, shared, "/people") as watch:
        page = watch.page
        page.get_by_role("searchbox").fill(probe)
        go(page, page.get_by_role("button", name="Search"))
        expect(page.get_by_role("searchbox")).to_have_value(probe)
        assert_has_not_run(page)
        page.goto(f"{shared.url}/activity?event={quote(probe, safe='')}")
        expect(page.get_by_label("Event")).to_have_value(probe)
        page.get_by_label("Email or user id").fill(probe)
        go(page, page.get_by_role("button", name="Show"))
        expect(page.get_by_label("Event")).to_have_value(probe)
        expect(page.get_by_label("Email or user id")).to_have_value(probe)
        assert_has_not_run(page)


def test_what_a_form_holds_is_text(browser: Browser, sandbox: Sandbox, probe: str) -> None:
    with opened(browser, sandbox, "/faults") as watch:
        page = watch.page
        for name in ("retry_after", "known_properties", "refuse", "break"):
            page.get_by_label(name).fill(probe)
        go(page, page.get_by_role("button", name="Save"))
        expect(page.get_by_role("status")).to_contain_text("Saved")
        for name in ("retry_after", "known_properties", "refuse", "break"):
            expect(page.get_by_label(name)).to_have_value(probe)
        assert_has_not_run(page)
        page.get_by_label("seed").evaluate("(field, name) => { field.name = name }", probe)
        page.get_by_label("seed").fill("1")
        go(page, page.get_by_role("button", name="Save"))
        excuse(watch, "status of 400")
        expect(page.get_by_role("alert")).to_contain_text(probe)
        expect(heading(page)).to_be_visible()
        assert_has_not_run(page)
