"""The pictures. Amounts come in paisa and are drawn in rupees, with axes in lakh and crore where those count so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboards.components.amounts import amount

GREEN, LIGHT_GREEN, PALE = "#1f5f3f", "#8fbf9f", "#dbe6dc"
AMBER, RED, INK = "#d99a2b", "#b3402e", "#53645a"
PAPER = "#fbfcfa"
BUCKET_COLOURS = (GREEN, "#e3c565", AMBER, "#cc6a33", RED)
DISPUTED = "#8a9a91"
_LAKH_AXIS = (
    "datum.value >= 1e7 ? format(datum.value / 1e7, '~f') + ' crore' : "
    "datum.value >= 1e5 ? format(datum.value / 1e5, '~f') + ' lakh' : format(datum.value, ',')"
)
_WORLD_AXIS = "format(datum.value, '~s')"
HEIGHT = 260
HEIGHT_OF_BAR, HEIGHT_OF_AXIS = 34, 45


def amount_trend(frame: pl.DataFrame, currency: str, label: str, grain: str) -> None:
    """An amount by day, week or month, as columns. `frame`: day, end, value."""
    _show(
        alt.Chart(_with_text(frame, currency))
        .mark_bar(color=GREEN, stroke=PAPER)
        .encode(
            x=time_axis(grain),
            x2="end:T",
            y2=alt.datum(0),
            y=alt.Y("rupees:Q", title=f"{label}, {currency}", axis=_axis(currency)),
            tooltip=[_day_tip(grain), alt.Tooltip("text:N", title=label)],
        ),
        f"{label} over time",
    )


def count_trend(frame: pl.DataFrame, label: str, grain: str) -> None:
    """A count by day, week or month, as columns. `frame`: day, end, value."""
    _show(
        alt.Chart(frame)
        .mark_bar(color=LIGHT_GREEN, stroke=PAPER)
        .encode(
            x=time_axis(grain),
            x2="end:T",
            y2=alt.datum(0),
            y=alt.Y("value:Q", title=label, axis=alt.Axis(format=",d", tickMinStep=1)),
            tooltip=[_day_tip(grain), alt.Tooltip("value:Q", title=label, format=",")],
        ),
        f"{label} over time",
    )


def buckets(values: Mapping[str, int], currency: str) -> None:
    """What is owed by how late it is. `values`: paisa by bucket, the least late first, what is in dispute last."""
    frame = pl.DataFrame({"bucket": list(values), "value": list(values.values())})
    colour = alt.Scale(domain=list(values), range=[*BUCKET_COLOURS, DISPUTED])
    height = HEIGHT_OF_AXIS + HEIGHT_OF_BAR * len(values)
    shown = alt.Color("bucket:N", scale=colour, legend=None)
    _bars(frame, "bucket", currency, shown, "Receivables by age", height)


def ranking(names: Sequence[str], values: Sequence[int], currency: str, title: str) -> None:
    """Amounts by name, in the order given."""
    frame = pl.DataFrame({"name": names, "value": values})
    height = HEIGHT_OF_AXIS + HEIGHT_OF_BAR * len(names)
    _bars(frame, "name", currency, alt.value(GREEN), title, height, room=1.6)


def forecast(frame: pl.DataFrame, unit: str) -> None:
    """Demand by day, past and coming. `frame`: day, kind (`asked for`, `forecast`), units, low_units, high_units."""
    past = frame.filter(pl.col("kind") == "asked for")
    coming = frame.filter(pl.col("kind") == "forecast")
    when = alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True))
    much = alt.Y("units:Q", title=f"{unit} a day", axis=alt.Axis(format=",~f"))
    tips = [alt.Tooltip("day:T", format="%a %-d %b %Y"), alt.Tooltip("units:Q", format=",.1f")]
    layers = [
        alt.Chart(past).mark_bar(color=LIGHT_GREEN).encode(x=when, y=much, tooltip=tips),
        alt.Chart(coming)
        .mark_area(color=AMBER, opacity=0.25)
        .encode(x=when, y=alt.Y("low_units:Q", title=f"{unit} a day"), y2="high_units:Q"),
        alt.Chart(coming)
        .mark_line(color=AMBER, point=alt.OverlayMarkDef(color=AMBER, size=45))
        .encode(
            x=when,
            y=much,
            tooltip=[
                *tips,
                alt.Tooltip("low_units:Q", title="1 day in 10 below", format=",.1f"),
                alt.Tooltip("high_units:Q", title="1 day in 10 above", format=",.1f"),
            ],
        ),
    ]
    _show(alt.layer(*layers), "Demand, past and forecast")


def past_due(frame: pl.DataFrame) -> None:
    """Days past due of the oldest debt by month-end. `frame`: day, days_past_due."""
    grade = alt.Scale(type="threshold", domain=[1, 31, 61, 91], range=list(BUCKET_COLOURS))
    _show(
        alt.Chart(frame)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X(
                "yearmonth(day):O", title=None, axis=alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True)
            ),
            y=alt.Y("days_past_due:Q", title="days past due", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("days_past_due:Q", scale=grade, legend=None),
            tooltip=[alt.Tooltip("day:T", format="%-d %b %Y"), alt.Tooltip("days_past_due:Q", title="days")],
        ),
        "Days past due by month-end",
    )


def bought_and_paid(frame: pl.DataFrame, currency: str) -> None:
    """What was ordered for cash and on credit, and what was paid on account, month by month.

    `frame`: day, cash_paisa, credit_paisa, paid_paisa.
    """
    kinds = {
        "cash_paisa": "ordered for cash",
        "credit_paisa": "ordered on credit",
        "paid_paisa": "paid on account",
    }
    every = frame.unpivot(list(kinds), index="day", variable_name="kind").with_columns(
        pl.col("kind").replace(kinds)
    )
    colour = alt.Scale(domain=list(kinds.values()), range=[PALE, LIGHT_GREEN, GREEN])
    _show(
        alt.Chart(_with_text(every, currency))
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X(
                "yearmonth(day):O", title=None, axis=alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True)
            ),
            xOffset=alt.XOffset("kind:N", sort=list(kinds.values())),
            y=alt.Y("rupees:Q", title=currency, axis=_axis(currency)),
            color=alt.Color("kind:N", scale=colour, legend=alt.Legend(orient="top", title=None)),
            tooltip=[
                alt.Tooltip("yearmonth(day):T", title="month", format="%b %Y"),
                "kind:N",
                alt.Tooltip("text:N", title=currency),
            ],
        ),
        "Ordered and paid by month",
    )


def components(frame: pl.DataFrame) -> None:
    """The parts of a score by how much of each was earned. `frame`: component, earned_percent, weight_percent."""
    weighed = frame.with_columns(component=pl.format("{} ({} %)", "component", "weight_percent"))
    bars = (
        alt.Chart(weighed)
        .mark_bar(color=GREEN, cornerRadiusEnd=3, height=18)
        .encode(
            y=alt.Y("component:N", sort=None, title=None, axis=alt.Axis(labelLimit=240)),
            x=alt.X(
                "earned_percent:Q",
                title="earned, %",
                scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(tickCount=5),
            ),
            tooltip=["component:N", alt.Tooltip("earned_percent:Q", title="earned, %")],
        )
    )
    _show(bars, "Parts of the score", height=190)


def _bars(
    frame: pl.DataFrame,
    by: str,
    currency: str,
    colour: Any,
    alternative: str,
    height: int,
    room: float = 1.25,
) -> None:
    base = alt.Chart(_with_text(frame, currency)).encode(
        y=alt.Y(f"{by}:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
        x=alt.X("rupees:Q", title=None, axis=_axis(currency)),
        tooltip=[alt.Tooltip(f"{by}:N", title=" "), alt.Tooltip("text:N", title=currency)],
    )
    # The axis ends that much beyond the longest bar, for the text beside it.
    texts = base.mark_text(align="left", dx=5, color=INK).encode(text="text:N")
    reach = alt.Scale(domainMax=max(frame["value"].to_list(), default=0) / 100 * room)
    bars = base.mark_bar(cornerRadiusEnd=3).encode(
        x=alt.X("rupees:Q", title=None, axis=_axis(currency), scale=reach), color=colour
    )
    _show(alt.layer(bars, texts), alternative, height)


def _with_text(frame: pl.DataFrame, currency: str) -> pl.DataFrame:
    return frame.with_columns(
        rupees=pl.col("value") / 100,
        text=pl.col("value").map_elements(lambda paisa: amount(paisa, currency), return_dtype=pl.String),
    )


def _axis(currency: str) -> alt.Axis:
    return alt.Axis(labelExpr=_LAKH_AXIS if currency in ("INR", "NPR") else _WORLD_AXIS, tickCount=5)


def time_axis(grain: str) -> alt.X:
    """Days, weeks or months from left to right, by names that tell them apart."""
    # A month has one tick; of days and weeks it has several, which its name alone would not tell apart.
    return alt.X("day:T", title=None, axis=alt.Axis(format="%b %Y" if grain == "month" else "%-d %b"))


def _day_tip(grain: str) -> alt.Tooltip:
    title = {"date": "day", "week": "week from", "month": "month from"}[grain]
    return alt.Tooltip("day:T", title=title, format="%-d %b %Y")


def _show(chart: alt.Chart | alt.LayerChart | alt.FacetChart, alternative: str, height: int = HEIGHT) -> None:
    st.altair_chart(chart.properties(height=height).configure_view(strokeWidth=0), alt=alternative)
