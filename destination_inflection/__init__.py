"""An Airbyte destination that delivers records to Inflection.io.

`DestinationInflection` is the connector as the CDK knows it. It is imported when it is asked for:
the CDK takes a second or two, and the commands do without it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from destination_inflection.airbyte.cdk import DestinationInflection

__all__ = ["DestinationInflection"]


def __getattr__(name: str) -> object:
    if name == "DestinationInflection":
        from destination_inflection.airbyte.cdk import DestinationInflection  # noqa: PLC0415

        return DestinationInflection
    raise AttributeError(name)
