"""Takes the pictures of README and docs from a real sync: `make screenshots`.

Runs the installed `destination-inflection` against a local sandbox that has a limit and faults,
then opens the run's report and the sandbox's pages in headless Chromium. The data is made up, and
the same each time; the speed in the pictures is this machine's.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from inflection_sandbox.client import Sandbox, running_sandbox

ROOT: Final = Path(__file__).resolve().parents[1]
CONNECTOR: Final = Path(sys.executable).with_name("destination-inflection")
KEY: Final = "sandbox-key"
FAULTS: Final = ("--latency-ms", "20", "--limit", "400:bucket", "--fail", "500:0.01,429:0.01")
WIDTH: Final = 1200
TIMEOUT_SECONDS: Final = 600
EVENTS: Final = ("Signed Up", "Report Opened", "Report Shared", "Plan Upgraded", "Invoice Paid")
ORGS: Final = ("Lumen", "Harbor", "Tern", "Alder", "Quarry", "Fjord", "Maple", "Orchard")
FIRST: Final = ("Ada", "Ben", "Chloe", "Dev", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas")
LAST: Final = ("Okafor", "Lind", "Moreau", "Rao", "Kaya", "Bello", "Holm", "Reyes", "Sato", "Weiss")


@dataclass(frozen=True, slots=True)
class Table:
    """A stream: its name, its primary key, and its rows."""

    name: str
    key: tuple[str, ...]
    rows: list[dict[str, object]]


def tables() -> list[Table]:
    """People, their orgs, and what they did; a few rows can't be sent."""
    chance = random.Random(7)  # noqa: S311 - made-up data
    people: list[dict[str, object]] = []
    members: list[dict[str, object]] = []
    for number in range(1, 801):
        first, last, org = chance.choice(FIRST), chance.choice(LAST), chance.choice(ORGS)
        email = f"{first}.{last}{number}@{org}.example".lower()
        people.append(
            {
                "id": number,
                "email": None if number % 89 == 0 else email,
                "first_name": first,
                "last_name": last,
                "plan": chance.choice(("free", "team", "enterprise")),
                "seats": chance.randint(1, 40),
            }
        )
        members.append({"user_id": number, "org_id": org.lower(), "org_name": org})
    events: list[dict[str, object]] = [
        {
            "id": f"e{number}",
            "user_id": None if number % 401 == 0 else chance.randint(1, 800),
            "event_name": chance.choice(EVENTS),
            "occurred_at": f"2026-11-{number % 25 + 1:02}T{number % 24:02}:{number % 60:02}:00Z",
            "source": chance.choice(("web", "mobile", "api")),
        }
        for number in range(1, 8001)
    ]
    return [
        Table("users", ("id",), people),
        Table("workspace_members", ("user_id", "org_id"), members),
        Table("product_events", ("id",), events),
    ]


def catalog(found: list[Table]) -> dict[str, object]:
    """The configured catalog of the tables."""
    return {
        "streams": [
            {
                "stream": {
                    "name": table.name,
                    "json_schema": {"properties": {column: {} for column in table.rows[0]}},
                    "supported_sync_modes": ["full_refresh", "incremental"],
                },
                "sync_mode": "incremental",
                "destination_sync_mode": "append_dedup",
                "primary_key": [[column] for column in table.key],
            }
            for table in found
        ]
    }


def messages(found: list[Table]) -> Iterator[bytes]:
    """What a source prints: records, with a state each hundred rows, and that each is complete."""
    for table in found:
        for at in range(0, len(table.rows), 100):
            for row in table.rows[at : at + 100]:
                record = {"stream": table.name, "data": row, "emitted_at": 1_790_000_000_000}
                yield json.dumps({"type": "RECORD", "record": record}).encode() + b"\n"
            state = {
                "type": "STREAM",
                "stream": {
                    "stream_descriptor": {"name": table.name},
                    "stream_state": {"rows": at + 100},
                },
            }
            yield json.dumps({"type": "STATE", "state": state}).encode() + b"\n"
    for table in found:
        status = {"stream_descriptor": {"name": table.name}, "status": "COMPLETE"}
        trace = {"type": "STREAM_STATUS", "stream_status": status, "emitted_at": 1_790_000_000_000}
        yield json.dumps({"type": "TRACE", "trace": trace}).encode() + b"\n"


def sync(sandbox: Sandbox, folder: Path) -> Path:
    """Runs a sync into the sandbox; returns the page of its report."""
    delivery = {"route": "event_endpoint", "endpoint_url": sandbox.endpoint_url}
    config = {"api_key": KEY, "delivery": {**delivery, "authentication": "basic"}}
    found = tables()
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "catalog.json").write_text(json.dumps(catalog(found)), "utf-8")
    arguments = ("--config", "config.json", "--catalog", "catalog.json", "--report", "report")
    subprocess.run(
        [str(CONNECTOR), "write", *arguments],
        input=b"".join(messages(found)),
        stdout=subprocess.DEVNULL,
        cwd=folder,
        timeout=TIMEOUT_SECONDS,
        check=True,
    )
    return folder / "report.html"


def take(sandbox: Sandbox, report: Path, into: Path) -> None:
    """Takes the pictures."""
    person = next(each for each in sandbox.read("people") if len(each["traits"]) > 3)
    pages = {
        "report": (report.as_uri(), 850),
        "sandbox": (f"{sandbox.url}/", 1350),
        "sandbox-person": (f"{sandbox.url}/people/{person['contact_id']}", 1350),
        "sandbox-faults": (f"{sandbox.url}/faults", 850),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
        )
        for name, (url, height) in pages.items():
            page = browser.new_page(viewport={"width": WIDTH, "height": height})
            page.goto(url)
            if name == "sandbox":
                page.get_by_text("Live", exact=True).wait_for()
            file = into / f"{name}.png"
            page.screenshot(path=file)
            page.close()
            print(file)
        browser.close()


def main() -> int:
    """Takes the pictures into the folder `--into`, which is `docs/` unless it is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs")
    into = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, running_sandbox(KEY, FAULTS) as sandbox:
        take(sandbox, sync(sandbox, Path(name)), into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
