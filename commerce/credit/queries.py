"""Questions to the credit desk. Two-party rows are asked for as vendor or as retailer, never by OR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from commerce.credit.terms import due_date
from foundation.keyset import Order, filtered


class Agreement(NamedTuple):
    """What a vendor and a retailer agreed on: the two accounts, one in each book."""

    id: UUID
    vendor_id: UUID
    retailer_id: UUID
    currency: str
    time_zone: str
    receivable_account_id: UUID
    payable_account_id: UUID | None
    agreed_at: datetime


class Relation(NamedTuple):
    """A vendor and a retailer, and the credit between them (None fields: no agreement)."""

    vendor_id: UUID
    retailer_id: UUID
    is_vendor: bool
    is_retailer: bool
    retailer_keeps_books: bool
    currency: str
    retailer_currency: str
    time_zone: str
    country: str
    agreement_id: UUID | None
    receivable_account_id: UUID | None
    payable_account_id: UUID | None
    agreed_at: datetime | None
    net_days: int | None
    day_of_month: int | None
    advance_percent: int | None
    """The part of an order that is paid before its goods are handed over."""

    def due_date(self, document_date: date) -> date:
        """When a debt of that day is due by the terms in force."""
        return due_date(document_date, self.net_days or 0, self.day_of_month)

    @property
    def has_two_currencies(self) -> bool:
        """Whether the retailer's book could not hold what it buys here."""
        return self.retailer_keeps_books and self.retailer_currency != self.currency

    @property
    def agreement(self) -> Agreement | None:
        """What they agreed on, if they did."""
        if self.agreement_id is None or self.receivable_account_id is None or self.agreed_at is None:
            return None
        return Agreement(
            id=self.agreement_id,
            vendor_id=self.vendor_id,
            retailer_id=self.retailer_id,
            currency=self.currency,
            time_zone=self.time_zone,
            receivable_account_id=self.receivable_account_id,
            payable_account_id=self.payable_account_id,
            agreed_at=self.agreed_at,
        )


RELATION = """
    SELECT vendor.id AS vendor_id, retailer.id AS retailer_id, vendor.is_vendor, retailer.is_retailer,
           retailer.keeps_books, vendor.currency, retailer.currency AS retailer_currency, vendor.time_zone,
           vendor.country, agreement.id AS agreement_id, agreement.receivable_account_id, agreement.payable_account_id,
           agreement.agreed_at, terms.net_days, terms.day_of_month,
           terms.advance_percent
    FROM app.businesses vendor
    JOIN app.businesses retailer ON retailer.id = :retailer_id
    LEFT JOIN app.credit_agreements agreement ON agreement.vendor_id = vendor.id
        AND agreement.retailer_id = retailer.id AND agreement.currency = vendor.currency
    LEFT JOIN LATERAL (
        SELECT net_days, day_of_month, advance_percent FROM app.credit_terms
        WHERE agreement_id = agreement.id AND valid_from <= :now ORDER BY valid_from DESC, id DESC LIMIT 1
    ) terms ON true
    WHERE vendor.id = :vendor_id
"""
"""The columns of Relation, at a moment; no row when a party is unknown."""
_RELATION = text(RELATION)


def relation(session: Session, vendor_id: UUID, retailer_id: UUID, now: datetime) -> Relation | None:
    """Both parties and their agreement with the terms in force at `now`; None when a party is unknown."""
    row = session.execute(
        _RELATION, {"vendor_id": vendor_id, "retailer_id": retailer_id, "now": now}
    ).one_or_none()
    return None if row is None else Relation._make(row)


class PaymentBetween(NamedTuple):
    """A payment or reversal as the verb that would undo it needs it."""

    retailer_id: UUID
    amount_paisa: int
    currency: str
    mode: str
    paid_on: date
    reverses_id: UUID | None
    is_assumed: bool


# The scope is widened to both parties with the same statement: their books are written together.
_PAYMENT_BETWEEN = text("""
    SELECT retailer_id, amount_paisa, currency, mode, paid_on, reverses_id, is_assumed,
           set_config('app.business_id', CASE WHEN app.scope_is_system() THEN '*'
                      ELSE vendor_id || ',' || retailer_id END, true)
    FROM app.payments WHERE id = :payment_id AND vendor_id = :vendor_id
""")


def payment_between(session: Session, vendor_id: UUID, payment_id: UUID) -> PaymentBetween | None:
    """A payment that a vendor took; the transaction's scope is widened to both its parties."""
    row = session.execute(_PAYMENT_BETWEEN, {"payment_id": payment_id, "vendor_id": vendor_id}).one_or_none()
    return None if row is None else PaymentBetween._make(row[:-1])


