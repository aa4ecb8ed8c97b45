"""Plans for the streams of a configured catalog, on the route that was chosen."""

from collections.abc import Collection, Sequence

from destination_inflection.airbyte.catalog import ConfiguredStream
from destination_inflection.config.form import Config
from destination_inflection.delivery.settings import EventEndpointRoute
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.rules import Rule, fit_no_stream, idle_rules
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import Plans, Teller, doubts_in, plan_all, tell_plans


def plans_of(config: Config, streams: Sequence[ConfiguredStream]) -> Plans:
    """What each stream becomes, or why it can't be mapped."""
    tables = [stream.table for stream in streams]
    return plan_all(tables, config.rules, takes_of(config), config.defaults)


def takes_of(config: Config) -> Takes:
    """What the chosen route takes."""
    is_event_endpoint = isinstance(config.delivery, EventEndpointRoute)
    return Takes.MESSAGES if is_event_endpoint else Takes.CONTACTS


def make_plans(
    config: Config,
    streams: Sequence[ConfiguredStream],
    tell: Teller,
    shown: Collection[StreamKey] | None = None,
) -> Plans:
    """Fixes what each stream becomes, and tells the user; of those in `shown`, where it is given.

    Raises:
        ConfigError: a stream of which is told can't be mapped (see `tell_plans`).
    """
    plans = plans_of(config, streams)
    if shown is not None:
        streams = [stream for stream in streams if stream.key in shown]
    # Told first: a rule that fits nothing may be why a stream can't be mapped.
    idle, idle_skips = _idle_rules(config, list(plans))
    for warning in fit_no_stream(idle, list(plans)):
        tell.warn(warning)
    for note in fit_no_stream(idle_skips, list(plans)):
        tell.log(note)
    for warning in doubts_in(plans, [stream.table for stream in streams]):
        tell.warn(warning)
    told = {stream.key: plans[stream.key] for stream in streams}
    tell_plans(told, [stream.key for stream in streams if stream.overwrites], tell)
    return plans


def warnings_about(
    config: Config, streams: Sequence[ConfiguredStream], plans: Plans
) -> tuple[str, ...]:
    """All that the user should hear of a configuration and its plans."""
    keys = [stream.key for stream in streams]
    idle = [told for rules in _idle_rules(config, keys) for told in fit_no_stream(rules, keys)]
    doubts = doubts_in(plans, [stream.table for stream in streams])
    return (*config.warnings, *idle, *doubts)


def _idle_rules(config: Config, streams: Sequence[StreamKey]) -> tuple[list[Rule], list[Rule]]:
    """The rules that apply to no stream: first those that make something, then those that skip."""
    idle = idle_rules(config.rules, streams)
    return [r for r in idle if r.call != "skip"], [r for r in idle if r.call == "skip"]
