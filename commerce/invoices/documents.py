"""The paper of an invoice or credit note, made from the committed rows, as the trade of both countries knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from num2words import num2words
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from commerce.invoices import queries
from commerce.invoices.queries import NamedParty
from commerce.parties.vocabulary import COUNTRIES
from commerce.tax.calculation import state_tax_name
from commerce.tax.requirements import COMPOSITION_WORDS, TITLES, TITLES_NEPALI
from foundation import pdf
from foundation.money import MINOR_UNITS_PER_MAJOR, format_amount, format_quantity

TEMPLATE = Path(__file__).parent / "invoice.typ"
SUPPLY_WORDS = {"nil": "nil-rated", "exempt": "exempt", "non_gst": "non-GST"}
TAXES = ("cgst", "sgst", "igst", "cess", "vat")


@dataclass(frozen=True)
class Summary:
    """What the lines of one HSN at one rate add up to."""

    hsn: str | None
    supply: str
    rate: Decimal
    cess_rate: Decimal
    taxable_paisa: int
    cgst_paisa: int
    sgst_paisa: int
    igst_paisa: int
    cess_paisa: int
    vat_paisa: int
    total_paisa: int


def hsn_summary(lines: Sequence[RowMapping]) -> list[Summary]:
    """The lines added up by HSN, kind of supply and rate, in that order."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    names = ("taxable", *TAXES, "total")
    for line in lines:
        key = (line["hsn"], line["supply"], line["rate"], line["cess_rate"])
        found = sums.setdefault(key, [0] * len(names))
        for place, name in enumerate(names):
            found[place] += line[f"{name}_paisa"]
    ordered = sorted(sums.items(), key=lambda item: (item[0][0] or "", *item[0][1:]))
    return [Summary(*key, *found) for key, found in ordered]


def in_words(paisa: int) -> str:
    """The amount in words, in lakhs and crores: `Rupees one lakh, five thousand and twenty paisa only`."""
    rupees, minor = divmod(paisa, MINOR_UNITS_PER_MAJOR)
    words = f"Rupees {num2words(rupees, lang='en_IN')}"
    if minor:
        words += f" and {num2words(minor, lang='en_IN')} paisa"
    return f"{words} only"


def invoice_pdf(session: Session, invoice_id: UUID) -> bytes:
    """The PDF of an invoice or credit note. Needs both parties in scope. Raises InvoiceNotFound."""
    head = queries.invoice(session, invoice_id)
    lines = queries.lines_of(session, invoice_id)
    vendor, retailer = queries.named_parties(session, head)
    return pdf.render(TEMPLATE, _data(head, lines, vendor, retailer), made_at=head["issued_at"])


def _data(
    head: RowMapping, lines: Sequence[RowMapping], vendor: NamedParty, retailer: NamedParty
) -> dict[str, Any]:
    is_taxed = any(line["supply"] != "untaxed" for line in lines)
    shown = [name for name in TAXES if is_taxed and any(line[f"{name}_paisa"] for line in lines)]
    names = {name: name.upper() for name in TAXES} | {"sgst": state_tax_name(head["place_of_supply"])}
    return {
        "id": str(head["id"]),
        "title": TITLES[head["kind"]],
        "title_local": TITLES_NEPALI.get(head["kind"]) if head["country"] == "NP" else None,
        "number": head["number"],
        "fiscal_year": head["fiscal_year"],
        "date": head["document_date"].isoformat(),
        "remark": COMPOSITION_WORDS if vendor.profile == "composition" else None,
        "vendor": _party(vendor, head["country"], head["vendor_state"]),
        "retailer": _party(retailer, head["country"], head["retailer_state"]),
        "facts": _facts(head, lines),
        "lines": _table(
            ["No.", "Goods", "HSN", "Quantity", "Price"],
            [
                [
                    str(line["line_no"]),
                    _goods(line),
                    line["hsn"] or "",
                    f"{format_quantity(line['quantity'])} {line['unit']}",
                    format_quantity(line["unit_price"]),
                ]
                for line in lines
            ],
            lines,
            shown,
            names,
            is_taxed=is_taxed,
        ),
        "summary": _summary(lines, shown, names) if is_taxed else None,
        "totals": [
            *([["Value without tax", _plain(head["taxable_paisa"])]] if is_taxed else []),
            *([names[name], _plain(sum(line[f"{name}_paisa"] for line in lines))] for name in shown),
            ["Total", format_amount(head["total_paisa"], head["currency"])],
        ],
        "words": in_words(head["total_paisa"]),
        "is_taxed": is_taxed,
    }


