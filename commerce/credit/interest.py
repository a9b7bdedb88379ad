"""Interest on what is paid late, by the vendor's rule: simple, by the day, as items of their own.

A day bears interest when something was open at its end and the debt was late by more days than the rule leaves.
Interest bears none. A rule holds from the day on which it was set, never for days before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from commerce.credit import interest_queries as queries
from commerce.credit.agreements import find_agreement
from commerce.credit.errors import InterestRuleInvalid
from commerce.credit.events import InterestCharged
from commerce.credit.interest_queries import DisputedDays
from commerce.credit.models import InterestCharge, InterestRule
from commerce.credit.outlook import Step, past_due_history, settled_parts
from commerce.credit.queries import Agreement
from commerce.ledger import service as ledger
from foundation import clock
from foundation.clock import business_day
from foundation.events import publish
from foundation.ids import uuid7

DAYS_OF_YEAR = 365
PERCENT_MAX = Decimal(100)


def interest_paisa(steps: Sequence[Step], percent: Decimal, first: date, last: date) -> int:
    """Simple interest at `percent` a year on what was open at the end of each day from `first` to `last`. Pure.

    Rounded half-even once.
    """
    paisa_days = 0
    for step, following in zip(steps, [*steps[1:], None], strict=False):
        begin = max(step.day, first)
        end = last if following is None else min(last, following.day - timedelta(days=1))
        paisa_days += step.open_paisa * max(0, (end - begin).days + 1)
    exact = paisa_days * percent / (100 * DAYS_OF_YEAR)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def undisputed(steps: Sequence[Step], disputed: Sequence[DisputedDays], until: date) -> list[Step]:
    """How a debt stood without what was in dispute on each day, the days of opening and settling included. Pure.

    Days of a dispute bear no interest on its amount, however it ended.
    """
    days = {step.day for step in steps}
    for one in disputed:
        days |= {one.first, (one.last or until) + timedelta(days=1)}
    told = []
    for day in sorted(days):
        standing = [step for step in steps if step.day <= day]
        if not standing or day > until:
            continue
        marked = sum(one.amount_paisa for one in disputed if one.first <= day <= (one.last or until))
        told.append(standing[-1]._replace(day=day, open_paisa=max(0, standing[-1].open_paisa - marked)))
    return told


def set_interest_rule(
    session: Session, *, vendor_id: UUID, percent: Decimal, after_days: int, set_by: UUID
) -> None:
    """Set the interest a year on what is later than `after_days`, from today on; 0 percent for none.

    Raises InterestRuleInvalid.
    """
    if not (0 <= percent <= PERCENT_MAX and 0 <= after_days <= 365) or percent != round(percent, 3):
        raise InterestRuleInvalid(
            f"{percent} percent after {after_days} days is no rule; give 0 to {PERCENT_MAX} percent a year with three "
            "decimals at most, and 0 to 365 days"
        )
    session.execute(
        insert(InterestRule.__table__).values(  # type: ignore[arg-type]
            id=uuid7(),
            vendor_id=vendor_id,
            percent=percent,
            after_days=after_days,
            set_by=set_by,
            valid_from=clock.now(),
        )
    )


@dataclass(frozen=True)
class Charged:
    """Interest that was charged to a retailer: its item (None: nothing was due) and amount."""

    item_id: UUID | None
    amount_paisa: int


def charge_interest(
    session: Session, *, vendor_id: UUID, retailer_id: UUID, actor_id: UUID | None = None
) -> Charged:
    """Charge a retailer the interest up to yesterday that was not charged yet, as one item that is due today.

    Each day of a debt is charged once, however often this is asked for. Raises AgreementNotFound,
    InterestRuleInvalid (the vendor set no rule).
    """
    agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
    # Under the account's lock: two who charge the same days find each other here.
    ledger.lock_exposure(session, account_id=agreement.receivable_account_id)
    rule = queries.rule_in_force(session, vendor_id, clock.now())
    if rule is None:
        raise InterestRuleInvalid(
            f"vendor {vendor_id} set no interest; `PUT /api/v1/credit/interest-rule` does",
            vendor_id=str(vendor_id),
        )
    today = business_day(clock.now(), agreement.time_zone)
    yesterday = today - timedelta(days=1)
    rule_from = business_day(rule.valid_from, agreement.time_zone)
    debts = queries.late_debts(
        session,
        agreement.receivable_account_id,
        after_days=rule.after_days,
        rule_from=rule_from,
        last=yesterday,
    )
    # Asked of all debts together: the account is locked meanwhile.
    settled = settled_parts(session, [debt.id for debt in debts])
    disputed = queries.disputed_days(session, [debt.id for debt in debts], agreement.time_zone)
    parts = []
    for debt in debts:
        steps = past_due_history(
            debt.amount_paisa, debt.document_date, debt.due_date, settled[debt.id], yesterday
        )
        steps = undisputed(steps, disputed.get(debt.id, []), yesterday)
        if amount := interest_paisa(steps, rule.percent, debt.first, yesterday):
            parts.append((debt.id, debt.first, amount))
    total = sum(amount for _, _, amount in parts)
    if not total:
        return Charged(None, 0)
    charge_id = uuid7()
    item = _post(session, agreement, charge_id, total, today)
    session.execute(
        insert(InterestCharge.__table__),  # type: ignore[arg-type]
        [
            {
                "id": uuid7(),
                "vendor_id": vendor_id,
                "retailer_id": retailer_id,
                "item_id": debt_id,
                "first_day": first,
                "last_day": yesterday,
                "percent": rule.percent,
                "amount_paisa": amount,
                "interest_item_id": item.id,
                "charged_at": clock.now(),
            }
            for debt_id, first, amount in parts
        ],
    )
    publish(
        session,
        InterestCharged(
            item_id=str(item.id),
            vendor_id=str(vendor_id),
            retailer_id=str(retailer_id),
            amount_paisa=total,
            currency=agreement.currency,
        ),
        business_id=vendor_id,
        actor_id=actor_id,
        channel="api",
    )
    return Charged(item.id, total)


def _post(
    session: Session, agreement: Agreement, charge_id: UUID, amount_paisa: int, day: date
) -> ledger.Item:
    account_id = agreement.receivable_account_id
    ledger.move_exposure(session, account_id=account_id, posted_paisa=amount_paisa)
    transaction_id = ledger.post_mirrored(
        session,
        source="interest",
        source_id=charge_id,
        effective_date=day,
        currency=agreement.currency,
        amount_paisa=amount_paisa,
        seller=ledger.Leg(agreement.vendor_id, debit=account_id, credit="interest_income"),
        buyer=ledger.Leg(agreement.retailer_id, debit="interest_expense", credit=agreement.payable_account_id)
        if agreement.payable_account_id is not None
        else None,
    )
    item = ledger.Item(
        business_id=agreement.vendor_id,
        account_id=account_id,
        kind="interest",
        amount_paisa=amount_paisa,
        currency=agreement.currency,
        document_date=day,
        due_date=day,
        source="interest",
        source_id=charge_id,
        transaction_id=transaction_id,
    )
    ledger.enter_item(session, item)
    return item
