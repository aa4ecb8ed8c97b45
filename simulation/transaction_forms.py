"""One transaction of the world, and in which words it is told how it stands. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from destination_inflection.json_types import Json, JsonObject
from simulation.contacts_world import Status, Write

PAGE: Final = 20
OTHER_WORD: Final = "QUEUED"


class Form(Enum):
    """How the answers about a transaction are written."""

    USUAL = "as documented"
    LEAVES_OUT = "its results leave contacts out"
    # All below is drawn when an answer is odd.
    EMPTY = "the batch is answered with nothing"
    NO_ID = "the batch is answered without a transaction's id"
    NUMBER = "its id is a number"
    AT_ONCE = "the batch is answered with the results"
    WITH_ERRORS = "the batch is taken, and errors come with it"
    OTHER_STAGE = "while it is pending, the word for that is another"
    OTHER_CASE = "its words are not in capitals, nor the emails as they were sent"
    OTHER_WORD = "the word for some contacts is another"
    OTHER_ORDER = "its results come in another order"
    STRANGER = "its results name somebody else too"
    NO_RESULTS = "it is done, without results"
    ONE_PAGE = "its results are the first page of several"
    FAILED = "it failed as a whole"


ODD: Final = tuple(form for form in Form if form not in (Form.USUAL, Form.LEAVES_OUT))


@dataclass(slots=True, eq=False)
class Transaction:
    """A batch that was taken."""

    number: int
    identity: str | int
    writes: Sequence[Write]
    """What is to be written; nothing once it has settled."""
    form: Form
    is_quiet: bool
    """Whether it was taken when nothing random happens any more."""
    settles_at: float
    known_from: float
    """Before, it is said not to exist."""
    is_settled: bool = False
    results: list[Json] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    """The marks of the contacts of whom its results say that they are written."""
    failed: list[str] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)


def data_of(transaction: Transaction) -> JsonObject:
    """How it stands, as an envelope's `data`."""
    told: JsonObject = {"transactionId": transaction.identity}
    form = transaction.form
    if not transaction.is_settled:
        return {**told, "status": "IN_WORK" if form is Form.OTHER_STAGE else "PENDING"}
    if form is Form.FAILED:
        return {**told, "status": "FAILED"}
    data: JsonObject = {} if form is Form.NO_RESULTS else {"results": transaction.results}
    if form is Form.ONE_PAGE:
        data["pagination"] = {"pageNumber": 1, "pageSize": PAGE}
    return {**told, "status": "done" if form is Form.OTHER_CASE else "DONE", "data": data}


def note_results(transaction: Transaction, told: Sequence[tuple[Write, str]]) -> None:
    """Keeps what is said of each contact from now on, in the words of its form."""
    is_other = transaction.form is Form.OTHER_CASE
    for write, word in told:
        if word == Status.FAILED:
            transaction.failed.extend(write.marks)
        elif word != OTHER_WORD:
            transaction.good.extend(write.marks)
        email, said = (write.email, _camel_case(word)) if is_other else (write.spelled, word)
        transaction.results.append({"email": email, "status": said})
    if transaction.form is Form.STRANGER:
        transaction.results.insert(0, {"email": "somebody@else.example", "status": "UPDATED"})
    if transaction.failed and transaction.number % 2:  # a reason is given now and then
        transaction.errors = _reasons(told)


def _camel_case(word: str) -> str:
    first, *others = word.lower().split("_")
    return first + "".join(other.title() for other in others)


def _reasons(told: Sequence[tuple[Write, str]]) -> list[Json]:
    """Why contacts have failed, in words that quote what was sent."""
    return [
        {
            "errorCode": "INVALID_PROPERTY",
            "message": f"{write.spelled} has a value that is not allowed",
            "detail": f"contacts[{place}]: {' '.join(write.marks)}",
        }
        for place, (write, word) in enumerate(told)
        if word == Status.FAILED
    ]
