"""The sandbox's pages in a real Chromium: what the executable delivered can be found on them."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import KEY, Connector, catalog, record, stream
from integration_tests.sandbox_pages import (
    contact_id,
    contacts,
    go,
    heading,
    new_list,
    opened,
    track,
)

PEOPLE: Final = stream("people", "id", "email", "first_name", "last_name", "plan")
EVENTS: Final = stream("events", "id", "user_id", "event", "timestamp", primary_key=[["id"]])
MEMBERSHIPS: Final = stream("memberships", "user_id", "org_id", "org_plan")
CONTACTS: Final = stream("contacts", "email", "company_name")
NEWSLETTER: Final = stream("newsletter", "email")
MANY: Final = 60
"""More than one page of anything."""
BUSY: Final = "person7@b.example"
"""A member of every org, and who has done everything twice."""
START: Final = 1767225600


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox after a sync on each route."""
    connector = Connector(tmp_path_factory.mktemp("connector"))
    with running_sandbox(KEY) as sandbox:
        people = [
            record(
                "people",
                id=n,
                email=f"person{n}@b.example",
                first_name=f"First{n}",
                last_name="Last",
                plan="pro",
            )
            for n in range(MANY)
        ]
        events = [
            record(
                "events",
                id=n,
                user_id=7 if n % 3 else n,
                event="Paid" if n % 3 else "Signed Up",
                timestamp=START + (n // 4 if n % 3 else n),
            )
            for n in range(3 * MANY)
        ]
        memberships = [
            record("memberships", user_id=7, org_id=f"org{n}", org_plan=f"plan{n}")
            for n in range(MANY)
        ] + [record("memberships", user_id=n, org_id="org0", org_plan="big") for n in range(MANY)]
        events_run = connector.write(
            sandbox.endpoint_url,
            catalog(PEOPLE, EVENTS, MEMBERSHIPS),
            [*people, *events, *memberships],
        )
        assert "rejected 0" in events_run.log
        list_id = new_list(sandbox, "Newsletter")
        contacts_run = connector.write(
            "",
            catalog(CONTACTS, NEWSLETTER),
            [
                record("contacts", email=BUSY, company_name="Big Company"),
                record("newsletter", email=BUSY),
            ],
            delivery={"route": "developer_api", "base_url": sandbox.api_url},
            streams=[{"stream": "newsletter", "call": "audience", "list_id": list_id}],
        )
        assert "rejected 0" in contacts_run.log
        yield sandbox


def rows(page: Page, selector: str) -> list[str]:
    """The texts of a list from here to its last page."""
    found = page.locator(selector).all_inner_texts()
    following = page.get_by_role("link", name="Next page")
    while following.count():
        go(page, following)
        found += page.locator(selector).all_inner_texts()
    return found


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until such an element has the focus."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}.")


def test_people_are_found_by_what_is_known_of_them(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, "/people") as watch:
        page, emails = watch.page, watch.page.locator("tbody th")
        field = page.get_by_label("Email, name, company or user id")
        for sought, found in {
            "PERSON12@": {"person12@b.example"},
            "first34": {"person34@b.example"},
            "big company": {BUSY},
            " person5": {"person5@b.example", *(f"person5{n}@b.example" for n in range(10))},
        }.items():
            field.fill(sought)
            go(page, page.get_by_role("button", name="Search"))
            expect(field).to_have_value(sought)
            assert set(emails.all_inner_texts()) == found
        field.fill("nobody")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("No person matches.")
        page.get_by_role("link", name="See all people").click()
        expect(emails).to_have_count(50)


def test_a_person_has_everything_that_arrived(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, "/people?q=" + BUSY) as watch:
        page = watch.page
        go(page, page.get_by_role("link", name=BUSY))
        expect(heading(page)).to_have_text(BUSY)
        values = dict(
            zip(
                page.locator(".values dt").all_inner_texts(),
                page.locator(".values dd").all_inner_texts(),
                strict=True,
            )
        )
        assert values["Contact id"] == contact_id(filled, BUSY)
        assert values["User ids"] == "7"
        assert sorted(values["Orgs"].split(", ")) == sorted(f"org{n}" for n in range(MANY))
        assert values["Lists"] == "Newsletter"
        assert values["plan"] == "pro"
        assert values["company_name"] == "Big Company"
        numbers = rows(page, "tbody td:last-child")
        assert numbers == [f"id {n}" for n in range(3 * MANY) if n % 3]


def test_a_person_s_activity_leads_to_the_call(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, f"/people/{contact_id(filled, BUSY)}") as watch:
        go(watch.page, watch.page.locator("tbody a").first)
        expect(heading(watch.page)).to_have_text("track Paid")
        sent = json.loads(watch.page.locator("pre").last.inner_text())
        assert (sent["userId"], sent["properties"]) == ("7", {"id": 1})


def test_an_org_has_its_traits_members_and_calls(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, "/orgs") as watch:
        page = watch.page
        go(page, page.get_by_role("link", name="org0", exact=True))
        expect(heading(page)).to_have_text("org0")
        assert page.locator(".values").first.inner_text().split() == ["plan", "big"]
        expect(page.get_by_role("heading", name=f"{MANY} members")).to_be_visible()
        about = page.locator(".calls .about").all_inner_texts()
        assert len(about) == 50
        assert all(text.endswith("in org0") for text in about)
        page.locator(".calls a").first.click()
        assert json.loads(page.locator("dialog pre").last.inner_text())["groupId"] == "org0"
        page.keyboard.press("Escape")
        members = rows(page, ".members small")
        assert sorted(members, key=int) == [str(n) for n in range(MANY)]


