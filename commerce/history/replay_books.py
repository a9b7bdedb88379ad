"""The money of a replay: accounts and agreements, decisions, entries, open items and what settles them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from commerce.credit.service import POLICY_VERSION
from commerce.history.replay_rows import COLUMNS, Customer, Item, Line, Rows, Story, new_id
from foundation.clock import business_day
from foundation.ids import uuid7
from foundation.money import format_quantity


class Books:
    """The books of vendors and their customers, from empty ones on; every entry stands in both."""

    def __init__(self, *, currency: str, time_zone: str) -> None:
        self._currency, self._time_zone = currency, time_zone
        self._rows: Rows = {table: [] for table in COLUMNS}
        self._charts: dict[UUID, Mapping[str, UUID]] = {}
        self._customers: dict[tuple[UUID, UUID], Customer] = {}

    def open(self, business_id: UUID, chart: Mapping[str, UUID]) -> None:
        """Learn the accounts of a business that was taken in."""
        self._charts[business_id] = chart

    def agree(
        self,
        moment: datetime,
        vendor_id: UUID,
        retailer_id: UUID,
        *,
        limit_paisa: int,
        net_days: int,
        reason: str,
        policy_version: str,
    ) -> None:
        """A vendor lets a retailer buy on credit."""
        customer = Customer(new_id(), new_id(), new_id(), net_days)
        self._customers[vendor_id, retailer_id] = customer
        self._rows["accounts"] += [
            (customer.receivable_id, vendor_id, "receivable", "asset", self._currency, retailer_id, moment),
            (customer.payable_id, retailer_id, "payable", "liability", self._currency, vendor_id, moment),
        ]
        self._rows["credit_agreements"].append(
            (customer.agreement_id, vendor_id, retailer_id, self._currency, customer.receivable_id,
             customer.payable_id, moment)
        )  # fmt: skip
        self._rows["credit_terms"].append(
            (new_id(), customer.agreement_id, vendor_id, retailer_id, net_days, moment, moment)
        )
        self.set_limit(
            moment,
            vendor_id,
            retailer_id,
            limit_paisa=limit_paisa,
            reason=reason,
            policy_version=policy_version,
        )

    def set_limit(
        self,
        moment: datetime,
        vendor_id: UUID,
        retailer_id: UUID,
        *,
        limit_paisa: int,
        reason: str,
        policy_version: str,
    ) -> None:
        """A vendor changes what a retailer may owe."""
        customer = self._customers[vendor_id, retailer_id]
        customer.set_limit(limit_paisa)
        self._rows["credit_limits"].append(
            (new_id(), customer.agreement_id, vendor_id, retailer_id, limit_paisa, reason, policy_version, moment,
             moment)
        )  # fmt: skip
        self._rows["decisions"].append(
            (new_id(), "limit", vendor_id, retailer_id, None, "granted", "limit-set", None, limit_paisa,
             self._currency, "[]", json.dumps({**customer.seen, "reason": reason}), limit_paisa, policy_version,
             "system", moment)
        )  # fmt: skip

    def _decide(
        self,
        moment: datetime,
        vendor_id: UUID,
        retailer_id: UUID,
        lines: Sequence[Line],
        order_id: UUID | None,
        reason_code: str,
        asked_paisa: int,
        granted_paisa: int,
        facts: Mapping[str, Any],
        limit_paisa: int | None,
        channel: str,
    ) -> None:
        asked_lines = [
            {
                "product_id": str(line.product_id),
                "unit": line.terms.unit,
                "asked": format_quantity(line.asked),
                "granted": format_quantity(line.ordered if order_id else Decimal(0)),
            }
            for line in lines
        ]
        self._rows["decisions"].append(
            (new_id(), "order", vendor_id, retailer_id, order_id, "granted" if order_id else "refused", reason_code,
             asked_paisa, granted_paisa, self._currency, json.dumps(asked_lines), json.dumps(facts), limit_paisa,
             POLICY_VERSION, channel, moment)
        )  # fmt: skip

    def pay(self, moment: datetime, vendor_id: UUID, retailer_id: UUID, amount_paisa: int, mode: str) -> None:
        """A retailer pays: settled oldest due first, what is left over is an advance."""
        customer, payment_id = self._customers[vendor_id, retailer_id], uuid7()
        day = business_day(moment, self._time_zone)
        customer.move(posted=-amount_paisa)
        self._rows["payments"].append(
            (payment_id, vendor_id, retailer_id, customer.agreement_id, amount_paisa, self._currency, mode, day,
             moment)
        )  # fmt: skip
        money = "cash" if mode == "cash" else "bank"
        entry_id = self._entry(
            moment, vendor_id, "payment", payment_id, day, amount_paisa,
            str(self._charts[vendor_id][money]), customer.receivable_id,
        )  # fmt: skip
        self._entry(
            moment, retailer_id, "payment", payment_id, day, amount_paisa,
            customer.payable_id, str(self._charts[retailer_id][money]),
        )  # fmt: skip
        item = Item(new_id(), None, day, day, moment, amount_paisa)
        self._item(vendor_id, customer, item, "payment", -amount_paisa, "payment", payment_id, entry_id, None)
        oldest = sorted(customer.debits, key=lambda debit: debit.age)
        self._settle(moment, vendor_id, customer, [item], oldest, day)
        if item.open_paisa:
            customer.credits.append(item)

    def _charge(
        self,
        moment: datetime,
        story: Story,
        customer: Customer,
        delivery_id: UUID,
        entry_id: str,
        number: str,
        day: date,
        total: int,
    ) -> None:
        charge = Item(new_id(), story.id, day + timedelta(days=customer.net_days), day, moment, total)
        self._item(
            story.vendor_id, customer, charge, "charge", total, "delivery", delivery_id, entry_id, number
        )
        customer.debits.append(charge)
        advances = sorted(customer.credits, key=lambda credit: credit.age)
        self._settle(moment, story.vendor_id, customer, advances, [charge], day)

    def _credit_back(
        self,
        moment: datetime,
        story: Story,
        customer: Customer,
        return_id: UUID,
        entry_id: str,
        number: str,
        day: date,
        total: int,
    ) -> None:
        customer.move(posted=-total)
        note = Item(new_id(), story.id, day, day, moment, total)
        self._item(
            story.vendor_id, customer, note, "credit_note", -total, "return", return_id, entry_id, number
        )
        own_first = sorted(customer.debits, key=lambda debit: (debit.order_id != story.id, debit.age))
        self._settle(moment, story.vendor_id, customer, [note], own_first, day)
        if note.open_paisa:
            customer.credits.append(note)

    def _settle(
        self,
        moment: datetime,
        vendor_id: UUID,
        customer: Customer,
        credits: Sequence[Item],
        debits: Sequence[Item],
        day: date,
    ) -> None:
        for credit in credits:
            for debit in debits:
                if part := min(credit.open_paisa, debit.open_paisa):
                    credit.open_paisa -= part
                    debit.open_paisa -= part
                    self._rows["allocations"].append(
                        (new_id(), vendor_id, customer.receivable_id, credit.id, debit.id, part, day, moment)
                    )
        customer.debits = [item for item in customer.debits if item.open_paisa]
        customer.credits = [item for item in customer.credits if item.open_paisa]

    def _item(
        self,
        vendor_id: UUID,
        customer: Customer,
        item: Item,
        kind: str,
        amount_paisa: int,
        source: str,
        source_id: UUID,
        entry_id: str,
        number: str | None,
    ) -> None:
        self._rows["receivable_items"].append(
            (item.id, vendor_id, customer.receivable_id, kind, amount_paisa, self._currency, item.document_date,
             item.due_date, source, source_id, item.order_id, entry_id, number, item.recorded_at)
        )  # fmt: skip

    def _post(
        self,
        moment: datetime,
        story: Story,
        source: str,
        source_id: UUID,
        day: date,
        amount_paisa: int,
        sold: str,
        bought: str,
    ) -> str:
        """What is owed (negative: given back) in both books; the id of the seller's entry."""
        seller, buyer = self._charts[story.vendor_id], self._charts[story.retailer_id]
        customer = story.customer
        receivable = str(seller["cash"]) if customer is None else customer.receivable_id
        payable = str(buyer["cash"]) if customer is None else customer.payable_id
        self._entry(
            moment, story.retailer_id, source, source_id, day, amount_paisa, str(buyer[bought]), payable
        )
        return self._entry(
            moment, story.vendor_id, source, source_id, day, amount_paisa, receivable, str(seller[sold])
        )

    def _entry(
        self,
        moment: datetime,
        business_id: UUID,
        source: str,
        source_id: UUID,
        day: date,
        amount_paisa: int,
        debit: str,
        credit: str,
    ) -> str:
        entry_id = new_id()
        self._rows["ledger_transactions"].append(
            (entry_id, business_id, source, source, source_id, day, moment)
        )
        self._rows["postings"] += [
            (business_id, entry_id, 1, debit, amount_paisa, self._currency),
            (business_id, entry_id, 2, credit, -amount_paisa, self._currency),
        ]
        return entry_id
