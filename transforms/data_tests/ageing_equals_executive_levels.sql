-- Fails if the levels of the executive figures differ from the ageing of the same day, because the one adds up
-- movements and the other open items, and both are the same debt.
with ageing as (

    select
        reporting_date as business_date,
        origin,
        currency,
        sum(balance_paisa) as receivable_paisa,
        sum(overdue_paisa) as overdue_paisa,
        sum(disputed_paisa) as disputed_paisa
    from {{ ref('fct_receivable_ageing') }}
    group by reporting_date, origin, currency

)

select
    executive.business_date,
    executive.origin,
    executive.currency,
    executive.receivable_paisa,
    ageing.receivable_paisa as ageing_paisa
from {{ ref('mart_executive_daily') }} as executive
inner join {{ ref('dim_date') }} as dates
    on executive.business_date = dates.calendar_date
left join ageing
    on
        executive.business_date = ageing.business_date
        and executive.origin = ageing.origin
        and executive.currency = ageing.currency
where
    dates.is_reporting_day
    and (
        executive.receivable_paisa <> coalesce(ageing.receivable_paisa, 0)
        or executive.overdue_paisa <> coalesce(ageing.overdue_paisa, 0)
        or executive.disputed_paisa <> coalesce(ageing.disputed_paisa, 0)
    )
