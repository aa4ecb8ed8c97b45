"""Requests that were turned away on their way, or by a firewall, and what succeeded after them."""

from urllib.parse import unquote

from destination_inflection.delivery.transport.seam import Request
from simulation.event_endpoint import MARK


class Forbidden:
    """What has been said no to in one run; requests are named by their numbers in it."""

    def __init__(self) -> None:
        self._marks: dict[str, int] = {}
        """The records, and how many requests had begun when the answer came."""
        self._calls: dict[tuple[str, str], int] = {}
        """The same of each kind of call, on the event endpoint."""
        self._emails: set[str] = set()
        self._any_list = False
        self._newest_success = 0
        self.may_decide_all = False
        """Whether no call comes for a while: then any success is enough."""

    def note(self, request: Request, begun: int) -> None:
        """Notes that a request was turned away, when so many had begun."""
        kind = request.url.rpartition("/")[2]
        marks = [mark.decode() for mark in MARK.findall(request.body)]
        self._marks.update((mark, begun) for mark in marks)
        self._calls.update(((mark, kind), begun) for mark in marks)
        _, _, email = request.url.partition("/by-email/")
        self._emails.add(unquote(email).strip().lower())
        self._any_list = self._any_list or "/lists/" in request.url

    def succeeded(self, number: int) -> None:
        """Notes that a request succeeded."""
        self._newest_success = max(self._newest_success, number)

    def told_no(self, mark: str, email: str, kind: str) -> bool:
        """Whether a call of a record was; requests about lists do not name anybody."""
        is_about_list = kind == "member" and self._any_list
        return mark in self._marks or email in self._emails or is_about_list

    def shows_that_it_was_the_call(self, mark: str, kind: str) -> bool:
        """Whether a request that began after it was turned away has succeeded."""
        after = 0 if self.may_decide_all else self._calls.get((mark, kind), 0)
        return self._newest_success > after
