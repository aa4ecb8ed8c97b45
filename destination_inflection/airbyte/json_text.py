"""Finds the members of a JSON object in its text, without reading what is in them. Pure.

Nothing is parsed but the keys, so numbers of any size and objects of any depth pass: a value is
skipped by matching its brackets and its strings. Bytes are looked at as characters, one for one
(`as_scanned`): all signs of JSON are ASCII, and one character outside of it would make Python take
four bytes for each of a text.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
# A whole string, a quote that nothing closes, or a bracket.
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|["\[\]{}]', re.DOTALL)
_COLON: Final = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_SCALAR: Final = re.compile(r'[^\s,:\[\]{}"]+')


class Member(NamedTuple):
    """One `"key": value` of an object, as positions in the text."""

    key: str
    begin: int
    value: int
    end: int


def as_scanned(line: bytes) -> str:
    """The bytes of a line as text of the same length, in which a member's place can be found."""
    return line.decode("latin-1")


def as_bytes(text: str) -> bytes:
    """The bytes that a text of `as_scanned`, or a piece of it, was made from."""
    return text.encode("latin-1")


def as_written(text: str) -> str:
    """What a piece of such a text says; bytes that are not UTF-8 are surrogate escapes."""
    return as_bytes(text).decode("utf-8", "surrogateescape")


def members(text: str, start: int = 0) -> list[Member]:
    """The members of the object at `start`, in order; of equal keys the last one counts.

    Raises:
        ValueError: the text does not hold a valid object there.
    """
    return list(_members(text, start))


def keys_in_head(head: str) -> Iterator[tuple[str, int]]:
    """The keys of the object that begins a text, each with where its value begins.

    The text may end anywhere, inside a value too.
    """
    depth = 0
    for token in _TOKEN.finditer(head) if head.startswith("{") else ():
        bracket = token[0]
        if bracket in ("{", "["):
            depth += 1
        elif bracket in ("}", "]"):
            depth -= 1
        elif bracket == '"':
            return  # of a string that goes on beyond the head
        elif depth == 1 and (colon := _COLON.match(head, token.end())):
            with suppress(ValueError):
                yield str(json.loads(bracket)), colon.end()


def end_of(text: str, start: int) -> int:
    """Where the value that begins at `start` ends.

    Raises:
        ValueError: the text does not hold a complete value there.
    """
    first = text[start : start + 1]
    if first not in ("{", "["):
        found = (_STRING if first == '"' else _SCALAR).match(text, start)
        if found is None:
            raise ValueError("no value")
        return found.end()
    depth = 0
    for token in _TOKEN.finditer(text, start):
        bracket = token[0]
        if bracket in ("{", "["):
            depth += 1
        elif bracket in ("}", "]"):
            depth -= 1
            if not depth:
                return token.end()
        elif bracket == '"':
            break
    raise ValueError("nothing ends the value")


def skip_space(text: str, at: int) -> int:
    """The position of the next character that is not white space."""
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _members(text: str, start: int) -> Iterator[Member]:
    at = skip_space(text, start)
    if text[at : at + 1] != "{":
        raise ValueError("no object")
    at = skip_space(text, at + 1)
    while text[at : at + 1] != "}":
        begin = at
        if text[at : at + 1] != '"':
            raise ValueError("no key")
        at = end_of(text, begin)
        key = str(json.loads(text[begin:at]))
        at = skip_space(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("no value")
        value = skip_space(text, at + 1)
        end = end_of(text, value)
        yield Member(key, begin, value, end)
        at = skip_space(text, end)
        if text[at : at + 1] == ",":
            at = skip_space(text, at + 1)
        elif text[at : at + 1] != "}":
            raise ValueError("no comma")
