"""What is refused about a shop's bills, prices and settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from foundation.errors import Conflict, Invalid, NotFound, quoted
from foundation.money import format_amount


class ShopPriceInvalid(Invalid):
    """A price at the counter that cannot be."""

    code = "shop-price-invalid"


class BillingSettingInvalid(Invalid):
    """A setting of bills that the shop's country or tax profile does not know."""

    code = "billing-setting-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} cannot be: {way_out}", field=field)


class BillDraftNotFound(NotFound):
    """There is no such draft, or it was kept long enough."""

    code = "bill-draft-not-found"

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(
            f"there is no draft {draft_id}: it may have lapsed (`draft_hours` in `GET /api/v1/billing/settings`); "
            "begin another by `POST /api/v1/bill-drafts`",
            draft_id=str(draft_id),
        )


class BillDraftOpen(Conflict):
    """The customer has a bill that is being made."""

    code = "bill-draft-open"

    def __init__(self, customer_id: UUID, draft_id: UUID) -> None:
        super().__init__(
            f"draft {draft_id} is being made for customer {customer_id} already; add to that one, confirm or cancel it "
            "first",
            customer_id=str(customer_id),
            draft_id=str(draft_id),
        )


class BillDraftClosed(Conflict):
    """The draft was confirmed or cancelled, and changes no more."""

    code = "bill-draft-closed"

    def __init__(self, draft_id: UUID, state: str, invoice_id: UUID | None) -> None:
        became = f"; it became bill {invoice_id}" if invoice_id else ""
        super().__init__(
            f"draft {draft_id} is {state} already{became}; begin another for what comes next",
            draft_id=str(draft_id),
            state=state,
            invoice_id=None if invoice_id is None else str(invoice_id),
        )


class BillDraftInvalid(Invalid):
    """A word about a draft that cannot be."""

    code = "bill-draft-invalid"

    def __init__(self, field: str, value: object, way_out: str) -> None:
        super().__init__(f"{field} {quoted(value)} is not possible; {way_out}", field=field, value=str(value))


class BillTaxNotOptional(Conflict):
    """Whether a bill has tax on it is not the till's to say."""

    code = "bill-tax-not-optional"

    def __init__(self, profile: str, day: date, *, wanted: bool) -> None:
        law = "must not charge tax (CGST Act s. 32)" if wanted else "charges tax on what it sells"
        super().__init__(
            f"the shop is {profile!r} on {day}, and as such {law}; no bill of it goes otherwise. If it is registered "
            "otherwise by now, say so by `PUT /api/v1/businesses/me/tax-profile`",
            profile=profile,
        )


class NothingToUndo(Conflict):
    """The draft is as it was begun, or as far back as is kept."""

    code = "nothing-to-undo"


class BillUnpriced(Conflict):
    """Goods on the bill have no price yet."""

    code = "bill-unpriced"

    def __init__(self, goods: Mapping[int, str]) -> None:
        named = ", ".join(f"{name} (line {line})" for line, name in goods.items())
        super().__init__(
            f"no price is known for {named}; say one for the line, or set the shop's by "
            "`PUT /api/v1/products/{id}/shop-price`",
            lines=list(goods),
        )


class BillUnpaid(Conflict):
    """A bill to nobody by name that is not paid: nobody would owe the rest."""

    code = "bill-unpaid"


class BillPaymentInvalid(Invalid):
    """Money for a bill that cannot be taken as it was said."""

    code = "bill-payment-invalid"


class BillDateInvalid(Invalid):
    """A day on which the bill cannot have been made."""

    code = "bill-date-invalid"


class BillTotalDiffers(Conflict):
    """What a device printed is not what its bill comes to here."""

    code = "bill-total-differs"

    def __init__(self, told_paisa: int | None, payable_paisa: int, currency: str) -> None:
        super().__init__(
            f"the bill comes to {format_amount(payable_paisa, currency)}, not to what its paper says; say the price of "
            "each line as it was, with `unit_price`",
            told_paisa=told_paisa,
            payable_paisa=payable_paisa,
        )


class BillNumberNotNext(Conflict):
    """The number that a device gave is not the next of its series."""

    code = "bill-number-not-next"

    def __init__(self, given: int, expected: str) -> None:
        super().__init__(
            f"number {given} is not the next of the series, {expected} is: send the bills of a device in the order of "
            "their numbers",
            given=given,
            expected=expected,
        )


class TillNotFound(NotFound):
    """The shop has no such till."""

    code = "till-not-found"

    def __init__(self, till: str) -> None:
        super().__init__(
            f"this shop has no till {till!r} in use; open it by `PUT /api/v1/tills/{till}`", till=till
        )


class TillInvalid(Invalid):
    """A code or name that no till can have."""

    code = "till-invalid"


class BillNotFound(NotFound):
    """The shop made no such bill."""

    code = "bill-not-found"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"this shop made no bill {invoice_id}; `GET /api/v1/invoices?side=sold` has the ids",
            invoice_id=str(invoice_id),
        )


class BillCancelled(Conflict):
    """The bill holds no longer."""

    code = "bill-cancelled"

    def __init__(self, number: str, day: date) -> None:
        super().__init__(
            f"bill {number} was cancelled on {day}; make another for what was sold", number=number
        )


class BillNotCancellable(Conflict):
    """The bill stands in returns or papers that a cancellation would make untrue."""

    code = "bill-not-cancellable"


class BillReturnInvalid(Invalid):
    """What is to come back of a bill was not sold by it, or came back already."""

    code = "bill-return-invalid"
