"""Goods that come onto a shelf."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from commerce.catalogue import queries as catalogue
from commerce.catalogue.errors import ProductNotFound
from commerce.stock import queries, service
from commerce.stock.errors import ReceiptNotFound, StockAdjustmentInvalid
from foundation.idempotency import claim
from foundation.ids import uuid7
from serving.dependencies import KEYED, IdempotencyKey, Read, Reader, Writer
from serving.paths import V1
from serving.problems import describe, merged
from serving.security import GUARDED, Caller, may
from serving.stock.schemas import ReceiptIn, ReceiptOut, ReceivedLineOut

router = APIRouter(prefix=f"{V1}/stock", tags=["stock"])


@router.post(
    "/receipts",
    status_code=HTTPStatus.CREATED,
    responses=merged(GUARDED, KEYED, describe(ProductNotFound, StockAdjustmentInvalid)),
)
def receive_goods(
    receipt: ReceiptIn,
    caller: Annotated[Caller, may("stock:write")],
    request: IdempotencyKey,
    write: Writer,
    read: Reader,
    response: Response,
) -> ReceiptOut:
    """Take goods in, of batches where the label has one; a good seen for the first time gets a level."""
    quantities: dict[UUID, Decimal] = {}
    for line in receipt.lines:
        quantities[line.product_id] = quantities.get(line.product_id, Decimal(0)) + line.quantity

    def receive(session: Session) -> UUID:
        receipt_id = uuid7()
        if (earlier := claim(session, request, receipt_id)) is not None:
            return earlier
        check_usable(session, caller.own_business_id, quantities)
        service.receive(
            session,
            business_id=caller.own_business_id,
            quantities=quantities,
            batches=[
                service.Incoming(line.product_id, line.batch, line.quantity, line.expires_on, line.mrp_paisa)
                for line in receipt.lines
                if line.batch is not None
            ],
            kind=receipt.kind,
            reason=receipt.reason,
            source_id=receipt_id,
        )
        return receipt_id

    receipt_id = write(receive)
    response.headers["Location"] = f"{V1}/stock/receipts/{receipt_id}"
    return _receipt(read, caller, receipt_id)


@router.get("/receipts/{receipt_id}", responses=merged(GUARDED, describe(ReceiptNotFound)))
def read_receipt(receipt_id: UUID, caller: Annotated[Caller, may("stock:read")], read: Reader) -> ReceiptOut:
    """Goods that the caller took in."""
    return _receipt(read, caller, receipt_id)


def _receipt(read: Read, caller: Caller, receipt_id: UUID) -> ReceiptOut:
    rows = read(lambda session: queries.receipt(session, caller.own_business_id, receipt_id))
    first = rows[0]
    return ReceiptOut(
        id=receipt_id,
        kind=first["kind"],
        reason=first["reason"],
        received_at=first["moved_at"],
        lines=[ReceivedLineOut(**{name: row[name] for name in ReceivedLineOut.model_fields}) for row in rows],
    )


def check_usable(session: Session, business_id: UUID, products: Collection[UUID]) -> None:
    """Refuse products that are not there for a business. Raises ProductNotFound."""
    unknown = set(products) - catalogue.usable_products(session, business_id, list(products))
    if unknown:
        first = min(unknown)
        raise ProductNotFound(f"there is no product {first} for this business", product_id=str(first))
