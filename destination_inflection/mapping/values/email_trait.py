"""The user's email among their traits, where case does not matter: `Email` is the email too."""

from typing import Final

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.emails import clean_email
from destination_inflection.mapping.values.ids import is_blank

EMAIL: Final = "email"


def email_in(traits: JsonObject) -> Json:
    """The email: `email` before other spellings, blank ones passed over.

    Of several that are filled, the first that is an email counts.
    """
    exact = traits.get(EMAIL)
    if clean_email(exact):
        return exact
    others = [traits[name] for name in _other_spellings(traits)]
    values = [traits[EMAIL], *others] if EMAIL in traits else others
    filled = [value for value in values if not is_blank(value)]
    emails = (value for value in filled if clean_email(value))
    return next(emails, next(iter(filled or values), None))


def with_one_email(traits: JsonObject) -> JsonObject:
    """The traits with the email as `email` alone; the same object where it is so already."""
    others = _other_spellings(traits)
    if not others:
        return traits
    kept = {name: value for name, value in traits.items() if name not in others}
    kept[EMAIL] = email_in(traits)
    return kept


def _other_spellings(traits: JsonObject) -> list[str]:
    # Once a message: the length alone rules out nearly all names.
    return [name for name in traits if len(name) == 5 and name != EMAIL and name.lower() == EMAIL]
