"""Which good a line of a sheet means: by code, by barcode, by name. What could be two is asked about, never guessed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session
from stdnum import ean

from commerce.catalogue import search, service, sheet_queries
from commerce.catalogue.errors import ProductInvalid, UnitUnknown
from commerce.catalogue.offer_sheet import Fault, Faulty, Good
from commerce.catalogue.offer_sheet import quantity as quantity_of
from commerce.language.sound import skeleton, sound

SEARCHED_MAX: Final = 500
"""Names of a sheet that are looked for by sound; a search takes some 6 ms, a code a hundredth of it."""
CANDIDATES: Final = 5
SURE: Final = 0.8
SKU_LENGTH_MAX: Final = 60
CATEGORY_LENGTH_MAX: Final = 40

Cells = Mapping[str, str]
Found = Good | Fault


def match(session: Session, vendor_id: UUID, rows: Sequence[Cells]) -> list[Found]:
    """The good of each line, or why there is none; one that is to be made has no id."""
    skus = {cells.get("sku", "") for cells in rows} - {""}
    barcodes = {form for cells in rows for form in _forms(cells.get("barcode", ""))}
    by_sku: dict[str, RowMapping] = {}
    by_barcode: dict[str, list[RowMapping]] = defaultdict(list)
    for row in sheet_queries.goods_by_code(session, vendor_id, sorted(skus), sorted(barcodes)):
        # A vendor's own good goes before one of the platform with the same code.
        if row["sku"] not in by_sku or row["is_own"]:
            by_sku[row["sku"]] = row
        if row["barcode"] is not None:
            by_barcode[row["barcode"].zfill(14)].append(row)
    unnamed = {
        cells["name"]
        for cells in rows
        if cells.get("name") and not (cells.get("sku") or cells.get("barcode"))
    }
    by_name = _by_name(session, vendor_id, unnamed)
    made: dict[str, Found] = {}
    return [_one(cells, by_sku, by_barcode, by_name, made) for cells in rows]


def _one(
    cells: Cells,
    by_sku: Mapping[str, RowMapping],
    by_barcode: Mapping[str, Sequence[RowMapping]],
    by_name: Mapping[str, Found],
    made: dict[str, Found],
) -> Found:
    sku, barcode, name = (cells.get(column, "") for column in ("sku", "barcode", "name"))
    if barcode and not ean.is_valid(barcode):
        reason = (
            f"{barcode[:40]!r} is no barcode of 8, 12, 13 or 14 digits with its check digit; scan it again"
        )
        return Fault("barcode", barcode, reason)
    scanned = by_barcode.get(ean.compact(barcode).zfill(14), ()) if barcode else ()
    if sku:
        row = by_sku.get(sku)
        if row is not None:
            return _agreeing(row, barcode)
        if scanned:
            codes = " or ".join(one["sku"] for one in scanned)
            return Fault(
                "sku",
                sku,
                f"no good has code {sku[:60]!r}, and the barcode is that of {codes}; use that code",
            )
        return made.get(sku) or made.setdefault(sku, _new(cells, sku))
    if barcode:
        own = [row for row in scanned if row["is_own"]] or scanned
        if len(own) > 1:
            codes = ", ".join(sorted(row["sku"] for row in own))
            return Fault(
                "barcode", barcode, f"{len(own)} goods have this barcode: {codes}; write the code of one"
            )
        if own:
            return _good(own[0])
        code = ean.compact(barcode)
        return made.get(code) or made.setdefault(code, _new(cells, code))
    if name:
        return by_name[name]
    return Fault("sku", "", "the line names no good; write its code, its barcode or its name")


def _agreeing(row: RowMapping, barcode: str) -> Found:
    if barcode and row["barcode"] != ean.compact(barcode):
        has = f"has barcode {row['barcode']}" if row["barcode"] else "has no barcode yet"
        reason = f"{row['sku']} {has}; correct the cell, or change the good first"
        return Fault("barcode", barcode, reason)
    return _good(row)


def _good(row: RowMapping) -> Good:
    return Good(
        id=row["id"],
        sku=row["sku"],
        name=row["name"],
        base_unit=row["base_unit"],
        units={},
        barcode=row["barcode"],
        category=row["category"],
        hsn=row["hsn"],
    )


def _new(cells: Cells, sku: str) -> Found:
    missing = [column for column in ("name", "category", "base_unit") if not cells.get(column)]
    if missing:
        reason = (
            f"no good has code {sku[:60]!r}; correct it, or give {', '.join(missing)} as well and it is made"
        )
        return Fault("sku", sku, reason)
    for column, value, longest in (
        ("sku", sku, SKU_LENGTH_MAX),
        ("name", cells["name"], service.NAME_LENGTH_MAX),
        ("category", cells["category"], CATEGORY_LENGTH_MAX),
    ):
        if len(value) > longest:
            return Fault(column, value[:40], f"this has {len(value)} characters; write {longest} at most")
    base_unit, unit = cells["base_unit"].lower(), cells.get("unit", "").lower()
    try:
        holds = quantity_of("base_quantity", cells["base_quantity"]) if cells.get("base_quantity") else None
        if unit in ("", base_unit) and holds not in (None, 1):
            raise Faulty(
                "base_quantity",
                cells["base_quantity"],
                f"one {base_unit} holds 1 {base_unit}; write the unit",
            )
        packs: dict[str, Decimal] = {}
        if unit not in ("", base_unit) and holds is not None:
            packs = {unit: holds}
        units = service.checked_units(base_unit, packs)
        barcode = service.checked_codes(cells.get("hsn") or None, cells.get("barcode") or None)
    except Faulty as error:
        return error.fault
    except (UnitUnknown, ProductInvalid) as error:
        column = "unit" if isinstance(error, UnitUnknown) else "hsn"
        return Fault(column, cells.get(column, ""), error.message)
    if unit and unit not in units:
        return Fault(
            "base_quantity", "", f"how many {base_unit} does one {unit} hold? Write it as base_quantity"
        )
    return Good(
        None, sku, cells["name"], base_unit, units, barcode, cells["category"], cells.get("hsn") or None
    )


def _forms(barcode: str) -> set[str]:
    """A barcode as any of its lengths: a GTIN keeps its value with zeros before it."""
    if not ean.is_valid(barcode):
        return set()
    value = ean.compact(barcode).lstrip("0")
    return {value.zfill(length) for length in (8, 12, 13, 14) if len(value) <= length}


def _by_name(session: Session, vendor_id: UUID, names: set[str]) -> dict[str, Found]:
    called: dict[str, dict[UUID, RowMapping]] = defaultdict(dict)
    for row in sheet_queries.goods_by_name(session, vendor_id, sorted({name.lower() for name in names})):
        called[row["called"]][row["id"]] = row
    found = {
        name: _named(name, list(called[name.lower()].values())) for name in names if name.lower() in called
    }
    others = sorted(names - found.keys())
    searched = {
        name: (sound(name), skeleton(name) or sound(name)) for name in others[:SEARCHED_MAX] if sound(name)
    }
    close: dict[str, list[RowMapping]] = defaultdict(list)
    for row in sheet_queries.closest(
        session, vendor_id, searched, close_enough=search.CLOSE_ENOUGH, candidates=CANDIDATES
    ):
        close[row["called"]].append(row)
    for name in others:
        found[name] = _searched(name, close[name]) if name in searched else _unsearched(name)
    return found


def _named(name: str, rows: Sequence[RowMapping]) -> Found:
    own = [row for row in rows if row["is_own"]] or rows
    return _good(own[0]) if len(own) == 1 else _ask(name, own)


def _searched(name: str, rows: Sequence[RowMapping]) -> Found:
    if not rows:
        reason = f"nothing is called like {name[:40]!r}; write its code, and it is made with category and base_unit"
        return Fault("name", name, reason)
    # A likeness is enough where nothing else comes near and the numbers of the pack are the same.
    only = rows[0]
    if len(rows) == 1 and only["closeness"] >= SURE and _numbers(name) == _numbers(only["name"]):
        return _good(only)
    return _ask(name, rows)


def _ask(name: str, rows: Sequence[RowMapping]) -> Fault:
    codes = "; ".join(f"{row['sku']} ({row['name']})" for row in rows[:CANDIDATES])
    return Fault("name", name, f"which good is {name[:40]!r}? Write the code of one: {codes}")


def _unsearched(name: str) -> Fault:
    reason = f"{name[:40]!r} names no good, and a sheet may have {SEARCHED_MAX} such names searched; write the code"
    return Fault("name", name, reason)


def _numbers(name: str) -> list[str]:
    return re.findall(r"[0-9]+", sound(name))
