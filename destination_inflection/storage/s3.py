"""Files in a bucket of Amazon S3, or of anything that speaks its protocol (extra `s3`).

An upload is there for good once it was acknowledged. What boto3 raises becomes a `ConfigError`
where the user has to act, else a `TransientError`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final

from destination_inflection.errors import ConfigError, TransientError
from destination_inflection.storage.probe import probe_name

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PIECE: Final = 1024 * 1024
_MOST_IN_MEMORY: Final = 32 * 1024 * 1024
"""Of an object that is read; a part of ours is smaller. The rest goes to a temporary file."""
_NO_SUCH_BYTES: Final = ("NoSuchKey", "InvalidRange")
_USERS_FAULT: Final = frozenset(
    [
        "403",
        "404",
        "AccessDenied",
        "AuthorizationHeaderMalformed",
        "InvalidAccessKeyId",
        "InvalidBucketName",
        "NoSuchBucket",
        "PermanentRedirect",
        "SignatureDoesNotMatch",
    ]
)


# A call blocks the sync, so all its attempts together take some 80 seconds at most. The next run of
# the sync stores again what could not be stored.
_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 20
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class S3Config:
    """A bucket; without keys, those of the environment are used."""

    bucket: str
    prefix: str
    region: str | None
    endpoint_url: str | None
    access_key_id: str | None
    secret_access_key: str | None


class S3Store:
    """Objects in a bucket, under a prefix."""

    def __init__(self, config: S3Config) -> None:
        self._bucket = config.bucket
        self._prefix = config.prefix.strip("/")
        self.client = s3_client(config)

    def save(self, path: str, content: bytes) -> str:
        """Uploads an object."""
        key = self._key(path)
        with _s3_errors(self._bucket, "s3:PutObject"):
            self.client.put_object(Bucket=self._bucket, Key=key, Body=content)
        return f"s3://{self._bucket}/{key}"

    def check(self) -> None:
        """Uploads an empty object and, where that is allowed, removes it."""
        name = probe_name()
        self.save(name, b"")
        try:
            with _s3_errors(self._bucket, "s3:DeleteObject"):
                self.client.delete_object(Bucket=self._bucket, Key=self._key(name))
        except ConfigError:
            # A key that may only add objects is fine, even a good idea: the probe stays there.
            return

    def _key(self, path: str) -> str:
        return str(PurePosixPath(self._prefix, path)) if self._prefix else path


def find_objects(place: str, s3: S3Config | None) -> list[str]:
    """The locations of the objects at `s3://bucket/prefix`, in the order of their keys."""
    bucket, prefix = _split(place)
    client = s3_client(s3 or S3Config(bucket, "", None, None, None, None))
    with _s3_errors(bucket, "s3:ListBucket"):
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return [f"s3://{bucket}/{key}" for key in sorted(keys)]


def open_object(location: str, s3: S3Config | None) -> IO[bytes]:
    """An object's content, to be read in pieces.

    It is fetched at once: what it holds may take minutes to send, and no store waits that long.
    """
    bucket, key = _split(location)
    client = s3_client(s3 or S3Config(bucket, "", None, None, None, None))
    fetched = SpooledTemporaryFile(_MOST_IN_MEMORY)  # noqa: SIM115 - whoever asked for it closes it
    with _s3_errors(bucket, "s3:GetObject"):
        for piece in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE):
            fetched.write(piece)
    fetched.seek(0)
    return fetched


def object_head(location: str, s3: S3Config | None, length: int) -> bytes:
    """The first bytes of an object."""
    bucket, key = _split(location)
    client = s3_client(s3 or S3Config(bucket, "", None, None, None, None))
    with _s3_errors(bucket, "s3:GetObject"):
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
        head: bytes = body.read(length)
        body.close()
    return head


def object_tail(location: str, s3: S3Config | None, length: int) -> tuple[int, bytes] | None:
    """The length of an object, and its last bytes; None where there is no such object."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - slow to load

    bucket, key = _split(location)
    client = s3_client(s3 or S3Config(bucket, "", None, None, None, None))
    with _s3_errors(bucket, "s3:GetObject"):
        try:
            found = client.get_object(Bucket=bucket, Key=key, Range=f"bytes=-{length}")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NO_SUCH_BYTES:
                return None
            raise
        tail: bytes = found["Body"].read()
    whole = found.get("ContentRange", "").rpartition("/")[2]
    return int(whole) if whole.isdecimal() else len(tail), tail[-length:]


def _split(location: str) -> tuple[str, str]:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key


@lru_cache(maxsize=4)
def s3_client(config: S3Config) -> "S3Client":
    """A client with bounded patience.

    Raises:
        ConfigError: the extra `s3` is not installed.
    """
    try:
        import boto3  # noqa: PLC0415 - an extra, and slow to load
        from botocore.config import Config  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "Storing in S3 needs the extra s3, which is not installed: pip install "
            "destination-inflection[s3]."
        ) from None
    patience = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    with _s3_errors(config.bucket, "a usable region and endpoint"):
        client: S3Client = boto3.client(
            "s3",
            region_name=config.region or "us-east-1",
            endpoint_url=config.endpoint_url,
            aws_access_key_id=config.access_key_id,
            aws_secret_access_key=config.secret_access_key,
            config=patience,
        )
    return client


@contextmanager
def _s3_errors(bucket: str, right: str) -> Iterator[None]:
    """Turns what boto3 raises into errors for the user; `right` is what was tried needs."""
    from botocore.exceptions import (  # noqa: PLC0415 - slow to load
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ParamValidationError,
    )

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _USERS_FAULT:
            raise ConfigError(
                f'The bucket "{bucket}" can\'t be used ({code}; what was tried needs {right}): '
                "check bucket, region, endpoint and keys under rejected_records."
            ) from None
        raise TransientError(
            f'The bucket "{bucket}" could not be used ({code}): try again later.'
        ) from None
    except (NoCredentialsError, ParamValidationError, ValueError) as error:
        raise ConfigError(
            f'The bucket "{bucket}" can\'t be used ({type(error).__name__}): check bucket, region, '
            "endpoint and keys under rejected_records."
        ) from None
    except BotoCoreError as error:
        raise TransientError(
            f'The bucket "{bucket}" could not be reached ({type(error).__name__}): check '
            "endpoint_url under rejected_records, or try again later."
        ) from None
