"""A vendor's offers from a sheet and back: previewed line by line, then applied as previewed, whole or in part."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.catalogue import service, sheet_queries
from commerce.catalogue.errors import OfferPreviewStale, OfferSheetFaulty
from commerce.catalogue.matching import match
from commerce.catalogue.offer_sheet import COLUMNS, LINES_MAX, NEEDED, Fault, Good, Line, cells_of, judged
from commerce.catalogue.offers import OfferRow, Tier
from foundation import clock, sheets
from foundation.ids import uuid7, uuid7s
from foundation.money import format_quantity

FAULTS_TOLD: Final = 5

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Preview:
    """What a sheet would do now, line by line, and the token by which exactly this is applied."""

    token: str
    lines: Sequence[Line]

    def count(self, action: str) -> int:
        """How many lines would do this."""
        return sum(line.action == action for line in self.lines)

    @property
    def new_products(self) -> Sequence[Good]:
        """The goods that would be made, each once."""
        made = {line.good.sku: line.good for line in self.lines if line.good and line.action != "error"}
        return [good for good in made.values() if good.id is None]


@dataclass(frozen=True)
class Applied:
    """How a sheet came in."""

    id: UUID
    new_offers: int
    changed_offers: int
    new_products: int
    left_out: int
    applied_at: datetime


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The cells of a sheet of offers. Raises SheetInvalid."""
    return sheets.rows_of(
        content,
        columns=NEEDED,
        optional=[name for name in COLUMNS if name not in NEEDED],
        lines_max=LINES_MAX,
    )


def preview(session: Session, *, vendor_id: UUID, rows: Sequence[Cells], time_zone: str) -> Preview:
    """What a sheet would change now; writes nothing."""
    now = clock.now()
    found = match(session, vendor_id, rows)
    goods = _with_offers(session, vendor_id, [good for good in found if isinstance(good, Good)], now)
    lines: list[Line] = []
    seen: dict[tuple[str, datetime | None], int] = {}
    for line_no, (cells, good) in enumerate(zip(rows, found, strict=True), 2):
        if isinstance(good, Fault):
            lines.append(Line(line_no, "error", faults=(good,)))
            continue
        line = judged(line_no, cells, goods.get(good.id, good) if good.id else good, now, time_zone)
        key = (good.sku, None if line.begins_now or line.terms is None else line.terms.valid_from)
        if line.action != "error" and (first := seen.setdefault(key, line_no)) != line_no:
            reason = f"line {first} sets the terms of {good.sku} from the same moment on; keep one of them"
            line = Line(line_no, "error", line.good, faults=(Fault("sku", good.sku, reason),))
        lines.append(line)
    return Preview(_token(vendor_id, lines), lines)


def apply(
    session: Session,
    *,
    vendor_id: UUID,
    rows: Sequence[Cells],
    time_zone: str,
    currency: str,
    token: str,
    actor_id: UUID,
    only_good: bool = False,
) -> Applied:
    """Apply what was previewed under `token`, at most once; with `only_good` without the faulty lines.

    Raises OfferPreviewStale, OfferSheetFaulty, ProductExists.
    """
    # Sheets of a vendor come in by turns: else two would be judged by the same terms, and both be written.
    session.execute(_TURN, {"vendor_id": str(vendor_id)})
    earlier = session.execute(_APPLIED, {"vendor_id": vendor_id, "token": token}).one_or_none()
    if earlier is not None:
        return Applied(**earlier._mapping)
    wanted = preview(session, vendor_id=vendor_id, rows=rows, time_zone=time_zone)
    if wanted.token != token:
        raise OfferPreviewStale(
            "the sheet would now change something else than it was previewed to: the sheet, the goods or the "
            "offers are others; preview it again",
            token=wanted.token,
        )
    faulty = [line for line in wanted.lines if line.action == "error"]
    if faulty and not only_good:
        raise OfferSheetFaulty(
            f"{len(faulty)} lines of the sheet have faults; mend them, or ask for the good lines alone",
            lines=[line.line_no for line in faulty[:FAULTS_TOLD]],
        )
    now = clock.now()
    made = _make(session, vendor_id, wanted.new_products, now)
    changing = [line for line in wanted.lines if line.action in ("new", "changed")]
    _offer(session, vendor_id, currency, changing, made, now)
    applied = Applied(uuid7(), wanted.count("new"), wanted.count("changed"), len(made), len(faulty), now)
    session.execute(
        _KEEP,
        {**vars(applied), "vendor_id": vendor_id, "token": token, "lines": len(rows), "actor_id": actor_id},
    )
    return applied


