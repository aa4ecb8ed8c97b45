"""A Singer target made with singer-sdk. Usage: singer_target.py URL ROWS_A_REQUEST < messages.

One row a request is a RecordSink, more is a BatchSink with the setting `batch_size_rows`. The
SDK's own JSON is used: its reader makes decimals of numbers, which others cannot write.
"""

import sys
from typing import Any, ClassVar

import requests
from singer_sdk import BatchSink, RecordSink, Sink, Target  # type: ignore[import-not-found]
from singer_sdk import typing as th
from singer_sdk.singerlib.json import serialize_json  # type: ignore[import-not-found]

_HEADERS = {"Content-Type": "application/json"}


class _Posting(Sink):  # type: ignore[misc]
    """What both sinks share: one session, and how to post."""

    def setup(self) -> None:
        """Opens the session."""
        self._session = requests.Session()
        self._session.headers.update(_HEADERS)
        self._url = str(self.config["url"])

    def clean_up(self) -> None:
        """Closes the session."""
        self._session.close()
        super().clean_up()

    def _post(self, body: dict[str, Any]) -> None:
        data = serialize_json(body).encode()
        self._session.post(self._url, data=data, timeout=60).raise_for_status()


class RowSink(_Posting, RecordSink):  # type: ignore[misc]
    """One row a request."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002 - the SDK's signature
        """Posts a row."""
        self._post(record)


class RowsSink(_Posting, BatchSink):  # type: ignore[misc]
    """Many rows a request."""

    def process_batch(self, context: dict[str, Any]) -> None:
        """Posts the rows of a batch."""
        self._post({"batch": context["records"]})


class HttpTarget(Target):  # type: ignore[misc]
    """The target."""

    name = "target-http"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("url", th.StringType, required=True)
    ).to_dict()

    def get_sink_class(self, stream_name: str) -> type[Sink]:  # noqa: ARG002 - the SDK's signature
        """The sink for the rows a request holds."""
        return RowSink if self.config["batch_size_rows"] == 1 else RowsSink


if __name__ == "__main__":
    HttpTarget(config={"url": sys.argv[1], "batch_size_rows": int(sys.argv[2])}).listen()
