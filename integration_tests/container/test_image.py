"""The image as Airbyte's platform meets it. `make image-test` runs these; `make test` does not."""

import json
import signal
import threading
import time
from pathlib import Path

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from container.build import BASE_LABEL
from destination_inflection.config.schema import load_spec
from destination_inflection.version import VERSION
from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    PEOPLE,
    TIMEOUT_SECONDS,
    as_input,
    catalog,
    config,
    person,
    scripted_server,
    state,
    stream,
)
from integration_tests.container.conftest import Image

pytestmark = pytest.mark.image_tests

LOCKED = ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges")
HOST = ("--network", "host")
OFFLINE = ("--network", "none")


def shell(image: Image, command: str, *options: str) -> str:
    done = image.execute(("-c", command), (*OFFLINE, "--entrypoint", "/bin/sh", *options), b"")
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()


def write_arguments(image: Image, url: str, *streams: object, **changes: object) -> list[str]:
    return [
        "write",
        *("--config", image.file("config.json", config(url, **changes))),
        *("--catalog", image.file("catalog.json", {"streams": list(streams)})),
    ]


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and "Traceback" not in text


# What the image says of itself.


def test_its_labels_name_the_connector_its_version_and_its_base(image: Image) -> None:
    labels = json.loads(image.fact("{{json .Config.Labels}}"))
    assert labels["io.airbyte.name"] == "destination-inflection"
    assert labels["io.airbyte.version"] == VERSION
    assert "python-connector-base" in labels[BASE_LABEL]


def test_its_entry_point_is_absolute_and_the_one_in_the_environment(image: Image) -> None:
    variables = json.loads(image.fact("{{json .Config.Env}}"))
    entrypoint = json.loads(image.fact("{{json .Config.Entrypoint}}"))
    assert f"AIRBYTE_ENTRYPOINT={' '.join(entrypoint)}" in variables
    assert all(word.startswith("/") for word in entrypoint)
    assert "PYTHONUNBUFFERED=1" in variables


def test_it_runs_as_a_user_that_may_not_write_its_code(image: Image) -> None:
    assert image.fact("{{.Config.User}}") == "airbyte"
    assert shell(image, "id -u") == "1000"
    here = "/airbyte/integration_code"
    assert shell(image, f"find {here} -writable; touch {here}/x 2>&1 || echo no").endswith("no")


def test_it_holds_the_connector_and_nothing_else_of_the_project(image: Image) -> None:
    assert shell(image, "ls /airbyte/integration_code").split() == [
        "__pycache__",
        "destination_inflection",
        "main.py",
    ]
    assert shell(image, "python -c 'import pycurl, boto3; print(1)'") == "1"
    assert shell(image, "python -c 'import inflection_sandbox' 2>/dev/null || echo no") == "no"
    # As root, who alone may look everywhere: what a package manager keeps would be here.
    kept = "find ~root/.cache /tmp -type f 2>/dev/null || true"
    assert shell(image, kept, "--user", "0") == ""


# The commands.


def test_spec_is_one_valid_message_with_all_taken_away(image: Image) -> None:
    run = image.run("spec", options=(*OFFLINE, *LOCKED))
    assert run.status == 0
    (message,) = run.messages
    assert message["spec"] == load_spec()
    assert AirbyteMessageSerializer.load(message).spec is not None


def test_the_platform_s_way_of_starting_it(image: Image) -> None:
    """A shell, a folder of the platform's, the command from the environment."""
    out = shell(
        image, 'eval "$AIRBYTE_ENTRYPOINT spec"', "--tmpfs", "/dest", "--workdir", "/dest", *LOCKED
    )
    assert json.loads(out)["type"] == "SPEC"


@pytest.mark.parametrize(("key", "status"), [(None, "SUCCEEDED"), ("sk-wrong", "FAILED")])
def test_check(image: Image, sandbox: Sandbox, key: str | None, status: str) -> None:
    changes = {} if key is None else {"api_key": key}
    path = image.file("config.json", config(sandbox.endpoint_url, **changes))
    run = image.run("check", "--config", path, options=(*HOST, *LOCKED))
    assert run.status == 0
    (message,) = run.of("CONNECTION_STATUS")
    assert message["connectionStatus"]["status"] == status
    assert is_one_sentence(message["connectionStatus"].get("message", "."))


