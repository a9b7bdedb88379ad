"""Questions about what a shop asks at its counter, how its bills are made, and those that are being made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.orm import Session

from commerce.tax.calculation import Parts
from foundation.keyset import Order, page
from foundation.statements import Statement

PRICES_BY = {
    "newest": Order((("valid_from", "timestamptz"), ("id", "uuid")), is_descending=True),
    "name": Order((("name", "text"), ("id", "uuid"))),
}
# The newest row of a good and unit is looked up along its index; one without a price is none.
_PRICES = """
    SELECT price.id, price.product_id, product.sku, product.name, price.unit, price.unit_price, price.mrp,
           price.currency, price.valid_from
    FROM app.shop_prices price JOIN app.products product ON product.id = price.product_id
    WHERE price.business_id = :business_id AND price.unit_price IS NOT NULL AND NOT EXISTS (
        SELECT FROM app.shop_prices later
        WHERE later.business_id = price.business_id AND later.product_id = price.product_id
          AND later.unit = price.unit AND (later.valid_from, later.id) > (price.valid_from, price.id))
"""
_PRICE_IS = {
    "product_id": "price.product_id = :product_id",
    "words": "strpos(lower(product.sku || ' ' || product.name), lower(:words)) > 0",
}


@dataclass(frozen=True)
class PriceFilter:
    """Which prices of a list; None does not filter."""

    product_id: UUID | None = None
    words: str | None = None
    """Part of the good's code or name."""


