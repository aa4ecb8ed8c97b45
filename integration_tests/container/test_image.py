"""The image as Airbyte's platform meets it. `make image-test` runs these; `make test` does not."""

import json
import os
import re
import signal
import subprocess
import threading
from datetime import datetime
from pathlib import Path

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from container.build import BASE_LABEL, CREATED_LABEL, REVISION_LABEL, check_line, git
from container.measure import package_sizes
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
    read_until,
    scripted_server,
    state,
    stream,
)
from integration_tests.container.conftest import Image

pytestmark = pytest.mark.image_tests

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "HOME", "CONTAINERS_CONF")  # the last one, where the reader has set it
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


def test_its_labels_name_the_connector_its_version_its_base_and_its_commit(image: Image) -> None:
    labels = json.loads(image.fact("{{json .Config.Labels}}"))
    assert labels["io.airbyte.name"] == "destination-inflection"
    assert labels["io.airbyte.version"] == VERSION
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    assert "python-connector-base" in labels[BASE_LABEL]
    assert (REVISION_LABEL in labels) == (CREATED_LABEL in labels)
    if "CI" in os.environ:  # where the image is built from what is tested
        assert labels[REVISION_LABEL] == git(ROOT, "rev-parse", "HEAD")


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
    assert shell(image, "ls -A /airbyte/integration_code").split() == ["main.py", "sbom.cdx.json"]
    assert shell(image, "python -c 'import pycurl, boto3; print(1)'") == "1"
    assert shell(image, "python -c 'import inflection_sandbox' 2>/dev/null || echo no") == "no"
    # As root, who alone may look everywhere: what a package manager keeps would be here.
    kept = "find ~root/.cache /tmp -type f 2>/dev/null || true"
    assert shell(image, kept, "--user", "0") == ""


PACKAGES = "cd $(python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))') && "


def test_it_holds_every_file_of_the_connector(image: Image) -> None:
    """Also those that are not Python, which `setup.py` has to name."""
    here = ROOT / "destination_inflection"
    files = {str(path.relative_to(ROOT)) for path in here.rglob("*") if path.is_file()}
    found = shell(image, f"{PACKAGES} find destination_inflection -type f").splitlines()
    wanted = {name for name in files if "__pycache__" not in name}
    assert {name for name in found if "__pycache__" not in name} == wanted


def test_its_packages_go_together(image: Image) -> None:
    assert shell(image, "pip check") == "No broken requirements found."


def test_it_holds_no_folders_of_tests_and_each_module_s_bytecode_once(image: Image) -> None:
    found = shell(image, f"{PACKAGES} find . -type d -name test -o -type d -name tests")
    assert found == "./airbyte_cdk/test"  # which the CDK's own commands import
    compiled = shell(image, f"{PACKAGES} find . -name '*.pyc'").splitlines()
    assert compiled
    assert len({name.split(".cpython-")[0] for name in compiled}) == len(compiled)


def test_bytecode_is_not_checked_against_the_times_of_files(image: Image) -> None:
    """A builder may change the times. By its hash, a file that was changed later counts, too."""
    flags = (
        "import pathlib, destination_inflection, orjson, pygal; "
        "print({path.read_bytes()[4:8].hex() for module in (destination_inflection, orjson, pygal)"
        " for path in pathlib.Path(module.__file__).parent.rglob('*.pyc')})"
    )
    assert shell(image, f'python -c "{flags}"') == "{'03000000'}"


def test_the_times_of_its_files_are_the_commit_s(image: Image) -> None:
    created = json.loads(image.fact("{{json .Config.Labels}}")).get(CREATED_LABEL)
    if created is None or not image.engine.is_podman:
        pytest.skip("Only an image that podman has built from a commit has its times.")
    code = "/airbyte/integration_code destination_inflection destination_inflection-*"
    times = shell(image, f"{PACKAGES} find {code} -printf '%T@ ' | tr ' ' '\\n' | sort -u")
    (found,) = map(float, times.split())
    wanted = datetime.fromisoformat(created).timestamp()
    # A layer from the cache keeps the time of an earlier commit; CI builds without a cache.
    assert found == wanted or (found < wanted and "CI" not in os.environ)


def test_what_the_cdk_needs_is_there_too(image: Image) -> None:
    code = "import destination_inflection.airbyte.cdk as c; print(c.DestinationInflection.__name__)"
    assert shell(image, f"python -c '{code}'") == "DestinationInflection"
    assert "Usage: airbyte-cdk" in shell(image, "airbyte-cdk --help")


def test_its_sbom_lists_every_package_with_its_version(image: Image) -> None:
    listed = json.loads(shell(image, "cat /airbyte/integration_code/sbom.cdx.json"))
    assert listed["bomFormat"] == "CycloneDX"
    components = {(one["name"].lower(), one["version"]) for one in listed["components"]}
    installed = json.loads(shell(image, "pip list --format json"))
    assert components == {(one["name"].lower(), one["version"]) for one in installed}
    assert ("destination-inflection", VERSION) in components


def test_the_docs_say_how_large_its_packages_are(image: Image) -> None:
    page = (ROOT / "docs" / "development.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) MB \|", page, re.MULTILINE)
    sizes = package_sizes(image.engine, image.name)
    assert len(rows) >= 10
    assert {name: float(size) for name, size in rows} == {
        name: pytest.approx(sizes[name] / 1e6, rel=0.25, abs=1) for name, _ in rows
    }


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


def test_the_line_that_make_image_ends_with(image: Image, sandbox: Sandbox) -> None:
    """It is pasted into a shell, in the folder of the configuration, and works on this machine."""
    image.file("config.json", config(sandbox.endpoint_url))
    line = check_line(image.engine, image.name)
    bare = {name: os.environ[name] for name in KEPT if name in os.environ}
    done = subprocess.run(
        ["sh", "-c", line],  # noqa: S607
        cwd=image.folder,
        env=bare,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout.splitlines()[-1])["connectionStatus"]["status"]
    # In a network of its own, a container can't reach this machine's sandbox.
    assert status == ("SUCCEEDED" if "--network host" in line else "FAILED")


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
            assert signal_is_heard.wait(TIMEOUT_SECONDS)
        return 200, {}, b""

    in_flight, signal_is_heard = threading.Event(), threading.Event()
    lines = [person(1), state("people", 1), person(2), state("people", 2), person(3)]
    with scripted_server(answer) as server:
        arguments = write_arguments(image, server.url, PEOPLE, advanced={"connections": 1})
        with image.started(arguments, lines) as running:
            name, started = running
            assert in_flight.wait(TIMEOUT_SECONDS)
            assert image.engine.ask("kill", "--signal", "TERM", name).returncode == 0
            lines_out = read_until(started.stdout, b"SIGTERM received")
            signal_is_heard.set()
            lines_out += started.stdout.readlines()
            assert started.process.wait(TIMEOUT_SECONDS) == 128 + signal.SIGTERM
    messages = [json.loads(line) for line in lines_out]
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