def test_activity_is_found_by_event_and_by_person(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled, "/activity") as watch:
        page, person = watch.page, watch.page.get_by_label("Email or user id")
        names = page.get_by_label("Event").locator("option").all_inner_texts()
        assert names == ["All events", f"Paid ({2 * MANY})", f"Signed Up ({MANY})"]
        page.get_by_label("Event").select_option("Signed Up")
        go(page, page.get_by_role("button", name="Show"))
        expect(page.get_by_label("Event")).to_have_value("Signed Up")
        properties = rows(page, "tbody td:last-child")
        assert properties == [f"id {n}" for n in reversed(range(0, 3 * MANY, 3))]
        for who in ("person9@b.example", "9"):
            page.get_by_label("Event").select_option("")
            person.fill(who)
            go(page, page.get_by_role("button", name="Show"))
            expect(person).to_have_value(who)
            assert page.locator("tbody td:nth-child(3)").all_inner_texts() == [
                "person9@b.example 9"
            ]
        page.get_by_label("Event").select_option("Paid")
        go(page, page.get_by_role("button", name="Show"))
        expect(page.locator("main")).to_contain_text("No activity matches.")


@pytest.mark.parametrize(
    ("path", "selector", "number"),
    [
        ("/people", "tbody th", MANY),
        ("/orgs", "tbody th", MANY),
        ("/activity", "tbody td:last-child", 3 * MANY),
    ],
)
def test_pages_of_a_list_neither_lose_nor_repeat_a_row(
    browser: Browser, filled: Sandbox, path: str, selector: str, number: int
) -> None:
    with opened(browser, filled, path) as watch:
        found = rows(watch.page, selector)
        assert (len(found), len(set(found))) == (number, number)
        assert urlsplit(watch.page.url).path == path


def test_keys_that_the_published_schema_does_not_name_are_shown(
    browser: Browser, sandbox: Sandbox
) -> None:
    odd = {"nickname": "Bizzy", "properties": {"plan": "pro", "_source": "mine"}}
    contacts(sandbox, {"email": BUSY, **odd}, {"email": "other@b.example", "nickname": 1})
    with opened(browser, sandbox) as watch:
        page = watch.page
        table = page.locator("table", has=page.get_by_role("columnheader", name="Contacts"))
        assert [row.split() for row in table.locator("tbody tr").all_inner_texts()] == [
            ["nickname", "2"],
            ["properties._source", "1"],
        ]
        page.goto(f"{sandbox.url}/people/{contact_id(sandbox, BUSY)}")
        value = page.locator(".values div", has_text="Not in the published schema").locator("dd")
        assert value.locator("code").all_inner_texts() == ["nickname", "properties._source"]


def test_a_user_who_was_not_identified_has_activity(browser: Browser, sandbox: Sandbox) -> None:
    track(sandbox, "u1", "Signed Up")
    with opened(browser, sandbox, "/activity") as watch:
        assert watch.page.locator("tbody td:nth-child(3)").inner_text() == "u1 not identified"


@pytest.mark.parametrize("path", ["/people", "/orgs", "/activity"])
def test_an_empty_page_says_what_to_do(browser: Browser, sandbox: Sandbox, path: str) -> None:
    with opened(browser, sandbox, path) as watch:
        expect(watch.page.locator("main")).to_contain_text("yet")
        watch.page.get_by_role("link", name="copy").click()
        expect(watch.page.get_by_role("heading", name="Configurations to copy")).to_be_in_viewport()


@pytest.mark.parametrize("route", ["Event endpoint", "Developer API"])
def test_a_configuration_can_be_copied_and_works(
    browser: Browser, connector: Connector, sandbox: Sandbox, route: str
) -> None:
    with opened(browser, sandbox) as watch:
        page = watch.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copy = page.get_by_role("button", name=f"Copy the configuration for the {route}")
        copy.click()
        expect(copy).not_to_be_visible()
        copied = page.evaluate("() => navigator.clipboard.readText()")
        shown = page.locator(f"h3:text-is('{route}') + pre").inner_text()
        assert copied == shown
    run = connector.run("check", "--config", connector.file("config.json", copied))
    (message,) = run.of("CONNECTION_STATUS")
    assert message["connectionStatus"] == {"status": "SUCCEEDED"}


def test_the_pages_can_be_used_with_a_keyboard(browser: Browser, filled: Sandbox) -> None:
    with opened(browser, filled) as watch:
        page, focused = watch.page, watch.page.locator(":focus")
        page.keyboard.press("Tab")
        expect(focused).to_have_text("Skip to the content")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        tab_to(page, "a[data-call]")
        page.keyboard.press("Enter")
        expect(page.locator("dialog").get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#calls a").first).to_be_focused()
        page.goto(f"{filled.url}/")
        for name in ("Skip to the content", "Connections", "People"):
            page.keyboard.press("Tab")
            expect(focused).to_have_text(name)
        page.keyboard.press("Enter")
        expect(heading(page)).to_have_text("People")
        tab_to(page, "[name=q]")
        page.keyboard.type("person12")
        page.keyboard.press("Enter")
        expect(page.locator("tbody th")).to_have_count(1)
