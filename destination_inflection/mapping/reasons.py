"""Why a record was not delivered: the one list of reject reasons and of skip reasons.

A rejected record is a loss that the user should look at; a skipped one is left out because a rule
or the nature of its stream says so. Each reason carries one sentence of help.
"""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """Why a record was rejected."""

    help: str

    def __new__(cls, code: str, help_text: str) -> Self:
        """Makes a member whose value is the code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.help = help_text
        return member

    MISSING_USER_ID = (
        "missing_user_id",
        "The row names no user: fill its user id column, or name another one in the rule's "
        "user_id or anonymous_id.",
    )
    MISSING_EMAIL = (
        "missing_email",
        "The row has no email, and Inflection knows people by it: fill its email column, or name "
        "another one in the rule's email.",
    )
    INVALID_EMAIL = (
        "invalid_email",
        "The email is not one address of the form name@domain of at most 254 characters: correct "
        "it in the source, or name another column in the rule's email.",
    )
    MISSING_TIMESTAMP = (
        "missing_timestamp",
        "The row has no time: fill its time column, or name another one in the rule's timestamp.",
    )
    INVALID_TIMESTAMP = (
        "invalid_timestamp",
        "The row's time can't be read: send it as ISO-8601 text, or name another column in the "
        "rule's timestamp.",
    )
    MISSING_EVENT = (
        "missing_event",
        "The row names no event: fill its event column, or give the rule a fixed event name.",
    )
    MISSING_GROUP_ID = (
        "missing_group_id",
        "The row names no group: fill its group id column, or name another one in the rule's "
        "group_id.",
    )
    MISSING_AUDIENCE = (
        "missing_audience",
        "The row names no audience: fill its audience column, or give the rule a fixed audience.",
    )
    MISSING_TRAIT = (
        "missing_trait",
        "The row names no computed trait, or one that no column of its table holds: let the source "
        "refresh its schema, or select the column.",
    )
    INVALID_ID = (
        "invalid_id",
        "The id is a placeholder such as null, guest or an unfilled template, holds an invisible "
        "character, was rounded on its way, or is neither text nor a whole number: send whole "
        "numbers or text.",
    )
    TOO_LARGE = (
        "too_large",
        "The message is larger than the 32 KiB an endpoint of this kind takes, the contact than "
        "4 MiB, or its line is above 4 MiB and not strict JSON: omit the largest column in the "
        "rule's fields or in the source.",
    )
    TOO_DEEP = (
        "too_deep",
        "The row is nested too deeply to be written as JSON: send fewer columns.",
    )
    UNREADABLE_MEMBER = (
        "unreadable_member",
        "The membership column holds neither a boolean nor a word such as added or removed: list "
        "the words that mean the user is a member in the rule's member_values.",
    )
    UNKNOWN_TYPE = (
        "unknown_type",
        "The message's type is not one of Segment's calls: if the table holds no messages of "
        "Segment's, add a rule for it.",
    )
    NOT_AN_OBJECT = (
        "not_an_object",
        "The record's data, or the column named here, is not a JSON object: correct "
        "it in the source.",
    )
    UNREADABLE_LINE = (
        "unreadable_line",
        "It may have been a record: check the source's log for what it prints.",
    )
    UNKNOWN_STREAM = (
        "unknown_stream",
        "The record belongs to a stream that the configured catalog does not list: refresh the "
        "connection's schema, or select the stream.",
    )
    REFUSED = (
        "refused",
        "Inflection refused the record: correct what its answer names, in the source or with a "
        "transform or omit in the rule's fields.",
    )
    CONTACT_FAILED = (
        "contact_failed",
        "Inflection took the contact and reported later that it failed, often without a reason: "
        "look at the email and the values.",
    )
    NOT_CONFIRMED = (
        "not_confirmed",
        "Inflection took the request, and its answers do not say what became of it: whether the "
        "record is there is not known; look for it in Inflection, or replay it.",
    )
    UNKNOWN_CONTACT = (
        "unknown_contact",
        "A static list holds contacts only, and none has this email: sync the people first.",
    )
    BREAKS_ENDPOINT = (
        "breaks_endpoint",
        "Inflection failed every time this record was sent, but accepted others: look for an odd "
        "value in its row, and show Inflection's support the time and the error.",
    )


class SkipReason(StrEnum):
    """Why a record was left out on purpose."""

    BY_RULE = "skipped_by_rule"
    NOT_WANTED = "not_wanted"
    DELETED = "deleted_in_source"
    NOT_IN_INFLECTION = "not_in_inflection"
    OTHER_CALL = "not_identify_track_or_group"
    NO_MEMBERSHIP = "no_membership_stated"
    NO_SUCH_CALL = "inflection_has_no_such_call"
    BOOKKEEPING = "bookkeeping_table"
    IN_EVENT_TABLES = "duplicate_of_event_tables"
    EXCLUDED = "excluded_by_integrations"
    TWIN = "twin_of_a_selected_table"
