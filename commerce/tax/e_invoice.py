"""The e-invoice of a bill: INV-01, version 1.1, as the registration portal takes it, checked against its field rules.

Form GST INV-01 (Notification 60/2020-Central Tax) and the schema of the portal's API. Nothing is sent here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from stdnum.exceptions import ValidationError
from stdnum.in_ import gstin as gstins

from commerce.tax.bill import BilledLine, TaxedBill
from commerce.tax.errors import EInvoiceInvalid

VERSION: Final = "1.1"
LINES_MAX: Final = 1000
DESCRIPTION_MIN, DESCRIPTION_MAX = 3, 300
TOLERANCE: Final = Decimal(1)
"""In rupees, by which the portal lets a total differ from the sum of its parts."""

UNIT_CODES: Final = {
    "piece": "PCS",
    "packet": "PAC",
    "bottle": "BTL",
    "tin": "CAN",
    "box": "BOX",
    "carton": "CTN",
    "bori": "BAG",
    "dozen": "DOZ",
    "kg": "KGS",
    "g": "GMS",
    "l": "LTR",
    "ml": "MLT",
    "quintal": "QTL",
}
"""Our units in the portal's list of unique quantity codes; what is not in it is OTH."""


@dataclass(frozen=True, slots=True)
class EInvoiceParty:
    """A side of the invoice as the portal wants it."""

    gstin: str
    legal_name: str
    address: str
    location: str
    pin: int
    trade_name: str | None = None
    address_2: str | None = None
    phone: str | None = None
    email: str | None = None


def e_invoice(
    bill: TaxedBill,
    *,
    number: str,
    day: date,
    seller: EInvoiceParty,
    buyer: EInvoiceParty,
    original: tuple[str, date] | None = None,
) -> dict[str, Any]:
    """The JSON of a tax invoice or a credit note (`original`: number and day of its invoice) to a business.

    Of goods valued on their retail sale price the value told is the net sale value, beside the tax of that price
    (GSTN advisory of 2026-01-23). Raises EInvoiceInvalid.
    """
    payload: dict[str, Any] = {
        "Version": VERSION,
        "TranDtls": {"TaxSch": "GST", "SupTyp": "B2B", "RegRev": "N", "IgstOnIntra": "N"},
        "DocDtls": {
            "Typ": "CRN" if bill.kind == "credit_note" else "INV",
            "No": number,
            "Dt": f"{day:%d/%m/%Y}",
        },
        "SellerDtls": _side(seller),
        "BuyerDtls": {**_side(buyer), "Pos": bill.place.state if bill.place else None},
        "ItemList": [_item(line) for line in bill.lines],
        "ValDtls": _values(bill),
    }
    if original is not None:
        payload["RefDtls"] = {"PrecDocDtls": [{"InvNo": original[0], "InvDt": f"{original[1]:%d/%m/%Y}"}]}
    problems = [*_kind_problems(bill, original), *e_invoice_problems(payload)]
    if problems:
        raise EInvoiceInvalid(problems)
    return payload


def e_invoice_problems(payload: Mapping[str, Any]) -> list[str]:
    """Where a payload breaks the field rules of the schema, or its totals are not the sums of its lines."""
    return [
        *_field_problems("", payload, _DOCUMENT),
        *_gstin_problems(payload),
        *_sum_problems(payload),
    ]


@dataclass(frozen=True, slots=True)
class _Text:
    least: int
    most: int
    pattern: str = r"[^\"\\]*"
    is_required: bool = True
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Number:
    most: Decimal
    decimals: int
    is_required: bool = True
    least: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Group:
    fields: Mapping[str, Any]
    is_required: bool = True
    repeats: int = 0
    """How often it may stand at most in a list; 0: it is no list."""


