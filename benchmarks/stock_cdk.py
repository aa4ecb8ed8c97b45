"""A stock destination on airbyte-cdk with `requests`, written the documented way, to compare with.

`stock_cdk.py URL BATCH write --config C --catalog CAT`: BATCH records a POST, one after the other.
"""

import sys
from collections.abc import Iterable, Mapping
from logging import Logger
from typing import Any

import requests
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)


class Stock(Destination):
    """Sends what it reads, and echoes states."""

    def __init__(self, url: str, batch: int) -> None:
        self._url = url
        self._batch = batch
        self._session = requests.Session()

    def spec(self, logger: Logger) -> ConnectorSpecification:  # noqa: ARG002 - the CDK's shape
        """No options."""
        return ConnectorSpecification(connectionSpecification={})

    def check(self, logger: Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:  # noqa: ARG002 - the CDK's shape
        """Always good."""
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],  # noqa: ARG002 - the CDK's shape
        configured_catalog: ConfiguredAirbyteCatalog,  # noqa: ARG002 - the CDK's shape
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        """Posts records, yields states after what came before them."""
        rows: list[dict[str, Any]] = []
        for message in input_messages:
            if message.type == Type.RECORD and message.record:
                rows.append(message.record.data)
                if len(rows) >= self._batch:
                    self._post(rows)
            elif message.type == Type.STATE:
                self._post(rows)
                yield message
        self._post(rows)

    def _post(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            body = rows[0] if self._batch == 1 else {"batch": rows}
            self._session.post(self._url, json=body, timeout=30).raise_for_status()
            rows.clear()


if __name__ == "__main__":
    Stock(sys.argv[1], int(sys.argv[2])).run(sys.argv[3:])