def item_of_payment(session: Session, vendor_id: UUID, payment_id: UUID) -> UUID:
    """What a payment or reversal stands as among what its payer owes the vendor; allocations name it."""
    found: UUID = session.execute(
        text("""
            SELECT item.id FROM app.payments payment
            JOIN app.credit_agreements agreement ON agreement.id = payment.agreement_id
            JOIN app.receivable_items item ON item.account_id = agreement.receivable_account_id
             AND item.source_id = payment.id
            WHERE payment.id = :payment_id AND payment.vendor_id = :vendor_id
        """),
        {"payment_id": payment_id, "vendor_id": vendor_id},
    ).scalar_one()
    return found


def is_reversed(session: Session, payment_id: UUID) -> bool:
    """Whether a payment was undone. Lock the account's row before deciding on it."""
    return bool(
        session.execute(
            text("SELECT EXISTS (SELECT FROM app.payments WHERE reverses_id = :payment_id)"),
            {"payment_id": payment_id},
        ).scalar_one()
    )


def payment_like(session: Session, agreement: Agreement, amount_paisa: int, since: datetime) -> UUID | None:
    """The newest payment of the same amount between the same two, recorded since then and not undone."""
    return session.execute(
        text("""
            SELECT payment.id FROM app.payments payment
            WHERE payment.vendor_id = :vendor_id AND payment.recorded_at >= :since
              AND payment.agreement_id = :agreement_id AND payment.amount_paisa = :amount_paisa
              AND payment.reverses_id IS NULL
              AND NOT EXISTS (SELECT FROM app.payments undone WHERE undone.reverses_id = payment.id)
            ORDER BY payment.recorded_at DESC LIMIT 1
        """),
        {
            "vendor_id": agreement.vendor_id,
            "agreement_id": agreement.id,
            "amount_paisa": amount_paisa,
            "since": since,
        },
    ).scalar_one_or_none()


_ITEM_SHOWN = """
    SELECT item.id, item.kind, item.amount_paisa, item.currency, item.document_date, item.due_date,
           item.document_number, item.order_id, item.recorded_at, item.vendor_id, item.retailer_id,
           payment.id AS payment_id, payment.mode, payment.reference, payment.reverses_id, payment.reversal_reason
    FROM ({page}) item
    LEFT JOIN app.payments payment ON payment.id = item.source_id AND item.source IN ('payment', 'bounce')
    ORDER BY {by}
"""
_RECORDED = (("item.recorded_at", "timestamptz"), ("item.id", "uuid"))
HISTORY_BY = {"newest": Order(_RECORDED, is_descending=True), "oldest": Order(_RECORDED)}
# A vendor's whole book is read along the order of the list, and what stands in khatas is passed over. To name the
# accounts here would let the planner believe that few items are theirs, and sort the book.
_OF_BOOK = """
    SELECT item.*, agreement.vendor_id, agreement.retailer_id
    FROM app.receivable_items item
    JOIN app.credit_agreements agreement ON agreement.receivable_account_id = item.account_id
    WHERE item.business_id = :business_id {narrowed}
    ORDER BY {by} LIMIT :limit
"""
# One customer's, or a retailer's few accounts in several books: a page of each, and of these the first.
_OF_ACCOUNTS = """
    SELECT item.*, agreement.vendor_id, agreement.retailer_id
    FROM app.credit_agreements agreement
    CROSS JOIN LATERAL (
        SELECT * FROM app.receivable_items item
        WHERE item.account_id = agreement.receivable_account_id {narrowed}
        ORDER BY {by} LIMIT :limit
    ) item
    WHERE {whose}
    ORDER BY {by} LIMIT :limit
"""
_OF_VENDOR = "agreement.vendor_id = :business_id AND agreement.retailer_id = :counterparty_id"
_OF_RETAILER = "agreement.retailer_id = :business_id"
_ITEM_FILTERS = {
    "kind": "item.kind = :kind",
    "first": "item.document_date >= :first",
    "last": "item.document_date <= :last",
}


@dataclass(frozen=True)
class HistoryFilter:
    """Which items of a history; None does not filter. Days are those of the papers, both included."""

    counterparty_id: UUID | None = None
    kind: str | None = None
    first: date | None = None
    last: date | None = None


