"""What a party owes and was promised, in one locked row beside its limit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.ledger import queries
from commerce.ledger.errors import AccountNotFound, CreditLimitExceeded
from foundation import clock
from foundation.money import format_amount
from foundation.statements import Statement


@dataclass(frozen=True)
class Exposure:
    """What a party owes and was promised, and its limit, as the locked row has them."""

    posted_paisa: int
    held_paisa: int
    limit_paisa: int

    @property
    def available_paisa(self) -> int:
        """What may still be promised; negative when the limit was lowered below what is owed."""
        return self.limit_paisa - self.posted_paisa - self.held_paisa


_HOLD = Statement("""
    UPDATE app.receivables SET held_paisa = held_paisa + :amount
    WHERE account_id = :account_id AND posted_paisa + held_paisa + :amount <= limit_paisa
    RETURNING posted_paisa, held_paisa, limit_paisa
""")


def take_hold(session: Session, *, account_id: UUID, amount_paisa: int, currency: str) -> Exposure:
    """Promise credit if there is room, and return the exposure after it. The caller writes the hold's row.

    One conditional UPDATE under the row's lock: parallel callers cannot pass the limit together.
    Raises AccountNotFound, CreditLimitExceeded.
    """
    row = _HOLD.first(session, {"account_id": account_id, "amount": amount_paisa})
    if row is not None:
        return Exposure(*row)
    raise limit_exceeded(see_exposure(session, account_id=account_id), amount_paisa, currency)


def limit_exceeded(seen: Exposure, amount_paisa: int, currency: str) -> CreditLimitExceeded:
    """That so much more has no room under the limit."""
    return CreditLimitExceeded(
        f"{format_amount(amount_paisa, currency)} asked, {format_amount(max(0, seen.available_paisa), currency)} left "
        f"of a limit of {format_amount(seen.limit_paisa, currency)} "
        f"({format_amount(seen.posted_paisa, currency)} owed, {format_amount(seen.held_paisa, currency)} promised); "
        "order less, pay what is due, or ask the vendor for a higher limit",
        asked_paisa=amount_paisa,
        available_paisa=seen.available_paisa,
        limit_paisa=seen.limit_paisa,
        owed_paisa=seen.posted_paisa,
        held_paisa=seen.held_paisa,
    )


def tolerated(limit_paisa: int, tolerance_percent: Decimal) -> int:
    """By how much an approved promise may go over a limit, whole paisa and never a part of one more."""
    return int(limit_paisa * tolerance_percent / 100)


# The ceiling goes up by what the limit has no room for: the row says what is lawful, and the next promise is judged by
# the limit alone again.
_HOLD_BEYOND = text("""
    UPDATE app.receivables
    SET held_paisa = held_paisa + :amount,
        ceiling_paisa = greatest(ceiling_paisa, posted_paisa + held_paisa + :amount)
    WHERE account_id = :account_id
      AND posted_paisa + held_paisa + :amount <= limit_paisa + floor(limit_paisa * CAST(:percent AS numeric) / 100)
    RETURNING posted_paisa, held_paisa, limit_paisa
""")


def take_hold_beyond(
    session: Session, *, account_id: UUID, amount_paisa: int, currency: str, tolerance_percent: Decimal
) -> Exposure:
    """Promise credit that a person approved, if limit and tolerance together have room; the exposure after it.

    Judged by the locked row as `take_hold` is. Raises AccountNotFound, CreditLimitExceeded.
    """
    values = {"account_id": account_id, "amount": amount_paisa, "percent": tolerance_percent}
    row = session.execute(_HOLD_BEYOND, values).one_or_none()
    if row is not None:
        return Exposure(row.posted_paisa, row.held_paisa, row.limit_paisa)
    raise limit_exceeded(see_exposure(session, account_id=account_id), amount_paisa, currency)


def see_exposure(session: Session, *, account_id: UUID) -> Exposure:
    """What is owed and promised, without a lock: to be shown, not to be decided on. Raises AccountNotFound."""
    seen = queries.exposure(session, account_id)
    if seen is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(*seen)


_LOCK_EXPOSURE = Statement("""
    SELECT posted_paisa, held_paisa, limit_paisa FROM app.receivables WHERE account_id = :account_id
    FOR NO KEY UPDATE
