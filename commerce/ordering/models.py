"""Orders between a vendor and a retailer, what was delivered of them and what came back.

Two-party tables: both sides see their rows, in queries of two named forms (`…_as_vendor`,
`…_as_retailer`). The payment state of an order is a function of the ledger's open items and is
never stored.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Sequence,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from commerce.ordering.states import CREDIT_STATES, FULFILMENT_STATES, ORDER_STATES
from foundation.database import Base
from foundation.tables import (
    UPDATED_IN_PLACE,
    BusinessId,
    Captured,
    Currency,
    Id,
    Line,
    Moment,
    Paisa,
    Quantity,
    UnitPrice,
    Word,
)

SETTLEMENTS = ("credit", "cash")
PROPOSAL_STATES = ("open", "confirmed", "declined", "withdrawn", "replaced")
CLAIM_KINDS = ("short", "broken")
APPROVAL_REASONS = ("over-limit", "overdue", "every-order")
APPROVAL_STATES = ("waiting", "approved", "declined", "timed-out", "withdrawn", "voided")
CLAIM_STATES = ("open", "accepted", "declined")
EXCHANGE_STATES = ("open", "done", "declined", "withdrawn")
SIDES = ("vendor", "retailer")
QUOTE_KINDS = ("quote", "back_order")
DELIVERY_KINDS = ("delivery", "return")

order_serial = Sequence("order_serial", metadata=Base.metadata, schema="app", cache=1)


class Order(Captured, Base):
    """What a retailer asked a vendor for, and how far that is."""

    __tablename__ = "orders"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(40))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    settlement: Mapped[Word]
    order_state: Mapped[Word]
    fulfilment_state: Mapped[Word]
    credit_state: Mapped[Word]
    total_paisa: Mapped[Paisa]
    """Value of what was ordered and not cancelled, before returns."""
    delivered_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    returned_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    placed_at: Mapped[Moment]
    placed_on: Mapped[date]
    """The vendor's business day of the placement."""
    accepted_at: Mapped[Moment | None]
    promised_on: Mapped[date | None]
    """The vendor's business day by which delivery was promised; of an order with a slot, the slot's day."""
    slot_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.delivery_slots.id"))
    """The slot in which it comes, while it holds a place of it."""
    promised_without_slot: Mapped[date | None]
    """Of an order with a slot: the day that was promised before, and is again when the slot is given up."""
    agreed_on: Mapped[date | None]
    """The promised day for which its vendor accepted it, whatever slot its retailer chose since."""
    closed_at: Mapped[Moment | None]
    expires_at: Mapped[Moment | None]
    """While placed: when an order that nobody accepts lapses."""
    release_at: Mapped[Moment | None]
    """While delivered in part, where its vendor's rules say so: when the left-over is released."""
    channel: Mapped[Word]
    placed_by: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    import_id: Mapped[UUID | None]
    recorded_at: Mapped[Moment] = mapped_column(server_default=text("now()"))
    """Insertion time; business time is `placed_at`."""

    __table_args__ = (
        # The number first: the platform looks for one without knowing whose it is.
        UniqueConstraint("number", "vendor_id"),
        CheckConstraint("vendor_id <> retailer_id", name="two_parties"),
        CheckConstraint(
            "(slot_id IS NULL) = (promised_without_slot IS NULL) AND (slot_id IS NULL OR promised_on IS NOT NULL)",
            name="slot",
        ),
        CheckConstraint(f"settlement IN {SETTLEMENTS}", name="settlement"),
        CheckConstraint(f"order_state IN {ORDER_STATES}", name="order_state"),
        CheckConstraint(f"fulfilment_state IN {FULFILMENT_STATES}", name="fulfilment_state"),
        CheckConstraint(f"credit_state IN {CREDIT_STATES}", name="credit_state"),
        Index("ix_orders_as_vendor", "vendor_id", "placed_at", "id"),
        Index("ix_orders_as_retailer", "retailer_id", "placed_at", "id"),
        Index(None, "placed_at", "id"),
        Index("ix_orders_promised_as_vendor", "vendor_id", "promised_on", "id"),
        Index("ix_orders_promised_as_retailer", "retailer_id", "promised_on", "id"),
        Index("ix_orders_promised", "promised_on", "id"),
        # Most orders end completed, and lists of those find enough along the indexes above.
        Index(
            "ix_orders_unusual_as_vendor",
            "vendor_id",
            "order_state",
            "placed_at",
            "id",
            postgresql_where=text("order_state <> 'completed'"),
        ),
        Index(
            "ix_orders_unusual",
            "order_state",
            "placed_at",
            "id",
            postgresql_where=text("order_state <> 'completed'"),
        ),
        Index("ix_orders_expiring", "expires_at", postgresql_where=text("order_state = 'placed'")),
        Index(
            "ix_orders_releasing",
            "release_at",
            postgresql_where=text("order_state = 'accepted' AND release_at IS NOT NULL"),
        ),
        UPDATED_IN_PLACE,
    )