_MONEY = Decimal("999999999999.99")
_amount, _optional_amount = _Number(_MONEY, 2), _Number(_MONEY, 2, is_required=False)
_gstin = _Text(15, 15, r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
_day = _Text(10, 10, r"[0-3][0-9]/[0-1][0-9]/20[0-9]{2}")
_number = _Text(1, 16, r"[A-Za-z1-9][A-Za-z0-9/-]{0,15}")
_state = _Text(1, 2, r"[0-9]{1,2}")
_PARTY: Final = {
    "Gstin": _gstin,
    "LglNm": _Text(3, 100),
    "TrdNm": _Text(3, 100, is_required=False),
    "Addr1": _Text(1, 100),
    "Addr2": _Text(3, 100, is_required=False),
    "Loc": _Text(3, 50),
    "Pin": _Number(Decimal(999999), 0, least=Decimal(100000)),
    "Stcd": _state,
    "Ph": _Text(6, 12, r"[0-9]*", is_required=False),
    "Em": _Text(6, 100, r"[^@\s]+@[^@\s]+", is_required=False),
}
_DOCUMENT: Final = {
    "Version": _Text(1, 6, among=(VERSION,)),
    "TranDtls": _Group(
        {
            "TaxSch": _Text(3, 10, among=("GST",)),
            "SupTyp": _Text(3, 10, among=("B2B", "SEZWP", "SEZWOP", "EXPWP", "EXPWOP", "DEXP")),
            "RegRev": _Text(1, 1, among=("Y", "N"), is_required=False),
            "IgstOnIntra": _Text(1, 1, among=("Y", "N"), is_required=False),
        }
    ),
    "DocDtls": _Group({"Typ": _Text(3, 3, among=("INV", "CRN", "DBN")), "No": _number, "Dt": _day}),
    "SellerDtls": _Group(_PARTY),
    "BuyerDtls": _Group({**_PARTY, "Loc": _Text(3, 100), "Pos": _state}),
    "ItemList": _Group(
        {
            "SlNo": _Text(1, 6, r"[0-9]*"),
            "PrdDesc": _Text(DESCRIPTION_MIN, DESCRIPTION_MAX, is_required=False),
            "IsServc": _Text(1, 1, among=("Y", "N")),
            "HsnCd": _Text(4, 8, r"(?!0+$)([0-9]{4}|[0-9]{6}|[0-9]{8})"),
            "Qty": _Number(Decimal("9999999999.999"), 3, is_required=False),
            "Unit": _Text(3, 8, is_required=False),
            "UnitPrice": _Number(Decimal("999999999999.999"), 3),
            "TotAmt": _amount,
            "Discount": _optional_amount,
            "AssAmt": _amount,
            "GstRt": _Number(Decimal("999.999"), 3),
            "IgstAmt": _optional_amount,
            "CgstAmt": _optional_amount,
            "SgstAmt": _optional_amount,
            "CesRt": _Number(Decimal("999.999"), 3, is_required=False),
            "CesAmt": _optional_amount,
            "CesNonAdvlAmt": _optional_amount,
            "TotItemVal": _amount,
        },
        repeats=LINES_MAX,
    ),
    "ValDtls": _Group(
        {
            "AssVal": _amount,
            "CgstVal": _optional_amount,
            "SgstVal": _optional_amount,
            "IgstVal": _optional_amount,
            "CesVal": _optional_amount,
            "RndOffAmt": _Number(Decimal("99.99"), 2, is_required=False, least=Decimal("-99.99")),
            "TotInvVal": _amount,
        }
    ),
    "RefDtls": _Group(
        {"PrecDocDtls": _Group({"InvNo": _number, "InvDt": _day}, repeats=LINES_MAX)}, is_required=False
    ),
}


def _side(party: EInvoiceParty) -> dict[str, Any]:
    told = {
        "Gstin": party.gstin,
        "LglNm": party.legal_name,
        "TrdNm": party.trade_name,
        "Addr1": party.address,
        "Addr2": party.address_2,
        "Loc": party.location,
        "Pin": party.pin,
        "Stcd": party.gstin[:2],
        "Ph": party.phone,
        "Em": party.email,
    }
    return {name: value for name, value in told.items() if value is not None}


def _item(line: BilledLine) -> dict[str, Any]:
    parts, taxed, said = line.parts, line.taxed, line.said
    fixed = taxed.trace.get("fixed_cess", {}).get("cess_paisa", 0)
    # Of what comes back with its tax, or was priced so, the value is what is left: there is no discount to take off.
    discount = (
        line.discount_paisa if line.before_discount_paisa - line.discount_paisa == parts.taxable_paisa else 0
    )
    gross = parts.taxable_paisa + discount
    return {
        "SlNo": str(line.line_no),
        **_described(said.good.name),
        "IsServc": "N",
        "HsnCd": taxed.hsn or "",
        "Qty": float(said.quantity),
        "Unit": UNIT_CODES.get(said.unit, "OTH"),
        "UnitPrice": float(
            (Decimal(gross) / 100 / said.quantity).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
        ),
        "TotAmt": _rupees(gross),
        "Discount": _rupees(discount),
        "AssAmt": _rupees(parts.taxable_paisa),
        "GstRt": float(taxed.rate),
        "IgstAmt": _rupees(parts.igst_paisa),
        "CgstAmt": _rupees(parts.cgst_paisa),
        "SgstAmt": _rupees(parts.sgst_paisa),
        "CesRt": float(taxed.cess_rate),
        "CesAmt": _rupees(parts.cess_paisa - fixed),
        "CesNonAdvlAmt": _rupees(fixed),
        "TotItemVal": _rupees(parts.total_paisa),
    }


def _described(name: str) -> dict[str, str]:
    """The good's name without what the portal refuses; it may be left out."""
    name = re.sub(r'[\\"]', "'", name)[:DESCRIPTION_MAX]
    return {"PrdDesc": name} if len(name) >= DESCRIPTION_MIN else {}


def _values(bill: TaxedBill) -> dict[str, Any]:
    return {
        "AssVal": _rupees(bill.parts.taxable_paisa),
        "CgstVal": _rupees(bill.parts.cgst_paisa),
        "SgstVal": _rupees(bill.parts.sgst_paisa),
        "IgstVal": _rupees(bill.parts.igst_paisa),
        "CesVal": _rupees(bill.parts.cess_paisa),
        "RndOffAmt": _rupees(bill.round_off_paisa),
        "TotInvVal": _rupees(bill.payable_paisa),
    }


def _kind_problems(bill: TaxedBill, original: tuple[str, date] | None) -> Iterator[str]:
    if bill.seller.profile != "regular" or bill.kind not in ("tax_invoice", "credit_note"):
        yield f"a {bill.kind.replace('_', ' ')} of a seller who is {bill.seller.profile} is not registered there"
    if bill.kind == "credit_note" and original is None:
        yield "RefDtls.PrecDocDtls: a credit note names the invoice that it gives back of"


def _field_problems(where: str, value: Any, rules: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where or 'the document'} is no group of fields"
        return
    for name in value:
        if name not in rules:
            yield f"{where}{name} is no field of the schema"
    for name, rule in rules.items():
        at, given = f"{where}{name}", value.get(name)
        if given is None:
            if rule.is_required:
                yield f"{at} is missing"
        elif isinstance(rule, _Group):
            yield from _group_problems(at, given, rule)
        elif isinstance(rule, _Text):
            yield from _text_problems(at, given, rule)
        else:
            yield from _number_problems(at, given, rule)


def _group_problems(at: str, given: Any, rule: _Group) -> Iterator[str]:
    if not rule.repeats:
        yield from _field_problems(f"{at}.", given, rule.fields)
    elif not isinstance(given, Sequence) or not 1 <= len(given) <= rule.repeats:
        yield f"{at} has 1 to {rule.repeats} entries"
    else:
        for place, each in enumerate(given, start=1):
            yield from _field_problems(f"{at}[{place}].", each, rule.fields)


def _text_problems(at: str, given: Any, rule: _Text) -> Iterator[str]:
    if not isinstance(given, str):
        yield f"{at} is no text"
    elif not rule.least <= len(given) <= rule.most:
        yield f"{at} {given[:20]!r} has {rule.least} to {rule.most} characters"
    elif rule.among and given not in rule.among:
        yield f"{at} {given!r} is none of {', '.join(rule.among)}"
    elif not re.fullmatch(rule.pattern, given):
        yield f"{at} {given!r} is not of the form {rule.pattern}"


def _number_problems(at: str, given: Any, rule: _Number) -> Iterator[str]:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        yield f"{at} is no number"
        return
    exact = Decimal(str(given))
    if not rule.least <= exact <= rule.most:
        yield f"{at} {given} lies outside of {rule.least} to {rule.most}"
    elif exact != round(exact, rule.decimals):
        yield f"{at} {given} has more than {rule.decimals} decimals"


def _gstin_problems(payload: Mapping[str, Any]) -> Iterator[str]:
    for side in ("SellerDtls", "BuyerDtls"):
        told = payload.get(side)
        number = told.get("Gstin") if isinstance(told, Mapping) else None
        if not isinstance(number, str):
            continue
        try:
            gstins.validate(number)
        except ValidationError:
            yield f"{side}.Gstin {number!r} does not have its check digit"


def _sum_problems(payload: Mapping[str, Any]) -> Iterator[str]:
    listed, values = payload.get("ItemList"), payload.get("ValDtls")
    if not isinstance(listed, Sequence) or not isinstance(values, Mapping):
        return
    items = [item for item in listed if isinstance(item, Mapping)]

    def total(*names: str) -> Decimal:
        return sum((Decimal(str(item.get(name, 0))) for item in items for name in names), Decimal(0))

    for name, parts in (
        ("AssVal", ("AssAmt",)),
        ("CgstVal", ("CgstAmt",)),
        ("SgstVal", ("SgstAmt",)),
        ("IgstVal", ("IgstAmt",)),
        ("CesVal", ("CesAmt", "CesNonAdvlAmt")),
    ):
        told = Decimal(str(values.get(name, 0)))
        if abs(told - total(*parts)) > TOLERANCE:
            yield f"ValDtls.{name} {told} is not the sum of its lines, {total(*parts)}"
    whole = total("TotItemVal") + Decimal(str(values.get("RndOffAmt", 0)))
    if abs(Decimal(str(values.get("TotInvVal", 0))) - whole) > TOLERANCE:
        yield f"ValDtls.TotInvVal {values.get('TotInvVal')} is not the sum of its lines, {whole}"
    for place, item in enumerate(items, start=1):
        taxes = sum(
            Decimal(str(item.get(name, 0)))
            for name in ("AssAmt", "IgstAmt", "CgstAmt", "SgstAmt", "CesAmt", "CesNonAdvlAmt")
        )
        if abs(Decimal(str(item.get("TotItemVal", 0))) - taxes) > TOLERANCE:
            yield f"ItemList[{place}].TotItemVal {item.get('TotItemVal')} is not value and taxes, {taxes}"


def _rupees(paisa: int) -> float:
    return paisa / 100
