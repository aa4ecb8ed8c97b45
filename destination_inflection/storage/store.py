"""Where files are stored for good: a folder, or a bucket that speaks S3.

What goes wrong becomes a `ConfigError` where the user has to act, else a `TransientError`.
"""

import os
from pathlib import Path
from typing import Protocol

from destination_inflection.errors import ConfigError
from destination_inflection.storage.folder import FolderConfig, FolderStore
from destination_inflection.storage.s3 import S3Config, S3Store, find_objects, read_object


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


def find_files(place: str, s3: S3Config | None) -> list[str]:
    """The locations of the files at a place, in the order of their names.

    A place is a file, a folder with all that is below it, or `s3://bucket/prefix`, which is read
    with the keys in `s3`, else with those of the environment.

    Raises:
        ConfigError: there is no such file, or a folder can't be read.
    """
    if place.startswith("s3://"):
        return find_objects(place, s3)
    path = Path(place).resolve()
    if path.is_file():
        return [str(path)]
    found: list[str] = []
    try:
        for folder, _, names in os.walk(path, onerror=_raise):
            found += [str(Path(folder, name)) for name in names]
    except OSError as error:
        raise ConfigError(f"{place} can't be read ({error.strerror}): check the path.") from None
    return sorted(found)


def read_file(location: str, s3: S3Config | None) -> bytes:
    """A file's content.

    Raises:
        ConfigError: it can't be read.
    """
    if location.startswith("s3://"):
        return read_object(location, s3)
    try:
        return Path(location).read_bytes()
    except OSError as error:
        raise ConfigError(f"{location} can't be read ({error.strerror}): check the path.") from None


def _raise(error: OSError) -> None:
    raise error
