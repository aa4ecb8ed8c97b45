"""Where files are stored for good: a folder, or a bucket that speaks S3.

What goes wrong becomes a `ConfigError` where the user has to act, else a `TransientError`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, Protocol

from destination_inflection.errors import ConfigError
from destination_inflection.storage.folder import FolderConfig, FolderStore, can_be_path
from destination_inflection.storage.s3 import (
    S3Config,
    S3Store,
    find_objects,
    object_head,
    object_tail,
    open_object,
)

_MARK_BYTES: Final = 8  # gzip's own: a checksum and a length


class Store(Protocol):
    """Files by their path, with slashes."""

    def save(self, path: str, content: bytes) -> str:
        """Stores a file for good; returns where it is.

        Raises:
            ConnectorError: it could not be stored.
        """
        ...

    def check(self) -> None:
        """Makes sure that files can be stored.

        Raises:
            ConnectorError: they can't.
        """
        ...


def open_store(config: FolderConfig | S3Config) -> Store:
    """The store that was configured.

    Raises:
        ConfigError: the extra `s3` is not installed.
    """
    return FolderStore(config) if isinstance(config, FolderConfig) else S3Store(config)


def store_at(place: str, s3: S3Config | None) -> Store:
    """The store that holds the files below a place, as `find_files` has it.

    Raises:
        ConfigError: the extra `s3` is not installed.
    """
    if not place.startswith("s3://"):
        return FolderStore(FolderConfig(place))
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    known = s3 or S3Config(bucket, prefix, None, None, None, None)
    return S3Store(replace(known, bucket=bucket, prefix=prefix))


def find_files(place: str, s3: S3Config | None) -> list[str]:
    """The locations of the files at a place, in the order of their names.

    A place is a file, a folder with all that is below it, or `s3://bucket/prefix`, which is read
    with the keys in `s3`, else with those of the environment.

    Raises:
        ConfigError: there is no such file, or a folder can't be read.
    """
    if place.startswith("s3://"):
        return find_objects(place, s3)
    if not can_be_path(place):
        raise ConfigError(f"{place} can't be read (a NUL in it, or not UTF-8): check the path.")
    path = Path(place).resolve()
    if path.is_file():
        return [str(path)]
    found: list[str] = []
    with _readable(place):
        for folder, _, names in os.walk(path, onerror=_raise):
            found += [str(Path(folder, name)) for name in names]
    return sorted(found)


def open_file(location: str, s3: S3Config | None) -> IO[bytes]:
    """A file's content, to be read in pieces.

    Raises:
        ConnectorError: it can't be read.
    """
    if location.startswith("s3://"):
        return open_object(location, s3)
    with _readable(location):
        return Path(location).open("rb")


def read_file(location: str, s3: S3Config | None) -> bytes:
    """A file's content.

    Raises:
        ConnectorError: it can't be read.
    """
    with open_file(location, s3) as file, _readable(location):
        return file.read()


def read_head(location: str, s3: S3Config | None, length: int) -> bytes:
    """The first bytes of a file.

    Raises:
        ConnectorError: it can't be read.
    """
    if location.startswith("s3://"):
        return object_head(location, s3, length)
    with open_file(location, s3) as file, _readable(location):
        return file.read(length)


def file_mark(location: str, s3: S3Config | None) -> str | None:
    """The length of a file and its last bytes: of gzip, the checksum of what is in it.

    None where there is no such file.

    Raises:
        TransientError: the store can't be asked now.
    """
    try:
        if location.startswith("s3://"):
            found = object_tail(location, s3, _MARK_BYTES)
        else:
            with open_file(location, s3) as file, _readable(location):
                length = file.seek(0, os.SEEK_END)
                file.seek(-min(length, _MARK_BYTES), os.SEEK_END)
                found = length, file.read()
    except ConfigError:
        return None
    return f"{found[0]}-{found[1].hex()}" if found is not None else None


@contextmanager
def _readable(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{place} can't be read ({error.strerror}): check the path.") from None


def _raise(error: OSError) -> None:
    raise error