""")


def lock_exposure(session: Session, *, account_id: UUID) -> Exposure:
    """Lock the account before how much to hold is known. Raises AccountNotFound."""
    row = _LOCK_EXPOSURE.first(session, {"account_id": account_id})
    if row is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(*row)


_MOVE_EXPOSURE = Statement("""
    UPDATE app.receivables
    SET posted_paisa = posted_paisa + :posted, held_paisa = held_paisa - :released,
        ceiling_paisa = greatest(ceiling_paisa, posted_paisa + :posted + held_paisa - :released)
    WHERE account_id = :account_id
    RETURNING posted_paisa, held_paisa, limit_paisa
""")


def move_exposure(
    session: Session, *, account_id: UUID, posted_paisa: int = 0, released_paisa: int = 0
) -> Exposure:
    """Lock the account and change what is owed and what is held; never judged by the limit.

    What was delivered, paid or bounced has happened; only a new promise (`take_hold`) is judged.
    """
    values = {"account_id": account_id, "posted": posted_paisa, "released": released_paisa}
    row = _MOVE_EXPOSURE.first(session, values)
    if row is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(*row)


def set_limit(session: Session, *, account_id: UUID, limit_paisa: int) -> Exposure:
    """Lock the account and set its limit; what is already owed or promised above it stays."""
    row = session.execute(
        text("""
            UPDATE app.receivables
            SET limit_paisa = :limit, ceiling_paisa = greatest(:limit, posted_paisa + held_paisa)
            WHERE account_id = :account_id RETURNING posted_paisa, held_paisa, limit_paisa
        """),
        {"account_id": account_id, "limit": limit_paisa},
    ).one_or_none()
    if row is None:
        raise AccountNotFound(f"there is no receivable account {account_id}", account_id=str(account_id))
    return Exposure(row.posted_paisa, row.held_paisa, row.limit_paisa)


_RELEASE_HOLD = text("""
    UPDATE app.holds SET remaining_paisa = CASE WHEN CAST(:amount AS bigint) IS NULL THEN 0
                                                ELSE remaining_paisa - :amount END
    WHERE id = :hold_id
""")


def reduce_hold(session: Session, *, hold_id: UUID, amount_paisa: int | None) -> None:
    """Take `amount_paisa` (None: all) off a hold's row. The caller moves the account's exposure alike."""
    session.execute(_RELEASE_HOLD, {"hold_id": hold_id, "amount": amount_paisa})


def extend_hold(session: Session, *, hold_id: UUID, amount_paisa: int) -> None:
    """Add to a hold's row what `take_hold` promised for its order beyond it."""
    session.execute(
        text("""
            UPDATE app.holds SET amount_paisa = amount_paisa + :amount, remaining_paisa = remaining_paisa + :amount
            WHERE id = :hold_id
        """),
        {"hold_id": hold_id, "amount": amount_paisa},
    )


def write_hold(
    session: Session, *, hold_id: UUID, business_id: UUID, account_id: UUID, amount_paisa: int
) -> None:
    """The hold's row for what `take_hold_beyond` promised; one that was given back holds again."""
    session.execute(
        text("""
            INSERT INTO app.holds (id, business_id, account_id, amount_paisa, remaining_paisa, placed_at)
            VALUES (:hold_id, :business_id, :account_id, :amount, :amount, :now)
            ON CONFLICT (id) DO UPDATE SET amount_paisa = holds.amount_paisa + excluded.amount_paisa,
                                           remaining_paisa = holds.remaining_paisa + excluded.remaining_paisa
        """),
        {
            "hold_id": hold_id,
            "business_id": business_id,
            "account_id": account_id,
            "amount": amount_paisa,
            "now": clock.now(),
        },
    )
