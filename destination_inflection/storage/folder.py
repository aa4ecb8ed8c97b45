"""Files for good in a folder: synced to the disk under their final names.

They hold people's data, so only the user who runs the connector may read what is made here. What
goes wrong becomes a `ConfigError` where the user has to act, else a `TransientError`.
"""

import errno
import os
from contextlib import suppress
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
    """A folder that is mounted into the connector's container; `named_by` says who named it."""

    path: str
    named_by: str = "the path under rejected_records"


class FolderStore:
    """Files under a folder, which is made when it is missing."""

    def __init__(self, config: FolderConfig) -> None:
        """Opens nothing.

        Raises:
            ConfigError: the path can't be one.
        """
        if not can_be_path(config.path):
            raise ConfigError(
                f"Nothing can be stored in {config.named_by}, which holds a NUL or is not UTF-8: "
                "enter it again."
            )
        self._config = config
        self._folder = Path(config.path)

    def save(self, path: str, content: bytes) -> str:
        """Writes under another name first, so that no file is ever there in part."""
        target = self._folder / path
        try:
            _make_private(target.parent)
            _write(target, content)
        except OSError as error:
            raise _folder_error(error, self._config) from None
        return str(target)

    def check(self) -> None:
        """Writes a file, of a name that no other check uses, and removes it.

        Where the folder is missing it is not made, and the one above it that is there is tried:
        whoever may write there may make folders too.
        """
        try:
            above = (self._folder, *self._folder.parents)
            there = next(each for each in above if each.exists() or each.is_symlink())
            probe = there / probe_name()
            _write(probe, b"")
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise _folder_error(error, self._config) from None


def can_be_path(text: str) -> bool:
    """Whether a text can name a file in all that we write: without NUL, and in UTF-8."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _write(target: Path, content: bytes) -> None:
    """Writes a file for good; where that fails, nothing is left of it.

    Raises:
        OSError: it can't be written.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with open(unfinished, "xb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


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


def _folder_error(error: OSError, config: FolderConfig) -> ConnectorError:
    if error.errno in _FULL:
        return TransientError(
            f"Rejected records could not be stored in {config.path} ({error.strerror}): make room "
            "there and try again."
        )
    return ConfigError(
        f"Rejected records can't be stored in {config.path} ({error.strerror}): check "
        f"{config.named_by}, and that it is there, or mounted, and can be written."
    )