def _party(party: NamedParty, country: str, state: str) -> dict[str, Any]:
    number = party.registration_number
    label = "PAN"
    if country == "IN" and party.profile in ("regular", "composition"):
        label = "GSTIN"
    elif party.profile == "vat":
        label = "PAN / VAT no."
    known = COUNTRIES.get(country)
    place = known.states.get(state, state) if known else state
    if known and country == "IN" and state in known.states:
        place = f"{place} ({state})"
    return {
        "name": party.name,
        "place": ", ".join(filter(None, (party.zone, place))),
        "number": None if number is None else f"{label} {number}",
    }


def _facts(head: RowMapping, lines: Sequence[RowMapping]) -> list[str]:
    found = []
    if head["place_of_supply"] is not None and head["country"] == "IN":
        place = COUNTRIES["IN"].states.get(head["place_of_supply"], "")
        found += [
            f"Place of supply: {place} ({head['place_of_supply']})",
            "Tax payable on reverse charge: no",
        ]
    originals = {
        line["original_number"]: line["original_date"]
        for line in lines
        if line["original_number"] is not None
    }
    if originals:
        given_back = ", ".join(f"{number} of {day}" for number, day in originals.items())
        found.append(f"Gives back of: {given_back}")
    if head["reason"]:
        found.append(f"Reason: {head['reason']}")
    return found


def _goods(line: RowMapping) -> str:
    word = SUPPLY_WORDS.get(line["supply"])
    return f"{line['name']} ({word})" if word else str(line["name"])


def _table(
    titles: list[str],
    cells: list[list[str]],
    amounts: Sequence[Any],
    shown: Sequence[str],
    names: Mapping[str, str],
    *,
    is_taxed: bool,
) -> dict[str, Any]:
    """Columns of text, then value, rate and the taxes that are there, then the amount."""

    def told(of: Any, name: str) -> Any:
        return of[name] if isinstance(of, Mapping) else getattr(of, name)

    middle = ["Value", "Rate %", *(names[name] for name in shown)] if is_taxed else []
    rows = []
    for texts, of in zip(cells, amounts, strict=True):
        taxes = [_plain(told(of, f"{name}_paisa")) for name in shown]
        rate = format_quantity(told(of, "rate"))
        if told(of, "cess_rate"):
            rate += f" + {format_quantity(told(of, 'cess_rate'))}"
        inner = [_plain(told(of, "taxable_paisa")), rate, *taxes] if is_taxed else []
        rows.append([*texts, *inner, _plain(told(of, "total_paisa"))])
    return {"titles": [*titles, *middle, "Amount"], "rows": rows}


def _summary(lines: Sequence[RowMapping], shown: Sequence[str], names: Mapping[str, str]) -> dict[str, Any]:
    summaries = hsn_summary(lines)
    return _table(
        ["HSN", "Supply"],
        [[each.hsn or "", SUPPLY_WORDS.get(each.supply, each.supply)] for each in summaries],
        summaries,
        shown,
        names,
        is_taxed=True,
    )


def _plain(paisa: int) -> str:
    # Both grouped by lakhs and crores: the currency stands at the total.
    return format_amount(paisa, "INR").replace("INR ", "")
