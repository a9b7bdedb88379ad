"""Batches: which of them goods go out of, and what a label that comes in says.

The row of the good's level guards its batches: whoever reads or changes them has locked it before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from commerce.stock import queries
from commerce.stock.errors import BatchExpired, BatchNotFound, BatchShort, StockAdjustmentInvalid
from commerce.stock.expiry import expire
from commerce.stock.queries import Batch, Label, Level
from foundation import clock
from foundation.clock import business_day
from foundation.ids import uuid7s
from foundation.money import format_quantity

NONE = Decimal(0)
NUMBER_MAX = 40

Part = tuple[Batch | None, Decimal]
"""So much of a batch, in base units; None is what lies there without one."""


@dataclass(frozen=True)
class Incoming:
    """So much of a good that comes in as one batch, with what its label says."""

    product_id: UUID
    number: str
    quantity: Decimal
    expires_on: date | None = None
    mrp_paisa: int | None = None


@dataclass(frozen=True)
class Outgoing:
    """So much of a good that goes out; `named` are the batches to take it from (None: without one), all of it."""

    product_id: UUID
    quantity: Decimal
    named: Mapping[str | None, Decimal] | None = None


# Going out ----------------------------------------------------------------------------------


def is_expired(batch: Batch, today: date) -> bool:
    """Whether a batch may be sold no longer; on the day of its expiry it may."""
    return batch.expires_on is not None and batch.expires_on < today


def first_out(wanted: Decimal, batches: Collection[Batch], unbatched: Decimal, today: date) -> list[Part]:
    """What of a shelf goes out: first expiry first, then batches without a date, then goods without a batch. Pure.

    Goods without a batch come last because nothing is known to run out on them. An expired batch is never chosen:
    the parts are less than wanted where nothing else is left.
    """
    sound = sorted((batch for batch in batches if not is_expired(batch, today)), key=_by_expiry)
    return _taken(wanted, [*((batch, batch.on_hand) for batch in sound), (None, unbatched)])


def expired_first(wanted: Decimal, batches: Collection[Batch], unbatched: Decimal, today: date) -> list[Part]:
    """What of a shelf is thrown away as expired: the expired batches, then goods without a batch. Pure."""
    spoiled = sorted((batch for batch in batches if is_expired(batch, today)), key=_by_expiry)
    return _taken(wanted, [*((batch, batch.on_hand) for batch in spoiled), (None, unbatched)])


def _by_expiry(batch: Batch) -> tuple[bool, date, object, str]:
    return batch.expires_on is None, batch.expires_on or date.max, batch.made_at, batch.number


def _taken(wanted: Decimal, there: Sequence[Part]) -> list[Part]:
    parts: list[Part] = []
    for batch, quantity in there:
        if part := min(wanted, quantity):
            parts.append((batch, part))
            wanted -= part
    return parts


def total(parts: Sequence[Part]) -> Decimal:
    """How much the parts are together."""
    return sum((quantity for _, quantity in parts), NONE)


def pick(
    session: Session,
    *,
    business_id: UUID,
    levels: Mapping[tuple[UUID, UUID], Level],
    outgoing: Sequence[Outgoing],
    today: date,
) -> list[list[Part]]:
    """The batches that each of the goods goes out of; of a good without a level, or without batches, none.

    `levels` are locked. Raises BatchNotFound, BatchExpired, BatchShort.
    """
    held = {
        one.product_id
        for one in outgoing
        if (level := levels.get((business_id, one.product_id))) is not None and (level.batched or one.named)
    }
    named = {(one.product_id, number) for one in outgoing for number in one.named or () if number is not None}
    shelves = shelves_of(session, business_id, held, levels, named)
    parts: list[list[Part]] = [[(None, one.quantity)] for one in outgoing]
    # What is named goes first: else a line that leaves the choice to us could take it away.
    for place, one in sorted(enumerate(outgoing), key=lambda each: each[1].named is None):
        shelf = shelves.get(one.product_id)
        if shelf is None:
            if one.named and set(one.named) != {None}:
                raise BatchNotFound(
                    f"no batches of product {one.product_id} are kept here; leave them out",
                    product_id=str(one.product_id),
                )
            continue
        parts[place] = (
            shelf.first_out(session, one.quantity, today)
            if one.named is None
            else shelf.named(session, one.named, today)
        )
        shelf.take(parts[place])
    return parts


@dataclass
class Shelf:
    """A good's batches and what lies there without one, while parts of it are taken."""

    product_id: UUID
    batches: dict[str, Batch]
    unbatched: Decimal

    def first_out(self, session: Session, wanted: Decimal, today: date) -> list[Part]:
        """The parts that go out by themselves. Raises BatchExpired where only expired goods are left."""
        parts = first_out(wanted, self.batches.values(), self.unbatched, today)
        if (there := total(parts)) < wanted:
            good = queries.counted(session, [self.product_id])[self.product_id]
            expired = sorted(
                (one for one in self.batches.values() if one.on_hand and is_expired(one, today)),
                key=_by_expiry,
            )
            told = ", ".join(
                f"{format_quantity(one.on_hand)} of batch {one.number} expired on {one.expires_on}"
                for one in expired
            )
            raise BatchExpired(
                f"{format_quantity(wanted)} {good.base_unit} of {good.sku} go out, but only "
                f"{format_quantity(there)} lie there that may be sold ({told}); deliver what may be sold, end the "
                "order and take the rest out as expired, or take new goods in first",
                product_id=str(self.product_id),
                available=format_quantity(there),
            )
        return parts

    def named(self, session: Session, named: Mapping[str | None, Decimal], today: date) -> list[Part]:
        """The parts that somebody chose. Raises BatchNotFound, BatchExpired, BatchShort."""
        parts: list[Part] = []
        for number, quantity in named.items():
            batch = None if number is None else self.find(session, number)
            there = self.unbatched if batch is None else batch.on_hand
            if batch is not None and is_expired(batch, today):
                raise BatchExpired(
                    f"batch {batch.number} expired on {batch.expires_on} and goes out no more; name another, "
                    "or leave the batches out",
                    batch=batch.number,
                    expires_on=str(batch.expires_on),
                )
            if quantity > there:
                raise BatchShort(
                    f"{format_quantity(quantity)} go out of {_called(batch)}, but only {format_quantity(there)} "
                    "lie there; name others for the rest",
                    batch=number,
                    available=format_quantity(there),
                )
            parts.append((batch, quantity))
        return parts

    def find(self, session: Session, number: str) -> Batch:
        """The batch of that number. Raises BatchNotFound."""
        if number not in self.batches:
            sku = queries.counted(session, [self.product_id])[self.product_id].sku
            known = ", ".join(sorted(one.number for one in self.batches.values() if one.on_hand)[:10])
            raise BatchNotFound(
                f"there is no batch {number} of {sku} here; take it in first, or name one of those that lie there: "
                f"{known or 'none'}",
                product_id=str(self.product_id),
                batch=number,
            )
        return self.batches[number]

    def take(self, parts: Sequence[Part]) -> None:
        """Take parts off, or put them on where they are below zero."""
        for batch, quantity in parts:
            if batch is None:
                self.unbatched -= quantity
            else:
                # By number: the batch of a part may be one as it was before others were taken.
                held = self.batches[batch.number]
                self.batches[batch.number] = held._replace(on_hand=held.on_hand - quantity)


