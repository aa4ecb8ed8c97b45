"""Each request gets its own answer or none, whatever a server sends, with both transports.

One connection is kept open, and the requests on it are numbered; a right answer says its number.
"""

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

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
    PEOPLE,
    Connector,
    catalog,
    person,
    state,
)
from integration_tests.raw_server import CLOSE, RawServer, Received, raw_server, reply
from integration_tests.stored import entries, files, folder

REQUESTS: Final = 6
GHOST: Final = reply(422, {"number": "another's"})
HINTS: Final = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
PROCESSING: Final = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
)
UNKNOWN: Final = b"HTTP/1.1 199 Whatever\r\n\r\n"
CHUNKED: Final = b"HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n"

Pieces = Callable[[int], Iterable[bytes]]
"""What is sent for a request with this number."""


@pytest.fixture(params=[CurlTransport, RequestsTransport], ids=["curl", "requests"])
def transport(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Transport]:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    made: Transport = request.param(1)
    yield made
    made.close()


def status_of(number: int) -> int:
    return 200 if number % 2 else 400


def own(number: int) -> bytes:
    return reply(status_of(number), {"number": number})


def chunked(number: int) -> bytes:
    body = json.dumps({"number": number}).encode()
    head = f"HTTP/1.1 {status_of(number)} Said\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head.encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def ask(transport: Transport, server: RawServer, url: str | None = None) -> list[Answer]:
    """Sends the requests one after the other, each when all is there that the last one brought."""
    answers = []
    for number in range(1, REQUESTS + 1):
        request = Request(url or f"{server.origin}/x", {}, b"%d" % number, 20.0)
        answers.append(exchange(transport, request))
        if isinstance(answers[-1], Response):
            server.answered.acquire(timeout=20.0)
    return answers


def numbers(answers: Iterable[Answer]) -> list[int]:
    return [json.loads(answer.body)["number"] for answer in answers if isinstance(answer, Response)]


def sending(pieces: Pieces) -> Callable[[Received], Iterable[bytes]]:
    return lambda request: pieces(int(request.body))


