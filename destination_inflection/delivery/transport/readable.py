"""Waits for file descriptors, whatever their numbers are.

`select` takes none above 1,023. A process may well have such: it inherits some, or has many open.
"""

import select
from collections.abc import Sequence
from math import ceil


def readable(inputs: Sequence[int], timeout: float) -> list[int]:
    """Those of the file descriptors that can be read, after at most `timeout` seconds."""
    poll = select.poll()
    for fd in inputs:
        poll.register(fd, select.POLLIN)
    return [fd for fd, _ in poll.poll(ceil(max(timeout, 0.0) * 1000))]
