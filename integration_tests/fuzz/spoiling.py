"""Strategies that spoil good input, a little or a lot."""

import json
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from hypothesis import strategies as st

from destination_inflection.json_types import Json, JsonObject

VALUE: Final = "zq7value7qz"
"""Stands in each record. It may show in a state on its way back, and nowhere else."""
KEY: Final = "zq7key7qz"
"""Stands where a secret belongs."""

Path: TypeAlias = tuple[str | int, ...]

_SNIPPETS: Final = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b" ", b"\\", b'"', b","),
    *(b":", b"{", b"}", b"[", b"]", b"[" * 300, b'{"a":' * 300, b"[" * 20_000),
    *(b"NaN", b"-Infinity", b"1e400", b"-0", b"9" * 5_000, b"1e-400", b"null", b"true", b"{}"),
    *(rb"\ud800", rb"\u0000", b"'", b"/**/", "\u2028".encode(), "\U0001f600".encode()),
)
_JSON: Final[st.SearchStrategy[Json]] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(("identify", "track", "*", "id,email", "-1", "https://[::1", "a" * 3_000)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def spoilt_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """The same, or with something put in, something replaced, or its end cut off, up to thrice."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content)))
        snippet = draw(st.sampled_from(_SNIPPETS) | st.binary(max_size=4))
        content = draw(
            st.sampled_from(
                (
                    content[:at] + snippet + content[at:],
                    content[:at] + snippet + content[at + len(snippet) :],
                    content[:at],
                )
            )
        )
    return content


@st.composite
def spoilt_lines(draw: st.DrawFn, lines: Sequence[JsonObject]) -> bytes:
    """Some of these messages, one a line, in any order."""
    chosen = draw(st.lists(st.sampled_from(lines), max_size=6))
    spoilt = [draw(spoilt_bytes(json.dumps(line).encode())) for line in chosen]
    return draw(st.sampled_from((b"\n", b"\n", b"\r\n", b"\n\n"))).join(spoilt)


@st.composite
def spoilt_documents(draw: st.DrawFn, documents: Sequence[JsonObject]) -> Json:
    """One of these documents, with parts of it left out, replaced, or added, up to four times."""
    document: Json = json.loads(json.dumps(draw(st.sampled_from(documents))))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(_paths(document)))
        document = _changed(document, path, draw(st.sampled_from(_CHANGES)), draw(_JSON))
    return document


def _put(inside: JsonObject | list[Json], name: str | int, value: Json) -> None:
    match inside, name:
        case dict(), str():
            inside[name] = value
        case list(), int():
            inside[name] = value
        case _:
            raise TypeError("not a path of this document")


def _leave_out(inside: JsonObject | list[Json], name: str | int, _value: Json) -> None:
    match inside, name:
        case dict(), str():
            del inside[name]
        case list(), int():
            del inside[name]
        case _:
            raise TypeError("not a path of this document")


def _add(inside: JsonObject | list[Json], name: str | int, value: Json) -> None:
    match inside:
        case dict():
            inside[f"{name}_"] = value
        case list():
            inside.append(value)


_CHANGES: Final[tuple[Callable[[JsonObject | list[Json], str | int, Json], None], ...]] = (
    _put,
    _leave_out,
    _add,
)


def _paths(document: Json, path: Path = ()) -> list[Path]:
    found = [path]
    match document:
        case dict():
            inside = [(name, value) for name, value in document.items()]
            found += [each for name, value in inside for each in _paths(value, (*path, name))]
        case list():
            found += [
                each
                for number, value in enumerate(document)
                for each in _paths(value, (*path, number))
            ]
        case _:
            pass
    return found


def _changed(
    document: Json,
    path: Path,
    change: Callable[[JsonObject | list[Json], str | int, Json], None],
    value: Json,
) -> Json:
    if not path:
        return value
    inside = document
    for name in path[:-1]:
        match inside, name:
            case dict(), str():
                inside = inside[name]
            case list(), int():
                inside = inside[name]
            case _:
                raise TypeError("not a path of this document")
    if isinstance(inside, dict | list):
        change(inside, path[-1], value)
    return document
