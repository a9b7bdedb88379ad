"""What a vendor wants of orders over the limit, of late payers, or of all: refused, or held until somebody approves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from commerce.credit.agreements import find_agreement
from commerce.credit.errors import CreditStopped, StopInvalid
from commerce.credit.models import STOP_MODES, CreditStop
from commerce.ledger import service as ledger
from foundation import clock
from foundation.ids import uuid7

WINDOW_MINUTES = 24 * 60
WINDOW_MINUTES_MAX = 14 * 24 * 60
"""A held order keeps goods from others: nobody has to wait for them longer than two weeks."""
PAIR_ONLY = ("as-vendor",)


class StopRule(NamedTuple):
    """What a vendor wants, for all its customers or for one; see `commerce.credit.models.CreditStop`."""

    mode: str = "refuse"
    tolerance_percent: Decimal = Decimal(0)
    overdue_days: int | None = None
    window_minutes: int = WINDOW_MINUTES
    escalate_minutes: int = WINDOW_MINUTES // 2


class Stop(NamedTuple):
    """The rule that holds orders of a pair at a moment, and how late the retailer is by it."""

    rule: StopRule
    days_late: int | None
    """Of the oldest debt that is late for longer than the rule lets it be; None: there is none."""

    @property
    def reason(self) -> str | None:
        """Why an order waits though it fits the limit; None: it does not."""
        if self.rule.mode == "hold-all":
            return "every-order"
        return None if self.days_late is None else "overdue"

    def refuse_if_stopped(self) -> None:
        """Raises CreditStopped where the rule lets no order on credit pass."""
        if self.rule.mode == "refuse-all":
            raise CreditStopped(
                "the vendor takes no orders on credit from this retailer for now; settle in cash, or ask the vendor"
            )


# Asked with every order: a function of the database, whose plans are kept, costs least where nobody has said anything.
STOP = """
    SELECT app.credit_stop(vendor_id, retailer_id, receivable_account_id, time_zone, :now) AS stop FROM relation
"""
"""The rule in force as one value, NULL where orders are refused. Wants `relation`, a row of RELATION."""


def as_stop(said: dict[str, Any] | None) -> Stop | None:
    """What STOP answered; None: orders over the limit are refused."""
    if said is None:
        return None
    days_late = said.pop("days_late")
    return Stop(StopRule(**{**said, "tolerance_percent": Decimal(said["tolerance_percent"])}), days_late)


_BETWEEN = text(f"""
    WITH relation AS (
        SELECT vendor.id AS vendor_id, CAST(:retailer_id AS uuid) AS retailer_id, vendor.time_zone,
               agreement.receivable_account_id
        FROM app.businesses vendor
        JOIN app.credit_agreements agreement ON agreement.vendor_id = vendor.id
            AND agreement.retailer_id = :retailer_id AND agreement.currency = vendor.currency
        WHERE vendor.id = :vendor_id
    ) {STOP}
""")  # noqa: S608 - all parts are constants


def stop_between(session: Session, vendor_id: UUID, retailer_id: UUID) -> Stop | None:
    """The rule that holds orders of a pair now; None where those over the limit are refused."""
    values = {"vendor_id": vendor_id, "retailer_id": retailer_id, "now": clock.now()}
    return as_stop(session.execute(_BETWEEN, values).scalar_one_or_none())


_RULE_OF = text("""
    SELECT mode, tolerance_percent, overdue_days, window_minutes, escalate_minutes FROM app.credit_stops
    WHERE vendor_id = :vendor_id AND retailer_id IS NOT DISTINCT FROM CAST(:retailer_id AS uuid) AND valid_from <= :now
    ORDER BY valid_from DESC, id DESC LIMIT 1
""")


def rule_of(session: Session, vendor_id: UUID, retailer_id: UUID | None = None) -> StopRule:
    """What a vendor said last, for all its customers or for one of them."""
    values = {"vendor_id": vendor_id, "retailer_id": retailer_id, "now": clock.now()}
    row = session.execute(_RULE_OF, values).one_or_none()
    if row is None:
        return StopRule(mode="refuse" if retailer_id is None else "as-vendor")
    return StopRule._make(row)


def set_stop(
    session: Session,
    *,
    vendor_id: UUID,
    rule: StopRule,
    reason: str,
    retailer_id: UUID | None = None,
    set_by: UUID | None = None,
    policy_version: str | None = None,
) -> UUID:
    """From now on orders that credit has no room for are refused, or held; for all customers or for one. The row's id.

    Said by a person or by a policy. Orders that wait already go on waiting, as long as the rule of their time let them;
    whether they may be approved is judged by what is said by then.
    Raises AgreementNotFound, StopInvalid.
    """
    _check(rule, retailer_id)
    if (set_by is None) == (policy_version is None):
        raise StopInvalid("a stop is set by a person or by a policy: name exactly one of them")
    if retailer_id is not None:
        agreement = find_agreement(session, vendor_id=vendor_id, retailer_id=retailer_id)
        # A policy and the vendor who speak of one pair at once find each other here: the later word holds.
        ledger.lock_exposure(session, account_id=agreement.receivable_account_id)
    stop_id = uuid7()
    session.execute(
        insert(CreditStop.__table__).values(  # type: ignore[arg-type]
            id=stop_id,
            vendor_id=vendor_id,
            retailer_id=retailer_id,
            **rule._asdict(),
            reason=reason,
            set_by=set_by,
            policy_version=policy_version,
            valid_from=clock.now(),
        )
    )
    return stop_id


def _check(rule: StopRule, retailer_id: UUID | None) -> None:
    modes = [mode for mode in STOP_MODES if retailer_id is not None or mode not in PAIR_ONLY]
    if rule.mode not in modes:
        raise StopInvalid(f"orders are not treated by {rule.mode!r}; give one of {', '.join(modes)}")
    if not 0 <= rule.tolerance_percent <= 100:
        raise StopInvalid(f"{rule.tolerance_percent} % over the limit is out of bounds; give 0 to 100")
    if rule.overdue_days is not None and not 0 <= rule.overdue_days <= 365:
        raise StopInvalid(f"{rule.overdue_days} days late is out of bounds; give 0 to 365, or none")
    if not 1 <= rule.window_minutes <= WINDOW_MINUTES_MAX:
        raise StopInvalid(
            f"an order cannot wait {rule.window_minutes} minutes; give 1 to {WINDOW_MINUTES_MAX}"
        )
    if not 0 < rule.escalate_minutes <= rule.window_minutes:
        raise StopInvalid(
            f"the owner is told after {rule.escalate_minutes} minutes of {rule.window_minutes}; give a part of them"
        )
