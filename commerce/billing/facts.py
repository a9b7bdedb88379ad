"""What is looked up for a bill: the shop on its day, the buyer, and the goods with their prices and tax classes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from commerce.billing.vocabulary import DRAFT_HOURS
from commerce.customers.details import Details
from commerce.customers.errors import CustomerErased, CustomerNotFound
from commerce.invoices.faces import Buyer
from commerce.tax.calculation import Party
from commerce.tax.queries import CLASS_STATED
from commerce.tax.requirements import Named
from commerce.tax.summary import TurnoverBand
from commerce.tax.timing import TimingRule
from commerce.tax.vocabulary import CONSUMER
from foundation import clock
from foundation.clock import business_day
from foundation.personal import SubjectKey, subject_of
from foundation.statements import Statement


@dataclass(frozen=True, slots=True)
class Counter:
    """A shop on the day of a bill, with how its bills are reckoned, and who stands at its counter."""

    business_id: UUID
    country: str
    state: str
    currency: str
    time_zone: str
    joined_at: datetime
    today: date
    day: date
    profile_id: UUID | None
    profile: str
    shop: Named = field(repr=False)
    """As its papers name it."""
    accounts: dict[str, UUID]
    timing: TimingRule
    turnover: TurnoverBand
    rounds_to_rupee: bool
    may_abbreviate: bool
    upi_address: str | None
    draft_hours: int
    customer_id: UUID | None
    account_id: UUID | None
    """Of the customer's khata."""
    buyer_profile: str
    buyer_state: str | None
    buyer_said: str | None
    """The customer's tax profile as it stands there, `unregistered` too."""
    buyer_details: bytes | None = field(repr=False)
    """What is personal of the customer, sealed."""
    buyer_key: SubjectKey | None = field(repr=False)
    till_is_open: bool

    @property
    def seller(self) -> Party:
        """The shop as the tax office sees it."""
        return Party(self.country, self.state or None, self.profile)

    def named_buyer(self) -> Buyer | None:
        """The customer as a paper names them."""
        if self.buyer_key is None or self.buyer_details is None:
            return None
        known = Details.opened(subject_of(self.buyer_key), self.buyer_details)
        return Buyer(known.name, known.address, known.phone, known.registration_number)

    def sealed_buyer(self) -> bytes | None:
        """The same as the paper keeps it."""
        named = self.named_buyer()
        return None if named is None or self.buyer_key is None else named.sealed(subject_of(self.buyer_key))

    def buyer(self, state: str | None) -> Party:
        """The buyer as the tax office sees it; `state` is what was said of it for this bill."""
        return Party(self.country, state or self.buyer_state, self.buyer_profile)


_COUNTER = Statement("""
    SELECT shop.country, shop.state, shop.currency, shop.time_zone, shop.joined_at, held.id AS profile_id,
           held.profile, chosen.timing, chosen.turnover, chosen.rounds_to_rupee, chosen.may_abbreviate,
           shop.name, chosen.address, held.registration_number, chosen.upi_address, chosen.draft_hours,
           customer.id AS customer_id, customer.account_id,
           customer.erased_at IS NOT NULL AS is_erased, known.tax_profile AS buyer_profile,
           known.state AS buyer_state, known.details_sealed, subject.sealed_key, subject.made_at AS key_made_at,
           (SELECT jsonb_object_agg(code, id) FROM app.accounts
            WHERE business_id = shop.id AND currency = shop.currency AND party_id IS NULL AND customer_id IS NULL
           ) AS accounts,
           (SELECT closed_at IS NULL FROM app.tills WHERE business_id = shop.id AND code = :till) AS till_is_open
    FROM app.businesses shop
    LEFT JOIN app.billing_settings chosen ON chosen.business_id = shop.id
    LEFT JOIN app.customers customer ON customer.business_id = shop.id AND customer.id = CAST(:customer_id AS uuid)
    LEFT JOIN app.customer_profiles known ON known.customer_id = customer.id
    LEFT JOIN app.subject_keys subject ON subject.id = customer.id
    LEFT JOIN LATERAL (
        SELECT id, profile, registration_number FROM app.tax_profiles
        WHERE business_id = shop.id AND valid_from <= coalesce(
            CAST(:day AS date), CAST(CAST(:now AS timestamptz) AT TIME ZONE shop.time_zone AS date))
        ORDER BY valid_from DESC, recorded_at DESC, id DESC LIMIT 1
    ) held ON true
    WHERE shop.id = :business_id
""")


