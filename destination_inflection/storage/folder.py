"""Files for good in a folder: synced to the disk under their final names.

They hold people's data, so only the user who runs the connector may read what is made here. What
goes wrong becomes a `ConfigError` where the user has to act, else a `TransientError`.
"""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from destination_inflection.errors import ConfigError, ConnectorError, TransientError
from destination_inflection.storage.probe import probe_name

_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN)


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """A folder that is mounted into the connector's container."""

    path: str


class FolderStore:
    """Files under a folder, which is made when it is missing."""

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
