"""The file of templates says the same in every language, and a slip in it is named."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from commerce.messaging import templates
from commerce.messaging.errors import MessageValuesMissing
from commerce.messaging.vocabulary import LANGUAGES, VALUE_CHARACTERS

FILE = Path(templates.__file__).with_name("templates.toml")
TOLD = tomllib.loads(FILE.read_text(encoding="utf-8"))


def broken(**changed: Any) -> dict[str, Any]:
    told = copy.deepcopy(TOLD)
    told["templates"]["bill"] |= changed
    return told


@pytest.mark.parametrize("name", sorted(TOLD["templates"]))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_can_be_said_in_every_language(name: str, language: str):
    shape = templates.named(name)
    said = templates.filled(shape, language, {one: f"<{one}>" for one in shape.placeholders})
    for placeholder in shape.placeholders:
        assert f"<{placeholder}>" in said.title + said.body
    assert "{" not in said.title + said.body
    is_devanagari = any("\u0900" <= letter <= "\u097f" for letter in said.body)
    assert is_devanagari == (language != "en")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"hi": {"title": "{number}", "body": "{shop} {date} {amount}"}}, "placeholders .*customer.* in en"),
        ({"purposes": ["gossip"]}, "for gossip, which is no purpose"),
        ({"category": "spam"}, "category 'spam'"),
        ({"buttons": ["dance"]}, "button 'dance'"),
        ({"en": {"title": "{number}", "body": "{0}"}}, "placeholder {0}"),
        ({"en": {"title": "{number}", "body": "{amount:>10}"}}, "placeholder {amount}"),
    ],
)
def test_a_slip_in_the_file_is_named(changed: dict[str, Any], told: str):
    with pytest.raises(ValueError, match=told):
        templates.checked(broken(**changed))


def test_a_language_that_is_not_there_is_named():
    told = copy.deepcopy(TOLD)
    del told["templates"]["bill"]["ne"]
    with pytest.raises(ValueError, match="template bill is not there in ne"):
        templates.checked(told)


def test_what_is_missing_is_named_and_too_much_is_no_harm():
    shape = templates.named("bill")
    with pytest.raises(MessageValuesMissing, match="'bill' wants date, amount, customer too"):
        templates.filled(shape, "en", {"shop": "A", "number": "1", "weather": "fine"})


@given(some.text(min_size=1).filter(lambda value: bool(value.strip())))
def test_a_value_is_only_ever_text_of_one_line(value: str):
    shape = templates.named("offer")
    said = templates.filled(shape, "en", {"shop": "{customer}", "customer": "{text}", "text": value})
    assert said.body == f"{{customer}} to {{text}}: {' '.join(value.split())[:VALUE_CHARACTERS]}"
    assert len(said.title.splitlines()) == 1
