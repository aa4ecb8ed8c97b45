"""The event endpoint: one JSON message per POST, as Segment delivers to its partners.

Source: https://segment.com/docs/partners/subscriptions/build-webhook/ (the contract Inflection
implements as a Segment partner). No public document names Inflection's URL, so it is configuration;
`{type}` in it becomes the call's name.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final

import orjson

from destination_inflection.delivery.lanes.answers import (
    Meaning,
    meaning,
    meaning_for_one_of_many,
    no_answer,
    origin_of,
    stop_sentence,
)
from destination_inflection.delivery.lanes.endpoint import UNTIL_THE_DEADLINE, Effort
from destination_inflection.delivery.seam import Call
from destination_inflection.delivery.settings import Authentication
from destination_inflection.delivery.transport.seam import (
    Answer,
    Request,
    Transport,
    exchange,
)
from destination_inflection.version import VERSION

# A message that cannot create anything: no endpoint has a call of this type, and it names no user.
_PROBE: Final = orjson.dumps(
    {"type": "connection_check", "messageId": "destination-inflection-connection-check"}
)
_PROBE_PATH: Final = "identify"
_CALLS: Final = ("identify", "track", "group")


class EventEndpoint:
    """Knows the URL and the headers; `origin` is what may be said of the URL in a log."""

    def __init__(
        self, url: str, authentication: Authentication, api_key: str, app_id: str | None
    ) -> None:
        self._urls = {kind: url.replace("{type}", kind) for kind in _CALLS}
        self.origin = origin_of(url)
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"destination-inflection/{VERSION}",
        }
        if authentication == "basic":
            # The key is the user name and the password is empty; the colon is always there.
            headers["Authorization"] = f"Basic {b64encode(f'{api_key}:'.encode()).decode()}"
        elif authentication == "bearer":
            headers["Authorization"] = f"Bearer {api_key}"
        if app_id:
            headers["X-Inflection-App-Id"] = app_id
        self._headers: Mapping[str, str] = headers

    def request(self, call: Call, timeout: float) -> Request:
        """The request that delivers a call; `timeout` is in seconds."""
        return Request(self._urls[call.kind], self._headers, call.body, timeout)

    def meaning(self, _call: Call, answer: Answer) -> Meaning:
        """What an answer means: here, the same for all calls."""
        return meaning_for_one_of_many(answer)

    def stop_sentence(self, _call: Call, answer: Answer) -> str:
        """What the user has to change after an answer that means STOP."""
        return stop_sentence(answer, self.origin, "endpoint_url")

    def effort(self, _call: Call) -> Effort:
        """How often a call is tried."""
        return UNTIL_THE_DEADLINE

    def check(self, transport: Transport, timeout: float) -> str | None:
        """Proves the URL and the key without creating anything; returns the problem, if any."""
        answer = exchange(
            transport, Request(self._urls[_PROBE_PATH], self._headers, _PROBE, timeout)
        )
        match meaning(answer):
            case Meaning.TAKEN | Meaning.REFUSED:
                return None
            case Meaning.STOP:
                return stop_sentence(answer, self.origin, "endpoint_url")
        return no_answer(answer, self.origin, "endpoint_url")
