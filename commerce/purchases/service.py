"""Verbs of goods that a shop buys beside orders: take them in with what they cost, undo that, pay what is owed.

A stock-in is one transaction of the shop's book and one receipt on its shelf, in one transaction of the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import ProductNotFound, UnitNotSold
from commerce.catalogue.units import complete, stock_problem, to_base
from commerce.khata.service import money_account
from commerce.ledger import service as ledger
from commerce.ledger.days import entry_day, undoing_day
from commerce.ledger.errors import EntryReversed
from commerce.parties import service as parties
from commerce.parties.models import Business
from commerce.purchases import queries, suppliers
from commerce.purchases.errors import StockInInvalid, StockInNotFound
from commerce.purchases.events import StockedIn
from commerce.purchases.models import StockIn, StockInLine
from commerce.purchases.queries import Written
from commerce.purchases.suppliers import Named
from commerce.purchases.vocabulary import AMOUNT_MAX_PAISA, INPUT_TAX, OWED, PAID_BY
from commerce.receiving.service import unit_cost
from commerce.stock import buyers
from commerce.stock import service as stock
from foundation import clock
from foundation.events import publish
from foundation.idempotency import RequestKey, claim
from foundation.ids import uuid7
from foundation.money import format_amount

SOURCE = "stock-in"


@dataclass(frozen=True)
class Line:
    """So much of a good in a unit, what it cost with all tax, and what its label says."""

    product_id: UUID
    quantity: Decimal
    unit: str | None
    cost_paisa: int
    tax_paisa: int = 0
    """What of the cost is tax that the shop sets off."""
    batch: str | None = None
    expires_on: date | None = None
    mrp_paisa: int | None = None


@dataclass(frozen=True)
class _Counted:
    line: Line
    unit: str
    base_unit: str
    base_quantity: Decimal


def take_in(
    session: Session,
    *,
    business_id: UUID,
    lines: Sequence[Line],
    paid_by: str,
    supplier: Named | UUID | None = None,
    invoice_number: str | None = None,
    document_date: date | None = None,
    reference: str | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Take goods in that came beside an order, paid at once or owed to a supplier; the stock-in's id.

    A supplier is one that keeps no book here, by its id or by its name (made where the shop knew none of it).
    Raises StockInInvalid, ProductNotFound, UnitNotSold, SupplierNotFound, SupplierErased, StockAdjustmentInvalid,
    EntryDayInvalid, RequestKeyReused.
    """
    stock_in_id = uuid7()
    if request is not None and (earlier := claim(session, request, stock_in_id)) is not None:
        return earlier
    invoice_number = " ".join((invoice_number or "").split()) or None
    shop = parties.get_business(session, business_id=business_id)
    day = entry_day(shop, document_date)
    cost, tax = _checked(session, shop, day, lines, paid_by, supplier, invoice_number)
    counted = _counted(session, business_id, lines)
    supplier_id = _supplier(session, shop, supplier, actor_id)
    if supplier_id is not None and invoice_number is not None:
        _refuse_same_invoice(session, supplier_id, invoice_number)
    _write(
        session,
        id=stock_in_id,
        business_id=business_id,
        kind="stock_in",
        supplier_id=supplier_id,
        document_date=day,
        currency=shop.currency,
        cost_paisa=cost,
        tax_paisa=tax,
        total_paisa=cost + tax,
        paid_by=paid_by,
        invoice_number=invoice_number,
        reference=reference,
        recorded_by=actor_id,
    )
    _write_lines(session, business_id, stock_in_id, counted)
    _shelve(session, business_id, stock_in_id, counted)
    _post(session, shop, stock_in_id, day, cost, tax, paid_by)
    if paid_by == OWED:
        assert supplier_id is not None
        queries.owe(session, supplier_id, cost + tax)
    _tell(session, shop, stock_in_id, "stock_in", supplier_id, paid_by, cost + tax, actor_id, channel)
    return stock_in_id