class OrderLine(Captured, Base):
    """One product of an order. Quantities are in the line's unit; stock is kept in the base unit."""

    __tablename__ = "order_lines"

    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    base_quantity: Mapped[Quantity]
    """Base units in one `unit`, as it was when ordered."""
    unit_price: Mapped[UnitPrice]
    asked_quantity: Mapped[Quantity]
    """What the retailer wanted."""
    ordered_quantity: Mapped[Quantity]
    """What was placed (never more than asked)."""
    is_stock_tracked: Mapped[bool]
    free_with_line: Mapped[int | None] = mapped_column(SmallInteger)
    """The line that this one came free with, at no price."""
    explanation: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """How the price came about: `steps`; of free goods the `buy_in_base` and `get` that earn them."""
    delivered_quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    cancelled_quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    returned_quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    import_id: Mapped[UUID | None]
    import_row: Mapped[int | None]
    """With `import_id` (the file's hash) the identity of an imported line."""

    __table_args__ = (
        CheckConstraint("asked_quantity > 0 AND ordered_quantity >= 0", name="quantities"),
        CheckConstraint(
            "delivered_quantity >= 0 AND cancelled_quantity >= 0"
            " AND delivered_quantity + cancelled_quantity <= ordered_quantity",
            name="within_ordered",
        ),
        CheckConstraint(
            "returned_quantity >= 0 AND returned_quantity <= delivered_quantity", name="returned"
        ),
        Index(None, "product_id"),
        Index(
            "uq_order_lines_import",
            "import_id",
            "import_row",
            unique=True,
            postgresql_where=text("import_id IS NOT NULL"),
        ),
        UPDATED_IN_PLACE,
    )


class Delivery(Captured, Base):
    """Goods that changed hands: a delivery of an order, or a return of it. Added, never changed."""

    __tablename__ = "deliveries"

    id: Mapped[Id]
    kind: Mapped[Word]
    number: Mapped[str] = mapped_column(String(40))
    order_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    """None only for an imported return whose original is not in the file."""
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    total_paisa: Mapped[Paisa]
    delivered_at: Mapped[Moment]
    document_date: Mapped[date]
    reason: Mapped[Line | None]
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[Moment]
    import_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {DELIVERY_KINDS}", name="kind"),
        CheckConstraint("order_id IS NOT NULL OR import_id IS NOT NULL", name="order"),
        UniqueConstraint("vendor_id", "kind", "number"),
        Index(None, "order_id"),
        Index("ix_deliveries_as_vendor", "vendor_id", "delivered_at", "id"),
        Index("ix_deliveries_as_retailer", "retailer_id", "delivered_at", "id"),
        Index(None, "changed_in"),
    )


