"""Time zones: an IANA name becomes a zone here, so that nobody reads the disk for it later."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from destination_inflection.errors import ConfigError


def read_zone(name: str | None, option: str) -> tzinfo | None:
    """The zone of a name; None where none was entered.

    Raises:
        ConfigError: the zone is not known; the message names the `option`.
    """
    if name is None:
        return None
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    # Some names are those of folders, and others can't be names of files.
    except (KeyError, ValueError, OSError):
        raise ConfigError(
            f"The option {option} is not a time zone this connector knows: enter an IANA name such "
            "as Europe/Berlin or America/New_York, or leave it empty for the default."
        ) from None
