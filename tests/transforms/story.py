"""The market that the tests of the models share: every case stands in it once, with its figures on paper."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tests.transforms.market import Market

AS_OF = "2026-06-30"


@dataclass
class Story:
    """The market and the names of those in it."""

    market: Market
    ids: dict[str, UUID]


def tell() -> Story:
    """Two sellers and four buyers over half a year, an Indian seller, and an imported trader apart from them."""
    market = Market()
    ids: dict[str, UUID] = {}
    steady, slow = market.business("vendor"), market.business("vendor")
    good, late, fresh, silent = (market.business("retailer") for _ in range(4))
    rice, salt = market.product("RICE"), market.product("SALT")
    ids |= {"steady": steady, "slow": slow, "good": good, "late": late, "fresh": fresh, "silent": silent}
    ids |= {"rice": rice, "salt": salt}
    ids["good_steady"] = market.agreement(steady, good, 10_000_000, "2026-01-10")
    ids["late_steady"] = market.agreement(steady, late, 2_000_000, "2026-01-10")
    ids["late_slow"] = market.agreement(slow, late, 1_000_000, "2026-02-01")
    ids["fresh_steady"] = market.agreement(steady, fresh, 500_000, "2026-06-20")
    for vendor in (steady, slow):
        market.offer(vendor, rice, "80", "2026-01-05")

    # Good: five orders of ₹1,000, each paid on the day.
    for month in range(1, 6):
        order = market.order(steady, good, f"2026-0{month}-12", [(rice, "100.00", "10")])
        market.accept(order, f"2026-0{month}-12", promised=f"2026-0{month}-14")
        item = market.deliver(order, f"2026-0{month}-13", {1: "10"})
        market.pay(steady, good, f"2026-0{month}-20", 100_000, {item: 100_000})
    # The last one: half-even in a line, cut on the shelf, delivered in two parts, partly taken back, half paid.
    order = market.order(
        steady, good, "2026-06-10", [(rice, "0.005", "1", "1"), (salt, "33.335", "3", "1"), (salt, "20", "5")]
    )
    ids["mixed_order"] = order.id
    market.accept(order, "2026-06-10", promised="2026-06-12")
    first = market.deliver(order, "2026-06-12", {2: "1", 3: "2"})
    second = market.deliver(order, "2026-06-14", {1: "1", 3: "3"})
    note = market.take_back(order, "2026-06-16", {3: "1"})
    market.allocate(steady, note, second, 2_000, "2026-06-16")
    ids |= {"mixed_first": first, "mixed_second": second}
    market.pay(steady, good, "2026-06-20", 5_000, {first: 5_000})

    # Late: four purchases, 10, 20 and 40 days late, the last still open; an advance payment left unallocated.
    for month, days in ((2, "2026-03-06"), (3, "2026-04-15"), (4, "2026-06-05")):
        order = market.order(steady, late, f"2026-0{month}-10", [(salt, "50", "20")])
        market.accept(order, f"2026-0{month}-10", promised=f"2026-0{month}-11")
        item = market.deliver(order, f"2026-0{month}-12", {1: "20"})
        market.pay(steady, late, days, 100_000, {item: 100_000})
    order = market.order(slow, late, "2026-05-01", [(rice, "90", "100")])
    market.accept(order, "2026-05-02", promised="2026-05-03")
    ids["late_open"] = market.deliver(order, "2026-05-09", {1: "60"})
    market.end(order, "close_short", "completed", "2026-05-20")
    market.pay(slow, late, "2026-06-25", 40_000)

    # Fresh: one purchase, too young for a number. Silent: no agreement, one refusal.
    order = market.order(steady, fresh, "2026-06-21", [(rice, "100", "2")])
    market.accept(order, "2026-06-21")
    market.deliver(order, "2026-06-22", {1: "2"})
    market.refuse(slow, silent, "2026-06-24", [(rice, "7")], 63_000)
    for verb, state in (("cancel", "cancelled"), ("decline", "declined"), ("expire", "expired")):
        order = market.order(slow, late, "2026-06-26", [(rice, "10", "1")])
        market.end(order, verb, state, "2026-06-27")
    ids["placed_order"] = market.order(slow, late, "2026-06-29", [(rice, "10", "4")]).id
    market.stock(slow, rice, "2026-06-20", "5", "5")
    market.stock(slow, rice, "2026-06-23", "-5", "0")
    market.stock(slow, rice, "2026-06-27", "9", "9")

    # An Indian seller, in rupees of its own; an imported trader whose customer keeps no books.
    india = market.business("vendor", currency="INR", zone="Asia/Kolkata")
    market.agreement(india, good, 900_000, "2026-03-01", currency="INR")
    order = market.order(india, good, "2026-06-01", [(salt, "40", "10")], currency="INR")
    market.accept(order, "2026-06-01")
    ids["india"], ids["india_item"] = india, market.deliver(order, "2026-06-02", {1: "10"}, net_days=30)
    trader = market.business("vendor", origin="imported", currency="GBP", zone="Europe/London")
    customer = market.business("retailer", origin="imported", currency="GBP", keeps_books=False)
    ids |= {"trader": trader, "customer": customer}
    order = market.order(
        trader, customer, "2026-03-03", [(salt, "2.55", "6")], currency="GBP", settlement="cash"
    )
    market.account("receivable", trader, customer, "GBP", "2026-03-03")
    ids["imported_item"] = market.deliver(order, "2026-03-03", {1: "6"}, net_days=0)
    return Story(market, ids)
