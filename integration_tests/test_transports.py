"""Both transports do the same, against a real server: answers, faults, TLS, proxies."""

import gzip
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from destination_inflection.delivery.transport.curl import CurlTransport
from destination_inflection.delivery.transport.requests_threads import RequestsTransport
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
    Transport,
    exchange,
)
from integration_tests.conftest import (
    EVENTS,
    PEOPLE,
    TRANSPORTS,
    Connector,
    always,
    catalog,
    closed_port,
    person,
    record,
    scripted_server,
)
from integration_tests.raw_server import Received, raw_server, reply

Script = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TIMEOUT = 20.0


@pytest.fixture(params=[RequestsTransport, CurlTransport])
def transport(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Transport]:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made: Transport = request.param(2)
    yield made
    made.close()


class Server:
    """Plays one script a connection, in order, and keeps what it received."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[bytes] = []

    def take(self, connection: socket.socket) -> bytes:
        """Reads one whole request."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return data
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (
                int(h.split(b":")[1])
                for h in head.split(b"\r\n")
                if h[:15].lower() == b"content-length:"
            ),
            0,
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.received.append(head + b"\r\n\r\n" + body)
        return head


@contextmanager
def serving(
    *scripts: Callable[[Server, socket.socket], None],
    family: socket.AddressFamily = socket.AF_INET,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    listener = socket.create_server((host, 0), family=family)
    shown = host if family == socket.AF_INET else "[::1]"
    scheme = "https" if tls else "http"
    server = Server(f"{scheme}://{shown}:{listener.getsockname()[1]}/x")

    def run() -> None:
        for script in scripts:
            try:
                connection, _ = listener.accept()
                if tls is not None:
                    connection = tls.wrap_socket(
                        connection, server_side=True, do_handshake_on_connect=False
                    )
                with connection:
                    if isinstance(connection, ssl.SSLSocket):
                        connection.do_handshake()
                    script(server, connection)
            except OSError:
                continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        # On Linux this, unlike closing it, ends an accept that waits in another thread.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(TIMEOUT)


def answering(raw: bytes) -> Callable[[Server, socket.socket], None]:
    def script(server: Server, connection: socket.socket) -> None:
        server.take(connection)
        connection.sendall(raw)

    return script


def post(transport: Transport, url: str, timeout: float = TIMEOUT) -> Answer:
    headers = {"Content-Type": "application/json", "Authorization": "Basic a2V5Og=="}
    return exchange(transport, Request(url, headers, b'{"a":1}', timeout))


@pytest.mark.parametrize("status", [200, 202, 204, 400, 401, 404, 429, 500, 503, 599])
def test_statuses(transport: Transport, status: int) -> None:
    raw = f"HTTP/1.1 {status} Some Words\r\nContent-Length: 0\r\nRetry-After: 3\r\n\r\n".encode()
    with serving(answering(raw)) as server:
        answer = post(transport, server.url)
    assert isinstance(answer, Response)
    shown = None if 200 <= status < 300 else "3"
    assert (answer.status, answer.headers.get("retry-after"), answer.body) == (status, shown, b"")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", False),
        (b"OK", False),
        (b'{"a":"<"}', False),
        (b"\xef\xbb\xbf{}", False),
        (b" " * 50_000, False),
        (b"<", True),
        (b"\r\n\t <html>", True),
        (b"\xef\xbb\xbf<html>", True),
        (b" \xef\xbb\xbf\n<html>", True),
    ],
)
def test_of_a_success_only_what_looks_like_a_page_has_headers(
    transport: Transport, body: bytes, shown: bool
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
    expected = {"content-type": "text/html", "content-length": str(len(body))} if shown else {}
    with serving(answering(head + body)) as server:
        assert post(transport, server.url) == Response(200, expected, body)


def test_what_is_sent(transport: Transport) -> None:
    with serving(answering(OK)) as server:
        assert post(transport, server.url) == Response(200, body=b"{}")
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /x HTTP/1.1\r\n")
    assert b"Authorization: Basic a2V5Og==" in head
    assert b"Content-Type: application/json" in head
    assert b"expect:" not in head.lower()
    assert body == b'{"a":1}'


def test_no_redirect_is_followed(transport: Transport) -> None:
    with serving(answering(OK)) as target:
        raw = (
            b"HTTP/1.1 307 Moved\r\nLocation: "
            + target.url.encode()
            + b"\r\nContent-Length: 0\r\n\r\n"
        )
        with serving(answering(raw)) as server:
            answer = post(transport, server.url)
        assert isinstance(answer, Response)
        assert (answer.status, answer.headers["location"]) == (307, target.url)
        assert target.received == []


def test_chunked_answers(transport: Transport) -> None:
    raw = b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with serving(answering(raw)) as server:
        answer = post(transport, server.url)
    assert isinstance(answer, Response)
    assert answer.body == b"abcde"


def test_gzip_answers(transport: Transport) -> None:
    body = gzip.compress(b'{"message":"no"}')
    head = f"HTTP/1.1 400 No\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving(answering(head.encode() + body)) as server:
        answer = post(transport, server.url)
    assert isinstance(answer, Response)
    assert answer.body == b'{"message":"no"}'


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize(
    "encoding", ["snappy", "gzip", "deflate", "gzip, snappy", ", ".join(["gzip"] * 9)]
)
def test_an_answer_that_cant_be_unpacked_is_cut(
    transport: Transport, status: int, encoding: str
) -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Encoding: {encoding}\r\nContent-Length: 15\r\n\r\n"
    with serving(answering(head.encode() + b'{"message":"x"}')) as server:
        answer = post(transport, server.url)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, answer.is_cut) == (status, b"", True)