def prices(
    session: Session,
    business_id: UUID,
    *,
    chosen: PriceFilter = PriceFilter(),
    by: Order = PRICES_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """What a shop asks for its goods now."""
    values = {**vars(chosen), "business_id": business_id}
    return page(session, _PRICES, values, filters=_PRICE_IS, by=by, after=after, limit=limit)


_SETTINGS = text("""
    SELECT timing, turnover, rounds_to_rupee, may_abbreviate, upi_address, address, phone, paper_language,
           draft_hours, version, changed_at
    FROM app.billing_settings WHERE business_id = :business_id
""")


def settings(session: Session, business_id: UUID) -> RowMapping | None:
    """What a shop set; None where it never did."""
    return session.execute(_SETTINGS, {"business_id": business_id}).mappings().one_or_none()


_SET = text("""
    INSERT INTO app.billing_settings AS held
        (business_id, timing, turnover, rounds_to_rupee, may_abbreviate, upi_address, address, phone, paper_language,
         draft_hours, version, changed_by, changed_at)
    VALUES (:business_id, :timing, :turnover, :rounds_to_rupee, :may_abbreviate, :upi_address, :address, :phone,
            :paper_language, :draft_hours, 1, :changed_by, :changed_at)
    ON CONFLICT (business_id) DO UPDATE
    SET timing = excluded.timing, turnover = excluded.turnover, rounds_to_rupee = excluded.rounds_to_rupee,
        may_abbreviate = excluded.may_abbreviate, upi_address = excluded.upi_address,
        address = excluded.address, phone = excluded.phone, paper_language = excluded.paper_language,
        draft_hours = excluded.draft_hours, version = held.version + 1, changed_by = excluded.changed_by,
        changed_at = excluded.changed_at
""")


def write_settings(session: Session, values: dict[str, Any]) -> None:
    """Put a shop's settings in the place of those before."""
    session.execute(_SET, values)


class DraftRow(NamedTuple):
    """A draft as it is kept."""

    id: UUID
    customer_id: UUID | None
    session: str
    state: str
    content: dict[str, Any]
    undoable: list[dict[str, Any]]
    version: int
    invoice_id: UUID | None
    made_at: datetime
    changed_at: datetime
    expires_at: datetime


_DRAFT = f"""
    SELECT {", ".join(DraftRow._fields)} FROM app.bill_drafts
    WHERE business_id = :business_id AND id = :draft_id
"""  # noqa: S608 - constants of this module
_SEEN_DRAFT = Statement(f"{_DRAFT} AND (state <> 'open' OR expires_at > :now)")
_LOCKED_DRAFT = Statement(f"{_DRAFT} FOR NO KEY UPDATE")


def draft(session: Session, business_id: UUID, draft_id: UUID, now: datetime) -> DraftRow | None:
    """A draft of a shop that did not lapse."""
    values = {"business_id": business_id, "draft_id": draft_id, "now": now}
    row = _SEEN_DRAFT.first(session, values)
    return None if row is None else DraftRow._make(row)


def lock_draft(session: Session, business_id: UUID, draft_id: UUID) -> DraftRow | None:
    """A draft of a shop, locked; lapsed or not."""
    row = _LOCKED_DRAFT.first(session, {"business_id": business_id, "draft_id": draft_id})
    return None if row is None else DraftRow._make(row)


def open_draft_of(session: Session, business_id: UUID, customer_id: UUID, now: datetime) -> UUID | None:
    """The draft that is being made for a customer; one that lapsed is deleted, for a customer has one at a time.

    Who begins another meanwhile waits until this transaction has ended.
    """
    values = {"business_id": business_id, "customer_id": customer_id, "now": now}
    lock_name(session, f"drafts of {customer_id}")
    session.execute(_LAPSED, values)
    return session.execute(_OPEN, values).scalar_one_or_none()


_LAPSED = text("""
    DELETE FROM app.bill_drafts
    WHERE business_id = :business_id AND customer_id = :customer_id AND state = 'open' AND expires_at <= :now
""")
_OPEN = text("""
    SELECT id FROM app.bill_drafts
    WHERE business_id = :business_id AND customer_id = :customer_id AND state = 'open'
""")

_TOUCHED = (("changed_at", "timestamptz"), ("id", "uuid"))
DRAFTS_BY = {"newest": Order(_TOUCHED, is_descending=True), "oldest": Order(_TOUCHED)}
_DRAFT_IS = {
    "customer_id": "customer_id = :customer_id",
    "session": "session = :session",
    "state": "state = :state",
}


@dataclass(frozen=True)
class DraftFilter:
    """Which drafts of a list; None does not filter."""

    customer_id: UUID | None = None
    session: str | None = None
    state: str | None = None


def drafts(
    session: Session,
    business_id: UUID,
    *,
    now: datetime,
    chosen: DraftFilter = DraftFilter(),
    by: Order = DRAFTS_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int,
) -> Sequence[RowMapping]:
    """A shop's drafts that did not lapse, those that were touched last first."""
    rows = """
        SELECT id, customer_id, session, state, version, invoice_id, made_at, changed_at, expires_at,
               jsonb_array_length(content -> 'lines') AS lines
        FROM app.bill_drafts WHERE business_id = :business_id AND expires_at > :now
    """
    values = {**vars(chosen), "business_id": business_id, "now": now}
    return page(session, rows, values, filters=_DRAFT_IS, by=by, after=after, limit=limit)


def own_good(session: Session, business_id: UUID, name: str, unit: str) -> UUID | None:
    """The good of a shop's own that is called so and counted in this unit; the first of several."""
    return session.execute(
        text("""
            SELECT id FROM app.products
            WHERE owner_id = :business_id AND lower(name) = lower(:name) AND base_unit = :unit AND is_active
            ORDER BY created_at, id LIMIT 1
        """),
        {"business_id": business_id, "name": name, "unit": unit},
    ).scalar_one_or_none()


def is_forgotten(session: Session, customer_id: UUID) -> bool:
    """Whether a customer was erased. Lock the khata before deciding on it: an erasure holds that lock."""
    return bool(_FORGOTTEN.all(session, {"customer_id": customer_id}))


_FORGOTTEN = Statement("SELECT FROM app.customers WHERE id = :customer_id AND erased_at IS NOT NULL")


def bill_of_client(session: Session, business_id: UUID, client_id: UUID) -> UUID | None:
    """The bill that a device sent by this id of its own; a twin that is just being written is waited for."""
    lock_name(session, f"bill {business_id} {client_id}")
    return session.execute(
        text("SELECT id FROM app.invoices WHERE vendor_id = :business_id AND client_id = :client_id"),
        {"business_id": business_id, "client_id": client_id},
    ).scalar_one_or_none()


def lock_name(session: Session, name: str) -> None:
    """Let those who ask for the same name wait until this transaction has ended: for what has no row to lock."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


class BillRow(NamedTuple):
    """A bill as the verb that would undo it needs it."""

    id: UUID
    number: str
    document_date: date
    currency: str
    customer_id: UUID | None
    account_id: UUID | None
    is_forgotten: bool
    """The customer was erased: nobody has the khata any more."""
    retailer_state: str
    place_of_supply: str | None
    gives_input_tax: bool
    round_off_paisa: int
    payable_paisa: int
    total_paisa: int
    returned_paisa: int
    """What came back before, without its rounding."""
    cancelled_on: date | None
    notes: list[str]
    """The numbers of its credit notes."""
    note_ids: list[UUID]


_BILL = text("""
    SELECT bill.id, bill.number, bill.document_date, bill.currency, bill.customer_id, customer.account_id,
           coalesce(customer.erased_at IS NOT NULL, false) AS is_forgotten, bill.retailer_state, bill.place_of_supply,
           bill.gives_input_tax, bill.round_off_paisa, bill.total_paisa + bill.round_off_paisa AS payable_paisa,
           bill.total_paisa, CAST(coalesce(sum(note.total_paisa), 0) AS bigint) AS returned_paisa, gone.cancelled_on,
           coalesce(array_agg(note.number ORDER BY note.number) FILTER (WHERE note.id IS NOT NULL), '{}') AS notes,
           coalesce(array_agg(note.id ORDER BY note.number) FILTER (WHERE note.id IS NOT NULL), '{}') AS note_ids
    FROM app.invoices bill
    LEFT JOIN app.customers customer ON customer.id = bill.customer_id
    LEFT JOIN app.bill_cancellations gone ON gone.invoice_id = bill.id
    LEFT JOIN app.invoices note ON note.original_id = bill.id
    WHERE bill.id = :invoice_id AND bill.vendor_id = :business_id AND bill.retailer_id IS NULL
      AND bill.kind <> 'credit_note'
    GROUP BY bill.id, customer.account_id, customer.erased_at, gone.cancelled_on
""")


def bill(session: Session, business_id: UUID, invoice_id: UUID) -> BillRow | None:
    """A bill of a shop, cancelled or not; no credit note. Lock its name before deciding on it."""
    row = session.execute(_BILL, {"business_id": business_id, "invoice_id": invoice_id}).one_or_none()
    return None if row is None else BillRow._make(row)


class SoldRow(NamedTuple):
    """A line of a bill, and what came back of it."""

    line_no: int
    product_id: UUID
    unit: str
    base_unit: str
    base_quantity: Decimal
    quantity: Decimal
    returned: Decimal
    unit_price: Decimal
    mrp: Decimal | None
    hsn: str | None
    supply: str
    rate: Decimal
    cess_rate: Decimal
    parts: Parts
    trace: dict[str, Any]


_SOLD = text("""
    SELECT line.line_no, line.product_id, line.unit, product.base_unit, sold.base_quantity, line.quantity,
           coalesce((SELECT sum(back.quantity) FROM app.invoice_lines back
                     WHERE back.original_id = line.invoice_id AND back.original_line_no = line.line_no), 0) AS returned,
           line.unit_price, line.mrp, line.hsn, line.supply, line.rate, line.cess_rate, line.taxable_paisa,
           line.cgst_paisa, line.sgst_paisa, line.igst_paisa, line.cess_paisa, line.vat_paisa, line.trace
    FROM app.invoice_lines line
    JOIN app.products product ON product.id = line.product_id
    JOIN app.product_units sold ON sold.product_id = line.product_id AND sold.unit = line.unit
    WHERE line.invoice_id = :invoice_id ORDER BY line.line_no
""")


def sold(session: Session, invoice_id: UUID) -> list[SoldRow]:
    """The lines of a bill in their order."""
    found = []
    for row in session.execute(_SOLD, {"invoice_id": invoice_id}).mappings():
        parts = Parts(**{part.name: row[part.name] for part in fields(Parts)})
        plain = {name: row[name] for name in SoldRow._fields if name != "parts"}
        found.append(SoldRow(**plain, parts=parts))
    return found


def tenders_of(session: Session, invoice_id: UUID) -> Sequence[Row[Any]]:
    """What money was taken for a bill of nobody by name, in the order of its taking."""
    return session.execute(
        text("""
            SELECT mode, amount_paisa, reference FROM app.bill_tenders WHERE invoice_id = :invoice_id ORDER BY id
        """),
        {"invoice_id": invoice_id},
    ).all()


def tills(session: Session, business_id: UUID) -> Sequence[RowMapping]:
    """A shop's tills, those that were closed too, by their codes."""
    return (
        session.execute(
            text("""
                SELECT code, name, opened_at, closed_at FROM app.tills WHERE business_id = :business_id ORDER BY code
            """),
            {"business_id": business_id},
        )
        .mappings()
        .all()
    )
