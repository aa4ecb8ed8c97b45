"""The connector as the CDK knows it, for programs that call a destination in process.

The command line (`run`) takes the same steps with our own reader and writer: the CDK's drop
`state.id`, log input they can't read, stop at one bad byte, and leave states in a buffer.
"""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
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

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.intake import LinesAtHand
from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.check import check
from destination_inflection.commands.plans import make_plans
from destination_inflection.commands.run import Aims, Run
from destination_inflection.config.form import read_config, secrets_of
from destination_inflection.errors import ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.masking import Mask
from destination_inflection.sync.plans import Teller
from destination_inflection.sync.terms import Terms


class DestinationInflection(Destination):
    """Check and write; `spec` is the CDK's own, which reads `spec.json`."""

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Never raises: what is wrong with the configuration is the status's message."""
        logger.debug("Checking the connection.")
        document = dict(config)
        mask = Mask(secrets_of(document))
        try:
            checked = check(read_config(document))
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=mask(error.message))
        for note in checked.notes:
            logger.info("%s", mask(note))
        for warning in checked.warnings:
            logger.warning("%s", mask(warning))
        if checked.problem is None:
            return AirbyteConnectionStatus(status=Status.SUCCEEDED)
        return AirbyteConnectionStatus(status=Status.FAILED, message=mask(checked.problem))

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        """Delivers messages that the CDK has parsed; yields states when they are due."""
        parsed = read_config(dict(config))
        catalog: Json = ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)
        outlet = _Outlet(Mask(parsed.secrets))
        for warning in parsed.warnings:
            outlet.log(warning, "WARN")
        warn, fail = (partial(outlet.log, level=level) for level in ("WARN", "ERROR"))
        tell = Teller(outlet.log, warn, fail)
        plans = make_plans(parsed, read_catalog(catalog), tell)
        aims = Aims(plans, catalog, terms=Terms(parsed.max_rejected_percent))
        with Run(parsed, aims, outlet) as run:
            lines = (to_json(AirbyteMessageSerializer.dump(m)) for m in input_messages)
            for _ in run.session.steps(LinesAtHand(lines, run.session.sync)):
                yield from _states(outlet.due)
            run.session.finish()
            yield from _states(outlet.due)


class _Outlet:
    """Logs as the CDK does, and keeps states until they can be yielded."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self.due: deque[bytes] = deque()

    def log(self, message: str, level: Level = "INFO") -> None:
        """Logs a message."""
        logging.getLogger("airbyte").log(logging.getLevelName(level), self._mask(message))

    def line(self, content: bytes) -> None:
        """Keeps a state."""
        self.due.append(content)


def _states(due: deque[bytes]) -> Iterator[AirbyteMessage]:
    while due:
        yield AirbyteMessageSerializer.load(orjson.loads(due.popleft()))