@pytest.mark.parametrize("encoding", ["identity", "Identity", "none", ""])
def test_an_answer_that_is_not_packed_is_whole(transport: Transport, encoding: str) -> None:
    head = f"HTTP/1.1 200 X\r\nContent-Encoding: {encoding}\r\nContent-Length: 2\r\n\r\n"
    with serving(answering(head.encode() + b"{}")) as server:
        answer = post(transport, server.url)
    assert isinstance(answer, Response)
    assert (answer.body, answer.is_cut) == (b"{}", False)


def test_a_connection_is_used_again(transport: Transport) -> None:
    def script(server: Server, connection: socket.socket) -> None:
        for _ in range(3):
            server.take(connection)
            connection.sendall(OK)

    with serving(script) as server:
        answers = [post(transport, server.url) for _ in range(3)]
    assert [a.status for a in answers if isinstance(a, Response)] == [200, 200, 200]


def test_a_stale_connection_costs_at_most_one_failure(transport: Transport) -> None:
    with serving(answering(OK), answering(OK), answering(OK)) as server:
        post(transport, server.url)
        again = [post(transport, server.url), post(transport, server.url)]
    assert any(isinstance(answer, Response) for answer in again)
    assert all(isinstance(a, Response) or a.kind is FailureKind.BROKEN for a in again)


def reset(connection: socket.socket) -> None:
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def reset_before_the_answer(server: Server, connection: socket.socket) -> None:
    server.take(connection)
    reset(connection)


