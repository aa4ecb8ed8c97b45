"""Both transports keep to their bounds, whatever a server sends: bytes, time, descriptors."""

import gzip
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_inflection.delivery.bounds import BOUNDS, Bounds
from destination_inflection.delivery.transport import requests_threads
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
from integration_tests.conftest import PEOPLE, ROOT, TRANSPORTS, Connector, catalog, person, state
from integration_tests.raw_server import CLOSE, Received, raw_server, reply

MOST: Final = 10_000
SMALL: Final = Bounds(answer_bytes=MOST)
SHORT: Final = 0.3
LONG: Final = 20.0
Make = Callable[[int, Bounds], Transport]
MAKERS: Final = pytest.mark.parametrize(
    "make", [CurlTransport, RequestsTransport], ids=["curl", "requests"]
)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread is given up: it has to notice by itself that its time is over."""
    monkeypatch.setattr(requests_threads, "_GRACE_SECONDS", 3 * LONG)


@contextmanager
def made(make: Make, bounds: Bounds = SMALL) -> Iterator[Transport]:
    transport = make(1, bounds)
    try:
        yield transport
    finally:
        transport.close()


def ask(transport: Transport, origin: str, timeout: float = LONG, path: str = "/x") -> Answer:
    return exchange(transport, Request(f"{origin}{path}", {}, b"{}", timeout))


def chunks(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def with_length(body: bytes) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(body: bytes) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(body, 7)


def until_closed(body: bytes) -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n" + body
    yield CLOSE


def packed(body: bytes) -> Iterable[bytes]:
    yield reply(200, gzip.compress(body), Content_Encoding="gzip")


def packed_in_chunks(body: bytes) -> Iterable[bytes]:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield head + chunks(gzip.compress(body), 100)


SHAPES: Final = pytest.mark.parametrize(
    "shape", [with_length, in_chunks, until_closed, packed, packed_in_chunks]
)
Shape = Callable[[bytes], Iterable[bytes]]


@MAKERS
@SHAPES
@pytest.mark.parametrize("beyond", [-1, 0, 1, 3 * MOST])
def test_of_an_answer_so_much_is_taken_in_and_no_more(
    make: Make, shape: Shape, beyond: int
) -> None:
    body = b"0123456789" * (4 * MOST // 10)
    body = body[: MOST + beyond]
    with raw_server(lambda _request: shape(body)) as server, made(make) as transport:
        first, second = ask(transport, server.origin), ask(transport, server.origin)
        connections = server.connections
    assert isinstance(first, Response)
    assert (first.status, first.body, first.is_cut) == (200, body[:MOST], beyond > 0)
    assert second == first
    if beyond > 1 and shape is not packed:  # of that, all had been read
        assert connections == 2, "a connection that holds more must not be drained, nor used again"


@MAKERS
def test_what_is_beyond_is_not_read(make: Make) -> None:
    sent: list[int] = []

    def endless(_request: Received) -> Iterable[bytes]:
        yield b"HTTP/1.1 413 No\r\nContent-Length: 999999999999\r\n\r\n"
        while len(sent) < 1_000:
            yield b"x" * 65536
            sent.append(65536)

    with raw_server(endless) as server, made(make) as transport:
        answer = ask(transport, server.origin)
        assert isinstance(answer, Response)
        assert (answer.status, answer.body, answer.is_cut) == (413, b"x" * MOST, True)
    assert sum(sent) < 20_000_000  # what fits into the buffers of both ends


@MAKERS
@pytest.mark.parametrize("shape", [packed, packed_in_chunks])
def test_a_bomb_is_unpacked_to_the_bound_only(make: Make, shape: Shape) -> None:
    bomb = list(shape(bytes(400_000_000)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with raw_server(lambda _request: bomb) as server, made(make, BOUNDS) as transport:
        answer = ask(transport, server.origin)
    assert isinstance(answer, Response)
    assert (len(answer.body), answer.is_cut) == (4 * 1024 * 1024, True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def dripping(*pieces: bytes) -> Iterator[bytes]:
    """The first piece at once, the others byte by byte, again and again."""
    yield pieces[0]
    while True:
        for piece in pieces[1:]:
            for number in range(len(piece)):
                time.sleep(SHORT / 10)
                yield piece[number : number + 1]


def interim_answers() -> Iterator[bytes]:
    while True:
        time.sleep(SHORT / 20)
        yield b"HTTP/1.1 102 Processing\r\n\r\n"


HEAD: Final = b"HTTP/1.1 200 OK\r\n"
NEVER_ENDING: Final = {
    "nothing": list,
    "a status line": lambda: dripping(b"HTTP/1.1 200 O", b"K"),
    "a header": lambda: dripping(HEAD, b"x"),
    "headers": lambda: dripping(HEAD, b"A: b\r\n"),
    "a body": lambda: dripping(HEAD + b"Content-Length: 9999\r\n\r\n", b"x"),
    "a body until it is closed": lambda: dripping(HEAD + b"\r\n", b"x"),
    "a size of a chunk": lambda: dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a name of a chunk": lambda: dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;x", b"x"),
    "chunks": lambda: dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "trailers": lambda: dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
    "something packed": lambda: dripping(
        HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")
    ),
    "100s": lambda: dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "102s": lambda: dripping(b"", b"HTTP/1.1 102 Processing\r\nA: b\r\n\r\n"),
    "empty 102s": interim_answers,
}


@MAKERS
@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("pieces", NEVER_ENDING.values(), ids=NEVER_ENDING.keys())
def test_the_time_out_is_for_the_whole_answer(
    make: Make, pieces: Callable[[], Iterable[bytes]]
) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        if request.path != "/first":  # which may not arrive, if this machine is slow
            yield reply(200, b"{}")
            return
        yield from (piece for piece in pieces() if piece)
        over.wait(LONG)

    over = threading.Event()
    with raw_server(answer) as server, made(make) as transport:
        began = time.monotonic()
        first = ask(transport, server.origin, SHORT, "/first")
        assert first == Failure(FailureKind.TIMEOUT)
        assert time.monotonic() - began < LONG / 4
        later = ask(transport, server.origin)
        over.set()
    assert isinstance(later, Response)


@MAKERS
@pytest.mark.usefixtures("patience")
def test_a_handshake_that_never_ends_is_a_time_out(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, made(make) as transport:
        origin = f"https://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        assert ask(transport, origin, SHORT) == Failure(FailureKind.TIMEOUT)
        assert time.monotonic() - began < LONG / 4


@MAKERS
def test_a_dripping_answer_over_tls_is_a_time_out(
    make: Make, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with (
        raw_server(lambda _request: dripping(HEAD, b"x"), context) as server,
        made(make) as transport,
    ):
        assert ask(transport, server.origin, SHORT) == Failure(FailureKind.TIMEOUT)


@MAKERS
def test_a_proxy_that_drips_does_not_hold_a_request(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(lambda _request: dripping(HEAD, b"x")) as proxy, made(make) as transport:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        began = time.monotonic()
        assert isinstance(ask(transport, "https://in.example.invalid", SHORT), Failure)
        assert time.monotonic() - began < LONG / 4


def test_a_look_up_that_hangs_costs_one_time_out_and_sends_nothing_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up = threading.Event()
    real, stuck = socket.getaddrinfo, threading.Event()

    def look_up(*arguments: object, **named: object) -> object:
        if not looked_up.is_set():
            looked_up.set()
            stuck.wait(LONG)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with (
        raw_server(lambda _request: [reply(200, b"{}")]) as server,
        made(RequestsTransport) as transport,
    ):
        began = time.monotonic()
        assert ask(transport, server.origin, SHORT) == Failure(FailureKind.TIMEOUT)
        assert time.monotonic() - began < LONG / 4
        assert isinstance(ask(transport, server.origin), Response)
        stuck.set()
        for thread in threading.enumerate():
            if thread.name == "slot-0":
                thread.join(1.0)
        assert transport.finished() == []
        assert len(server.received) == 1


@MAKERS
@pytest.mark.parametrize("seconds", [0.0009, 0.0001, 1e-9])
def test_less_than_a_millisecond_is_a_time_out_too(make: Make, seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, made(make) as transport:
        origin = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert ask(transport, origin, seconds) == Failure(FailureKind.TIMEOUT)


LONG_HEADS: Final = {
    "one line": b"X: " + b"x" * 9_000_000,
    "many lines": b"X: y\r\n" * 1_000_000,
    "a status": b"HTTP/1.1 200 " + b"x" * 9_000_000,
    "a size of a chunk": b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 9_000_000,
    "a trailer": b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 9_000_000,
}


@MAKERS
@pytest.mark.parametrize("head", LONG_HEADS.values(), ids=LONG_HEADS.keys())
def test_an_endless_head_breaks_the_connection(make: Make, head: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = b"" if head.startswith(b"HTTP") else HEAD
    with raw_server(lambda _request: [start + head, CLOSE]) as server, made(make) as transport:
        assert ask(transport, server.origin) == Failure(FailureKind.BROKEN)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


@pytest.mark.parametrize(("lines", "kind"), [(5, Response), (7, Failure)])
def test_the_bound_on_all_heads_of_an_answer(lines: int, kind: type) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\n" + b"X: %s\r\n" % (b"x" * 50_000) + b"\r\n"
    with (
        raw_server(lambda _request: [interim * lines + reply(200)]) as server,
        made(CurlTransport) as transport,
    ):
        assert isinstance(ask(transport, server.origin), kind)


@MAKERS
@pytest.mark.parametrize(
    ("header", "name", "value"),
    [
        (b"Retry-After: 5\r\nRetry-After: 7\r\n", "retry-after", "7"),
        (b"RETRY-AFTER:7\r\n", "retry-after", "7"),
        (b"Location: \xff\xfe\x80\r\n", "location", "\xff\xfe\x80"),
        (b"X: \xc3\xa4\r\nLocation: /a\r\n", "location", "/a"),
        (b"Location:\r\n", "location", ""),
        (b"Set-Cookie: a=b; expires=never; path=\xff\r\nLocation: /a\r\n", "location", "/a"),
    ],
)
def test_headers_in_odd_bytes(make: Make, header: bytes, name: str, value: str) -> None:
    raw = b"HTTP/1.1 302 Found: there\r\n" + header + b"Content-Length: 2\r\n\r\n{}"
    with raw_server(lambda _request: [raw]) as server, made(make) as transport:
        answer = ask(transport, server.origin)
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers[name], answer.body) == (302, value, b"{}")


@MAKERS
@pytest.mark.parametrize("trailer", [b"Retry-After: 99", b"Content-Type: text/html"])
@pytest.mark.parametrize("status", [b"503 Busy", b"200 OK"])
@pytest.mark.parametrize("body", [b"", b"6\r\n<html>\r\n"])
def test_a_trailer_is_not_a_header(make: Make, trailer: bytes, status: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 " + status + b"\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = head + body + b"0\r\n" + trailer + b"\r\n\r\n"
    with raw_server(lambda _request: [whole]) as server, made(make) as transport:
        answer = ask(transport, server.origin)
    assert isinstance(answer, Response)
    assert {"retry-after", "content-type"}.isdisjoint(answer.headers)
    assert ("x-own" in answer.headers) is (status == b"503 Busy" or bool(body))


@MAKERS
def test_the_headers_of_an_interim_answer_are_not_the_answer_s(make: Make) -> None:
    interim = b"HTTP/1.1 103 Early: Hints\r\nRetry-After: 99\r\n\r\n"
    with raw_server(lambda _request: [interim + reply(503)]) as server, made(make) as transport:
        answer = ask(transport, server.origin)
    assert isinstance(answer, Response)
    assert "retry-after" not in answer.headers


@MAKERS
def test_cookies_are_not_kept(make: Make) -> None:
    heads: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            for _ in range(2):
                heads.append(connection.recv(65536))
                while b"{}" not in heads[-1]:
                    heads[-1] += connection.recv(65536)
                connection.sendall(reply(200, b"{}", Set_Cookie="session=1; Path=/"))

    with socket.create_server(("127.0.0.1", 0)) as listener, made(make) as transport:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        for _ in range(2):
            ask(transport, f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join(LONG)
    assert len(heads) == 2
    assert b"cookie" not in b"".join(heads).lower()


LENGTHS: Final = [
    b"Content-Length: 1\r\n",
    b"Content-Length: 99\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 0x2\r\n",
    b"Content-Length: 2, 2\r\n",
    b"Content-Length: 2\r\nContent-Length: 3\r\n",
    b"Content-Length: " + b"9" * 30 + b"\r\n",
    b"Content-Length: " + b"9" * 5_000 + b"\r\n",
    b"Content-Length: \xb2\r\n",
    b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: odd\r\n",
    b"Content-Encoding: gzip\r\nContent-Length: 2\r\n",
    b"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip, gzip\r\nContent-Length: 2\r\n",
    b"Content-Encoding: \xff\r\nContent-Length: 2\r\n",
    b"\xff\xfe: x\r\nContent-Length: 2\r\n",
    b"no colon\r\nContent-Length: 2\r\n",
    b"\0: \0\r\nContent-Length: 2\r\n",
]


@MAKERS
@pytest.mark.parametrize("header", LENGTHS)
def test_a_length_that_lies_costs_one_answer_at_most(make: Make, header: bytes) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        if request.path != "/first":
            yield reply(200, b'{"right": 1}')
            return
        yield HEAD + header + b"\r\n{}"
        yield CLOSE

    with raw_server(answer) as server, made(make) as transport:
        ask(transport, server.origin, 2.0, "/first")
        later = ask(transport, server.origin)
    assert isinstance(later, Response)
    assert later.body == b'{"right": 1}'


PIECES: Final = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 103 Early Hints\r\n",
        b"HTTP/1.1 999 \r\n",
        b"HTTP/1.1 ",
        b"HTTP/9.9 200\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Content-Encoding: deflate\r\n",
        b"Location: http://[\r\n",
        b"Set-Cookie: =;=\r\n",
        b" folded\r\n",
        b"\r\n",
        b"\n",
        b"\0",
        b"5\r\nabcde\r\n",
        b"0\r\n\r\n",
        b"-1\r\n",
        gzip.compress(b"{}"),
    ]
)


@MAKERS
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=st.lists(PIECES | st.binary(max_size=9), max_size=8).map(b"".join))
def test_whatever_bytes_come_it_is_an_answer_or_a_failure(make: Make, raw: bytes) -> None:
    with raw_server(lambda _request: [raw or CLOSE, CLOSE]) as server, made(make) as transport:
        answer = ask(transport, server.origin, 5.0)
    assert isinstance(answer, Response | Failure)
    assert answer != Failure(FailureKind.TIMEOUT)


@contextmanager
def open_files(count: int) -> Iterator[list[int]]:
    """Holds so many files open, so that what is opened next gets a high number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = len([*Path("/dev/fd").iterdir()]) + count + 200
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip("this system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    files: list[int] = []
    try:
        files.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(count))
        yield files
    finally:
        for each in files:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def chosen(slots: int, inherited: int, libcurl: int = 0x081000) -> str:
    """The transport that a process chooses which has inherited so many files."""
    script = (
        f"import pycurl; pycurl.version_info = lambda: (0, 'x', {libcurl});"
        "from destination_inflection.delivery.transport.choice import best_transport;"
        f"print(best_transport({slots}).name)"
    )
    with open_files(inherited) as files:
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            cwd=ROOT,
            pass_fds=files,
            timeout=60,
        )
    return done.stdout.decode()