def _called(batch: Batch | None) -> str:
    return "what lies there without a batch" if batch is None else f"batch {batch.number}"


def shelves_of(
    session: Session,
    business_id: UUID,
    products: Collection[UUID],
    levels: Mapping[tuple[UUID, UUID], Level],
    named: Collection[Label] = (),
) -> dict[UUID, Shelf]:
    """The shelves of goods whose levels are locked, with what lies there, and the `named` batches in any case."""
    if not products:
        return {}
    found: defaultdict[UUID, dict[str, Batch]] = defaultdict(dict)
    for batch in queries.batches_of(session, business_id, list(products), named):
        found[batch.product_id][batch.number] = batch
    return {
        product: Shelf(product, found[product], levels[business_id, product].unbatched)
        for product in products
    }


def signed(parts_by_product: Mapping[UUID, Sequence[Part]], sign: int) -> dict[UUID, dict[UUID, Decimal]]:
    """What parts change of batches, as `move` takes it: by product and batch; -1 takes out, 1 puts in."""
    changes: dict[UUID, dict[UUID, Decimal]] = {}
    for product, parts in parts_by_product.items():
        for batch, quantity in parts:
            if batch is not None:
                of_product = changes.setdefault(product, {})
                of_product[batch.id] = of_product.get(batch.id, NONE) + sign * quantity
    return changes