def counter(
    session: Session,
    business_id: UUID,
    customer_id: UUID | None,
    *,
    day: date | None = None,
    till: str | None = None,
) -> Counter:
    """The shop on a day (None: today) and a customer of it. Raises CustomerNotFound, CustomerErased."""
    now = clock.now()
    values = {"business_id": business_id, "customer_id": customer_id, "day": day, "till": till, "now": now}
    [row] = _COUNTER.named(session, values)
    if customer_id is not None and row["customer_id"] is None:
        raise CustomerNotFound(customer_id)
    if customer_id is not None and row["is_erased"]:
        raise CustomerErased(customer_id)
    today = business_day(now, row["time_zone"])
    profile, key = row["buyer_profile"], row["sealed_key"]
    return Counter(
        business_id=business_id,
        today=today,
        day=day or today,
        profile=row["profile"] or "unregistered",
        shop=Named(row["name"], row["address"], row["state"] or None, row["registration_number"]),
        accounts={code: UUID(account) for code, account in (row["accounts"] or {}).items()},
        timing=row["timing"] or "section-12",
        turnover=row["turnover"] or "up-to-5-crore",
        rounds_to_rupee=bool(row["rounds_to_rupee"]),
        may_abbreviate=bool(row["may_abbreviate"]),
        draft_hours=row["draft_hours"] or DRAFT_HOURS,
        buyer_profile=CONSUMER if profile in (None, "unregistered") else profile,
        buyer_said=profile,
        buyer_details=row["details_sealed"],
        buyer_key=None
        if key is None
        else SubjectKey(id=customer_id, sealed_key=key, made_at=row["key_made_at"]),
        till_is_open=bool(row["till_is_open"]),
        **{
            name: row[name]
            for name in (
                "country",
                "state",
                "currency",
                "time_zone",
                "joined_at",
                "profile_id",
                "upi_address",
                "customer_id",
                "account_id",
                "buyer_state",
            )
        },
    )


@dataclass(frozen=True, slots=True)
class ShopGood:
    """A good as a shop sells it by a unit, on a day."""

    product_id: UUID
    unit: str
    sku: str
    name: str
    hsn: str | None
    base_unit: str
    base_quantity: Decimal | None
    """Base units in the unit; None: the good is not sold by it."""
    piece_quantity: Decimal | None
    """Base units in a piece, where the good is counted in pieces too."""
    units: tuple[str, ...]
    is_usable: bool
    unit_price: Decimal | None
    mrp: Decimal | None
    tax_class: str | None
    condition: str | None


_GOODS = Statement(f"""
    SELECT asked.product_id, asked.unit, product.sku, product.name, product.hsn, product.base_unit,
           sold.base_quantity, piece.base_quantity AS piece_quantity,
           (SELECT array_agg(unit ORDER BY base_quantity) FROM app.product_units
            WHERE product_id = product.id) AS units,
           product.owner_id IS NULL OR product.owner_id = :business_id OR EXISTS (
               SELECT FROM app.offers WHERE product_id = product.id AND vendor_id = product.owner_id) AS is_usable,
           asked_price.unit_price, asked_price.mrp, class.tax_class, class.condition
    FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS asked (product_id uuid, unit text)
    JOIN app.products product ON product.id = asked.product_id
    LEFT JOIN app.product_units sold ON sold.product_id = product.id AND sold.unit = asked.unit
    LEFT JOIN app.product_units piece ON piece.product_id = product.id AND piece.unit = 'piece'
    LEFT JOIN LATERAL (
        SELECT unit_price, mrp FROM app.shop_prices
        WHERE business_id = :business_id AND product_id = product.id AND unit = asked.unit
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) asked_price ON true
    LEFT JOIN LATERAL ({CLASS_STATED.format(product="product.id", country=":country")}) class ON true
""")  # noqa: S608 - all parts are constants


def goods(
    session: Session, at: Counter, asked: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], ShopGood]:
    """Goods by product and unit, as far as there are such products."""
    wanted: list[dict[str, Any]] = [
        {"product_id": str(product_id), "unit": unit} for product_id, unit in dict.fromkeys(asked)
    ]
    values = {
        "asked": json.dumps(wanted),
        "business_id": at.business_id,
        "country": at.country,
        "day": at.day,
    }
    found = (ShopGood(**{**row, "units": tuple(row["units"] or ())}) for row in _GOODS.named(session, values))
    return {(good.product_id, good.unit): good for good in found}
