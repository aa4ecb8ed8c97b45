"""The command `check`: tries a configuration without creating anything in Inflection."""

from destination_inflection.config.form import Config
from destination_inflection.delivery.routes import Access, check_route
from destination_inflection.errors import ConnectorError
from destination_inflection.storage.store import open_store


def check(config: Config) -> str | None:
    """Returns what is wrong, None if nothing is.

    Where rejected records are to be stored, a file is written there and removed.
    """
    if config.rejected is not None:
        try:
            open_store(config.rejected).check()
        except ConnectorError as error:
            return error.message
    return check_route(Access(config.delivery, config.api_key))
