"""The real executable, a real sandbox, and a server that answers as it is told."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import pytest

from inflection_sandbox.client import Sandbox, running_sandbox
from unit_tests import settings as test_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT: Final = Path(__file__).resolve().parents[1]
CONNECTOR: Final = Path(sys.executable).with_name("destination-inflection")
TRANSPORTS: Final = {
    "curl": (str(CONNECTOR),),
    "requests": (sys.executable, str(ROOT / "benchmarks" / "without_pycurl.py")),
}
"""The command that runs the connector with each of its transports."""
KEY: Final = 'sk-"test\\key'
TIMEOUT_SECONDS: Final = 180

pytest_collection_modifyitems = test_settings.pytest_collection_modifyitems

# Behind a proxy, too, the servers on this machine are reached directly.
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, (os.environ.get(_name), "127.0.0.1", "localhost")))

# A shell's background job ignores Ctrl-C, and hands that on to what is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Run:
    """What one run of the executable printed, and how it ended."""

    status: int
    stdout: str
    stderr: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["state"] for message in self.of("STATE")]

    @property
    def log(self) -> str:
        return "\n".join(message["log"]["message"] for message in self.of("LOG"))

    @property
    def error(self) -> dict[str, Any]:
        (trace,) = self.of("TRACE")
        error: dict[str, Any] = trace["trace"]["error"]
        return error


def missing(reason: str) -> NoReturn:
    """Ends a test that the machine can't run: as a failure where REQUIRE_BROWSER=1, as in CI."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def environment() -> dict[str, str]:
    """The environment with Python's own buffering: a state must not sit in it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def read_run(process: "subprocess.CompletedProcess[bytes]") -> Run:
    out = process.stdout.decode()
    parsed = [json.loads(line) for line in out.splitlines()]
    run = Run(process.returncode, out, process.stderr.decode(), parsed)
    assert json.dumps(KEY)[1:-1] not in out
    assert KEY not in run.stderr + "".join(str(m) for m in parsed)
    return run


class Started(NamedTuple):
    """A running connector, and its two pipes."""

    process: "subprocess.Popen[bytes]"
    stdin: IO[bytes]
    stdout: IO[bytes]


class Connector:
    """The installed executable, or another command, with its files in a folder of the test's."""

    def __init__(self, folder: Path, command: Sequence[str] = (str(CONNECTOR),)) -> None:
        self.folder = folder
        self.command = command

    def file(self, name: str, content: object) -> str:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    def run(self, *arguments: str, stdin: bytes = b"", command: Sequence[str] = ()) -> Run:
        process = subprocess.run(
            [*(command or self.command), *arguments],
            input=stdin,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            env=environment(),
            cwd=self.folder,
        )
        return read_run(process)

    @contextmanager
    def started(
        self,
        arguments: Sequence[str],
        lines: Sequence[bytes | dict[str, Any]],
        most_seconds: float = TIMEOUT_SECONDS,
    ) -> Iterator[Started]:
        """Starts a write and feeds it, its input still open; it is killed if it hangs."""
        with subprocess.Popen(
            [*self.command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            guard = threading.Timer(most_seconds, process.kill)
            guard.start()
            process.stdin.write(as_input(lines))
            process.stdin.flush()
            yield Started(process, process.stdin, process.stdout)
            process.kill()
            guard.cancel()

    def plain(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Runs a command that prints for people."""
        command = [*self.command, *arguments]
        return subprocess.run(
            command, capture_output=True, env=environment(), timeout=TIMEOUT_SECONDS, check=False
        )

    def check(self, url: str, **changes: object) -> dict[str, Any]:
        run = self.run("check", "--config", self.file("config.json", config(url, **changes)))
        assert run.status == 0
        (message,) = run.of("CONNECTION_STATUS")
        status: dict[str, Any] = message["connectionStatus"]
        return status

    def write_arguments(self, url: str, catalog: object, **changes: object) -> list[str]:
        return [
            "write",
            *("--config", self.file("config.json", config(url, **changes))),
            *("--catalog", self.file("catalog.json", catalog)),
        ]

    def write(
        self, url: str, catalog: object, lines: Sequence[bytes | dict[str, Any]], **changes: object
    ) -> Run:
        return self.run(*self.write_arguments(url, catalog, **changes), stdin=as_input(lines))


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens on.

    It is bound meanwhile, so that no other test is given it; a server may still ask for it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        yield port


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + TIMEOUT_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def read_until(stdout: IO[bytes], words: bytes) -> list[bytes]:
    """Reads lines up to the first that holds the words; fails if the output ends before."""
    lines = []
    for line in iter(stdout.readline, b""):
        lines.append(line)
        if words in line:
            return lines
    pytest.fail(f"the output ended without {words.decode()}")


def as_input(lines: Sequence[bytes | dict[str, Any]]) -> bytes:
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return b"".join(line + b"\n" for line in written)


def config(url: str, **changes: object) -> dict[str, Any]:
    delivery = {"route": "event_endpoint", "endpoint_url": url}
    return {"api_key": KEY, "delivery": delivery, **changes}


def delivery_by(route: str, base_url: str, endpoint_url: str) -> dict[str, str]:
    """The form's `delivery` for a route, with the one of the two addresses that it needs."""
    if route == "developer_api":
        return {"route": route, "base_url": base_url}
    return {"route": route, "endpoint_url": endpoint_url}


def catalog(*streams: dict[str, Any]) -> dict[str, Any]:
    return {"streams": list(streams)}


def stream(name: str, *columns: str, **changes: object) -> dict[str, Any]:
    """A configured stream without `supported_sync_modes`, which must not be needed."""
    schema = {"type": "object", "properties": {column: {} for column in columns}}
    return {
        "stream": {"name": name, "json_schema": schema},
        "sync_mode": "incremental",
        "destination_sync_mode": "append",
        **changes,
    }


PEOPLE: Final = stream("people", "id", "email", "name")
EVENTS: Final = stream("events", "id", "user_id", "event", "timestamp", primary_key=[["id"]])


def record(stream: str, **data: object) -> dict[str, Any]:
    return {
        "type": "RECORD",
        "record": {"stream": stream, "data": data, "emitted_at": 1767225600000},
    }


def person(number: int) -> dict[str, Any]:
    return record("people", id=number, email=f"p{number}@b.example", name=f"Name {number}")


def state(stream: str, cursor: int, **changes: object) -> dict[str, Any]:
    body = {"stream_descriptor": {"name": stream}, "stream_state": {"cursor": cursor}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": body, "id": cursor, **changes}}


@pytest.fixture
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git without the settings of this machine's user, such as signed commits; in English."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for person in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{person}_NAME", "Name")
        monkeypatch.setenv(f"GIT_{person}_EMAIL", "name@example.com")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def connector(tmp_path: Path) -> Connector:
    return Connector(tmp_path)


@pytest.fixture(params=list(TRANSPORTS.values()), ids=list(TRANSPORTS))
def transport_command(request: pytest.FixtureRequest) -> Sequence[str]:
    """Runs a test once with each transport; for `Connector(command=...)` or `run(command=...)`."""
    command: Sequence[str] = request.param
    return command


@pytest.fixture
def either_connector(tmp_path: Path, transport_command: Sequence[str]) -> Connector:
    """The connector with one transport, then with the other."""
    return Connector(tmp_path, transport_command)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(KEY) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from integration_tests.browsers import launched  # noqa: PLC0415 (slow, and few tests need it)

    with launched() as running:
        yield running


Answerer = Callable[[int, bytes], tuple[int, dict[str, str], bytes]]


@dataclass
class ScriptedServer:
    """Answers each request as `answer(number of the request, body)` says."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def scripted_server(answer: Answerer) -> Iterator[ScriptedServer]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                server_state.bodies.append(body)
                server_state.headers.append(dict(self.headers.items()))
                number = len(server_state.bodies)
            status, headers, content = answer(number, body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Prints nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server_state = ScriptedServer(f"http://127.0.0.1:{server.server_port}/x")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server_state
        finally:
            server.shutdown()
            thread.join()


def always(status: int, **headers: str) -> Answerer:
    return lambda _number, _body: (status, headers, b"")
