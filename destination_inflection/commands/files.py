"""The files that a command is given."""

import json
from pathlib import Path
from typing import cast

from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.config.form import Config, read_config, secrets_of
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json


def config_at(path: Path, writer: MessageWriter) -> Config:
    """Reads a configuration; from then on, what it says of a key is masked in the output.

    Raises:
        ConfigError: there is none, or it can't be used.
    """
    document = json_at(path, "configuration")
    writer.hide(secrets_of(document))
    return read_config(document)


def json_at(path: Path, what: str) -> Json:
    """Reads a JSON file; `what` names it in an error.

    Raises:
        ConfigError: it can't be read, or is not JSON.
    """
    try:
        return cast(Json, json.loads(path.read_bytes()))
    except OSError as error:
        raise ConfigError(
            f"The {what} file {path} can't be read ({error.strerror}): check the path and its "
            "permissions."
        ) from None
    except ValueError:
        raise ConfigError(f"The {what} file {path} is not valid JSON.") from None
