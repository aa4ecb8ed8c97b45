"""A sink that is no bottleneck: answers every POST with 200 after a fixed time, and counts.

Speaks just enough HTTP/1.1 for the benchmarks. `GET /count` answers how many POSTs came.
Prints its address once it listens. Usage: sink.py [--latency-ms N]
"""

import argparse
import asyncio
import re
from typing import Final, cast

import uvloop

_LENGTH: Final = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Sink(asyncio.Protocol):
    """One connection."""

    count = 0
    latency = 0.0

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
            self._buffer = self._buffer[size:]
            if head.startswith(b"GET"):
                count = str(Sink.count).encode()
                size_line = f"Content-Length: {len(count)}".encode()
                self._transport.write(b"HTTP/1.1 200 OK\r\n" + size_line + b"\r\n\r\n" + count)
                continue
            Sink.count += 1
            if Sink.latency:
                asyncio.get_running_loop().call_later(Sink.latency, self._answer)
            else:
                self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_OK)


async def serve(latency_ms: float) -> None:
    """Serves until the process is ended."""
    Sink.latency = latency_ms / 1000
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0, backlog=1024)
    print(f"Sink at http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=0)
    uvloop.run(serve(parser.parse_args().latency_ms))
