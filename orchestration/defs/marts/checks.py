"""What the marts must be before anything is published of them, beside dbt's own tests."""

from collections.abc import Iterator

import dagster as dg

from orchestration.defs.marts.assets import MARTS
from orchestration.resources import Warehouse

_OF_THE_SELLER = "JOIN known_businesses AS seller ON seller.id"
_ORDERS = f"""FROM raw.orders AS o {_OF_THE_SELLER} = o.vendor_id
    WHERE o.placed_at < seller.known_before AND o.placed_on <= DATE '{{day}}'"""

# What a run of a day may know is what was recorded, and dated, before that day ended where the seller stands.
KNOWN = {
    "dim_business": "FROM known_businesses",
    "dim_product": f"""FROM raw.products AS p LEFT {_OF_THE_SELLER} = p.owner_id
        WHERE p.created_at < coalesce(seller.known_before, (DATE '{{day}}' + 1)::timestamp AT TIME ZONE 'UTC')""",
    "fct_orders": _ORDERS,
    "fct_order_lines": f"""FROM raw.order_lines AS line
        WHERE line.order_id IN (SELECT o.id {_ORDERS})""",
    "fct_receivable_balance": f"""FROM raw.receivable_items AS item {_OF_THE_SELLER} = item.business_id
        JOIN raw.accounts AS account ON account.id = item.account_id AND account.code = 'receivable'
        WHERE item.recorded_at < seller.known_before AND item.document_date <= DATE '{{day}}'""",
    "mart_executive_daily": _ORDERS,
    "fct_shop_bills": f"""FROM raw.invoices AS bill {_OF_THE_SELLER} = bill.vendor_id
        WHERE bill.order_id IS NULL AND bill.issued_at < seller.known_before
          AND bill.document_date <= DATE '{{day}}'""",
}
"""The rows that feed a mart: it cannot be empty while there are any."""

NOBODY_YET = (
    "there is no business yet; register some, `sauda import trade` a history or `sauda demo` a market"
)
NOTHING_CLOSED = (
    "nothing is closed yet: the first business joined on {joined}, and these figures are as of {day}; "
    "run this again as of {joined} or later, once that day is over"
)

_EACH = ", ".join(
    f'(SELECT count(*) {known}) AS "{mart} known", (SELECT count(*) FROM marts.{mart}) AS "{mart}"'  # noqa: S608 - names of this file
    for mart, known in KNOWN.items()
)
_COUNTS = f"""
    WITH known_businesses AS (
        SELECT id, known_before FROM (
            SELECT id, joined_at, (DATE '{{day}}' + 1)::timestamp AT TIME ZONE time_zone AS known_before
            FROM raw.businesses
        ) AS joined WHERE joined_at < known_before
    )
    SELECT (SELECT min((joined_at AT TIME ZONE time_zone)::date) FROM raw.businesses) AS joined, {_EACH}
"""  # noqa: S608 - names of this file

_KEYS = {key.path[-1]: key for key in MARTS}


@dg.multi_asset_check(
    name="marts_are_not_empty",
    specs=[dg.AssetCheckSpec("is_not_empty", asset=_KEYS[mart], blocking=True) for mart in KNOWN],
)
def marts_are_not_empty(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """A mart is empty only where nothing known by the day feeds it; a market without anybody is not published."""
    day = warehouse.day()
    counts = warehouse.rows(_COUNTS.format(day=day)).row(0, named=True)
    joined = counts["joined"]
    for mart in KNOWN:
        known, rows = counts[f"{mart} known"], counts[mart]
        said = f"{rows} rows as of {day}, from {known} that were known by then"
        nobody = mart == "dim_business" and known == 0
        if nobody:
            said = NOTHING_CLOSED.format(joined=joined, day=day) if joined else NOBODY_YET
        yield dg.AssetCheckResult(
            asset_key=_KEYS[mart],
            check_name="is_not_empty",
            passed=rows > 0 or (known == 0 and not nobody),
            description=said,
        )
