"""Part two: PyAirbyte's own smoke test of destinations, all scenarios.

The smoke test judges only whether the connector took everything without an error. Here every record
is followed further: into the sandbox, or to the reason it was rejected for.
"""

import json
from pathlib import Path
from typing import Any, Final

from inflection_sandbox.client import running_sandbox
from integration_tests.e2e import books
from integration_tests.e2e.account import Account
from integration_tests.e2e.environments import Environments
from integration_tests.e2e.expected import Becomes
from integration_tests.e2e.processes import Ended, ProofError, run
from integration_tests.e2e.recordings import Message, Recorded, stream_name

_STREAMS: Final = 22
_PREFLIGHT: Final = "_preflight_basic_types"
_NO_KEY: Final = "schema_with_no_primary_key"
_RULES: Final[list[Message]] = [
    {"stream": "*", "call": "track", "user_id": "id", "event": "Smoke Test"},
    {"stream": _NO_KEY, "call": "track", "user_id": "event_id", "event_column": "event_type"},
]
_BY_GLOB: Final = Becomes(
    call="track", user_id="id", not_sent=frozenset({"id"}), event="Smoke Test"
)
_BY_NAME: Final = Becomes(
    call="track",
    user_id="event_id",
    not_sent=frozenset({"event_id", "event_type"}),
    event_column="event_type",
)


def prove(account: Account, environments: Environments, connector: Path, home: Path) -> None:
    """Runs the part in the folder `home`.

    Raises:
        ProofError: the smoke test gave no verdict.
    """
    destination = Recorded(home, "destination-inflection", connector)
    with running_sandbox(books.KEY) as sandbox:
        config = home / "config.json"
        config.write_text(json.dumps(books.write_config(sandbox, _RULES)), "utf-8")
        account.title("3. PyAirbyte's destination smoke test, all scenarios")
        ended = run(
            [
                *(environments.pyairbyte / "pyab", "destination-smoke-test"),
                f"--destination={destination.executable}",
                f"--config={config}",
                "--scenarios=all",
            ],
            folder=home,
            environment=environments.variables(home / "scratch"),
        )
        verdict = _verdict(ended)
        writes, checks = destination.runs("write"), destination.runs("check")
        main = [w for w in writes if _PREFLIGHT not in map(_short_name, w.streams)]
        account.check(
            "The smoke test's verdict is success",
            passed=ended.status == 0 and verdict["success"] is True,
            detail=f"exit {ended.status}, error {verdict['error']}",
        )
        account.check(
            "It ran all its streams and counts the records the connector was fed",
            passed=len(main) == 1
            and len(main[0].streams) == _STREAMS
            and verdict["records_delivered"] == len(books.fed_to(main)),
            detail=f"{sum(len(run.streams) for run in main)} streams, "
            f"{verdict['records_delivered']} records by its count",
        )
        books.check_runs(account, writes, checks)
        fed, calls = books.fed_to(writes), sandbox.read("calls")
        matched = books.match(fed, _plan, calls)
        books.check_counts(account, writes, fed, matched)
        books.check_rejected(account, writes, matched, _plan)
        books.check_order(account, matched.found, _plan, calls)
        books.check_form(account, calls)
        books.check_repeats(account, writes, matched, _plan, calls)
        books.check_answers(account, sandbox, len(checks))


def _verdict(ended: Ended) -> dict[str, Any]:
    """The JSON verdict; it is the last thing on standard output."""
    start = ended.output.find("{\n")
    try:
        verdict: dict[str, Any] = json.loads(ended.output[start:])
    except ValueError:
        said = ended.last_lines(hide=books.KEY)
        raise ProofError(f"the smoke test gave no verdict:\n{said}") from None
    return verdict


def _short_name(configured: Message) -> str:
    return books.short(stream_name(configured))


def _plan(stream: str) -> Becomes:
    return _BY_NAME if books.short(stream) == _NO_KEY else _BY_GLOB