def test_as_many_connections_as_the_form_allows_fit_where_select_takes_them() -> None:
    assert chosen(256, inherited=100).startswith("libcurl")


def test_where_they_do_not_fit_the_other_transport_is_taken_and_said() -> None:
    assert chosen(16, inherited=700).startswith("libcurl")
    assert "too many are open already" in chosen(256, inherited=700)


def test_a_libcurl_that_does_not_bound_heads_is_not_taken() -> None:
    assert chosen(1, inherited=0, libcurl=0x080300).startswith("libcurl")
    assert chosen(1, inherited=0, libcurl=0x0802FF).startswith("requests (")


def test_the_other_transport_is_not_imported_where_it_is_not_taken() -> None:
    script = (
        "import sys, destination_inflection.run;"
        "from destination_inflection.delivery.transport.choice import best_transport;"
        "print(best_transport(1).name, *{'requests', 'urllib3'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout.startswith(b"libcurl")
    assert done.stdout.split()[2:] == []


def test_the_other_transport_has_no_such_limit() -> None:
    source, sink = os.pipe()
    with open_files(1_100):
        high = os.dup(source)
        with (
            raw_server(lambda _request: [reply(200, b"{}")]) as server,
            made(RequestsTransport) as transport,
        ):
            assert high > 1_023
            assert isinstance(ask(transport, server.origin), Response)
            os.write(sink, b"x")
            assert transport.wait(LONG, [high]) == [high]
        os.close(high)
    os.close(source)
    os.close(sink)


# Through the executable


def too_long(kept: object) -> bytes:
    """An answer that is longer than what is taken in, though its beginning is a good answer."""
    body = json.dumps(kept).encode() + b" " * BOUNDS.answer_bytes
    return reply(200, gzip.compress(body), Content_Encoding="gzip")


def packed_oddly(kept: object) -> bytes:
    """An answer that is packed in a way that nobody asked for."""
    return reply(200, kept, Content_Encoding="snappy")


UNREADABLE: Final = pytest.mark.parametrize("unreadable", [too_long, packed_oddly])


@UNREADABLE
@pytest.mark.parametrize("command", TRANSPORTS.values(), ids=TRANSPORTS.keys())
def test_on_the_event_endpoint_a_success_that_cant_be_read_is_delivered(
    command: Sequence[str], tmp_path: Path, unreadable: Callable[[object], bytes]
) -> None:
    with raw_server(lambda _request: [unreadable({})]) as server:
        lines = [person(1), person(2), state("people", 1)]
        run = Connector(tmp_path, command).write(server.origin, catalog(PEOPLE), lines)
    assert (run.status, len(run.states), len(server.received)) == (0, 1, 2)
    assert "delivered 2" in run.log


@UNREADABLE
@pytest.mark.parametrize("command", TRANSPORTS.values(), ids=TRANSPORTS.keys())
def test_on_the_developer_api_a_verdict_that_cant_be_read_is_never_delivered(
    command: Sequence[str], tmp_path: Path, unreadable: Callable[[object], bytes]
) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        if request.path.endswith("/batch"):
            yield reply(200, {"data": {"transactionId": "t1", "status": "PENDING"}})
            return
        results = [{"email": f"p{number}@b.example", "status": "CREATED"} for number in (1, 2)]
        yield unreadable({"data": {"status": "DONE", "data": {"results": results}}})

    with raw_server(answer) as server:
        run = Connector(tmp_path, command).write(
            "",
            catalog(PEOPLE),
            [person(1), person(2), state("people", 1)],
            delivery={"route": "developer_api", "base_url": server.origin},
        )
    assert run.status == 0
    assert "rejected 2 (not_confirmed 2)" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 0.0, "rejectedRecordCount": 2.0}
    assert [request.method for request in server.received] == ["POST"] + ["GET"] * 5
