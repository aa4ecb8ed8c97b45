"""A run says what bounds it: set-ups with a bottleneck that is known.

`python -m benchmarks.bottlenecks` has more of them, which take longer.
"""

import json
import re
import time
from pathlib import Path
from typing import Any

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import EVENTS, KEY, Connector, as_input, catalog, config, record

FIGURES = re.compile(r"(\d+) at a time x (\d+) ms an answer = (\d+) a second")


def event(number: int) -> dict[str, Any]:
    return record("events", id=number, user_id=number, event="E", timestamp=1767225600)


def bound(log: str) -> str:
    (said,) = re.findall(r"^The run was bound by .+$", log, re.MULTILINE)
    assert isinstance(said, str)
    return said


def test_parallel_requests(connector: Connector) -> None:
    lines = [event(number) for number in range(60)]
    advanced = {"connections": 4}
    with running_sandbox(KEY, ["--latency-ms", "200"]) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(EVENTS), advanced=advanced
        )
        report = connector.folder / "report"
        run = connector.run(*arguments, "--report", str(report), stdin=as_input(lines))
    assert run.status == 0
    said = bound(run.log)
    assert said.startswith("The run was bound by parallel requests for ")
    assert "; raise advanced.connections (at most 256)." in said
    figures = FIGURES.search(said)
    assert figures is not None
    connections, took, rate = map(int, figures.groups())
    assert connections == 4
    assert took >= 200
    assert abs(rate - 4000 / took) <= 1
    first = json.loads(report.with_suffix(".json").read_text("utf-8"))["bottlenecks"][0]
    assert first["bottleneck"] == "parallel_requests"
    assert figures[0] == first["figure"]
    assert figures[0] in report.with_suffix(".html").read_text("utf-8")


def test_the_ceiling(connector: Connector, sandbox: Sandbox) -> None:
    lines = [event(number) for number in range(120)]
    advanced = {"max_requests_per_second": 40, "connections": 16}
    run = connector.write(sandbox.endpoint_url, catalog(EVENTS), lines, advanced=advanced)
    assert run.status == 0
    said = bound(run.log)
    assert said.startswith("The run was bound by the ceiling for ")
    assert "at most 40 requests a second may start; raise advanced.max_requests_per_second" in said


def test_the_source(connector: Connector, sandbox: Sandbox) -> None:
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(EVENTS))
    with connector.started(arguments, []) as (process, stdin, stdout):
        said = stdout.readline().decode()
        while "Sending over" not in said:
            said = stdout.readline().decode()
        for number in range(30):
            stdin.write(as_input([event(number)]))
            stdin.flush()
            time.sleep(0.05)
        stdin.close()
        log = stdout.read().decode()
        assert process.wait() == 0
    messages = [json.loads(line)["log"]["message"] for line in log.splitlines()]
    said = bound("\n".join(messages))
    assert said.startswith("The run was bound by the source for ")
    assert re.search(r": records come at \d+(\.\d)? a second; only a faster source", said)


def test_a_dry_run_has_a_table_of_answer_times_and_no_bottleneck(
    connector: Connector, tmp_path: Path
) -> None:
    lines = [event(number) for number in range(100)]
    advanced = {"dry_run": True, "connections": 10, "max_requests_per_second": 200}
    arguments = connector.write_arguments(
        "https://in.example/x", catalog(EVENTS), advanced=advanced
    )
    page = tmp_path / "report.html"
    run = connector.run(*arguments, "--report", str(page), stdin=as_input(lines))
    assert run.status == 0
    assert "A real run would send 100 requests: less than a second at 200 a second.\n" in run.log
    table = re.findall(r"^With 10 parallel requests, if (.+)$", run.log, re.MULTILINE)
    assert table == [
        "an answer takes 25 ms: 200 requests a second, less than a second.",
        "an answer takes 100 ms: 100 requests a second, at least 1 s.",
        "an answer takes 300 ms: 33 requests a second, at least 3 s.",
    ]
    assert "bound by" not in run.log
    assert "By how long Inflection takes to answer" in page.read_text("utf-8")


def test_check_says_how_long_an_answer_takes(connector: Connector) -> None:
    with running_sandbox(KEY, ["--latency-ms", "60"]) as sandbox:
        for url, delivery in (
            (sandbox.endpoint_url, {}),
            ("", {"delivery": {"route": "developer_api", "base_url": sandbox.api_url}}),
        ):
            run = connector.run(
                "check", "--config", connector.file("config.json", config(url, **delivery))
            )
            (log,) = run.of("LOG")
            said = re.fullmatch(
                re.escape(sandbox.url) + r" answered in (\d+) ms, the time to connect included\.",
                log["log"]["message"],
            )
            assert said is not None
            assert int(said[1]) >= 60
            assert log["log"]["level"] == "INFO"
