"""May this retailer be lent to? Score and reasons, debts, payments, and the papers for a bank."""

from __future__ import annotations

import streamlit as st

from dashboards import session
from dashboards.components import credit, empty, filters, stamp
from dashboards.queries import market, retailers
from dashboards.queries.names import business_names

who = session.required()
published = stamp.opened("Trade credit")
known = market.markets(published.run_id)
if not known:
    empty.nothing_traded("retailers")
    st.stop()
with st.container(horizontal=True):
    chosen = filters.market(known)
    listed = retailers.retailers(published.run_id, chosen)
    if not listed:
        empty.nothing_traded(f"retailers that trade in {chosen.currency}")
        st.stop()
    dossier = retailers.dossier(published, chosen, credit.choose(listed, who))
names = business_names(who, [dossier.retailer_id, *dossier.vendor_ids])
as_of = published.as_of

credit.downloads(dossier, names)
credit.standing(dossier)

left, right = st.columns(2, gap="large")
with left:
    stamp.heading("Score, and why", as_of)
    credit.score(dossier)
with right:
    stamp.heading("Days past due by month-end", as_of)
    credit.past_due(dossier)

stamp.heading("Limits and debts by seller", as_of)
credit.ageing(dossier, names)

stamp.heading("Payment history", as_of)
credit.payments(dossier, names)

stamp.heading("Open debts", as_of)
credit.debts(dossier, names)
