"""Why tax cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from foundation.errors import Conflict, Invalid, quoted
from foundation.money import to_rupees

STATE_ITS_CLASS = "state its tax class by `PUT /api/v1/products/{id}/tax-class`"


class TaxRateUnknown(Conflict):
    """No row says what tax falls on a good on that day. Unknown is not nil: nothing is invoiced on a guess."""

    code = "tax-rate-unknown"

    def __init__(
        self, good: str, why: str, *, way_out: str = STATE_ITS_CLASS, product_id: UUID | None = None
    ) -> None:
        self.why = why
        self.way_out = way_out
        super().__init__(
            f"the tax on {good} is not known: {why}; {way_out}",
            product_id=None if product_id is None else str(product_id),
        )


class PlaceOfSupplyUnknown(Conflict):
    """It cannot be told to which state a supply goes, or it leaves the country."""

    code = "place-of-supply-unknown"


class TaxClassInvalid(Invalid):
    """No such tax class, or a condition that it does not have."""

    code = "tax-class-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} is not possible; {way_out}", field=field, value=str(value))


class RateDayUnclear(Conflict):
    """The rates of a good changed more than once between its supply, invoice and payment."""

    code = "rate-day-unclear"

    def __init__(self, good: str, changes: tuple[date, ...]) -> None:
        days = " and ".join(day.isoformat() for day in changes)
        super().__init__(
            f"the rate of {good} changed on {days}, between its supply, invoice and payment, and section 14 knows one "
            "change; let the accountant choose section 12(2)(a) with Notification 66/2017, or bill the parts apart",
            changes=[day.isoformat() for day in changes],
        )


class BillInvalid(Invalid):
    """A line or a term of a bill that cannot be."""

    code = "bill-invalid"

    def __init__(self, field: str, value: object, way_out: str, *, line_no: int | None = None) -> None:
        where = "" if line_no is None else f"line {line_no}: "
        super().__init__(
            f"{where}{field} {quoted(value)} is not possible; {way_out}",
            field=field,
            value=str(value),
            line_no=line_no,
        )


class TaxOnTopRefused(Invalid):
    """A consumer's price holds the tax: what is printed or said at the counter is all that is paid."""

    code = "tax-on-top-refused"

    def __init__(self, country: str) -> None:
        law = (
            "Legal Metrology (Packaged Commodities) Rules 2011, 2(m): the MRP includes all taxes"
            if country == "IN"
            else "VAT Rules 2053, 14B: prices are shown with the tax in them"
        )
        super().__init__(
            f"tax cannot be put on top of a consumer's price ({law}); bill the price with the tax in it, "
            "or name the business that buys"
        )


class PriceAboveMrp(Invalid):
    """More is asked for a pack than the retail sale price printed on it."""

    code = "price-above-mrp"

    def __init__(self, good: str, *, line_no: int, asked_paisa: int, allowed_paisa: int) -> None:
        super().__init__(
            f"line {line_no}: {good} comes to {to_rupees(asked_paisa)} with tax, and its packs say "
            f"{to_rupees(allowed_paisa)}; nobody may ask more than the retail sale price "
            "(Legal Metrology (Packaged Commodities) Rules 2011, 18(2)): lower the price, or correct the printed one",
            line_no=line_no,
            asked_paisa=asked_paisa,
            allowed_paisa=allowed_paisa,
        )


class BikramYearUnpublished(Conflict):
    """The calendar of that year of Bikram Sambat is not published, and published guesses disagree."""

    code = "bikram-year-unpublished"

    def __init__(self, day: date, years: tuple[int, int]) -> None:
        super().__init__(
            f"{day} lies in a year of Bikram Sambat whose calendar is not published or not known here (known: "
            f"{years[0]} to {years[1]}); a tax bill cannot be dated by a guess: add the year to "
            "commerce/tax/bikram_years.tsv with its source",
            day=day.isoformat(),
        )


class UpiLinkInvalid(Invalid):
    """A link for a payment by UPI that no app would open."""

    code = "upi-link-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} is not possible; {way_out}", field=field, value=str(value))


class EInvoiceInvalid(Conflict):
    """The invoice does not hold to the schema INV-01; the portal would refuse it."""

    code = "e-invoice-invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""
        super().__init__(
            f"the e-invoice would be refused: {'; '.join(problems[:5])}{more}; correct these facts of seller, buyer "
            "or product first",
            problems=list(problems),
        )


class TaxTableInvalid(Invalid):
    """A table of rates with rows that cannot be, or days without a rate or with two."""

    code = "tax-table-invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        more = f"\n… and {len(problems) - 20} more" if len(problems) > 20 else ""
        super().__init__(
            "nothing was loaded; correct these lines of the table:\n" + "\n".join(problems[:20]) + more,
            problems=list(problems),
        )