def history_as_vendor(
    session: Session,
    business_id: UUID,
    *,
    chosen: HistoryFilter = HistoryFilter(),
    by: Order = HISTORY_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """A vendor's open-item history, newest first: charges, payments and their undoing, credit notes."""
    rows = _OF_BOOK if chosen.counterparty_id is None else _OF_ACCOUNTS.replace("{whose}", _OF_VENDOR)
    return _history(session, rows, business_id, chosen, by, after, limit)


def history_as_retailer(
    session: Session,
    business_id: UUID,
    *,
    chosen: HistoryFilter = HistoryFilter(),
    by: Order = HISTORY_BY["newest"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """The same items as the retailer sees them. The read scope must name the retailer's vendors too."""
    with_one = filtered({"counterparty_id": "agreement.vendor_id = :counterparty_id"}, vars(chosen))
    rows = _OF_ACCOUNTS.replace("{whose}", _OF_RETAILER + with_one)
    return _history(session, rows, business_id, chosen, by, after, limit)


def _history(
    session: Session,
    rows: str,
    business_id: UUID,
    chosen: HistoryFilter,
    by: Order,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    values = {**vars(chosen), "business_id": business_id, "limit": limit}
    narrowed = filtered(_ITEM_FILTERS, values) + by.beyond(after)
    asked = _ITEM_SHOWN.format(page=rows.format(narrowed=narrowed, by=by.by), by=by.by)
    return session.execute(text(asked), values | by.values(after)).mappings().all()


def items_as_of(session: Session, account_id: UUID, recorded: datetime) -> list[tuple[UUID, int, date, date]]:
    """(id, signed amount, document date, due date) of an account's items recorded by then."""
    rows = session.execute(
        text("""
            SELECT id, amount_paisa, document_date, due_date FROM app.receivable_items
            WHERE account_id = :account_id AND recorded_at <= :recorded ORDER BY due_date, id
        """),
        {"account_id": account_id, "recorded": recorded},
    )
    return [(row.id, row.amount_paisa, row.document_date, row.due_date) for row in rows]


def allocations_as_of(
    session: Session, account_id: UUID, recorded: datetime
) -> list[tuple[UUID, UUID, int, date]]:
    """(credit item, debit item, amount, effective date) of an account's allocations recorded by then."""
    rows = session.execute(
        text("""
            SELECT credit_item_id, debit_item_id, amount_paisa, effective_date FROM app.allocations
            WHERE account_id = :account_id AND recorded_at <= :recorded ORDER BY recorded_at, id
        """),
        {"account_id": account_id, "recorded": recorded},
    )
    return [(row.credit_item_id, row.debit_item_id, row.amount_paisa, row.effective_date) for row in rows]


DISPUTED = """
    SELECT CAST(greatest(0, max(mark.since_paisa - coalesce(mark.credited_paisa, 0))) AS bigint) AS amount_paisa
    FROM (
        SELECT sum(marked.amount_paisa) OVER (ORDER BY dispute.opened_at DESC, dispute.id DESC) AS since_paisa, (
                   SELECT sum(credited.amount_paisa) FROM app.allocations credited
                   JOIN app.receivable_items note ON note.id = credited.credit_item_id AND note.kind = 'credit_note'
                   WHERE credited.debit_item_id = item.id AND credited.recorded_at >= dispute.opened_at
                     AND credited.recorded_at <= {moment} AND NOT EXISTS (
                         SELECT FROM app.disputed_items other JOIN app.disputes past ON past.id = other.dispute_id
                         WHERE other.item_id = item.id AND past.credit_note_id = note.source_id
                           AND past.settled_at <= {moment})
               ) AS credited_paisa
        FROM app.disputed_items marked JOIN app.disputes dispute ON dispute.id = marked.dispute_id
        WHERE marked.item_id = item.id AND dispute.opened_at <= {moment}
          AND (dispute.settled_at IS NULL OR dispute.settled_at > {moment})
    ) mark
"""
"""How much of `item` was in dispute at a moment, and not given back by a credit note since: that is not open any more.

A note that has settled one dispute counts for no other. Notes lessen the disputes that were there, the oldest first.
"""
_DISPUTED_OF_ACCOUNT = text(f"""
    SELECT item.id, disputed.amount_paisa
    FROM app.receivable_items item CROSS JOIN LATERAL ({DISPUTED.format(moment=":moment")}) disputed
    WHERE item.account_id = :account_id AND item.amount_paisa > 0 AND disputed.amount_paisa > 0
""")  # noqa: S608 - constants of this file


def disputed_as_of(session: Session, account_id: UUID, moment: datetime) -> dict[UUID, int]:
    """How much of which debt of an account was in dispute at a moment."""
    rows = session.execute(_DISPUTED_OF_ACCOUNT, {"account_id": account_id, "moment": moment})
    return {row.id: row.amount_paisa for row in rows}


_AGREEMENTS = """
    SELECT agreement.id, agreement.vendor_id, agreement.retailer_id, agreement.currency,
           agreement.receivable_account_id, agreement.agreed_at, receivable.posted_paisa, receivable.held_paisa,
           receivable.limit_paisa
    FROM app.credit_agreements agreement
    JOIN app.receivables receivable ON receivable.account_id = agreement.receivable_account_id
    WHERE agreement.{side} = :business_id
      {with_one} {beyond}
    ORDER BY {by} LIMIT :limit
"""
# What is owed changes with every sale and has no index: a business's agreements, some thousand at most, are sorted.
LIMIT_ORDERS_AS_VENDOR = {
    "counterparty": Order((("agreement.retailer_id", "uuid"), ("agreement.currency", "text"))),
    "owed": Order((("receivable.posted_paisa", "bigint"), ("agreement.id", "uuid")), is_descending=True),
}
LIMIT_ORDERS_AS_RETAILER = {
    "counterparty": Order((("agreement.vendor_id", "uuid"), ("agreement.currency", "text"))),
    "owed": LIMIT_ORDERS_AS_VENDOR["owed"],
}


def vendors_of(session: Session, retailer_id: UUID) -> list[UUID]:
    """The vendors that sell to a retailer on credit."""
    rows = session.execute(
        text("SELECT DISTINCT vendor_id FROM app.credit_agreements WHERE retailer_id = :retailer_id"),
        {"retailer_id": retailer_id},
    )
    return list(rows.scalars())


def agreements_as_vendor(
    session: Session,
    business_id: UUID,
    *,
    counterparty_id: UUID | None = None,
    order: Order = LIMIT_ORDERS_AS_VENDOR["counterparty"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """A vendor's credit customers (or the one asked for) with limit, owed and promised."""
    with_one = "" if counterparty_id is None else "AND agreement.retailer_id = :counterparty_id"
    asked = _AGREEMENTS.format(side="vendor_id", with_one=with_one, beyond=order.beyond(after), by=order.by)
    values = {"business_id": business_id, "counterparty_id": counterparty_id, "limit": limit}
    return session.execute(text(asked), values | order.values(after)).mappings().all()


def agreements_as_retailer(
    session: Session,
    business_id: UUID,
    *,
    order: Order = LIMIT_ORDERS_AS_RETAILER["counterparty"],
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[RowMapping]:
    """Whom a retailer may buy from on credit, with limit, owed and promised."""
    asked = _AGREEMENTS.format(side="retailer_id", with_one="", beyond=order.beyond(after), by=order.by)
    values = {"business_id": business_id, "limit": limit}
    return session.execute(text(asked), values | order.values(after)).mappings().all()


class ScoreInForce(NamedTuple):
    """The score that the last adopted run gave a retailer."""

    score: int | None
    grade: str


class Exposure(NamedTuple):
    """What a retailer owes and was promised in one currency, and under how many limits."""

    retailer_id: UUID
    currency: str
    exposure_paisa: int
    limits: int


class LastAdopted(NamedTuple):
    """The newest run whose predictions hold."""

    run_id: str
    as_of: date
    predicted_at: datetime


def lock_adoption(session: Session) -> None:
    """Let one adoption decide at a time; the lock falls with the transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('adopt-publication', 0))"))


def last_adopted_run(session: Session) -> LastAdopted | None:
    """The newest run that is adopted and not reverted."""
    row = session.execute(
        text("""
            SELECT run_id, as_of, predicted_at FROM app.adopted_runs
            WHERE outcome = 'adopted' AND reverted_at IS NULL
            ORDER BY as_of DESC, predicted_at DESC LIMIT 1
        """)
    ).one_or_none()
    return None if row is None else LastAdopted._make(row)


def scores_in_force(session: Session) -> dict[UUID, ScoreInForce]:
    """Every retailer's score by the last run that gave it one and was not reverted."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (given.retailer_id) given.retailer_id, given.score, given.grade
            FROM app.adopted_scores given JOIN app.adopted_runs run ON run.run_id = given.run_id
            WHERE run.outcome = 'adopted' AND run.reverted_at IS NULL
            ORDER BY given.retailer_id, run.as_of DESC, run.predicted_at DESC
        """)
    )
    return {row.retailer_id: ScoreInForce(row.score, row.grade) for row in rows}


def exposures(session: Session) -> list[Exposure]:
    """Exposure and number of limits, per retailer and currency."""
    rows = session.execute(
        text("""
            SELECT agreement.retailer_id, agreement.currency,
                   CAST(sum(greatest(receivable.posted_paisa + receivable.held_paisa, 0)) AS bigint),
                   count(*) FILTER (WHERE receivable.limit_paisa > 0)
            FROM app.credit_agreements agreement
            JOIN app.receivables receivable ON receivable.account_id = agreement.receivable_account_id
            GROUP BY agreement.retailer_id, agreement.currency
        """)
    )
    return [Exposure._make(row) for row in rows]


def unknown_retailers(session: Session, retailer_ids: Sequence[UUID]) -> int:
    """How many of the ids are not of a retailer here."""
    row = session.execute(
        text("""
            SELECT count(*) FROM unnest(CAST(:ids AS uuid[])) AS asked (id)
            WHERE NOT EXISTS (SELECT FROM app.businesses WHERE id = asked.id AND is_retailer)
        """),
        {"ids": list(retailer_ids)},
    )
    return int(row.scalar_one())
