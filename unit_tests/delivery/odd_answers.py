"""Answers as no server should give them, for properties that hold whatever comes."""

import json
from typing import Final

from hypothesis import strategies as st

from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response

TEXT: Final = st.text(st.characters(max_codepoint=255), max_size=30)
"""Any text that a header can hold: each byte is a character."""
RETRY_AFTER: Final = st.sampled_from(
    [
        "1000000000",
        "9" * 5_000,
        "1.5",
        "1e9",
        "-1",
        "+1",
        "0x10",
        "NaN",
        "Infinity",
        "5, 10",
        "Thu, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Thu, 32 Foo 2026 25:61:61 GMT",
        "Thu, 01 Jan 2026 00:00:07 +99999999999999999999",
        "Thu, 01 Jan 2026 00:00:07 Mars/Olympus",
        "Thu, 01 Jan 2026 00:00:07 -0000",
    ]
)
LOCATION: Final = st.sampled_from(
    ["http://[", "//", "http://", "http://:99999/", "http://a:b/", "//h", "\x00", "javascript:1"]
)
HEADERS: Final = st.dictionaries(
    st.sampled_from(["content-type", "x"]) | TEXT, st.just("text/html") | TEXT, max_size=3
) | st.fixed_dictionaries(
    {}, optional={"retry-after": RETRY_AFTER | TEXT, "location": LOCATION | TEXT}
)
WORDS: Final = st.sampled_from(
    ["PENDING", "NOT_EXIST", "DONE", "FAILED", "UPDATED", "SUCCESS", "FAILURE", "a@b.c", "t1"]
)
NAMES: Final = st.sampled_from(
    [
        *("data", "errors", "meta", "status", "results", "email", "errorCode", "message"),
        *("transactionId", "id", "added", "CONTACTS_NOT_FOUND"),
    ]
)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
DEEP: Final = "[" * 1_000 + "]" * 1_000
"""More than Python can print, and what orjson still reads."""
_DATA: Final = (
    '"data": {"transactionId": "t", "id": "t", "status": "DONE", '
    '"data": {"results": [{"email": "a@b.c", "status": %s}]}}'
)
DEEP_WORDS: Final = [
    "{" + _DATA % DEEP + "}",
    "{" + _DATA % '"UPDATED"' + f', "errors": [{{"errorCode": {DEEP}}}]}}',
    "{" + _DATA % 1 + f', "errors": [{{"errorCode": "CONTACTS_NOT_FOUND", "ids": {DEEP}}}]}}',
    f'{{"message": {DEEP}}}',
]
BODIES: Final = (
    st.binary(max_size=20)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({"data": JSON}, optional={"errors": JSON, "meta": JSON}).map(
        lambda value: json.dumps(value).encode()
    )
    | st.sampled_from(DEEP_WORDS).map(str.encode)
)
STATUSES: Final = st.sampled_from([200, 202, 204, 301, 400, 401, 403, 404, 410, 429, 501, 503])
ANSWERS: Final[st.SearchStrategy[Answer]] = st.builds(
    Response, STATUSES | st.integers(0, 999), HEADERS, BODIES, st.booleans()
) | st.builds(Failure, st.sampled_from(FailureKind))