def download(session: Session, *, vendor_id: UUID, time_zone: str) -> list[list[str | Decimal]]:
    """All that the vendor offers and has announced, as the cells of COLUMNS; taken in again it changes nothing."""
    rows = sheet_queries.all_offered(session, vendor_id, clock.now())
    return [
        [
            {
                "sku": row["sku"],
                "barcode": row["barcode"] or "",
                "name": row["name"],
                "category": row["category"],
                "base_unit": row["base_unit"],
                "base_quantity": row["base_quantity"],
                "hsn": row["hsn"] or "",
                **cells_of(_terms(row), time_zone),
            }[column]
            for column in COLUMNS
        ]
        for row in rows
    ]


_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('offer-sheet:' || :vendor_id, 0))")
_APPLIED = text("""
    SELECT id, new_offers, changed_offers, new_products, left_out, applied_at FROM app.offer_uploads
    WHERE vendor_id = :vendor_id AND token = :token
""")
_KEEP = text("""
    INSERT INTO app.offer_uploads
        (id, vendor_id, token, lines, new_offers, changed_offers, new_products, left_out, applied_by, applied_at)
    VALUES (:id, :vendor_id, :token, :lines, :new_offers, :changed_offers, :new_products, :left_out, :actor_id,
            :applied_at)
""")


def _with_offers(session: Session, vendor_id: UUID, goods: Sequence[Good], now: datetime) -> dict[UUID, Good]:
    known = {good.id: good for good in goods if good.id is not None}
    units: dict[UUID, dict[str, Decimal]] = defaultdict(dict)
    for product_id, unit, base_quantity in sheet_queries.units(session, list(known)):
        units[product_id][unit] = base_quantity
    current: dict[UUID, OfferRow] = {}
    announced: dict[UUID, dict[datetime, OfferRow]] = defaultdict(dict)
    for row in sheet_queries.offers(session, vendor_id, list(known), now):
        if row["kind"] == "current":
            current[row["product_id"]] = _terms(row)
        else:
            announced[row["product_id"]][row["valid_from"]] = _terms(row)
    newest = sheet_queries.newest_offers(session, vendor_id, list(known))
    return {
        product_id: replace(
            good,
            units=units[product_id],
            current=current.get(product_id),
            announced=announced.get(product_id, {}),
            newest_offer_id=newest.get(product_id),
        )
        for product_id, good in known.items()
    }


def _terms(row: RowMapping) -> OfferRow:
    return OfferRow(
        unit=row["unit"],
        unit_price=row["unit_price"],
        valid_from=row["valid_from"],
        minimum_quantity=row["minimum_quantity"],
        carton_multiple=row["carton_multiple"],
        availability=row["availability"],
        is_listed=row["is_listed"],
        lead_time_days=row["lead_time_days"],
        tiers=tuple(
            Tier(Decimal(tier["minimum_quantity"]), Decimal(tier["unit_price"])) for tier in row["tiers"]
        ),
        valid_until=row["valid_until"],
        is_tax_inclusive=row["is_tax_inclusive"],
    )


def _token(vendor_id: UUID, lines: Sequence[Line]) -> str:
    """The hash of what would be done and of the rows that it would replace: applied, it never comes again."""
    told: list[Any] = [str(vendor_id)]
    for line in lines:
        good, terms = line.good, line.terms
        told.append(
            [line.line_no, line.action, [[fault.column, fault.value, fault.reason] for fault in line.faults]]
        )
        if good is not None and terms is not None:
            facts = [str(good.id), good.sku, str(good.newest_offer_id)]
            if good.id is None:
                packs = {unit: format_quantity(held) for unit, held in good.units.items()}
                facts += [
                    good.name,
                    good.category,
                    good.base_unit,
                    str(good.barcode),
                    str(good.hsn),
                    str(packs),
                ]
            # Terms that begin at once begin when they are applied.
            begin = None if line.begins_now else terms.valid_from.isoformat()
            cells = {
                name: str(value) for name, value in cells_of(terms, "UTC").items() if name != "valid_from"
            }
            told.append([facts, begin, cells])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