def test_write_over_a_pipe_on_a_locked_root(image: Image, sandbox: Sandbox) -> None:
    lines = [line for n in range(1, 301) for line in (person(n), state("people", n))]
    run = image.run(
        *write_arguments(image, sandbox.endpoint_url, PEOPLE),
        options=(*HOST, *LOCKED),
        stdin=as_input(lines),
    )
    assert run.status == 0
    assert [s["id"] for s in run.states] == list(range(1, 301))
    assert sandbox.stats()["people"] == 300
    assert "libcurl" in run.log


def test_sigterm_finishes_what_is_in_flight_and_ends_with_143(image: Image) -> None:
    def answer(number: int, _body: bytes) -> tuple[int, dict[str, str], bytes]:
        if number == 2:
            in_flight.set()
            time.sleep(0.5)
        return 200, {}, b""

    in_flight = threading.Event()
    lines = [person(1), state("people", 1), person(2), state("people", 2), person(3)]
    with scripted_server(answer) as server:
        arguments = write_arguments(image, server.url, PEOPLE, advanced={"connections": 1})
        with image.started(arguments, lines) as running:
            name, started = running
            assert in_flight.wait(TIMEOUT_SECONDS)
            assert image.engine.ask("kill", "--signal", "TERM", name).returncode == 0
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
    messages = [json.loads(line) for line in out.splitlines()]
    assert started.process.returncode == 128 + signal.SIGTERM
    assert [m["state"]["id"] for m in messages if m["type"] == "STATE"] == [1, 2]
    assert len(server.bodies) == 2


# Bad input: one sentence, and the right exit status.


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "can't be read (No such file or directory)", id="missing"),
        pytest.param("api_key: x", "is not valid JSON", id="no JSON"),
    ],
)
@pytest.mark.parametrize("command", ["check", "write"])
def test_a_configuration_that_is_not_there_or_no_json(
    image: Image, command: str, content: str | None, words: str
) -> None:
    path = "/config/absent.json" if content is None else image.file("config.json", content)
    assert words in complaint(image, command, path)


@pytest.mark.parametrize("command", ["check", "write"])
def test_a_configuration_that_only_its_owner_may_read(image: Image, command: str) -> None:
    path = image.file("config.json", config("https://in.example/x"))
    (image.folder / Path(path).name).chmod(0o600)
    said = complaint(image, command, path, "--user", "4242:4242")
    assert "can't be read (Permission denied)" in said


def complaint(image: Image, command: str, path: str, *options: str) -> str:
    """The one sentence: the status of a `check`, which ends with 0, or a `write`'s only trace."""
    extra = ("--catalog", image.file("catalog.json", catalog(PEOPLE))) if command == "write" else ()
    run = image.run(command, "--config", path, *extra, options=(*OFFLINE, *options))
    if command == "check":
        assert run.status == 0
        (message,) = run.of("CONNECTION_STATUS")
        assert message["connectionStatus"]["status"] == "FAILED"
        said = message["connectionStatus"]["message"]
    else:
        assert (run.status, run.error["failure_type"]) == (1, "config_error")
        said = run.error["message"]
    assert is_one_sentence(said)
    assert run.stderr == ""
    return str(said)


def test_a_catalog_for_other_streams(image: Image, sandbox: Sandbox) -> None:
    """Records of streams that the catalog does not name are rejected and counted, and not sent."""
    other = stream("customers", "id", "email")
    run = image.run(
        *write_arguments(image, sandbox.endpoint_url, other),
        stdin=as_input([person(1), state("people", 1)]),
    )
    assert run.status == 0
    assert "unknown_stream 1" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 0.0, "rejectedRecordCount": 1.0}
    assert sandbox.stats()["calls"] == 0


@pytest.mark.parametrize("arguments", [("dance",), (), ("check",)])
def test_a_command_line_that_cannot_be_understood(image: Image, arguments: tuple[str, ...]) -> None:
    done = image.execute(arguments, OFFLINE)
    assert done.returncode == 2
    assert b"usage: destination-inflection" in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
