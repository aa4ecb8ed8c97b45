"""Plans for the streams of a configured catalog, on the route that was chosen."""

from collections.abc import Callable, Sequence

from destination_inflection.airbyte.catalog import ConfiguredStream
from destination_inflection.config.form import Config
from destination_inflection.delivery.settings import EventEndpointRoute
from destination_inflection.mapping.kinds import Takes
from destination_inflection.sync.plans import Plans, plan_all, tell_plans


def plans_of(config: Config, streams: Sequence[ConfiguredStream]) -> Plans:
    """What each stream becomes, or why it can't be mapped."""
    is_event_endpoint = isinstance(config.delivery, EventEndpointRoute)
    takes = Takes.MESSAGES if is_event_endpoint else Takes.CONTACTS
    return plan_all([stream.table for stream in streams], config.rules, takes, config.defaults)


def make_plans(
    config: Config, streams: Sequence[ConfiguredStream], log: Callable[[str], None]
) -> Plans:
    """Fixes what each stream becomes, and tells the user.

    Raises:
        ConfigError: a stream can't be mapped; all of them are named.
    """
    plans = plans_of(config, streams)
    tell_plans(plans, [stream.key for stream in streams if stream.overwrites], log)
    return plans
