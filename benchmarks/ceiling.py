"""The bare ceiling: read a line, orjson, POST over this project's transport, nothing else.

`ceiling.py URL CONNECTIONS < messages`. No mapping, no ids, no order, no retries, no books.
"""

import sys

import orjson

from destination_inflection.delivery.bounds import BOUNDS
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.delivery.transport.seam import Request


def main(url: str, connections: int) -> None:
    """Sends every record as it comes; a slot that is free takes the next."""
    transport = best_transport(connections).make(connections, BOUNDS)
    headers = {"Content-Type": "application/json"}
    free = list(range(connections))
    for line in sys.stdin.buffer:
        message = orjson.loads(line)
        if message["type"] != "RECORD":
            continue
        body = orjson.dumps(message["record"]["data"])
        while not free:
            transport.wait(1.0)
            free += [slot for slot, _ in transport.finished()]
        transport.start(free.pop(), Request(url, headers, body, 30.0))
    while len(free) < connections:
        transport.wait(1.0)
        free += [slot for slot, _ in transport.finished()]
    transport.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