def reset_within_the_answer(server: Server, connection: socket.socket) -> None:
    server.take(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    reset(connection)


@pytest.mark.parametrize("script", [reset_before_the_answer, reset_within_the_answer])
def test_a_broken_connection(
    transport: Transport, script: Callable[[Server, socket.socket], None]
) -> None:
    with serving(script) as server:
        assert post(transport, server.url) == Failure(FailureKind.BROKEN)


def test_no_answer_in_time(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = post(transport, f"http://127.0.0.1:{silent.getsockname()[1]}/x", timeout=0.2)
    assert answer == Failure(FailureKind.TIMEOUT)


def test_a_closed_port(transport: Transport) -> None:
    with closed_port() as port:
        assert post(transport, f"http://127.0.0.1:{port}/x") == Failure(FailureKind.CONNECT)


def test_a_name_that_leads_nowhere(transport: Transport) -> None:
    assert post(transport, "http://no-such-host.invalid/x") == Failure(FailureKind.NAME)


def test_ipv6(transport: Transport) -> None:
    with serving(answering(OK), family=socket.AF_INET6) as server:
        answer = post(transport, server.url)
    assert isinstance(answer, Response)


def test_several_requests_at_a_time(transport: Transport) -> None:
    both = threading.Barrier(2, timeout=TIMEOUT)

    def script(server: Server, connection: socket.socket) -> None:
        threading.Thread(target=answer_together, args=(server, connection.dup())).start()

    def answer_together(server: Server, connection: socket.socket) -> None:
        with connection:
            server.take(connection)
            both.wait()
            connection.sendall(OK)

    with serving(script, script) as server:
        request = Request(server.url, {}, b"{}", TIMEOUT)
        transport.start(0, request)
        transport.start(1, request)
        ended: list[int] = []
        while len(ended) < 2:
            transport.wait(TIMEOUT)
            ended += [slot for slot, answer in transport.finished() if isinstance(answer, Response)]
    assert sorted(ended) == [0, 1]


def test_inputs_end_the_wait(transport: Transport) -> None:
    source, sink = os.pipe()
    assert transport.wait(0.0, [source]) == []
    os.write(sink, b"x")
    assert transport.wait(TIMEOUT, [source]) == [source]
    os.close(source)
    os.close(sink)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_nobody_knows_is_refused(transport: Transport, authority: trustme.CA) -> None:
    with serving(answering(OK), tls=server_context(authority)) as server:
        assert post(transport, server.url) == Failure(FailureKind.TLS)
    assert server.received == []


@pytest.mark.parametrize("make", [RequestsTransport, CurlTransport])
def test_a_certificate_of_the_environment_s_authority_is_accepted(
    make: Callable[[int], Transport],
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    trusting = make(1)
    with serving(answering(OK), tls=server_context(authority)) as server:
        answer = post(trusting, server.url)
    trusting.close()
    assert isinstance(answer, Response)


def test_a_port_that_speaks_no_tls(transport: Transport) -> None:
    def script(_server: Server, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with serving(script) as server:
        answer = post(transport, server.url.replace("http://", "https://"))
    assert answer == Failure(FailureKind.TLS)


def test_https_goes_through_the_proxy_unless_no_proxy_says_otherwise(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(refusal), answering(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removesuffix("/x"))
        monkeypatch.setenv("https_proxy", proxy.url.removesuffix("/x"))
        answer = post(transport, "https://in.example.invalid/x")
        assert isinstance(answer, Failure)
        assert proxy.received[0].startswith(b"CONNECT in.example.invalid:443 ")
        monkeypatch.setenv("NO_PROXY", "in.example.invalid")
        monkeypatch.setenv("no_proxy", "in.example.invalid")
        assert post(transport, "https://in.example.invalid/x") == Failure(FailureKind.NAME)
        assert len(proxy.received) == 1


def test_credentials_of_a_netrc_file_are_not_taken(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login other password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(answering(OK)) as server:
        post(transport, server.url)
    assert b"Authorization: Basic a2V5Og==" in server.received[0]


# Through the executable


@pytest.mark.parametrize(
    ("name", "words"), [("curl", "with libcurl"), ("requests", "with requests")]
)
def test_the_connector_runs_with_either_transport(tmp_path: Path, name: str, words: str) -> None:
    with scripted_server(always(200)) as server:
        run = Connector(tmp_path, TRANSPORTS[name]).write(server.url, catalog(PEOPLE), [person(1)])
    assert run.status == 0
    assert words in run.log


def test_connections_that_are_not_needed_are_not_opened(either_connector: Connector) -> None:
    time = "2026-02-03T10:00:00Z"
    events = [
        record("events", id=n, user_id=n % 2 + 1, event="Seen", timestamp=time) for n in range(40)
    ]
    both_are_sent = threading.Barrier(2)

    def answer(request: Received) -> list[bytes]:
        if request.number <= 2:  # one of each user: a quick answer would free the first connection
            both_are_sent.wait(TIMEOUT)
        return [reply(200, b"{}")]

    with raw_server(answer) as server:
        run = either_connector.write(f"{server.origin}/x", catalog(EVENTS), events)
    assert run.status == 0
    assert (len(server.received), server.connections) == (40, 2)
    assert run.log.count("Sending over 64 connections with") == 1
