"""A sink that is not a bottleneck: answers every request after a fixed time, and counts.

Speaks just enough HTTP/1.1 for the benchmarks. `GET /count` answers at once how many requests came.
A batch of contacts gets a transaction that is done after its own time, with a verdict on each
email; every contact that is looked up has the properties of the latest batch's first. Every other
request gets an empty object. Prints its address once it listens. With `--tls FILE` it speaks TLS,
with the certificate and the key in that file.
"""

import argparse
import asyncio
import re
import ssl
from pathlib import Path
from time import monotonic
from typing import ClassVar, Final, cast

import uvloop

_LENGTH: Final = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_EMAIL: Final = re.compile(rb'"email":"([^"]*)"')
_BATCH: Final = b"POST /v1/contacts/batch "
_BY_EMAIL: Final = b"GET /v1/contacts/by-email/"
_TRANSACTION: Final = b"GET /v1/contacts/transactions/"


class Sink(asyncio.Protocol):
    """One connection."""

    count = 0
    latency = 0.0
    settles = 0.0
    transactions: ClassVar[dict[bytes, tuple[float, list[bytes]]]] = {}
    properties: ClassVar[bytes] = b"{}"
    """Those of the first contact of a batch; they are flat."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answers each request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < size:
                if b"100-continue" in head.lower():
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            if head.startswith(b"GET /count"):
                self._answer(str(Sink.count).encode())
                continue
            Sink.count += 1
            if Sink.latency:
                loop = asyncio.get_running_loop()
                loop.call_later(Sink.latency, self._serve, head, body)
            else:
                self._serve(head, body)

    def _serve(self, head: bytes, body: bytes) -> None:
        self._answer(_content(head, body))

    def _answer(self, content: bytes) -> None:
        if not self._transport.is_closing():
            size = str(len(content)).encode()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + size
                + b"\r\n\r\n"
                + content
            )


def _content(head: bytes, body: bytes) -> bytes:
    if head.startswith(_BATCH):
        identity = str(len(Sink.transactions)).encode()
        Sink.transactions[identity] = (monotonic() + Sink.settles, _EMAIL.findall(body))
        Sink.properties = body.partition(b'"properties":')[2].partition(b"}")[0] + b"}"
        return b'{"data":{"transactionId":"' + identity + b'","status":"PENDING"}}'
    if head.startswith(_TRANSACTION):
        identity = head[len(_TRANSACTION) :].split(b" ", 1)[0]
        due, emails = Sink.transactions[identity]
        if monotonic() < due:
            return b'{"data":{"status":"PENDING"}}'
        rows = b'","status":"CREATED"},{"email":"'.join(emails)
        Sink.transactions[identity] = (due, [])
        results = b'[{"email":"' + rows + b'","status":"CREATED"}]'
        return b'{"data":{"status":"DONE","data":{"results":' + results + b"}}}"
    if head.startswith(_BY_EMAIL):
        return b'{"data":{"id":"1","properties":' + Sink.properties + b"}}"
    return b"{}"


async def serve(latency_ms: float, settle_ms: float, certificate: Path | None) -> None:
    """Serves until the process is ended."""
    Sink.latency = latency_ms / 1000
    Sink.settles = settle_ms / 1000
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0, backlog=1024, ssl=tls)
    scheme = "http" if tls is None else "https"
    print(f"Sink at {scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--settle-ms", type=float, default=0)
    parser.add_argument("--tls", type=Path, default=None, metavar="FILE")
    options = parser.parse_args()
    uvloop.run(serve(options.latency_ms, options.settle_ms, options.tls))
