-- Grain: one row per calendar day, 2009 to 2027, in both calendars of the trade.
with days as (

    select
        calendar_date,
        {{ month_end('calendar_date') }} as month_end_date,
        -- The days of which levels are kept: month-ends, and the last 90 days to the as-of day.
        calendar_date <= {{ as_of() }}
        and (
            calendar_date = {{ month_end('calendar_date') }}
            or calendar_date > {{ days_after(as_of(), -90) }}
        ) as is_reporting_day,
        iso_weekday,
        bs_year,
        bs_month,
        bs_day,
        bs_month_name,
        is_bs_disputed,
        fiscal_year_np,
        fiscal_year_in,
        is_dashain,
        is_tihar,
        is_chhath,
        is_holi,
        is_dussehra,
        is_diwali,
        is_eid,
        is_public_holiday_np,
        is_public_holiday_in
    from {{ ref('calendar_days') }}

)

select * from days