class DeliveryLine(Captured, Base):
    """One line of a delivery or return; quantities are positive in both, in the line's unit."""

    __tablename__ = "delivery_lines"

    delivery_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.deliveries.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    order_id: Mapped[UUID | None] = mapped_column(Uuid)
    order_line_no: Mapped[int | None] = mapped_column(SmallInteger)
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    base_quantity: Mapped[Quantity]
    quantity: Mapped[Quantity]
    unit_price: Mapped[UnitPrice]
    amount_paisa: Mapped[Paisa]
    import_id: Mapped[UUID | None]
    import_row: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("quantity > 0 AND amount_paisa >= 0", name="positive"),
        ForeignKeyConstraint(
            ["order_id", "order_line_no"], ["app.order_lines.order_id", "app.order_lines.line_no"]
        ),
        Index(None, "product_id"),
        Index(None, "order_id", "order_line_no"),
        Index(
            "uq_delivery_lines_import",
            "import_id",
            "import_row",
            unique=True,
            postgresql_where=text("import_id IS NOT NULL"),
        ),
        Index(None, "changed_in"),
    )


class DeliveryBatch(Base):
    """What a line of a delivery took of a batch, or a return gave back of it; what is in none has no row.

    Label and price are as they were then, for the buyer to read, who does not see the vendor's shelf. Rows are
    added, never changed.
    """

    __tablename__ = "delivery_batches"

    delivery_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    part_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    order_line_no: Mapped[int] = mapped_column(SmallInteger)
    batch_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.stock_batches.id"))
    number: Mapped[Word]
    expires_on: Mapped[date | None]
    mrp_paisa: Mapped[Paisa | None]
    quantity: Mapped[Quantity]
    """In the product's base unit."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        ForeignKeyConstraint(
            ["delivery_id", "line_no"], ["app.delivery_lines.delivery_id", "app.delivery_lines.line_no"]
        ),
        Index(None, "batch_id"),
    )


class TimelineEntry(Captured, Base):
    """What happened to an order, in words that both sides may read. Added, never changed."""

    __tablename__ = "order_timeline"

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    verb: Mapped[Word]
    order_state: Mapped[Word]
    fulfilment_state: Mapped[Word]
    credit_state: Mapped[Word]
    actor_id: Mapped[UUID | None]
    channel: Mapped[Word]
    note: Mapped[Line | None]
    happened_at: Mapped[Moment]
    recorded_at: Mapped[Moment] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index(None, "order_id", "happened_at"), Index(None, "changed_in"))


class OrderRules(Base):
    """What a vendor asks of orders from a moment on; the newest row holds. Added, never changed."""

    __tablename__ = "order_rules"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    acceptance_minutes: Mapped[int]
    """How long an order waits for the vendor's answer before it lapses."""
    quote_minutes: Mapped[int]
    """How long the prices of a kept quote hold."""
    minimum_order_paisa: Mapped[Paisa]
    cancel_notice_hours: Mapped[int | None]
    """An accepted order is cancelled for nothing until so long before its day; empty: until it is accepted."""
    cancel_fee_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    cancel_fee_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3), server_default=text("0"))
    cancel_fee_max_paisa: Mapped[Paisa | None]
    cancel_credit_paisa: Mapped[Paisa] = mapped_column(server_default=text("0"))
    """What the vendor gives when it cancels late itself."""
    cancel_credit_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3), server_default=text("0"))
    cancel_credit_max_paisa: Mapped[Paisa | None]
    needs_proof: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Whether each delivery is to say who received it."""
    release_days: Mapped[int | None]
    """So long after its day the left-over of an order delivered in part is released; empty: never by itself."""
    set_by: Mapped[UUID | None]
    set_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("acceptance_minutes > 0 AND quote_minutes > 0", name="minutes"),
        CheckConstraint("minimum_order_paisa >= 0", name="minimum"),
        CheckConstraint("release_days BETWEEN 0 AND 90", name="release_days"),
        CheckConstraint("cancel_notice_hours BETWEEN 0 AND 720", name="cancel_notice"),
        CheckConstraint(
            "cancel_fee_paisa >= 0 AND cancel_fee_percent BETWEEN 0 AND 100 AND cancel_fee_max_paisa > 0"
            " AND (cancel_fee_paisa = 0 OR cancel_fee_percent = 0)",
            name="cancel_fee",
        ),
        CheckConstraint(
            "cancel_credit_paisa >= 0 AND cancel_credit_percent BETWEEN 0 AND 100 AND cancel_credit_max_paisa > 0"
            " AND (cancel_credit_paisa = 0 OR cancel_credit_percent = 0)",
            name="cancel_credit",
        ),
        Index(None, "business_id", "set_at", "id"),
    )


class KeptQuote(Base):
    """Prices that a vendor keeps for a retailer for a while, good for one order; no goods are promised.

    A back-order is one too: what the vendor had not of an order waits at its prices until the goods come.
    """

    __tablename__ = "quotes"

    id: Mapped[Id]
    kind: Mapped[Word]
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    settlement: Mapped[Word]
    total_paisa: Mapped[Paisa]
    made_at: Mapped[Moment]
    made_by: Mapped[UUID | None]
    valid_until: Mapped[Moment]
    again_of: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    """The order whose lines are asked for again, or wait."""
    order_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("app.orders.id", deferrable=True, initially="DEFERRED")
    )
    """The order that was made of it; it is taken before the order is written."""

    __table_args__ = (
        CheckConstraint(f"kind IN {QUOTE_KINDS}", name="kind"),
        Index(None, "valid_until"),
        Index(
            "ix_quotes_waiting",
            "valid_until",
            postgresql_where=text("kind = 'back_order' AND order_id IS NULL"),
        ),
        Index(
            "ix_quotes_back_orders_as_vendor",
            "vendor_id",
            "made_at",
            "id",
            postgresql_where=text("kind = 'back_order'"),
        ),
        Index(
            "ix_quotes_back_orders_as_retailer",
            "retailer_id",
            "made_at",
            "id",
            postgresql_where=text("kind = 'back_order'"),
        ),
        UPDATED_IN_PLACE,
    )


class KeptQuoteLine(Base):
    """One product of a kept quote, at the terms of the moment when it was made."""

    __tablename__ = "quote_lines"

    quote_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("app.quotes.id", ondelete="CASCADE"), primary_key=True
    )
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    product_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.products.id"))
    unit: Mapped[str] = mapped_column(String(20))
    base_quantity: Mapped[Quantity]
    unit_price: Mapped[UnitPrice]
    quantity: Mapped[Quantity]
    minimum_quantity: Mapped[Quantity]
    step: Mapped[Quantity]
    is_stock_tracked: Mapped[bool]
    lead_time_days: Mapped[int]
    free_with_line: Mapped[int | None] = mapped_column(SmallInteger)
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As an order line keeps it."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class ChangeProposal(Base):
    """Other quantities for an order, as one side would have them; the other confirms or declines."""

    __tablename__ = "order_proposals"

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    order_version: Mapped[int]
    """The version of the order that it was made for; it is good for no other."""
    side: Mapped[Word]
    state: Mapped[Word]
    note: Mapped[Line | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`line_no`, `quantity` (as it would be) and `before`, decimals as strings."""
    change_paisa: Mapped[Paisa]
    """By how much the order's value would change."""
    proposed_by: Mapped[UUID | None]
    proposed_at: Mapped[Moment]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint(f"side IN {SIDES}", name="side"),
        CheckConstraint(f"state IN {PROPOSAL_STATES}", name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        Index(None, "order_id", "proposed_at"),
        Index("uq_order_proposals_open", "order_id", unique=True, postgresql_where=text("state = 'open'")),
        UPDATED_IN_PLACE,
    )


