"""A vendor's offers as a sheet: taken out, changed in a spreadsheet, previewed, and taken in as previewed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from commerce.catalogue import uploads
from commerce.catalogue.errors import OfferPreviewStale, OfferSheetFaulty, ProductExists
from commerce.catalogue.offer_sheet import COLUMNS, Line
from commerce.parties import service as parties
from commerce.tax.service import OfferedGood
from foundation import sheets
from foundation.sheets import SheetInvalid
from serving.dependencies import Reader, Writer
from serving.offers.schemas import (
    OfferAppliedOut,
    OfferPreviewOut,
    OfferSheetApplyIn,
    OfferSheetIn,
    SheetChangeOut,
    SheetFaultOut,
    SheetLineOut,
)
from serving.paths import V1
from serving.problems import Responses, describe, merged
from serving.products.routes import warnings_of, warnings_of_prices
from serving.security import GUARDED, Caller, may
from serving.shapes import WarningOut

router = APIRouter(prefix=f"{V1}/offers", tags=["offers"])

Seller = Annotated[Caller, may("offers:write")]
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILES: Responses = {
    200: {
        "content": {
            media_type: {
                "schema": {"type": "string", "format": "binary"},
                "example": "(the bytes of the file)",
            }
            for media_type in MEDIA_TYPES.values()
        }
    }
}


@router.get("/sheet", response_class=Response, responses=GUARDED | FILES)
def download_offers(
    caller: Seller, read: Reader, form: Annotated[Literal["csv", "xlsx"], Query()] = "csv"
) -> Any:
    """All that the caller offers and has announced; taken in again unchanged, it changes nothing."""
    vendor_id = caller.own_business_id
    rows = read(
        lambda session: uploads.download(
            session,
            vendor_id=vendor_id,
            time_zone=parties.get_business(session, business_id=vendor_id).time_zone,
        )
    )
    content = sheets.as_csv(COLUMNS, rows) if form == "csv" else sheets.as_xlsx("Offers", COLUMNS, rows)
    return Response(
        content,
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="offers.{form}"'},
    )


@router.post("/sheet/preview", responses=merged(GUARDED, describe(SheetInvalid)))
def preview_offers(wanted: OfferSheetIn, caller: Seller, read: Reader) -> OfferPreviewOut:
    """What a sheet would change, line by line, each fault with its column and way out; writes nothing."""
    vendor_id = caller.own_business_id
    rows = uploads.rows_of(wanted.sheet)

    def preview(session: Session) -> tuple[uploads.Preview, dict[int, list[WarningOut]]]:
        vendor = parties.get_business(session, business_id=vendor_id)
        found = uploads.preview(session, vendor_id=vendor_id, rows=rows, time_zone=vendor.time_zone)
        sold = {
            line.line_no: OfferedGood(line.good.id, f"{line.good.name} ({line.good.sku})", line.good.hsn)
            for line in found.lines
            if line.action in ("new", "changed") and line.good and line.terms and line.terms.is_listed
        }
        warned = dict(zip(sold, warnings_of(session, vendor, list(sold.values())), strict=True))
        for line in found.lines:
            if line.line_no in warned and line.terms is not None:
                prices = [line.terms.unit_price, *(tier.unit_price for tier in line.terms.tiers)]
                warned[line.line_no] += warnings_of_prices(prices)
        return found, warned

    found, warned = read(preview)
    return OfferPreviewOut(
        token=found.token,
        new=found.count("new"),
        changed=found.count("changed"),
        same=found.count("same"),
        errors=found.count("error"),
        new_products=len(found.new_products),
        lines=[_shown(line, warned.get(line.line_no, [])) for line in found.lines],
    )


@router.post(
    "/sheet",
    responses=merged(GUARDED, describe(SheetInvalid, OfferSheetFaulty, OfferPreviewStale, ProductExists)),
)
def apply_offers(wanted: OfferSheetApplyIn, caller: Seller, write: Writer) -> OfferAppliedOut:
    """Apply a sheet exactly as it was previewed, at most once: all of it, or its good lines alone if asked for."""
    vendor_id = caller.own_business_id
    rows = uploads.rows_of(wanted.sheet)

    def take_in(session: Any) -> uploads.Applied:
        vendor = parties.get_business(session, business_id=vendor_id)
        return uploads.apply(
            session,
            vendor_id=vendor_id,
            rows=rows,
            time_zone=vendor.time_zone,
            currency=vendor.currency,
            token=wanted.token,
            actor_id=caller.user_id,
            only_good=wanted.only_good,
        )

    return OfferAppliedOut.model_validate(write(take_in))


def _shown(line: Line, warnings: list[WarningOut]) -> SheetLineOut:
    good = line.good
    return SheetLineOut(
        line_no=line.line_no,
        action=line.action,
        product_id=good.id if good else None,
        sku=good.sku if good else None,
        name=good.name if good else None,
        is_new_product=good is not None and good.id is None,
        changes=[SheetChangeOut.model_validate(change) for change in line.changes],
        price_percent=line.price_percent,
        faults=[SheetFaultOut.model_validate(fault) for fault in line.faults],
        warnings=warnings,
    )
