"""Where rejected records and reports are stored: a folder, or a bucket that speaks S3.

A file that was saved is there for good: synced to the disk under its final name, or an upload that
was acknowledged. What goes wrong becomes a `ConfigError` where the user has to act, else a
`TransientError`.
"""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from destination_inflection.errors import ConfigError, ConnectorError, TransientError
from destination_inflection.storage.s3 import (
    S3Config,
    S3Store,
    find_objects,
    probe_name,
    read_object,
)

_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN)


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """A folder that is mounted into the connector's container."""

    path: str


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


class FolderStore:
    """Files under a folder, which is made when it is missing.

    They hold people's data, so only the user who runs the connector may read what is made here.
    """

    def __init__(self, config: FolderConfig) -> None:
        self._folder = Path(config.path)

    def save(self, path: str, content: bytes) -> str:
        """Writes under another name first, so that no file is ever there in part."""
        target = self._folder / path
        try:
            _make_private(target.parent)
            unfinished = target.with_name(f"{target.name}.unfinished")
            unfinished.unlink(missing_ok=True)
            with open(unfinished, "xb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise _folder_error(error) from None
        return str(target)

    def check(self) -> None:
        """Writes a file, of a name that no other check uses, and removes it."""
        name = probe_name()
        self.save(name, b"")
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _folder_error(error) from None


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


def _make_private(folder: Path) -> None:
    """Makes a folder and those above it that are missing; none is changed that is there."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE_FILE)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder_error(error: OSError) -> ConnectorError:
    if error.errno in _FULL:
        return TransientError(
            f"Rejected records could not be stored ({error.strerror}): make room in the folder of "
            "rejected_records and run the sync again."
        )
    return ConfigError(
        f"Rejected records can't be stored ({error.strerror}): check the path under "
        "rejected_records, and that the folder is mounted and can be written."
    )