class OrderApproval(Base):
    """An order on credit that waits, or waited, for a person to let it go over the limit or past a debt that is late.

    An approved one is good for its amount; a larger order voids it and waits anew.
    """

    __tablename__ = "order_approvals"

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    vendor_id: Mapped[BusinessId]
    retailer_id: Mapped[BusinessId]
    currency: Mapped[Currency]
    reason: Mapped[Word]
    amount_paisa: Mapped[Paisa]
    """What the order is worth; once approved, what it may be worth."""
    tolerance_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    """By so much of the limit it may go over it: under the rule when it began to wait, then when it was approved."""
    excess_paisa: Mapped[Paisa]
    """By how much it goes over the limit: as it looked when it began to wait, then as the approval found it."""
    days_late: Mapped[int | None]
    state: Mapped[Word]
    requested_by: Mapped[UUID | None]
    """Who made it so large last: neither that person nor who made it larger before approves it."""
    requested_at: Mapped[Moment]
    escalate_at: Mapped[Moment]
    escalated_at: Mapped[Moment | None]
    due_at: Mapped[Moment]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[Moment | None]
    limit_paisa: Mapped[int | None] = mapped_column(BigInteger)
    """The limit of the locked row when it was approved."""
    note: Mapped[Line | None]

    __table_args__ = (
        CheckConstraint("amount_paisa > 0", name="positive"),
        CheckConstraint(f"reason IN {APPROVAL_REASONS}", name="reason"),
        CheckConstraint(f"state IN {APPROVAL_STATES}", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state <> 'approved' OR (decided_by IS NOT NULL AND decided_by IS DISTINCT FROM requested_by)",
            name="two_people",
        ),
        Index(
            "uq_order_approvals_waiting", "order_id", unique=True, postgresql_where=text("state = 'waiting'")
        ),
        Index(None, "order_id", "requested_at"),
        Index("ix_order_approvals_as_vendor", "vendor_id", "requested_at", "id"),
        Index("ix_order_approvals_as_retailer", "retailer_id", "requested_at", "id"),
        Index(
            "ix_order_approvals_to_escalate",
            "escalate_at",
            postgresql_where=text("state = 'waiting' AND escalated_at IS NULL"),
        ),
        UPDATED_IN_PLACE,
    )


