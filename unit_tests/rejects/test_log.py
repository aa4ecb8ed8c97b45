"""What the log says of rejects: each kind once, and few of a stream and reason."""

from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import Fault
from destination_inflection.rejects.log import RejectLog
from destination_inflection.rejects.words import OTHER_WORDS
from destination_inflection.streams import StreamKey

PEOPLE = StreamKey(None, "people")


def shown(*rejects: tuple[Fault, str | None]) -> list[str]:
    lines: list[str] = []
    log = RejectLog(lines.append)
    for fault, words in rejects:
        log.show(fault, words)
    return lines


def test_rejects_of_a_kind_are_one_line() -> None:
    fault = Fault(Reason.MISSING_EMAIL, PEOPLE, "identify", "email")
    (line,) = shown(*[(fault, None)] * 5)
    assert line == (
        f"Rejected, stream people: missing_email, column email. {Reason.MISSING_EMAIL.help}"
    )


def test_another_column_stream_or_reason_is_another_line() -> None:
    other = StreamKey(None, "other")
    lines = shown(
        (Fault(Reason.INVALID_ID, PEOPLE, column="id"), None),
        (Fault(Reason.INVALID_ID, PEOPLE, column="org_id"), None),
        (Fault(Reason.INVALID_ID, other, column="id"), None),
        (Fault(Reason.MISSING_USER_ID, PEOPLE, column="id"), None),
    )
    assert len(set(lines)) == len(lines) == 4


def test_other_words_are_another_line_up_to_three() -> None:
    fault = Fault(Reason.REFUSED, PEOPLE)
    words = ["HTTP 400: a", "HTTP 400: a", OTHER_WORDS, "HTTP 400: b", "HTTP 400: c", "HTTP 400: d"]
    lines = shown(*[(fault, each) for each in words])
    assert [line.rpartition(" ")[2] for line in lines] == ["a.", "b.", "c."]
    assert all(" Inflection: HTTP 400: " in line for line in lines)


def test_words_that_are_ours_are_not_quoted_as_inflections() -> None:
    (line,) = shown((Fault(Reason.UNKNOWN_CONTACT, PEOPLE), "no contact has this email"))
    assert line.endswith(" No contact has this email.")


def test_unreadable_lines_are_told_by_their_cause() -> None:
    def fault(number: int, cause: str) -> Fault:
        where = f"line {number} of the input"
        return Fault(Reason.UNREADABLE_LINE, where=where, cause=cause)

    lines = shown(
        (fault(2, "it is not JSON"), None),
        (fault(3, "it is not JSON"), None),
        (fault(9, "it is not UTF-8"), None),
    )
    assert [line.split(".")[0] for line in lines] == [
        "Rejected, line 2 of the input: unreadable_line",
        "Rejected, line 9 of the input: unreadable_line",
    ]