ANSWERED: Final[dict[str, Pieces]] = {
    "nothing odd": lambda n: [own(n)],
    "100": lambda n: [CONTINUE + own(n)],
    "102": lambda n: [PROCESSING + own(n)],
    "103": lambda n: [HINTS + own(n)],
    "a 1xx nobody knows": lambda n: [UNKNOWN + own(n)],
    "an interim answer on its own": lambda n: [HINTS, own(n)],
    "several interim answers": lambda n: [CONTINUE, PROCESSING + HINTS, HINTS + PROCESSING, own(n)],
    "a hundred interim answers": lambda n: [HINTS * 100 + own(n)],
    "an interim answer with a length": lambda n: [
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" + own(n)
    ],
    "an interim answer before chunks": lambda n: [HINTS + chunked(n)],
    "two answers at once": lambda n: [own(n) + GHOST],
    "two answers, one by one": lambda n: [own(n), GHOST],
    "two answers, the first in chunks": lambda n: [chunked(n) + GHOST],
    "two answers, the first in chunks, one by one": lambda n: [chunked(n), GHOST],
    "an answer that is cut by another": lambda n: [own(n) + GHOST[:9], GHOST[9:] + GHOST],
    "very many answers": lambda n: [own(n) + GHOST * 3_000],
    "very many answers behind chunks": lambda n: [chunked(n) + GHOST * 3_000],
    "an interim answer behind": lambda n: [own(n) + HINTS],
    "bytes behind": lambda n: [own(n) + b"and more"],
    "bytes behind, on their own": lambda n: [own(n), b"and more"],
    "an empty line behind": lambda n: [own(n) + b"\r\n"],
    "bytes behind chunks": lambda n: [chunked(n) + b"and more"],
}
BROKEN: Final[dict[str, Pieces]] = {
    "101": lambda n: [SWITCHING + own(n)],
    "101 without a protocol": lambda n: [b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + own(n)],
    "101 behind 103": lambda n: [HINTS + SWITCHING + own(n)],
    "101 and nothing more": lambda _n: [SWITCHING],
    "101, then closed": lambda _n: [SWITCHING, CLOSE],
    "103, then closed": lambda _n: [HINTS, CLOSE],
    "100, then closed": lambda _n: [CONTINUE, CLOSE],
    "too many interim answers": lambda n: [HINTS * 101 + own(n)],
    "an interim answer with a body": lambda n: [
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n12345" + own(n)
    ],
    "a chunk of negative length": lambda n: [CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n" + own(n)],
    "a chunk without a length": lambda n: [CHUNKED + b"\r\n" + own(n)],
    "a chunk that is too long": lambda n: [CHUNKED + b"2\r\nabcde\r\n0\r\n\r\n" + own(n)],
    "bytes before": lambda n: [b"and more" + own(n)],
    "closed within the head": lambda n: [own(n)[:9], CLOSE],
    "closed within the body": lambda n: [own(n)[:-2], CLOSE],
}


@pytest.mark.parametrize("pieces", ANSWERED.values(), ids=ANSWERED.keys())
def test_each_request_gets_its_own_answer(transport: Transport, pieces: Pieces) -> None:
    with raw_server(sending(pieces)) as server:
        answers = ask(transport, server)
    for number, answer in enumerate(answers, 1):
        assert isinstance(answer, Response)
        assert (answer.status, json.loads(answer.body)) == (status_of(number), {"number": number})


@pytest.mark.parametrize("pieces", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_answer_breaks_the_connection(transport: Transport, pieces: Pieces) -> None:
    with raw_server(sending(pieces)) as server:
        answers = ask(transport, server)
    assert answers == [Failure(FailureKind.BROKEN)] * REQUESTS
    assert server.connections >= REQUESTS


@pytest.mark.parametrize("kind", ["nothing odd", "103", "several interim answers"])
def test_a_connection_with_nothing_behind_the_answer_is_used_again(
    transport: Transport, kind: str
) -> None:
    with raw_server(sending(ANSWERED[kind])) as server:
        ask(transport, server)
    assert server.connections == 1


BODILESS: Final = {
    "no body": b"\r\n",
    "a length and a body": b'Content-Length: 7\r\n\r\n{"a":1}',
    "a body that looks like an answer": b"Content-Length: %d\r\n\r\n%s" % (len(GHOST), GHOST),
    "another answer": b"\r\n" + GHOST,
    "chunks that never come": b"Transfer-Encoding: chunked\r\n\r\n",
    "chunks": b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n',
}


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("body", BODILESS.values(), ids=BODILESS.keys())
def test_an_answer_without_a_body_may_bring_one(
    transport: Transport, status: int, body: bytes
) -> None:
    def pieces(number: int) -> Iterable[bytes]:
        return [own(number) if number % 2 else b"HTTP/1.1 %d Said\r\n%s" % (status, body)]

    with raw_server(sending(pieces)) as server:
        answers = ask(transport, server)
    read = [(a.status, a.body) for a in answers if isinstance(a, Response)]
    right = [(200, b'{"number": %d}' % n) if n % 2 else (status, b"") for n in range(1, 7)]
    assert read == right


@pytest.mark.parametrize("within", ["the head", "the body", "an interim answer"])
def test_an_answer_that_comes_too_late_is_nobody_s(transport: Transport, within: str) -> None:
    given_up = threading.Event()
    whole = HINTS + own(1) if within == "an interim answer" else own(1)
    cut = {"the head": 9, "the body": len(whole) - 2, "an interim answer": 9}[within]

    def answer(request: Received) -> Iterable[bytes]:
        if request.body != b"1":  # which may not arrive, if this machine is slow
            yield own(int(request.body))
            return
        yield whole[:cut]
        given_up.wait(20.0)
        yield whole[cut:]

    with raw_server(answer) as server:
        request = Request(f"{server.origin}/x", {}, b"1", 0.2)
        assert exchange(transport, request) == Failure(FailureKind.TIMEOUT)
        given_up.set()
        later = [
            exchange(transport, Request(f"{server.origin}/x", {}, b"%d" % number, 20.0))
            for number in (2, 3)
        ]
    assert [a.body for a in later if isinstance(a, Response)] == [
        b'{"number": 2}',
        b'{"number": 3}',
    ]


def trusted(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context with a certificate of this name, from an authority that is trusted."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
    return context


MAKERS: Final = pytest.mark.parametrize(
    "make", [CurlTransport, RequestsTransport], ids=["curl", "requests"]
)


@MAKERS
@pytest.mark.parametrize("kind", ["nothing odd", "103", "two answers at once", "very many answers"])
def test_the_same_goes_for_tls(
    make: Callable[[int], Transport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    context = trusted("127.0.0.1", tmp_path, monkeypatch)
    transport = make(1)
    with raw_server(sending(ANSWERED[kind]), context) as server:
        answers = ask(transport, server)
    transport.close()
    assert numbers(answers) == list(range(1, REQUESTS + 1))
    assert (server.connections == 1) == (kind in ("nothing odd", "103"))


@pytest.mark.parametrize(
    ("make", "hints"),
    [
        (CurlTransport, b""),  # libcurl takes an interim answer to CONNECT for a no: see below
        (RequestsTransport, b""),
        (RequestsTransport, HINTS),
        (RequestsTransport, CONTINUE + HINTS),
    ],
    ids=["curl", "requests", "requests, one", "requests, two"],
)
def test_the_same_goes_for_a_tunnel(
    make: Callable[[int], Transport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hints: bytes
) -> None:
    context = trusted("in.example.invalid", tmp_path, monkeypatch)
    tunnel = hints + b"HTTP/1.1 200 Connection established\r\n\r\n"
    with raw_server(sending(lambda n: [HINTS + own(n)]), context, tunnel) as proxy:
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.origin.replace("https://", "http://"))
        transport = make(1)
        answers = ask(transport, proxy, "https://in.example.invalid/x")
    transport.close()
    assert numbers(answers) == list(range(1, REQUESTS + 1))
    assert proxy.connections == 1


@pytest.mark.parametrize("hints", [HINTS, HINTS + CONTINUE + PROCESSING], ids=["one", "three"])
def test_the_same_goes_for_a_proxy(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, hints: bytes
) -> None:
    with raw_server(sending(lambda n: [hints + own(n)])) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)
        answers = ask(transport, proxy, "http://in.example.invalid/x")
    assert numbers(answers) == list(range(1, REQUESTS + 1))
    assert proxy.received[0].path == "http://in.example.invalid/x"
    assert proxy.connections == 1


def test_an_interim_answer_to_connect_is_no_answer_to_the_request(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(lambda _request: [HINTS + reply(403)]) as proxy:
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        answer = exchange(transport, Request("https://in.example.invalid/x", {}, b"1", 20.0))
    assert isinstance(answer, Failure)
    assert proxy.received[0].method == "CONNECT"


# Through the executable


def refused_rows(path: Path) -> list[int]:
    stored = entries(files(path))
    assert {entry["reason"] for entry in stored} == {"refused"}
    return sorted(entry["record"]["id"] for entry in stored)


def test_interim_answers_shift_nothing_on_the_event_endpoint(
    either_connector: Connector, tmp_path: Path
) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        number = int(json.loads(request.body)["userId"])
        return [HINTS + reply(status_of(number), {"message": "said"})]

    lines = [*(person(n) for n in range(40)), state("people", 1)]
    with raw_server(answer) as server:
        run = either_connector.write(
            f"{server.origin}/x",
            catalog(PEOPLE),
            lines,
            advanced={"connections": 2},
            rejected_records=folder(tmp_path / "rejects"),
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 20.0, "rejectedRecordCount": 20.0}
    assert refused_rows(tmp_path / "rejects") == list(range(0, 40, 2))
    assert server.connections <= 2


class RefusingApi:
    """A Developer API that refuses a batch with a contact of an even number."""

    def __init__(self) -> None:
        self.written: set[int] = set()
        self.taken: dict[str, list[dict[str, Any]]] = {}

    def answer(self, request: Received) -> Iterable[bytes]:
        if request.method == "POST":
            contacts = json.loads(request.body)["contacts"]
            if any(number_of(contact) % 2 == 0 for contact in contacts):
                yield HINTS + reply(400, {"errors": [{"errorCode": "BAS-E-001", "message": "no"}]})
                return
            identity = f"t{request.number}"
            self.taken[identity] = contacts
            self.written |= {number_of(contact) for contact in contacts}
            data: dict[str, Any] = {"transactionId": identity, "status": "PENDING"}
        elif "/by-email/" in request.path:
            data = {"id": "1", "properties": {"name": "stored"}}
        else:
            identity = request.path.rpartition("/")[2]
            results = [{"email": c["email"], "status": "CREATED"} for c in self.taken[identity]]
            data = {"transactionId": identity, "status": "DONE", "data": {"results": results}}
        yield HINTS + reply(200, {"data": data, "errors": [], "meta": {"status": "SUCCESS"}})


def number_of(contact: dict[str, Any]) -> int:
    found = re.match(r"p(\d+)@", contact["email"])
    assert found is not None
    return int(found[1])


def test_interim_answers_shift_nothing_on_the_developer_api(
    either_connector: Connector, tmp_path: Path
) -> None:
    api = RefusingApi()
    lines = [*(person(n) for n in range(40)), state("people", 1)]
    with raw_server(api.answer) as server:
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            lines,
            delivery={"route": "developer_api", "base_url": server.origin},
            advanced={"connections": 2},
            rejected_records=folder(tmp_path / "rejects"),
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 20.0, "rejectedRecordCount": 20.0}
    assert refused_rows(tmp_path / "rejects") == list(range(0, 40, 2))
    assert api.written == set(range(1, 40, 2))
    assert server.connections <= 2
