"""What a sync has stored of its rejects, in a folder or a bucket, for tests to look at."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import requests
from moto.server import ThreadedMotoServer

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    KEY,
    TIMEOUT_SECONDS,
    Connector,
    record,
    stream,
)

S3_KEY: Final = "AKIATESTTESTTEST"
S3_SECRET: Final = "s3-test-secret"
COLUMNS: Final = ("id", "email", "name", "plan")
SELECTED: Final = stream("people", *COLUMNS)
BAD: Final = record("people", id=7, email=None, name="Nobody")


class Bucket:
    """A bucket of a real HTTP server."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=S3_KEY,
            aws_secret_access_key=S3_SECRET,
            region_name="us-east-1",
        )

    def options(self, **changes: object) -> dict[str, object]:
        return {
            "store": "s3",
            "bucket": "rejects",
            "prefix": "air/byte",
            "endpoint_url": self.endpoint,
            "access_key_id": S3_KEY,
            "secret_access_key": S3_SECRET,
            **changes,
        }

    def objects(self) -> dict[str, bytes]:
        listed = self.client.list_objects_v2(Bucket="rejects").get("Contents", [])
        return {
            entry["Key"]: self.client.get_object(Bucket="rejects", Key=entry["Key"])["Body"].read()
            for entry in listed
        }


def folder(path: Path) -> dict[str, str]:
    return {"store": "folder", "path": str(path)}


def entries(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for name, content in sorted(files.items())
        if name.endswith(".jsonl.gz")
        for line in gzip.decompress(content).splitlines()
    ]


def files(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def replay(connector: Connector, config: dict[str, Any], *arguments: str) -> "tuple[int, str, str]":
    run = connector.plain("replay", "--config", connector.file("replay.json", config), *arguments)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def config_of(sandbox: Sandbox, **changes: object) -> dict[str, Any]:
    delivery = {"route": "event_endpoint", "endpoint_url": sandbox.endpoint_url}
    return {"api_key": KEY, "delivery": delivery, **changes}


@contextmanager
def running_bucket() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    made = Bucket(f"http://127.0.0.1:{port}")
    # Servers of one process share what they hold: each test begins with nothing.
    requests.post(f"{made.endpoint}/moto-api/reset", timeout=TIMEOUT_SECONDS)
    made.client.create_bucket(Bucket="rejects")
    yield made
    made.client.close()
    server.stop()
