"""An Airbyte destination that delivers records to Inflection.io as identify, track and group."""

from destination_inflection.destination import DestinationInflection

__all__ = ["DestinationInflection"]
