"""A market written by hand, row by row, as ingestion would carry it: small enough to reckon with on paper."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from sqlalchemy.dialects import postgresql

from commerce.tables import metadata
from foundation.ids import uuid7
from foundation.money import line_amount_paisa

KATHMANDU = "Asia/Kathmandu"
NOT_CARRIED = {
    "name",
    "external_ref",
    "email",
    "full_name",
    "password_hash",
    "reference",
    "note",
    "registration_number",
}
"""Columns that ingestion leaves behind, but for the names of goods."""


def at(day: str, hour: int = 12, zone: str = KATHMANDU) -> datetime:
    """A moment of a business day."""
    return (
        datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))
        .replace(hour=hour)
        .astimezone(UTC)
    )


@dataclass
class Ordered:
    """An order of the market, to be accepted, delivered and returned."""

    id: UUID
    vendor: UUID
    retailer: UUID
    currency: str
    lines: list[dict[str, Any]]
    row: dict[str, Any]


@dataclass
class Market:
    """Rows by table, kept consistent by the same rules of double entry as the record."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    accounts: dict[tuple[str, UUID, UUID, str], UUID] = field(default_factory=dict)
    zones: dict[UUID, str] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> UUID:
        """Add a row with a fresh id."""
        row.setdefault("id", uuid7())
        self.rows[table].append(row)
        return row["id"]

    def business(
        self,
        side: str,
        *,
        joined: str = "2026-01-05",
        origin: str = "simulated",
        currency: str = "NPR",
        zone: str = KATHMANDU,
        keeps_books: bool = True,
        is_walk_in: bool = False,
    ) -> UUID:
        business_id = self.add(
            "businesses",
            is_vendor=side == "vendor",
            is_retailer=side == "retailer",
            keeps_books=keeps_books,
            is_walk_in=is_walk_in,
            country="NP",
            state="Karnali",
            zone="Surkhet",
            currency=currency,
            time_zone=zone,
            origin=origin,
            joined_at=at(joined, 9, zone),
            recorded_at=datetime.now(UTC),
        )
        self.zones[business_id] = zone
        return business_id

    def product(self, sku: str, base_unit: str = "kg") -> UUID:
        return self.add(
            "products",
            sku=sku,
            name=sku.title(),
            category="staples",
            base_unit=base_unit,
            is_active=True,
            created_at=at("2026-01-05"),
            recorded_at=datetime.now(UTC),
        )

    def agreement(
        self, vendor: UUID, retailer: UUID, limit_paisa: int, day: str, currency: str = "NPR"
    ) -> UUID:
        """A credit agreement with its two accounts and its first limit."""
        receivable = self.account("receivable", vendor, retailer, currency, day)
        payable = self.account("payable", retailer, vendor, currency, day)
        agreement_id = self.add(
            "credit_agreements",
            vendor_id=vendor,
            retailer_id=retailer,
            currency=currency,
            receivable_account_id=receivable,
            payable_account_id=payable,
            agreed_at=at(day),
        )
        self.limit(agreement_id, limit_paisa, day)
        return agreement_id

    def limit(self, agreement_id: UUID, limit_paisa: int, day: str, recorded: str | None = None) -> None:
        agreement = next(row for row in self.rows["credit_agreements"] if row["id"] == agreement_id)
        self.add(
            "credit_limits",
            agreement_id=agreement_id,
            vendor_id=agreement["vendor_id"],
            retailer_id=agreement["retailer_id"],
            limit_paisa=limit_paisa,
            reason="set",
            policy_version="hand-1",
            valid_from=at(day),
            recorded_at=at(recorded or day),
        )

    def account(self, code: str, book: UUID, party: UUID, currency: str, day: str) -> UUID:
        key = (code, book, party, currency)
        if key not in self.accounts:
            self.accounts[key] = self.add(
                "accounts",
                business_id=book,
                code=code,
                type="asset" if code == "receivable" else "liability",
                currency=currency,
                party_id=party,
                opened_at=at(day),
            )
        return self.accounts[key]

    def order(
        self,
        vendor: UUID,
        retailer: UUID,
        day: str,
        lines: list[tuple[UUID, str, str]] | list[tuple[UUID, str, str, str]],
        *,
        currency: str = "NPR",
        settlement: str = "credit",
        hour: int = 12,
    ) -> Ordered:
        """An order of lines (product, unit price, asked[, ordered])."""
        moment = at(day, hour, self.zones[vendor])
        order_id = uuid7()
        written = []
        for number, line in enumerate(lines, start=1):
            product, price, asked = line[0], Decimal(line[1]), Decimal(line[2])
            ordered = Decimal(line[3]) if len(line) == 4 else asked
            row = {
                "order_id": order_id,
                "line_no": number,
                "vendor_id": vendor,
                "retailer_id": retailer,
                "product_id": product,
                "unit": "kg",
                "base_quantity": Decimal(1),
                "unit_price": price,
                "asked_quantity": asked,
                "ordered_quantity": ordered,
                "is_stock_tracked": True,
                "delivered_quantity": Decimal(0),
                "cancelled_quantity": Decimal(0),
                "returned_quantity": Decimal(0),
            }
            self.rows["order_lines"].append(row)
            written.append(row)
        row = {
            "id": order_id,
            "number": f"ORD{len(self.rows['orders']) + 1:09}",
            "vendor_id": vendor,
            "retailer_id": retailer,
            "currency": currency,
            "settlement": settlement,
            "order_state": "placed",
            "fulfilment_state": "none",
            "credit_state": "held",
            "placed_at": moment,
            "placed_on": date.fromisoformat(day),
            "total_paisa": sum(line_amount_paisa(w["unit_price"], w["ordered_quantity"]) for w in written),
            "delivered_paisa": 0,
            "returned_paisa": 0,
            "channel": "app",
            "version": 1,
            "recorded_at": datetime.now(UTC),
        }
        self.rows["orders"].append(row)
        order = Ordered(order_id, vendor, retailer, currency, written, row)
        self._happened(order, "place", moment)
        return order

    def accept(self, order: Ordered, day: str, promised: str | None = None) -> None:
        order.row |= {
            "order_state": "accepted",
            "accepted_at": at(day, 13, self.zones[order.vendor]),
            "promised_on": date.fromisoformat(promised) if promised else None,
        }
        self._happened(order, "accept", at(day, 13, self.zones[order.vendor]))

    def end(self, order: Ordered, verb: str, state: str, day: str) -> None:
        """Cancel, decline, let expire or close short: what was not delivered never comes."""
        order.row |= {"order_state": state, "closed_at": at(day, 14, self.zones[order.vendor])}
        if verb == "close_short":
            order.row |= {"fulfilment_state": "delivered"}
        for line in order.lines:
            line["cancelled_quantity"] = line["ordered_quantity"] - line["delivered_quantity"]
        self._revalue(order)
        self._happened(order, verb, at(day, 14, self.zones[order.vendor]))

    def deliver(
        self,
        order: Ordered,
        day: str,
        quantities: dict[int, str],
        *,
        net_days: int = 14,
        recorded: str | None = None,
    ) -> UUID:
        """Deliver so much of each line; returns the open item."""
        return self._move(order, "delivery", day, quantities, net_days, recorded or day)

    def take_back(self, order: Ordered, day: str, quantities: dict[int, str]) -> UUID:
        """Take so much of each line back; returns the credit note's item."""
        return self._move(order, "return", day, quantities, 0, day)

    def pay(
        self,
        vendor: UUID,
        retailer: UUID,
        day: str,
        amount_paisa: int,
        settles: dict[UUID, int] | None = None,
        *,
        recorded: str | None = None,
        currency: str = "NPR",
        is_assumed: bool = False,
    ) -> UUID:
        """A payment that settles so much of each item; returns its credit item."""
        known = at(recorded or day, 15)
        agreement = next(
            row["id"]
            for row in self.rows["credit_agreements"]
            if (row["vendor_id"], row["retailer_id"], row["currency"]) == (vendor, retailer, currency)
        )
        payment = self.add(
            "payments",
            vendor_id=vendor,
            retailer_id=retailer,
            agreement_id=agreement,
            amount_paisa=amount_paisa,
            currency=currency,
            mode="cash",
            paid_on=date.fromisoformat(day),
            recorded_at=known,
            is_assumed=is_assumed,
        )
        item = self._post(
            vendor, retailer, currency, "payment", payment, -amount_paisa, day, day, known, None, is_assumed
        )
        for debit, part in (settles or {}).items():
            self.allocate(vendor, item, debit, part, day, recorded=recorded)
        return item

    def credit(
        self,
        vendor: UUID,
        retailer: UUID,
        day: str,
        kind: str,
        settles: dict[UUID, int],
        currency: str = "NPR",
    ) -> UUID:
        """What a vendor gives a retailer good for, settling so much of each item; returns its credit item."""
        amount_paisa, known = -sum(settles.values()), at(day, 15)
        item = self._post(vendor, retailer, currency, kind, uuid7(), amount_paisa, day, day, known, None)
        for debit, part in settles.items():
            self.allocate(vendor, item, debit, part, day)
        return item

    def dispute(
        self,
        vendor: UUID,
        retailer: UUID,
        marked: dict[UUID, int],
        opened_at: datetime,
        settled_at: datetime | None = None,
        *,
        outcome: str = "withdrawn",
        note: UUID | None = None,
    ) -> None:
        """A dispute of so much of each debt, and how it ended; `note` is the item of the note that settled it."""
        between = {"vendor_id": vendor, "retailer_id": retailer}
        dispute = self.add(
            "disputes",
            **between,
            subject="debt",
            item_id=next(iter(marked)),
            amount_paisa=sum(marked.values()),
            currency="NPR",
            side="retailer",
            reason="quality",
            state="open" if settled_at is None else "settled",
            opened_at=opened_at,
            answer_by=opened_at + timedelta(days=7),
            outcome=None if settled_at is None else outcome,
            settled_at=settled_at,
            credit_note_id=None if note is None else self.source_of(note),
        )
        for item, amount in marked.items():
            self.rows["disputed_items"].append(
                {"dispute_id": dispute, "item_id": item, "amount_paisa": amount, **between}
            )

    def source_of(self, item: UUID) -> UUID:
        """What an item was posted for."""
        return next(row["source_id"] for row in self.rows["receivable_items"] if row["id"] == item)

    def undo(self, credit: UUID, day: str, reason: str) -> None:
        """Undo a payment by its credit item: what it settled is open again, the reversal is settled by it."""
        item = next(row for row in self.rows["receivable_items"] if row["id"] == credit)
        payment = next(row for row in self.rows["payments"] if row["id"] == item["source_id"])
        vendor, retailer, amount_paisa = payment["vendor_id"], payment["retailer_id"], payment["amount_paisa"]
        known = at(day, 15)
        reversal = self.add(
            "payments",
            **{**payment, "id": uuid7(), "paid_on": date.fromisoformat(day), "recorded_at": known},
            reverses_id=payment["id"],
            reversal_reason=reason,
        )
        bounce = self._post(
            vendor,
            retailer,
            payment["currency"],
            "bounce",
            reversal,
            amount_paisa,
            day,
            day,
            known,
            None,
            False,
        )
        for row in [row for row in self.rows["allocations"] if row["credit_item_id"] == credit]:
            self.allocate(vendor, credit, row["debit_item_id"], -row["amount_paisa"], day, reverses=row["id"])
        self.allocate(vendor, credit, bounce, amount_paisa, day)

    def allocate(
        self,
        vendor: UUID,
        credit: UUID,
        debit: UUID,
        amount_paisa: int,
        day: str,
        *,
        recorded: str | None = None,
        reverses: UUID | None = None,
    ) -> UUID:
        account = next(row["account_id"] for row in self.rows["receivable_items"] if row["id"] == credit)
        return self.add(
            "allocations",
            business_id=vendor,
            account_id=account,
            credit_item_id=credit,
            debit_item_id=debit,
            amount_paisa=amount_paisa,
            effective_date=date.fromisoformat(day),
            recorded_at=at(recorded or day, 15),
            reverses_id=reverses,
        )

    def refuse(
        self, vendor: UUID, retailer: UUID, day: str, asked: list[tuple[UUID, str]], asked_paisa: int
    ) -> UUID:
        """An order that was refused over the limit, and the record of it."""
        lines = [{"product_id": str(p), "asked": q, "granted": "0", "unit": "kg"} for p, q in asked]
        return self.add(
            "decisions",
            kind="order",
            vendor_id=vendor,
            retailer_id=retailer,
            outcome="refused",
            reason_code="credit-limit-exceeded",
            asked_paisa=asked_paisa,
            granted_paisa=0,
            currency="NPR",
            asked_lines=lines,
            facts={},
            limit_paisa=0,
            policy_version="hand-1",
            channel="app",
            decided_at=at(day),
            recorded_at=datetime.now(UTC),
        )

    def stock(self, vendor: UUID, product: UUID, day: str, quantity: str, after: str) -> None:
        self.add(
            "stock_movements",
            business_id=vendor,
            product_id=product,
            kind="receipt",
            quantity=Decimal(quantity),
            on_hand_after=Decimal(after),
            moved_at=at(day),
            recorded_at=at(day),
        )

    def offer(self, vendor: UUID, product: UUID, price: str, day: str, currency: str = "NPR") -> None:
        self.add(
            "offers",
            vendor_id=vendor,
            product_id=product,
            unit="kg",
            unit_price=Decimal(price),
            currency=currency,
            minimum_quantity=Decimal(1),
            carton_multiple=Decimal(1),
            availability="tracked",
            is_listed=True,
            lead_time_days=2,
            valid_from=at(day),
            recorded_at=datetime.now(UTC),
        )

    def load(self, connection: psycopg.Connection[Any], schema: str) -> None:
        """Make the tables in `schema`, without keys and without personal columns, and fill them."""
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for table in metadata.sorted_tables:
            carried = [c for c in table.columns if c.name not in NOT_CARRIED or table.name == "products"]
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(
                    sql.Identifier(column.name), sql.SQL(column.type.compile(dialect=postgresql.dialect()))
                )
                for column in carried
            )
            target = sql.Identifier(schema, table.name)
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(target, columns))
            self.insert(connection, schema, table.name, self.rows[table.name])

    @staticmethod
    def insert(
        connection: psycopg.Connection[Any], schema: str, table: str, rows: list[dict[str, Any]]
    ) -> None:
        for row in rows:
            connection.execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(schema, table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(row)),
                ),
                [json.dumps(value) if isinstance(value, dict | list) else value for value in row.values()],
            )

    def _happened(self, order: Ordered, verb: str, moment: datetime) -> None:
        self.add(
            "order_timeline",
            order_id=order.id,
            vendor_id=order.vendor,
            retailer_id=order.retailer,
            verb=verb,
            order_state=order.row["order_state"],
            fulfilment_state=order.row["fulfilment_state"],
            credit_state="held",
            channel="app",
            happened_at=moment,
            recorded_at=datetime.now(UTC),
        )

    def _move(
        self, order: Ordered, kind: str, day: str, quantities: dict[int, str], net_days: int, recorded: str
    ) -> UUID:
        delivery_id, total, known = uuid7(), 0, at(recorded, 14, self.zones[order.vendor])
        column = "delivered_quantity" if kind == "delivery" else "returned_quantity"
        for place, (number, text) in enumerate(quantities.items(), start=1):
            line, quantity = order.lines[number - 1], Decimal(text)
            amount = line_amount_paisa(line["unit_price"], quantity)
            total += amount
            line[column] += quantity
            self.rows["delivery_lines"].append(
                {
                    "delivery_id": delivery_id,
                    "line_no": place,
                    "vendor_id": order.vendor,
                    "retailer_id": order.retailer,
                    "order_id": order.id,
                    "order_line_no": number,
                    "product_id": line["product_id"],
                    "unit": line["unit"],
                    "base_quantity": line["base_quantity"],
                    "quantity": quantity,
                    "unit_price": line["unit_price"],
                    "amount_paisa": amount,
                }
            )
        self.rows["deliveries"].append(
            {
                "id": delivery_id,
                "kind": kind,
                "number": str(len(self.rows["deliveries"])),
                "order_id": order.id,
                "vendor_id": order.vendor,
                "retailer_id": order.retailer,
                "currency": order.currency,
                "total_paisa": total,
                "delivered_at": at(day, 14, self.zones[order.vendor]),
                "document_date": date.fromisoformat(day),
                "recorded_at": known,
            }
        )
        delivered = all(w["delivered_quantity"] >= w["ordered_quantity"] for w in order.lines)
        if kind == "delivery":
            order.row |= {"fulfilment_state": "delivered" if delivered else "part_delivered"}
            order.row["delivered_paisa"] += total
            if delivered:
                order.row |= {"order_state": "completed", "closed_at": known}
        else:
            order.row["returned_paisa"] += total
        self._happened(order, "deliver" if kind == "delivery" else "return", known)
        due = (date.fromisoformat(day) + timedelta(days=net_days)).isoformat()
        item_kind, sign = ("charge", 1) if kind == "delivery" else ("credit_note", -1)
        return self._post(
            order.vendor,
            order.retailer,
            order.currency,
            item_kind,
            delivery_id,
            sign * total,
            day,
            due,
            known,
            order.id,
        )

    def _post(
        self,
        vendor: UUID,
        retailer: UUID,
        currency: str,
        kind: str,
        source_id: UUID,
        amount_paisa: int,
        day: str,
        due: str,
        known: datetime,
        order_id: UUID | None,
        is_assumed: bool = False,
    ) -> UUID:
        effective = date.fromisoformat(day)
        shared = {
            "kind": kind,
            "source": kind,
            "source_id": source_id,
            "effective_date": effective,
            "recorded_at": known,
        }
        books = [("receivable", vendor, retailer, amount_paisa), ("payable", retailer, vendor, -amount_paisa)]
        transactions = {}
        for code, book, party, amount in books:
            if code == "payable" and (code, book, party, currency) not in self.accounts:
                continue
            transactions[code] = self.add(
                "ledger_transactions", business_id=book, is_assumed=is_assumed, **shared
            )
            other = self.account("cash", book, book, currency, day)
            for number, (account, part) in enumerate(
                [(self.accounts[code, book, party, currency], amount), (other, -amount)], start=1
            ):
                self.rows["postings"].append(
                    {
                        "business_id": book,
                        "transaction_id": transactions[code],
                        "line_no": number,
                        "account_id": account,
                        "amount_paisa": part,
                        "currency": currency,
                    }
                )
        return self.add(
            "receivable_items",
            business_id=vendor,
            account_id=self.accounts["receivable", vendor, retailer, currency],
            kind=kind,
            amount_paisa=amount_paisa,
            currency=currency,
            document_date=effective,
            due_date=date.fromisoformat(due),
            source=kind,
            source_id=source_id,
            order_id=order_id,
            transaction_id=transactions["receivable"],
            is_assumed=is_assumed,
            recorded_at=known,
        )

    def _revalue(self, order: Ordered) -> None:
        order.row["total_paisa"] = sum(
            line_amount_paisa(w["unit_price"], w["ordered_quantity"] - w["cancelled_quantity"])
            for w in order.lines
        )
