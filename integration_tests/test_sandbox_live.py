"""The sandbox's overview in a real Chromium: it follows the calls while they arrive."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    closed_port,
    person,
    state,
)
from integration_tests.sandbox_pages import (
    EVENTS_PATH,
    excuse,
    fact,
    heading,
    newest_call,
    opened,
    send,
    track,
)

ONE_BY_ONE: Final = {"connections": 1}
SHOWN: Final = 50
"""How many calls the overview lists."""
GONE: Final = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET")


def mark(page: Page) -> None:
    """Leaves a mark that a reload wipes out."""
    page.evaluate("() => { window.marked = true }")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("() => window.marked === true"))


def subjects(page: Page) -> list[str]:
    """Whom the calls are about, from the top of the list."""
    return page.locator("#calls .about").all_inner_texts()


def test_the_numbers_move_while_a_sync_runs(
    browser: Browser, connector: Connector, sandbox: Sandbox
) -> None:
    arguments = connector.write_arguments(
        sandbox.endpoint_url, catalog(PEOPLE), advanced=ONE_BY_ONE
    )
    with opened(browser, sandbox) as watch:
        page = watch.page
        mark(page)
        expect(heading(page)).to_have_text("Nothing has arrived yet.")
        with connector.started(arguments, [person(n) for n in range(20)]) as started:
            expect(heading(page)).to_have_text("20 calls arrived; all were accepted.")
            assert subjects(page) == [str(n) for n in reversed(range(20))]
            started.stdin.write(as_input([person(n) for n in range(20, 90)]))
            started.stdin.close()
            expect(heading(page)).to_have_text("90 calls arrived; all were accepted.")
            assert started.process.wait(TIMEOUT_SECONDS) == 0
        expect(fact(page, "People")).to_have_text("90")
        assert subjects(page) == [str(n) for n in reversed(range(90 - SHOWN, 90))]
        assert is_marked(page)


def test_contacts_appear_by_the_batch(
    browser: Browser, connector: Connector, sandbox: Sandbox
) -> None:
    delivery = {"route": "developer_api", "base_url": sandbox.api_url}
    lines = [*(person(n) for n in range(30)), state("people", 1)]
    with opened(browser, sandbox) as watch:
        page = watch.page
        mark(page)
        assert connector.write("", catalog(PEOPLE), lines, delivery=delivery).status == 0
        expect(heading(page)).to_have_text("1 call arrived; it was accepted.")
        expect(fact(page, "People")).to_have_text("30")
        expect(fact(page, "Contacts written")).to_have_text("30")
        assert newest_call(page).inner_text().split("\n")[1:] == [
            "contacts",
            "30 contacts",
            "accepted",
        ]
        assert is_marked(page)
        newest_call(page).get_by_role("link").click()
        batch = json.loads(page.locator("dialog pre").last.inner_text())
        assert [each["email"] for each in batch["contacts"]] == [
            f"p{n}@b.example" for n in range(30)
        ]


def test_a_click_shows_what_was_sent_to_the_letter(browser: Browser, sandbox: Sandbox) -> None:
    sent = (
        '{"type":"track",  "userId":"u1","event":"Paid","properties":{"amount":1.10,"é":"\\u00e9"}}'
    )
    with opened(browser, sandbox) as watch:
        page, dialog = watch.page, watch.page.locator("dialog")
        send(sandbox, EVENTS_PATH, sent)
        link = newest_call(page).get_by_role("link")
        closing: list[Callable[[], None]] = [
            lambda: dialog.get_by_role("button", name="Close").click(),
            lambda: page.keyboard.press("Escape"),
        ]
        for close in closing:
            link.click()
            expect(dialog.get_by_role("heading", level=1)).to_have_text("track Paid")
            formatted, exact = dialog.locator("pre").all_inner_texts()
            assert json.loads(formatted) == json.loads(sent)
            assert len(formatted.splitlines()) == 9
            assert exact == sent
            close()
            expect(dialog).to_be_hidden()
            expect(link).to_be_focused()
        assert urlsplit(page.url).path == "/"


def test_a_call_that_is_not_json_is_shown_as_it_arrived(browser: Browser, sandbox: Sandbox) -> None:
    with opened(browser, sandbox) as watch:
        send(sandbox, EVENTS_PATH, "<b>not</b> JSON")
        newest_call(watch.page).get_by_role("link").click()
        expect(watch.page.locator("dialog pre")).to_have_text("<b>not</b> JSON")
        expect(watch.page.locator("dialog")).to_contain_text("400: Invalid JSON")


def test_a_page_can_pause_and_catches_up(browser: Browser, sandbox: Sandbox) -> None:
    with opened(browser, sandbox) as watch, opened(browser, sandbox) as other:
        page = watch.page
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("status")).to_have_text("Paused")
        for number in range(3):
            track(sandbox, f"u{number}", "Signed Up")
        expect(heading(other.page)).to_have_text("3 calls arrived; all were accepted.")
        track(sandbox, "u3", "Signed Up")
        expect(heading(other.page)).to_have_text("4 calls arrived; all were accepted.")
        expect(heading(page)).to_have_text("Nothing has arrived yet.")
        page.get_by_role("button", name="Continue").click()
        expect(heading(page)).to_have_text("4 calls arrived; all were accepted.")
        expect(page.get_by_role("status")).to_have_text("Live")
        assert subjects(page) == ["u3", "u2", "u1", "u0"]


def test_the_focus_stays_where_it_is_when_the_numbers_change(
    browser: Browser, sandbox: Sandbox
) -> None:
    track(sandbox, "u1", "Signed Up")
    with opened(browser, sandbox) as watch:
        activity = fact(watch.page, "Activity").get_by_role("link")
        activity.focus()
        track(sandbox, "u1", "Signed Up")
        expect(activity).to_have_text("2")
        expect(activity).to_be_focused()


def test_a_sandbox_that_is_started_again_is_followed_from_its_start(browser: Browser) -> None:
    with closed_port() as port, ExitStack() as first_run:
        first = first_run.enter_context(running_sandbox(KEY, ["--port", f"{port}"]))
        with opened(browser, first) as watch:
            page, status = watch.page, watch.page.get_by_role("status")
            track(first, "u1", "Signed Up")
            expect(heading(page)).to_have_text("1 call arrived; it was accepted.")
            expect(status).to_have_text("Live")
            mark(page)
            first_run.close()
            expect(status).to_have_text("The sandbox does not answer. Trying again.")
            with running_sandbox(KEY, ["--port", f"{port}"]) as second:
                expect(heading(page)).to_have_text("Nothing has arrived yet.")
                assert not is_marked(page)
                track(second, "u2", "Signed Up")
                expect(heading(page)).to_have_text("1 call arrived; it was accepted.")
                assert subjects(page) == ["u2"]
                excuse(watch, *GONE)
                page.close()
