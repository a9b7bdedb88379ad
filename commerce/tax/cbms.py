"""Bills and returns as Nepal's Central Billing Monitoring System takes them, and what its answers mean.

Fields and codes: Inland Revenue Department, API of the CBMS (`/api/bill`, `/api/billreturn`). `commerce/cbms` sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from commerce.tax.bikram import bikram_date
from commerce.tax.bill import TaxedBill
from commerce.tax.errors import BillInvalid

BILL_PATH: Final = "/api/bill"
RETURN_PATH: Final = "/api/billreturn"
CBMS_ABOVE: Final = ((date(2026, 4, 14), 20 * 10**7),)
"""From which day sellers above which turnover in rupees must report each bill: April 2026, as the trade tells it, taken
as the first day of 2083."""

Outcome = Literal["done", "again", "settings", "refused", "look"]
"""done: it is there. again: send it again later. settings: not before the credentials are corrected. refused: this
payload never. look: another bill may have that number."""


@dataclass(frozen=True, slots=True)
class CbmsAccount:
    """What the tax office gave the seller."""

    username: str
    password: str
    seller_pan: str

    def __repr__(self) -> str:
        return f"CbmsAccount({self.username!r}, seller_pan={self.seller_pan!r})"  # a log shows no password


@dataclass(frozen=True, slots=True)
class CbmsAnswer:
    """What an answer of the system means for the sender."""

    code: int
    outcome: Outcome
    meaning: str


@dataclass(frozen=True, slots=True)
class Sale:
    """What a bill or credit note that is written says of itself, as far as the system asks."""

    kind: str
    country: str
    profile: str
    day: date
    total_paisa: int
    vatable_paisa: int
    untaxed_paisa: int
    vat_paisa: int


def sale_of(bill: TaxedBill) -> Sale:
    """What a bill that was just reckoned says of itself."""
    vatable = sum(line.parts.taxable_paisa for line in bill.lines if line.taxed.supply == "taxable")
    return Sale(
        kind=bill.kind,
        country=bill.seller.country,
        profile=bill.seller.profile,
        day=bill.days.invoiced,
        total_paisa=bill.total_paisa,
        vatable_paisa=vatable,
        untaxed_paisa=bill.parts.taxable_paisa - vatable,
        vat_paisa=bill.parts.vat_paisa,
    )


def must_report(bill: TaxedBill | Sale, turnover_rupees: int) -> bool:
    """Whether a seller of that turnover has to report the bill."""
    sale = _sale(bill)
    return (
        sale.country == "NP"
        and sale.profile == "vat"
        and any(sale.day >= since and turnover_rupees > most for since, most in CBMS_ABOVE)
    )


def _sale(bill: TaxedBill | Sale) -> Sale:
    return bill if isinstance(bill, Sale) else sale_of(bill)


def bill_payload(
    bill: TaxedBill | Sale,
    *,
    account: CbmsAccount,
    number: str,
    buyer_name: str,
    buyer_pan: str | None,
    sent_at: datetime,
    is_realtime: bool,
) -> dict[str, Any]:
    """The body of a bill. `sent_at` is the shop's own time; `is_realtime` false for what is sent later.

    Raises BillInvalid, BikramYearUnpublished.
    """
    sale = _sale(bill)
    day = bikram_date(sale.day)
    return {
        **_sides(sale, account, buyer_name, buyer_pan, day.fiscal_year),
        "invoice_number": number,
        "invoice_date": str(day),
        **_amounts(sale),
        "isrealtime": is_realtime,
        "datetimeClient": sent_at.replace(tzinfo=None).isoformat(timespec="seconds"),
    }


def return_payload(
    note: TaxedBill | Sale,
    *,
    account: CbmsAccount,
    number: str,
    day: date,
    original_number: str,
    reason: str,
    buyer_name: str,
    buyer_pan: str | None,
    sent_at: datetime,
    is_realtime: bool,
) -> dict[str, Any]:
    """The body of a credit note of `day`. Raises BillInvalid, BikramYearUnpublished."""
    sale = _sale(note)
    if sale.kind != "credit_note":
        raise BillInvalid("kind", sale.kind, "a return is reported from a credit note")
    told = bikram_date(day)
    return {
        **_sides(sale, account, buyer_name, buyer_pan, told.fiscal_year),
        "ref_invoice_number": original_number,
        "credit_note_number": number,
        "credit_note_date": str(told),
        "reason_for_return": reason,
        **_amounts(sale),
        "isrealtime": is_realtime,
        "datetimeClient": sent_at.replace(tzinfo=None).isoformat(timespec="seconds"),
    }


def answer_of(code: int, *, is_repeat: bool) -> CbmsAnswer:
    """What the system's code means; `is_repeat` says that the same body may have reached it before.

    101, already there, is success for who repeats; at a first try somebody else's bill may have the number.
    """
    if code == 101:
        return (
            CbmsAnswer(code, "done", "the bill is there already: an earlier try reached it")
            if is_repeat
            else CbmsAnswer(
                code, "look", "a bill of that number is there, and this one was not sent before: compare them"
            )
        )
    return CbmsAnswer(code, *_ANSWERS.get(code, ("again", f"an answer that is not known, {code}")))


_ANSWERS: Final[Mapping[int, tuple[Outcome, str]]] = {
    200: ("done", "taken"),
    100: ("settings", "user name, password or PAN do not match: correct the shop's settings"),
    102: ("again", "the system could not save it"),
    103: ("again", "the system failed"),
    104: ("refused", "the system does not accept this form: correct the bill's facts"),
    105: ("again", "the bill that the return is of is not there: send that first"),
}


def _sides(
    sale: Sale, account: CbmsAccount, buyer_name: str, buyer_pan: str | None, fiscal_year: str
) -> dict[str, Any]:
    if sale.country != "NP" or sale.profile != "vat":
        raise BillInvalid("seller", f"{sale.country} {sale.profile}", "sellers with VAT in Nepal report")
    return {
        "username": account.username,
        "password": account.password,
        "seller_pan": account.seller_pan,
        "buyer_pan": buyer_pan or "",
        "buyer_name": buyer_name,
        "fiscal_year": fiscal_year,
    }


def _amounts(sale: Sale) -> dict[str, float]:
    """What of the bill is which kind of sale. Excise, health service tax and education fee are no shop's."""
    return {
        "total_sales": _rupees(sale.total_paisa),
        "taxable_sales_vat": _rupees(sale.vatable_paisa),
        "vat": _rupees(sale.vat_paisa),
        "excisable_amount": 0.0,
        "excise": 0.0,
        "taxable_sales_hst": 0.0,
        "hst": 0.0,
        "amount_for_esf": 0.0,
        "esf": 0.0,
        "export_sales": 0.0,
        "tax_exempted_sales": _rupees(sale.untaxed_paisa),
    }


def _rupees(paisa: int) -> float:
    # JSON of the interface has numbers; two decimals survive as the shortest text of a double.
    return paisa / 100
