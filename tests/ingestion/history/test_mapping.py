from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.history import mapping
from ingestion.history.errors import BadMapping

MINIMAL = """
name = "mine"
[trader]
name = "Gupta Traders"
country = "IN"
state = "27"
currency = "INR"
time_zone = "Asia/Kolkata"
[columns]
document_no = "bill"
product_code = "item"
quantity = "qty"
unit_price = "rate"
occurred_at = "date"
[settlement]
kind = "terms"
due_days = 15
paid_days_after_due = 0
"""


SOMEBODY = {"name": "Somebody", "country": "NP", "state": "NP-P6"}


def test_every_built_in_mapping_can_be_loaded() -> None:
    assert mapping.built_in() == ["canonical", "uci-online-retail"]
    for name in mapping.built_in():
        assert mapping.load(name, SOMEBODY).name == name


def test_a_mapping_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL)
    assert mapping.load(str(path)).settlement.kind == "terms"


def test_a_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert mapping.load(str(path)).settlement.kind == "terms"


def test_a_mapping_file_of_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL.replace("Gupta Traders", "Café"), encoding="latin-1")
    with pytest.raises(
        BadMapping, match=r"mine\.toml line 4 holds bytes that are not UTF-8; save the file as"
    ):
        mapping.load(str(path))


def test_a_mapping_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"mine\.toml does not exist"):
        mapping.load(str(tmp_path / "mine.toml"))


def test_whose_history_it_is_may_be_said_beside_the_mapping() -> None:
    told = mapping.load("canonical", SOMEBODY).trader
    assert (told.name, told.currency, told.time_zone) == ("Somebody", "NPR", "Asia/Kathmandu")
    other = mapping.load("uci-online-retail", {"name": "Another"}).trader
    assert (other.name, other.country, other.time_zone) == ("Another", "GB", "Europe/London")
    with pytest.raises(BadMapping, match="does not say whose history it is"):
        mapping.load("canonical")


def test_an_unknown_name_is_refused_with_the_nearest_known() -> None:
    with pytest.raises(BadMapping, match="did you mean 'uci-online-retail'"):
        mapping.load("uci-online-retial")


@pytest.mark.parametrize(
    ("written", "instead_of", "said"),
    [
        (
            "due_dayz = 15",
            "due_days = 15",
            "unknown key 'settlement.terms.due_dayz' .did you mean 'due_days'",
        ),
        ('produkt_code = "item"', 'product_code = "item"', "did you mean 'product_code'"),
        (
            'country = "India"',
            'country = "IN"',
            "trader.country: 'India' is no country; give two capital letters",
        ),
        ('time_zone = "Asia/Calcuta"', 'time_zone = "Asia/Kolkata"', "'Asia/Calcuta' is not known"),
        ('kind = "barter"', 'kind = "terms"', "settlement.kind: 'barter' is none of 'cash', 'terms'"),
        ("due_days = -1", "due_days = 15", "due_days.*-1"),
        ("[trader", "[trader]", "is not TOML"),
    ],
)
def test_a_fault_in_a_mapping_is_named_with_its_value(written: str, instead_of: str, said: str) -> None:
    with pytest.raises(BadMapping, match=said):
        mapping.parse(MINIMAL.replace(instead_of, written), source="mine.toml")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BadMapping, match=r"key 'columns\.unit_price' is missing"):
        mapping.parse(MINIMAL.replace('unit_price = "rate"', ""), source="mine.toml")


def test_a_kind_rule_without_condition_is_refused() -> None:
    with pytest.raises(BadMapping, match="at least one condition"):
        mapping.parse(MINIMAL + '[[kinds]]\nkind = "cancellation"\n', source="mine.toml")


def test_originals_by_document_need_their_column() -> None:
    with pytest.raises(BadMapping, match=r"needs columns\.original_document_no"):
        mapping.parse(MINIMAL + '[cancellations]\noriginals = "document"\n', source="mine.toml")


def test_the_fingerprint_follows_the_meaning_and_not_the_spelling() -> None:
    plain = mapping.parse(MINIMAL, source="a").fingerprint()
    assert mapping.parse("# a remark\n" + MINIMAL, source="b").fingerprint() == plain
    assert mapping.parse(MINIMAL.replace("15", "30"), source="a").fingerprint() != plain
