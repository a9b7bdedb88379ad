"""What is refused of expenses."""

from __future__ import annotations

from uuid import UUID

from commerce.expenses.vocabulary import HEADS
from foundation.errors import Conflict, Invalid, NotFound, quoted


class ExpenseInvalid(Invalid):
    """An amount or a mode that cannot be."""

    code = "expense-invalid"


class ExpenseNotFound(NotFound):
    """The shop wrote no such expense."""

    code = "expense-not-found"

    def __init__(self, expense_id: UUID) -> None:
        super().__init__(
            f"this shop wrote no expense {expense_id}; `GET /api/v1/expenses` lists them",
            expense_id=str(expense_id),
        )


class ExpenseHeadUnknown(NotFound):
    """The shop has no such head of expenses."""

    code = "expense-head-unknown"

    def __init__(self, head: str) -> None:
        super().__init__(
            f"{quoted(head)} is no head of this shop's expenses; give one of {', '.join(HEADS)}, or the name of an own "
            "one, which `POST /api/v1/expenses/heads` makes",
            head=head,
        )


class ExpenseHeadTaken(Conflict):
    """The shop has a head of that name, or as many as it may."""

    code = "expense-head-taken"