class OrderTemplate(Base):
    """A basket with a name that a retailer orders from a vendor again and again."""

    __tablename__ = "order_templates"

    id: Mapped[Id]
    business_id: Mapped[BusinessId]
    vendor_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.businesses.id"))
    name: Mapped[Word]
    settlement: Mapped[Word]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`product_id`, `unit` (null: the offer's) and `quantity`, as strings."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("business_id", "vendor_id", "name"),)


class Claim(Base):
    """Goods of a delivered order that came short or broken, as the retailer says; the vendor accepts or declines."""

    __tablename__ = "claims"

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[Word]
    state: Mapped[Word]
    note: Mapped[Line | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`line_no` and `quantity`, in the order line's unit."""
    photo_key: Mapped[str | None] = mapped_column(String(200))
    """Where the object store has the photo."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[Moment]
    answer: Mapped[Line | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[Moment | None]
    credit_note_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))

    __table_args__ = (
        CheckConstraint(f"kind IN {CLAIM_KINDS}", name="kind"),
        CheckConstraint(f"state IN {CLAIM_STATES}", name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(state = 'accepted') = (credit_note_id IS NOT NULL)", name="credited"),
        Index(None, "order_id", "made_at"),
        UPDATED_IN_PLACE,
    )


class Exchange(Base):
    """Goods that come back for others, or for the same ones whole; asked by the retailer or done by the vendor."""

    __tablename__ = "exchanges"

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    vendor_id: Mapped[UUID] = mapped_column(Uuid)
    retailer_id: Mapped[UUID] = mapped_column(Uuid)
    currency: Mapped[Currency]
    side: Mapped[Word]
    state: Mapped[Word]
    reason: Mapped[Line]
    back: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`line_no` and `quantity`, in the order line's unit."""
    same: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What of it goes out again on its own line, alike."""
    others: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`product_id`, `unit` (null: the offer's) and `quantity`, as strings."""
    agreed_paisa: Mapped[int | None] = mapped_column(BigInteger)
    """What the others cost when the retailer asked: they cost no more when the vendor agrees."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[Moment]
    answer: Mapped[Line | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[Moment | None]
    credit_note_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))
    replacement_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.deliveries.id"))
    new_order_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("app.orders.id"))
    credited_paisa: Mapped[int | None] = mapped_column(BigInteger)
    charged_paisa: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(f"side IN {SIDES}", name="side"),
        CheckConstraint(f"state IN {EXCHANGE_STATES}", name="state"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(state = 'done') = (credit_note_id IS NOT NULL)", name="credited"),
        Index(None, "order_id", "made_at"),
        UPDATED_IN_PLACE,
    )
