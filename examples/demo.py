"""The sample sync, from start to finish: check, write, and a look at what arrived.

Runs the installed `destination-inflection` against a local sandbox, prints what Inflection would
hold next to what the connector reports, and ends with 0 only if the two agree. With `--keep` the
sandbox stays until Ctrl-C, so that its pages can be looked at.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from inflection_sandbox.client import Sandbox, running_sandbox

HERE: Final = Path(__file__).resolve().parent
CONNECTOR: Final = Path(sys.executable).with_name("destination-inflection")
KEY: Final = "demo-key"
TIMEOUT_SECONDS: Final = 60


def main() -> int:
    """Runs the demo; returns 0 if everything the connector reports is found in the sandbox."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="Leave the sandbox running.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_sandbox(KEY) as sandbox:
        config = Path(folder) / "config.json"
        sample = json.loads((HERE / "config-event-endpoint.json").read_text("utf-8"))
        sample["api_key"] = KEY
        sample["delivery"]["endpoint_url"] = sandbox.endpoint_url
        config.write_text(json.dumps(sample), "utf-8")

        title("1. destination-inflection check")
        for message in run("check", "--config", str(config)):
            if message["type"] == "LOG":
                print(message["log"]["message"])
            else:
                status = message["connectionStatus"]
                print(f"{status['status']} {status.get('message', '')}")

        title("2. destination-inflection write < examples/messages.jsonl")
        output = run("write", "--config", str(config), "--catalog", str(HERE / "catalog.json"))
        for message in output:
            if message["type"] == "LOG":
                print(message["log"]["message"])

        title("3. What arrived in Inflection")
        show(sandbox)

        title("4. Do they agree?")
        result = compare(output, sandbox)
        title("5. Look at it in a browser")
        if options.keep:
            wait(sandbox)
        else:
            print(f"The sandbox at {sandbox.url} ends now. Keep it running: make demo KEEP=1")
        return result


def wait(sandbox: Sandbox) -> None:
    """Leaves the sandbox running until Ctrl-C."""
    print(f"The sandbox is running at {sandbox.url} (stop it with Ctrl-C).", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


def run(*arguments: str) -> list[dict[str, Any]]:
    """Runs the connector with the sample messages as its input; returns what it printed."""
    with (HERE / "messages.jsonl").open("rb") as messages:
        process = subprocess.run(
            [str(CONNECTOR), *arguments],
            stdin=messages,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    return [json.loads(line) for line in process.stdout.splitlines()]


def show(sandbox: Sandbox) -> None:
    """Prints people, product activity and orgs."""
    print("People")
    rows: list[Iterable[object]] = [
        (p["email"], ", ".join(p["user_ids"]), traits(p["traits"], "email"))
        for p in sandbox.read("people")
    ]
    table(("email", "user ids", "traits"), rows)
    print("\nProduct activity")
    rows = [
        (a["user_id"], a["timestamp"], a["event"], traits(a["properties"]))
        for a in sandbox.read("activity")
    ]
    table(("user", "time", "event", "properties"), rows)
    print("\nOrgs")
    rows = [
        (o["group_id"], ", ".join(o["members"]), traits(o["traits"])) for o in sandbox.read("orgs")
    ]
    table(("org", "members", "traits"), rows)


def compare(output: list[dict[str, Any]], sandbox: Sandbox) -> int:
    """Holds the counts the connector gave back with its states against the sandbox's books."""
    read: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for message in output:
        if message["type"] == "STATE":
            stats = message["state"]["destinationStats"]
            name = message["state"]["stream"]["stream_descriptor"]["name"]
            read[name] += int(stats["recordCount"])
            refused[name] += int(stats["rejectedRecordCount"])
    arrived = Counter(
        call["message"]["type"] for call in sandbox.read("calls") if not call["repeat"]
    )
    agreed = True
    for stream, call in (
        ("people", "identify"),
        ("product_events", "track"),
        ("memberships", "group"),
    ):
        same = read[stream] == arrived[call] > 0
        agreed = agreed and same
        verdict = "agree" if same else "DIFFER"
        print(
            f"{stream}: the connector reports {read[stream]} delivered and {refused[stream]} "
            f"rejected, the sandbox holds {arrived[call]} {call} calls: they {verdict}"
        )
    return 0 if agreed else 1


def title(text: str) -> None:
    """Prints a heading."""
    print(f"\n{text}\n{'-' * len(text)}")


def traits(values: Mapping[str, object], *but: str) -> str:
    """Writes an object on one line."""
    return ", ".join(f"{name}={value}" for name, value in values.items() if name not in but)


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    """Prints aligned columns."""
    lines = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  " + "  ".join(cells).rstrip())


if __name__ == "__main__":
    sys.exit(main())
