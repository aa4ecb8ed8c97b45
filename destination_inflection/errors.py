"""The errors that end a command, ordered by what has to be done about them.

    ConnectorError           one sentence: what is wrong, where, and what to do
    |-- ConfigError          the user changes the configuration or the catalog   config_error
    |-- TransientError       nothing to change: run the sync again later         transient_error

Any other exception is a defect of the connector (`system_error`). A record that cannot be
delivered is not an error at all: it is a reject, a value (see `mapping.reasons`).

A message never holds a record's value, the API key, or a URL beyond its scheme and host.
"""

from typing import ClassVar, Final, Literal, TypeAlias

FailureType: TypeAlias = Literal["config_error", "transient_error", "system_error"]

DEFECT_MESSAGE: Final = (
    "The sync failed because of a bug in the connector. No state was released for records that "
    "were not settled, so nothing is lost: please report the stack trace."
)


class ConnectorError(Exception):
    """The base of all errors that carry one sentence for the user."""

    failure_type: ClassVar[FailureType]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(ConnectorError):
    """The user has to change the configuration, the catalog, or something in Inflection."""

    failure_type: ClassVar[FailureType] = "config_error"


class TransientError(ConnectorError):
    """A fault that passes: the same sync, started again later, can succeed."""

    failure_type: ClassVar[FailureType] = "transient_error"
