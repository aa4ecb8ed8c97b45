"""The seam of delivery: calls go in, outcomes come out. Both routes and the dry run fill it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Protocol, TypeAlias, TypeVar

from destination_inflection.delivery.outcomes import Outcome
from destination_inflection.delivery.traffic import Traffic

C_contra = TypeVar("C_contra", contravariant=True)
T = TypeVar("T")

CONTACT: Final = "contact"
MEMBER: Final = "member"
CONTACT_IF_KNOWN: Final = "contact_if_known"
Cursor: TypeAlias = tuple[str, "float | Decimal | str"]
"""A kind and a value: of two of one kind, the greater is the newer. Two kinds can't be compared."""
Tell: TypeAlias = Callable[[Sequence[str]], None]
"""Takes the names of properties; it is called once."""


class Sendable(Protocol):
    """What a lane needs to know of a call."""

    @property
    def identity(self) -> str:
        """Whom it is about; calls of one identity keep their order."""
        ...

    @property
    def org(self) -> str | None:
        """The org that it changes, if it does: calls with one org keep their order too."""
        ...

    @property
    def body(self) -> bytes:
        """What is sent."""
        ...


class Call(Sendable, Protocol):
    """What delivery needs to know of a call; whoever makes calls knows more of them."""

    @property
    def kind(self) -> str:
        """`identify`, `track` or `group`; `CONTACT`, or `MEMBER` for a change of a static list.

        `CONTACT_IF_KNOWN` changes a contact that Inflection has, and creates none.
        """
        ...

    @property
    def cursor(self) -> Cursor | None:
        """What orders the calls of one contact, where that is known."""
        ...


class Delivery(Protocol[C_contra, T]):
    """Each call comes back once, as an outcome with the ticket it was handed in with.

    Used by one thread. Nothing blocks but `wait`.
    """

    @property
    def pending_calls(self) -> int:
        """How many calls have been handed in and not ended."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this."""
        ...

    @property
    def traffic(self) -> Traffic:
        """What went over the wire."""
        ...

    def submit(self, call: C_contra, ticket: T) -> None:
        """Takes a call on its way."""
        ...

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Moves things on, and takes out what has ended since the last time."""
        ...

    def flush(self) -> None:
        """Says that no call comes for a while: nothing has to wait for company."""
        ...

    def no_more_calls(self) -> None:
        """Says that no call comes any more: all that can still be waited for is under way."""
        ...

    def read_back(self, call: C_contra, tell: Tell, /) -> None:
        """Asks which properties of a contact that was delivered are not stored.

        The answer comes within seconds; it is empty where that can't be found out.
        """
        ...

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read.
        """
        ...

    def shut_down(self) -> None:
        """Begins nothing new; what can't end any more comes back as `Interrupted`."""
        ...

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        ...