def reverse_stock_in(
    session: Session,
    *,
    business_id: UUID,
    stock_in_id: UUID,
    entered_on: date | None = None,
    actor_id: UUID | None = None,
    channel: str = "api",
    request: RequestKey | None = None,
) -> UUID:
    """Undo a stock-in: the contrary in the book, the goods off the shelf as far as they lie there; the reversal's id.

    Raises StockInNotFound, EntryReversed, EntryDayInvalid, SupplierErased, RequestKeyReused.
    """
    reversal_id = uuid7()
    if request is not None and (earlier := claim(session, request, reversal_id)) is not None:
        return earlier
    done = queries.lock_written(session, business_id, stock_in_id)
    if done is None:
        raise StockInNotFound(stock_in_id)
    if done.kind == "reversal":
        raise EntryReversed(
            f"{stock_in_id} undid a stock-in itself; write what is right as a new one",
            entry_id=str(stock_in_id),
        )
    if queries.is_reversed(session, stock_in_id):
        raise EntryReversed(f"stock-in {stock_in_id} is undone already", entry_id=str(stock_in_id))
    shop = parties.get_business(session, business_id=business_id)
    day = undoing_day(shop, entered_on, done.document_date)
    if done.paid_by == OWED and done.supplier_id is not None:
        suppliers.locked(session, business_id, done.supplier_id)
        queries.owe(session, done.supplier_id, -done.total_paisa)
    _write_reversal(session, business_id, reversal_id, stock_in_id, done, day, actor_id)
    _take_down(session, business_id, stock_in_id, reversal_id)
    ledger.reverse(
        session,
        businesses=(business_id,),
        reversed_source=SOURCE,
        reversed_source_id=stock_in_id,
        source=SOURCE,
        source_id=reversal_id,
        effective_date=day,
    )
    total = -done.total_paisa
    _tell(session, shop, reversal_id, "reversal", done.supplier_id, done.paid_by, total, actor_id, channel)
    return reversal_id


def _checked(
    session: Session,
    shop: Business,
    day: date,
    lines: Sequence[Line],
    paid_by: str,
    supplier: Named | UUID | None,
    invoice_number: str | None,
) -> tuple[int, int]:
    """What the goods cost without the tax that is set off, and that tax. Raises StockInInvalid."""
    if paid_by not in PAID_BY:
        raise StockInInvalid(f"goods are not paid by {paid_by!r}; use one of {', '.join(PAID_BY)}")
    if paid_by == OWED and supplier is None:
        raise StockInInvalid("what is owed is owed to somebody; name the supplier")
    total = sum(line.cost_paisa for line in lines)
    tax = sum(line.tax_paisa for line in lines)
    if not 0 < total <= AMOUNT_MAX_PAISA:
        raise StockInInvalid(
            f"goods for {format_amount(total, shop.currency)} together; give an amount above zero and up to "
            f"{format_amount(AMOUNT_MAX_PAISA, shop.currency)}, or take what came free in by "
            "`POST /api/v1/stock/receipts`",
            amount_paisa=total,
        )
    for line in lines:
        if not 0 <= line.tax_paisa <= line.cost_paisa:
            raise StockInInvalid(
                f"a tax of {format_amount(line.tax_paisa, shop.currency)} in a cost of "
                f"{format_amount(line.cost_paisa, shop.currency)}; the cost is with its tax"
            )
    if tax:
        _check_input_tax(session, shop, day, supplier, invoice_number)
    return total - tax, tax


def _check_input_tax(
    session: Session, shop: Business, day: date, supplier: Named | UUID | None, invoice_number: str | None
) -> None:
    profile = parties.tax_profile_on(session, business_id=shop.id, day=day)
    if profile is None or profile.profile not in INPUT_TAX:
        raise StockInInvalid(
            f"a business that is {profile.profile if profile else 'not registered'} for tax sets off none; leave "
            "`tax` out, it is part of the cost"
        )
    if supplier is None or invoice_number is None:
        raise StockInInvalid(
            "tax is set off by the supplier's tax invoice; give the supplier and `invoice_number`, or leave `tax` out"
        )


def _counted(session: Session, business_id: UUID, lines: Sequence[Line]) -> list[_Counted]:
    products = sorted({line.product_id for line in lines})
    unknown = set(products) - catalogue.usable_products(session, business_id, products)
    if unknown:
        first = min(unknown)
        raise ProductNotFound(f"there is no product {first} for this shop", product_id=str(first))
    goods = queries.goods(session, products)
    counted = []
    for line in lines:
        good = goods[line.product_id]
        unit = line.unit or good.base_unit
        held = complete(good.base_unit, good.units).get(unit)
        if held is None:
            known = " or ".join(sorted(complete(good.base_unit, good.units)))
            raise UnitNotSold(f"unit {unit!r} is not one of {good.sku}; use {known}", unit=unit)
        if problem := stock_problem(line.quantity, unit, held, good.base_unit):
            raise StockInInvalid(f"{good.sku}: {problem}", product_id=str(line.product_id))
        counted.append(_Counted(line, unit, good.base_unit, to_base(line.quantity, held)))
    return counted


def _supplier(
    session: Session, shop: Business, asked: Named | UUID | None, actor_id: UUID | None
) -> UUID | None:
    if isinstance(asked, UUID):
        return suppliers.locked(session, shop.id, asked).id
    return None if asked is None else suppliers.supplier_for(session, shop, asked, actor_id=actor_id)


def _refuse_same_invoice(session: Session, supplier_id: UUID, invoice_number: str) -> None:
    twin = queries.same_invoice(session, supplier_id, invoice_number)
    if twin is not None:
        raise StockInInvalid(
            f"invoice {invoice_number} of this supplier was taken in already, {twin}; undo that first if it is wrong",
            stock_in_id=str(twin),
        )


