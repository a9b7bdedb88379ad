"""What do shops sell to people, and what are they owed? By their own bills, apart from wholesale."""

from __future__ import annotations

import streamlit as st

from dashboards import session
from dashboards.components import charts, empty, filters, stamp
from dashboards.components import shops as shown
from dashboards.queries import shops
from dashboards.queries.market import Asked
from dashboards.queries.names import business_names

who = session.required()
published = stamp.opened("Shops")
known = shops.markets(published.run_id)
if not known:
    empty.nothing_traded("bills of shops")
    st.stop()
with st.container(horizontal=True):
    chosen = filters.market(known)
    asked = Asked(published.run_id, chosen, filters.period(chosen))
as_of, currency = published.as_of, chosen.currency
filters.about(chosen)
st.caption(
    "Sell-out: what shops sell to people by their own bills. It is never added to what they order from vendors."
)

shown.tiles(shops.totals(asked), currency, as_of)

left, right = st.columns(2, gap="large")
with left:
    stamp.heading("Sales", as_of)
    charts.amount_trend(shops.trend(asked, "sales_paisa"), currency, "sold", asked.grain)
with right:
    stamp.heading("Bills", as_of)
    charts.count_trend(shops.trend(asked, "bills"), "bills", asked.grain)

stamp.heading("Top shops", as_of, note="By sales of the period; outstanding on a shop's last day in it.")
best = shops.top_shops(asked)
if best:
    shown.top(best, business_names(who, [one["shop_id"] for one in best]), currency)
else:
    empty.nothing_here("No shop billed in this period.")

stamp.heading("By day", as_of, note="Outstanding is what all shops are owed at the end of the day.")
days = shops.days(asked)
if days.is_empty():
    empty.nothing_here("No shop billed, and no khata moved, in this period.")
else:
    shown.by_day(days, currency)
