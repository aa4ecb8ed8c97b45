"""The connector as the CDK knows it, for programs that call a destination in process.

The command line (`run`) takes the same steps with our own reader and writer: the CDK's drop
`state.id`, log input they can't read, stop at one bad byte, and leave states in a buffer.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from logging import Logger
from typing import Any

import orjson
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    Status,
)

from destination_inflection.config import read_config
from destination_inflection.destination import check, delivering, make_plans, pump
from destination_inflection.errors import ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.protocol.catalog import read_catalog
from destination_inflection.sync import Outlets, Sync


class DestinationInflection(Destination):
    """Check and write; `spec` is the CDK's own, which reads `spec.json`."""

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Never raises: what is wrong with the configuration is the status's message."""
        logger.debug("Checking the connection.")
        try:
            problem = check(read_config(dict(config)))
        except ConnectorError as error:
            problem = error.message
        if problem is None:
            return AirbyteConnectionStatus(status=Status.SUCCEEDED)
        return AirbyteConnectionStatus(status=Status.FAILED, message=problem)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        """Delivers messages that the CDK has parsed; yields states when they are due."""
        parsed = read_config(dict(config))
        catalog: Json = ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)
        due: deque[str] = deque()
        with delivering(parsed, lambda _text: None) as delivery:
            plans = make_plans(parsed, read_catalog(catalog), lambda _text: None)
            sync = Sync(plans, delivery, Outlets(due.append, lambda _text: None))
            lines = (orjson.dumps(AirbyteMessageSerializer.dump(m)) for m in input_messages)
            for _ in pump(sync, delivery, lines):
                yield from _states(due)
            sync.finish()
            yield from _states(due)


def _states(due: deque[str]) -> Iterator[AirbyteMessage]:
    while due:
        yield AirbyteMessageSerializer.load(orjson.loads(due.popleft()))