def _write(session: Session, **values: Any) -> None:
    session.execute(
        insert(StockIn.__table__).values(**values, recorded_at=clock.now())  # type: ignore[arg-type]
    )


def _write_lines(session: Session, business_id: UUID, stock_in_id: UUID, counted: Sequence[_Counted]) -> None:
    session.execute(
        insert(StockInLine.__table__),  # type: ignore[arg-type]
        [
            {
                "stock_in_id": stock_in_id,
                "line_no": line_no,
                "business_id": business_id,
                "product_id": one.line.product_id,
                "unit": one.unit,
                "quantity": one.line.quantity,
                "base_unit": one.base_unit,
                "base_quantity": one.base_quantity,
                "cost_paisa": one.line.cost_paisa - one.line.tax_paisa,
                "tax_paisa": one.line.tax_paisa,
                "unit_cost": unit_cost(one.line.cost_paisa - one.line.tax_paisa, one.base_quantity),
                "batch": one.line.batch,
                "expires_on": one.line.expires_on,
                "mrp_paisa": one.line.mrp_paisa,
            }
            for line_no, one in enumerate(counted, 1)
        ],
    )


def _shelve(session: Session, business_id: UUID, stock_in_id: UUID, counted: Sequence[_Counted]) -> None:
    quantities: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for one in counted:
        quantities[one.line.product_id] += one.base_quantity
    stock.receive(
        session,
        business_id=business_id,
        quantities=quantities,
        batches=[
            stock.Incoming(
                one.line.product_id,
                one.line.batch,
                one.base_quantity,
                one.line.expires_on,
                one.line.mrp_paisa,
            )
            for one in counted
            if one.line.batch is not None
        ],
        kind="receipt",
        source_id=stock_in_id,
    )


def _post(
    session: Session,
    shop: Business,
    stock_in_id: UUID,
    day: date,
    cost_paisa: int,
    tax_paisa: int,
    paid_by: str,
) -> None:
    accounts = ledger.accounts_of(session, business_id=shop.id, currency=shop.currency)
    given: Mapping[str, int] = {
        "purchases": cost_paisa,
        "input_tax": tax_paisa,
        "supplier_dues" if paid_by == OWED else money_account(paid_by): -(cost_paisa + tax_paisa),
    }
    entry = ledger.Entry(
        business_id=shop.id,
        kind="stock-in",
        source=SOURCE,
        source_id=stock_in_id,
        effective_date=day,
        currency=shop.currency,
        amounts={accounts[code]: amount for code, amount in given.items() if amount},
    )
    ledger.post(session, [entry])


def _write_reversal(
    session: Session,
    business_id: UUID,
    reversal_id: UUID,
    stock_in_id: UUID,
    done: Written,
    day: date,
    actor_id: UUID | None,
) -> None:
    _write(
        session,
        id=reversal_id,
        business_id=business_id,
        kind="reversal",
        supplier_id=done.supplier_id,
        document_date=day,
        currency=done.currency,
        cost_paisa=-done.cost_paisa,
        tax_paisa=-done.tax_paisa,
        total_paisa=-done.total_paisa,
        paid_by=done.paid_by,
        invoice_number=done.invoice_number,
        recorded_by=actor_id,
        reverses_id=stock_in_id,
    )


def _take_down(session: Session, business_id: UUID, stock_in_id: UUID, reversal_id: UUID) -> None:
    """Take off the shelf what a stock-in put there, its batches first, as far as it lies there unpromised.

    What was sold meanwhile is sold: an undoing that waited for it could never be. What is missing is for a count.
    """
    lines = queries.lines_of(session, stock_in_id)
    came: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for line in lines:
        came[line["product_id"]] += line["base_quantity"]
    levels = stock.lock_levels(session, [(business_id, product) for product in came])
    leaving = {
        product: min(quantity, levels[business_id, product].unpromised) for product, quantity in came.items()
    }
    buyers.take_down(
        session,
        business_id=business_id,
        levels=levels,
        quantities={product: quantity for product, quantity in leaving.items() if quantity},
        labels=[
            stock.Incoming(line["product_id"], line["batch"], line["base_quantity"])
            for line in lines
            if line["batch"] is not None
        ],
        source_id=reversal_id,
    )


def _tell(
    session: Session,
    shop: Business,
    stock_in_id: UUID,
    kind: str,
    supplier_id: UUID | None,
    paid_by: str,
    total_paisa: int,
    actor_id: UUID | None,
    channel: str,
) -> None:
    publish(
        session,
        StockedIn(
            stock_in_id=str(stock_in_id),
            kind=kind,
            supplier_id=None if supplier_id is None else str(supplier_id),
            paid_by=paid_by,
            total_paisa=total_paisa,
            currency=shop.currency,
        ),
        business_id=shop.id,
        actor_id=actor_id,
        channel=channel,
    )
