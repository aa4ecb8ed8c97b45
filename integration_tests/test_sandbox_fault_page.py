"""The sandbox's faults in a real Chromium: set on their page, they strike the executable's sync."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import PEOPLE, TIMEOUT_SECONDS, Connector, as_input, catalog, person
from integration_tests.sandbox_pages import excuse, fact, go, heading, opened

WRONG = "What fails must be written with its probability, such as 429:0.1,reset:0.01."


def save(page: Page) -> None:
    go(page, page.get_by_role("button", name="Save"))


def test_faults_that_are_turned_on_while_a_sync_runs_are_in_its_report(
    browser: Browser, connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE))
    arguments += ["--report", str(report)]
    with opened(browser, sandbox) as overview, opened(browser, sandbox, "/faults") as faults:
        page = faults.page
        with connector.started(arguments, [person(n) for n in range(20)]) as started:
            expect(heading(overview.page)).to_have_text("20 calls arrived; all were accepted.")
            page.get_by_label("refuse").fill("email=p25@*\nemail=p31@*")
            page.get_by_label("fail", exact=True).fill("429:0.2")
            save(page)
            expect(page.get_by_role("status")).to_have_text("Saved: fail, refuse.")
            started.stdin.write(as_input([person(n) for n in range(20, 60)]))
            started.stdin.close()
            assert started.process.wait(TIMEOUT_SECONDS) == 0
        row = overview.page.locator("tr", has_text="400: Refused by the sandbox's --refuse")
        expect(row.locator("td")).to_have_text("2")
        expect(heading(overview.page)).to_contain_text("58 of")
        struck = overview.page.locator("tr", has_text="429 on purpose").locator("td").inner_text()
    written = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert written["streams"][0]["rejected"] == {"refused": 2}
    assert written["retries"] == {"HTTP 429": int(struck)}
    assert int(struck) > 0


def test_contacts_fail_when_the_page_says_so(
    browser: Browser, connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    delivery = {"route": "developer_api", "base_url": sandbox.api_url}
    arguments = connector.write_arguments("", catalog(PEOPLE), delivery=delivery)
    with opened(browser, sandbox, "/faults") as watch:
        watch.page.get_by_label("fail_contact").fill("email=p2@*")
        save(watch.page)
        run = connector.run(
            *arguments, "--report", str(report), stdin=as_input([person(n) for n in range(5)])
        )
        assert run.status == 0
        watch.page.goto(f"{sandbox.url}/")
        expect(watch.page.locator("header .problem")).to_contain_text("Faults are on: fail_contact")
        expect(fact(watch.page, "Contacts written")).to_have_text("4")
        expect(fact(watch.page, "Contacts failed")).not_to_have_text("0")
    written = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert written["streams"][0]["rejected"] == {"contact_failed": 1}


def test_what_can_t_be_read_is_not_saved_and_is_not_lost(
    browser: Browser, sandbox: Sandbox
) -> None:
    with opened(browser, sandbox, "/faults") as watch:
        page = watch.page
        page.get_by_label("latency_ms").fill("1")
        save(page)
        page.get_by_label("fail", exact=True).fill("often")
        page.get_by_label("refuse").fill("email=a@*\nemail=b@*")
        page.get_by_label("web_page").check()
        save(page)
        excuse(watch, "status of 400")
        expect(page.get_by_role("alert")).to_have_text(f"Not saved: {WRONG}")
        expect(page.get_by_label("fail", exact=True)).to_have_value("often")
        expect(page.get_by_label("refuse")).to_have_value("email=a@*\nemail=b@*")
        expect(page.get_by_label("web_page")).to_be_checked()
        page.goto(f"{sandbox.url}/")
        expect(page.locator("header .problem code")).to_have_text("latency_ms")


def test_all_faults_can_be_turned_off_at_once(browser: Browser, sandbox: Sandbox) -> None:
    with opened(browser, sandbox, "/faults") as watch:
        page = watch.page
        expect(heading(page)).to_have_text("The sandbox answers as it should.")
        page.get_by_label("web_page").check()
        page.get_by_label("settle_ms").fill("20")
        save(page)
        expect(heading(page)).to_have_text("The sandbox answers wrongly on purpose.")
        expect(page.get_by_label("settle_ms")).to_have_value("20")
        go(page, page.get_by_role("button", name="Turn all off"))
        expect(page.get_by_role("status")).to_have_text("Saved: all faults are off.")
        expect(page.get_by_label("web_page")).not_to_be_checked()
        expect(page.get_by_label("settle_ms")).to_have_value("")
        page.goto(f"{sandbox.url}/")
        expect(page.locator("header .problem")).to_have_count(0)
