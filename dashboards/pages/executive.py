"""How is the market doing? Trade, receivables, vendors and the week to come, by the last published run."""

from __future__ import annotations

import streamlit as st

from dashboards import session
from dashboards.components import charts, empty, figures, filters, forecasts, stamp, vendors
from dashboards.queries import market
from dashboards.queries.names import business_names

who = session.required()
published = stamp.opened("The market")
known = market.markets(published.run_id)
if not known:
    empty.nothing_traded("trade")
    st.stop()
with st.container(horizontal=True):
    chosen = filters.market(known)
    asked = market.Asked(published.run_id, chosen, filters.period(chosen))
as_of = published.as_of
filters.about(chosen)

for row in (market.AMOUNTS, market.RATES):
    figures.tiles(asked, market.figures(asked, row), as_of)

left, right = st.columns(2, gap="large")
with left:
    stamp.heading("Ordered value", as_of)
    charts.amount_trend(market.trend(asked, "gmv"), chosen.currency, "ordered", asked.grain)
with right:
    stamp.heading("Orders", as_of)
    charts.count_trend(market.trend(asked, "orders"), "orders", asked.grain)

stamp.heading("Receivables by age", as_of, note="What retailers owe on the last day of the period.")
owed = market.buckets(asked)
if any(owed.values()):
    charts.buckets(owed, chosen.currency)
else:
    empty.nothing_here("Nothing is owed: everything was paid, or sold for cash.")

stamp.heading("Top vendors", as_of)
best = market.top_vendors(asked)
if best:
    vendors.top(best, business_names(who, [one["vendor_id"] for one in best]), chosen.currency)
else:
    empty.nothing_here("No orders in this period.")

stamp.heading("Demand of the coming week", as_of)
forecasts.demand(published.run_id, chosen, who)
