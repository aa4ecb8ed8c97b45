"""The contacts part of Inflection's Developer API, as a place where calls go (`lanes.endpoint`)."""

from collections.abc import Mapping

from destination_inflection.delivery.contacts.answers import meaning_for, stop_sentence_for
from destination_inflection.delivery.contacts.calls import METHODS, ApiCall
from destination_inflection.delivery.lanes.answers import Meaning, origin_of
from destination_inflection.delivery.lanes.endpoint import Effort
from destination_inflection.delivery.transport.seam import (
    Answer,
    Request,
)
from destination_inflection.version import VERSION


class ContactsApi:
    """Knows the base URL and the headers; `origin` is what may be said of the URL in a log."""

    def __init__(self, base_url: str, token: str) -> None:
        # Some of Inflection's pages give the base URL with /v1, which the paths hold already.
        self._base = base_url.rstrip("/").removesuffix("/v1").rstrip("/")
        self.origin = origin_of(base_url)
        self._headers: Mapping[str, str] = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"destination-inflection/{VERSION}",
            "Authorization": f"Bearer {token}",
        }

    def request(self, call: ApiCall, timeout: float) -> Request:
        """The request that asks for it; `timeout` is in seconds."""
        method = METHODS[call.operation]
        return Request(self._base + call.path, self._headers, call.body, timeout, method)

    def meaning(self, call: ApiCall, answer: Answer) -> Meaning:
        """What an answer means for a call."""
        return meaning_for(call, answer)

    def stop_sentence(self, call: ApiCall, answer: Answer) -> str:
        """What the user has to change after an answer that means STOP."""
        return stop_sentence_for(call, answer, self.origin)

    def effort(self, call: ApiCall) -> Effort:
        """How often a call is tried."""
        return call.effort
