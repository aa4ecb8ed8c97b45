"""The command `init`: a configuration and a configured catalog for the streams of a source.

A stream that is recognised needs nothing. Any other one gets a rule, filled in from its columns, or
is skipped. Each line on standard error says what a stream becomes, and why it was given a rule.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from destination_inflection.airbyte.catalog import ConfiguredStream, read_catalog
from destination_inflection.airbyte.configuring import configured
from destination_inflection.commands.plans import plans_of, takes_of, warnings_about
from destination_inflection.config.form import Config, read_config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.description import Description
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.proposals import rule_for
from destination_inflection.mapping.rule_form import as_form
from destination_inflection.mapping.rules import Rule, rules_for
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import Plans, Unmapped

SANDBOX: Final[JsonObject] = {
    "api_key": "sandbox-key",
    "delivery": {
        "route": "event_endpoint",
        "endpoint_url": "http://127.0.0.1:4000/v1/events/{type}",
        "authentication": "basic",
    },
}
"""What is written where no configuration is given: the address and the key of the local sandbox."""

_TELLING: Final = ("userId", "anonymousId", "groupId", "event", "email", "traits.email")
CONFIG: Final = "config.json"
CATALOG: Final = "configured_catalog.json"


@dataclass(frozen=True, slots=True)
class _Added:
    """A rule for a stream that could not be mapped, and why it could not."""

    key: StreamKey
    rule: Rule
    problem: ConfigError


@dataclass(frozen=True, slots=True)
class Start:
    """What a new connection starts with; `lines` say what each stream becomes."""

    config: JsonObject
    catalog: JsonObject
    lines: Sequence[str]


def starts(catalog: Json, given: Json) -> Start:
    """The configuration, with a rule for each stream that needs one, and the configured catalog.

    The rules that `given` has stay first.

    Raises:
        ConfigError: the catalog or `given` can't be used, or one of its rules can't be followed.
    """
    if not read_catalog(catalog):  # as it was given: what is wrong is named by its place there
        raise ConfigError(
            "The catalog has no streams: check what the source's discover printed, and which "
            "schemas it reads."
        )
    chosen = configured(catalog)
    streams, config = read_catalog(chosen), read_config(given)
    added, plans = _settled(config, streams)
    kept = given if isinstance(given, dict) else {}
    rules = kept.get("streams")
    written: list[Json] = [*rules] if isinstance(rules, list) else []
    written += [as_form(each.rule) for each in added]
    lines = [*_lines(plans, added)]
    lines += [f"Warning: {said}" for said in warnings_about(config, streams, plans)]
    return Start({**kept, "streams": written}, chosen, lines)


def init(catalog: Json, given: Json, into: Path, tell: Callable[[str], None]) -> None:
    """Writes both files into a folder, which is made if there is none.

    Raises:
        ConfigError: as `starts` does, or a file is there already, or can't be written.
    """
    start = starts(catalog, given)
    files = {into / CONFIG: start.config, into / CATALOG: start.catalog}
    for path in files:
        if path.exists() or path.is_symlink():
            raise ConfigError(f"The file {path} is there already: name another folder with --into.")
    _make_folder(into)
    for path, document in files.items():
        _write(path, document)
    for line in start.lines:
        tell(line)
    tell(f"Wrote {' and '.join(map(str, files))}.")
    if given is SANDBOX:
        tell(
            "The configuration has the address and the key of the local sandbox (inflection-sandbox"
            "): pass your own with --config, or change them before you send to Inflection."
        )


def _settled(config: Config, streams: Sequence[ConfiguredStream]) -> tuple[list[_Added], Plans]:
    """The rules that are added, and what each stream becomes by them.

    What a table is can depend on which others are sent, so all are looked at again each time.
    """
    added: list[_Added] = []
    while True:
        rules = (*config.rules, *(each.rule for each in added))
        plans = plans_of(replace(config, rules=rules), streams)
        problems = [
            (stream.table, plan.problem)
            for stream in streams
            if isinstance(plan := plans[stream.key], Unmapped)
        ]
        if not problems:
            return added, plans
        for table, problem in problems:
            rule = rule_for(table, takes_of(config))
            if rule is None or rules_for(rules, table.namespace, table.name):
                raise problem
            key = StreamKey(table.namespace, table.name)
            if (other := _also_fits(rule, key, streams)) is not None:
                raise ConfigError(
                    f'The rule that "{key}" needs would also apply to "{other}": write rules for '
                    "both into the configuration that you pass with --config."
                )
            added.append(_Added(key, rule, problem))


def _also_fits(rule: Rule, key: StreamKey, streams: Sequence[ConfiguredStream]) -> StreamKey | None:
    """Another stream that the rule of this one applies to."""
    others = (stream.key for stream in streams if stream.key != key)
    return next((each for each in others if rules_for((rule,), *each)), None)


def _lines(plans: Plans, added: Sequence[_Added]) -> Iterator[str]:
    why = {each.key: each.problem.message.partition(": ")[0] for each in added}
    for key, plan in plans.items():
        if isinstance(plan, StreamPlan):
            becomes = " and ".join(_short(part.description) for part in plan.parts)
            yield f"{key} -> {becomes}" + (f", by a new rule. {why[key]}." if key in why else "")


def _short(description: Description) -> str:
    """What a part becomes, and what fills the places that decide whom and what it is about."""
    places = [f"{feed.to} from {feed.source}" for feed in description.feeds if feed.to in _TELLING]
    return f"{description.becomes} ({', '.join(places)})" if places else description.becomes


def _make_folder(into: Path) -> None:
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {into} can't be made ({error.strerror}): name another one with --into."
        ) from None


def _write(path: Path, document: JsonObject) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ConfigError(
            f"The file {path} can't be written ({error.strerror}): name another folder with --into."
        ) from None
