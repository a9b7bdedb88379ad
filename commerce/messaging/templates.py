"""What shops say, in each language: one file of templates, checked when it is loaded, and how one is filled in."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from commerce.messaging.errors import MessageTemplateUnknown, MessageValuesMissing
from commerce.messaging.vocabulary import LANGUAGES, PURPOSES, VALUE_CHARACTERS

CATEGORIES: Final = ("utility", "marketing")
KNOWN: Final = ("shop", "customer")
"""Placeholders that every message knows by itself."""
LINK: Final = "link"
"""The value that is no placeholder: an address that stands below the words, or under a button."""


@dataclass(frozen=True)
class Words:
    """A template in one language."""

    title: str
    body: str


@dataclass(frozen=True)
class Template:
    """Something that shops say."""

    name: str
    purposes: tuple[str, ...]
    category: str
    placeholders: tuple[str, ...]
    """In the order in which the English body has them, then those of the title alone."""
    words: Mapping[str, Words]
    buttons: Mapping[str, Mapping[str, str]]
    """By the button's id: its label in each language."""


@dataclass(frozen=True)
class Content:
    """A template filled in for one person."""

    template: str | None
    language: str
    title: str = field(repr=False)
    body: str = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By placeholder, for providers that keep the words themselves (DLT, WhatsApp)."""
    buttons: tuple[tuple[str, str], ...] = ()
    """(id, label) of what the person may answer by one touch."""
    link: str | None = field(default=None, repr=False)
    link_label: str | None = None


def named(name: str) -> Template:
    """The template of this name. Raises MessageTemplateUnknown."""
    known = loaded().templates
    if name not in known:
        raise MessageTemplateUnknown(name, sorted(known))
    return known[name]


def filled(template: Template, language: str, values: Mapping[str, str]) -> Content:
    """The template's words in this language with the values put in; a value cannot bring placeholders in.

    Raises MessageValuesMissing, with the names of what is missing.
    """
    missing = [name for name in template.placeholders if not str(values.get(name, "")).strip()]
    if missing:
        raise MessageValuesMissing(template.name, missing)
    given = {name: _one_line(values[name]) for name in template.placeholders}
    words, link = template.words[language], values.get(LINK)
    return Content(
        template=template.name,
        language=language,
        title=words.title.format_map(given),
        body=words.body.format_map(given),
        parameters=given,
        buttons=tuple((id_, labels[language]) for id_, labels in template.buttons.items()),
        link=link or None,
        link_label=loaded().link_labels[language] if link else None,
    )


def _one_line(value: str) -> str:
    # A line break in a parameter is refused by WhatsApp and by DLT; in a title it would be a header of a mail.
    return " ".join(value.split())[:VALUE_CHARACTERS]


@dataclass(frozen=True)
class Loaded:
    """The whole file."""

    templates: Mapping[str, Template]
    link_labels: Mapping[str, str]


@lru_cache
def loaded() -> Loaded:
    """The templates of the file beside this module."""
    return checked(tomllib.loads(files(__package__).joinpath("templates.toml").read_text(encoding="utf-8")))


def checked(told: Mapping[str, Any]) -> Loaded:
    """The templates as a file tells them. Raises ValueError, which names the template and what is wrong with it."""
    for name, labels in told["buttons"].items():
        _all_languages(f"button {name}", labels)
    _all_languages("links", told["links"])
    return Loaded(
        {name: _template(name, row, told["buttons"]) for name, row in told["templates"].items()},
        told["links"],
    )


def _template(name: str, row: Mapping[str, Any], buttons: Mapping[str, Mapping[str, str]]) -> Template:
    _all_languages(f"template {name}", {one: row[one] for one in LANGUAGES if one in row})
    if unknown := set(row["purposes"]) - set(PURPOSES):
        raise ValueError(f"template {name} is for {', '.join(sorted(unknown))}, which is no purpose")
    if row["category"] not in CATEGORIES:
        raise ValueError(f"template {name} has category {row['category']!r}, none of {', '.join(CATEGORIES)}")
    chosen = row.get("buttons", [])
    if absent := [one for one in chosen if one not in buttons]:
        raise ValueError(f"template {name} has the button {absent[0]!r}, which has no label")
    words = {language: Words(**row[language]) for language in LANGUAGES}
    placeholders = _placeholders(name, words["en"])
    for language, told in words.items():
        if set(_placeholders(name, told)) != set(placeholders):
            raise ValueError(
                f"template {name} has the placeholders {', '.join(sorted(placeholders))} in en and "
                f"{', '.join(sorted(_placeholders(name, told)))} in {language}"
            )
    return Template(
        name=name,
        purposes=tuple(row["purposes"]),
        category=row["category"],
        placeholders=placeholders,
        words=words,
        buttons={one: buttons[one] for one in chosen},
    )


def _all_languages(what: str, told: Mapping[str, Any]) -> None:
    if absent := [one for one in LANGUAGES if one not in told]:
        raise ValueError(f"{what} is not there in {', '.join(absent)}")


def _placeholders(name: str, words: Words) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in (words.body, words.title):
        for _, placeholder, shape, conversion in string.Formatter().parse(text):
            if placeholder is None:
                continue
            if not placeholder.isidentifier() or shape or conversion:
                raise ValueError(f"template {name} has the placeholder {{{placeholder}}}; write a plain name")
            found[placeholder] = None
    return tuple(found)
