"""The command `check`: tries a configuration without creating anything in Inflection."""

from destination_inflection.config.form import Config
from destination_inflection.delivery.checked import Checked, ListInUse
from destination_inflection.delivery.routes import Access, check_route
from destination_inflection.errors import ConnectorError
from destination_inflection.storage.store import open_store


def check(config: Config) -> Checked:
    """Returns what is wrong, and what else the user should hear.

    Where rejected records are to be stored, a file is written there and removed.
    """
    if config.rejected is not None:
        try:
            open_store(config.rejected).check()
        except ConnectorError as error:
            return Checked(error.message)
    lists = [
        ListInUse(rule.list_id, rule.stream) for rule in config.rules if rule.list_id is not None
    ]
    return check_route(Access(config.delivery, config.api_key), lists)