_MAKE_PRODUCTS = text("""
    INSERT INTO app.products (id, owner_id, sku, name, category, base_unit, hsn, barcode, created_at, recorded_at)
    SELECT id, :vendor_id, sku, name, category, base_unit, hsn, barcode, :now, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:skus AS text[]), CAST(:names AS text[]), CAST(:categories AS text[]),
                CAST(:base_units AS text[]), CAST(:hsns AS text[]), CAST(:barcodes AS text[]))
        AS made (id, sku, name, category, base_unit, hsn, barcode)
""")
_MAKE_UNITS = text("""
    INSERT INTO app.product_units (product_id, unit, base_quantity)
    SELECT * FROM unnest(CAST(:products AS uuid[]), CAST(:units AS text[]), CAST(:quantities AS numeric[]))
""")


def _make(session: Session, vendor_id: UUID, goods: Sequence[Good], now: datetime) -> dict[str, UUID]:
    """Make goods of the vendor's own; their ids by code."""
    if not goods:
        return {}
    ids = uuid7s(len(goods))
    session.execute(
        _MAKE_PRODUCTS,
        {
            "vendor_id": vendor_id,
            "now": now,
            "ids": ids,
            "skus": [good.sku for good in goods],
            "names": [good.name for good in goods],
            "categories": [good.category for good in goods],
            "base_units": [good.base_unit for good in goods],
            "hsns": [good.hsn for good in goods],
            "barcodes": [good.barcode for good in goods],
        },
    )
    packs = [
        (product_id, unit, held)
        for product_id, good in zip(ids, goods, strict=True)
        for unit, held in good.units.items()
    ]
    products, units, quantities = map(list, zip(*packs, strict=True))
    session.execute(_MAKE_UNITS, {"products": products, "units": units, "quantities": quantities})
    service.index(session, ids)
    return {good.sku: product_id for good, product_id in zip(goods, ids, strict=True)}


_OFFER = text("""
    INSERT INTO app.offers
        (id, vendor_id, product_id, unit, unit_price, currency, minimum_quantity, carton_multiple, tiers,
         availability, is_listed, lead_time_days, valid_from, valid_until, recorded_at)
    SELECT id, :vendor_id, product_id, unit, unit_price, :currency, minimum, multiple, tiers, availability, is_listed,
           lead_time, valid_from, valid_until, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:products AS uuid[]), CAST(:units AS text[]), CAST(:prices AS numeric[]),
                CAST(:minimums AS numeric[]), CAST(:multiples AS numeric[]), CAST(:tiers AS jsonb[]),
                CAST(:availabilities AS text[]), CAST(:listed AS boolean[]), CAST(:lead_times AS integer[]),
                CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
        AS line (id, product_id, unit, unit_price, minimum, multiple, tiers, availability, is_listed, lead_time,
                 valid_from, valid_until)
""")


def _offer(
    session: Session,
    vendor_id: UUID,
    currency: str,
    lines: Sequence[Line],
    made: Mapping[str, UUID],
    now: datetime,
) -> None:
    found = [
        (line, line.good, line.terms) for line in lines if line.good is not None and line.terms is not None
    ]
    if not found:
        return
    columns = [terms.columns() for _, _, terms in found]
    session.execute(
        _OFFER,
        {
            "vendor_id": vendor_id,
            "currency": currency,
            "now": now,
            "ids": uuid7s(len(found)),
            "products": [good.id or made[good.sku] for _, good, _ in found],
            "units": [one["unit"] for one in columns],
            "prices": [one["unit_price"] for one in columns],
            "minimums": [one["minimum_quantity"] for one in columns],
            "multiples": [one["carton_multiple"] for one in columns],
            "tiers": [json.dumps(one["tiers"]) for one in columns],
            "availabilities": [one["availability"] for one in columns],
            "listed": [one["is_listed"] for one in columns],
            "lead_times": [one["lead_time_days"] for one in columns],
            "begins": [now if line.begins_now else terms.valid_from for line, _, terms in found],
            "ends": [terms.valid_until for _, _, terms in found],
        },
    )