# Coming in ----------------------------------------------------------------------------------


def enter(session: Session, *, business_id: UUID, incoming: Sequence[Incoming]) -> dict[Label, Batch]:
    """The batches of goods that come in, by product and number; one that is new is made, at nothing.

    A label that says otherwise than what lies there is refused; of a batch that is used up the new label holds.
    What has expired by its label counts as expired at once. Raises StockAdjustmentInvalid.
    """
    known = queries.batches_called(session, business_id, {(one.product_id, one.number) for one in incoming})
    changed: dict[Label, Batch] = {}
    fresh = iter(uuid7s(len(incoming)))
    now = clock.now()
    for one in incoming:
        key = (one.product_id, one.number)
        before = known.get(key)
        if before is None:
            known[key] = changed[key] = Batch(
                next(fresh), *key, one.expires_on, one.mrp_paisa, on_hand=NONE, made_at=now
            )
            continue
        # What this very receipt said of the batch counts like what lies there.
        is_fixed = bool(before.on_hand) or key in changed
        after = before
        for name, what in (("expires_on", "expires on"), ("mrp_paisa", "has the retail price")):
            held, said = getattr(before, name), getattr(one, name)
            if said is None or said == held:
                continue
            if held is not None and is_fixed:
                raise StockAdjustmentInvalid(
                    f"batch {one.number} {what} {_told(name, said)} by this, and {_told(name, held)} by what lies "
                    "there; correct what is wrong here, or count the batch to 0 and take it in anew",
                    product_id=str(one.product_id),
                )
            after = after._replace(**{name: said})
        if after != before:
            known[key] = changed[key] = after
    if changed:
        _write(session, business_id, list(changed.values()))
        # A day was read off goods that lie there already: it may be over.
        for product_id in sorted({one.product_id for one in changed.values() if one.on_hand}):
            expire(session, business_id=business_id, product_id=product_id)
    return {(one.product_id, one.number): known[one.product_id, one.number] for one in incoming}


def _told(name: str, value: object) -> str:
    return (
        format_quantity(Decimal(value) / 100)
        if isinstance(value, int) and name == "mrp_paisa"
        else str(value)
    )


# What lies there is marked by `expire`, which counts it and tells of it; what is not there yet comes in marked.
_WRITE = text("""
    INSERT INTO app.stock_batches AS there
        (id, business_id, product_id, number, expires_on, mrp_paisa, made_at, expired_on)
    SELECT id, :business_id, product_id, number, expires_on, mrp_paisa, :now,
           CASE WHEN expires_on < :today THEN CAST(:today AS date) END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:products AS uuid[]), CAST(:numbers AS text[]), CAST(:expiries AS date[]),
                CAST(:prices AS bigint[])) AS batch (id, product_id, number, expires_on, mrp_paisa)
    ON CONFLICT (business_id, product_id, number)
        DO UPDATE SET expires_on = excluded.expires_on, mrp_paisa = excluded.mrp_paisa,
            expired_on = CASE WHEN there.on_hand > 0 THEN there.expired_on ELSE excluded.expired_on END
""")


def _write(session: Session, business_id: UUID, batches: Sequence[Batch]) -> None:
    session.execute(
        _WRITE,
        {
            "business_id": business_id,
            "ids": [one.id for one in batches],
            "products": [one.product_id for one in batches],
            "numbers": [one.number for one in batches],
            "expiries": [one.expires_on for one in batches],
            "prices": [one.mrp_paisa for one in batches],
            "now": clock.now(),
            "today": business_day(clock.now(), queries.time_zone_of(session, business_id)),
        },
    )
