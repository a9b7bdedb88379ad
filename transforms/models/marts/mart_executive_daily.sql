-- Grain: one row per business day, origin and currency, from the first order or debt to the as-of day; before the
-- first day of the calendar only the days on which something happened.
-- receivable_paisa, overdue_paisa and disputed_paisa are closing levels: never sum them across days. active_retailers
-- and active_vendors are counts of distinct businesses: they add up over nothing.
with orders as (

    select
        order_date as business_date,
        origin,
        currency,
        count(*) as orders,
        count(distinct retailer_id) as active_retailers,
        count(distinct vendor_id) as active_vendors,
        {{ sum_paisa('total_paisa') }} as total_paisa
    from {{ ref('fct_orders') }}
    group by order_date, origin, currency

), sales as (

    select
        business_date,
        origin,
        currency,
        {{ sum_paisa('delivered_paisa') }} as delivered_paisa,
        {{ sum_paisa('returned_paisa') }} as returned_paisa
    from {{ ref('fct_daily_sales') }}
    group by business_date, origin, currency

), payments as (

    select
        paid_date as business_date,
        origin,
        currency,
        {{ sum_paisa('amount_paisa') }} as paid_paisa
    from {{ ref('fct_payments') }}
    group by paid_date, origin, currency

), refusals as (

    select
        decision_date as business_date,
        origin,
        currency,
        count(*) as refusals,
        {{ sum_paisa('asked_paisa') }} as refused_paisa
    from {{ ref('fct_decisions') }}
    where outcome = 'refused'
    group by decision_date, origin, currency

), moves as (

    -- An interval of an open item adds to the levels when it begins and takes it away when it ends;
    -- to what is overdue it adds from the day after its due date what is not in dispute.
    select
        valid_from as business_date,
        origin,
        currency,
        open_paisa as receivable_delta,
        disputed_paisa as disputed_delta,
        0 as overdue_delta
    from {{ ref('fct_receivable_balance') }}
    union all
    select
        valid_to as business_date,
        origin,
        currency,
        -open_paisa as receivable_delta,
        -disputed_paisa as disputed_delta,
        0 as overdue_delta
    from {{ ref('fct_receivable_balance') }}
    union all
    select
        greatest(valid_from, {{ days_after('due_date', 1) }}) as business_date,
        origin,
        currency,
        0 as receivable_delta,
        0 as disputed_delta,
        open_paisa - disputed_paisa as overdue_delta
    from {{ ref('fct_receivable_balance') }}
    where is_debit and valid_to > {{ days_after('due_date', 1) }}
    union all
    select
        valid_to as business_date,
        origin,
        currency,
        0 as receivable_delta,
        0 as disputed_delta,
        disputed_paisa - open_paisa as overdue_delta
    from {{ ref('fct_receivable_balance') }}
    where is_debit and valid_to > {{ days_after('due_date', 1) }}

), daily_moves as (

    select
        business_date,
        origin,
        currency,
        sum(receivable_delta) as receivable_delta,
        sum(overdue_delta) as overdue_delta,
        sum(disputed_delta) as disputed_delta
    from moves
    group by business_date, origin, currency

), activity as (

    select
        business_date,
        origin,
        currency
    from orders
    union distinct
    select
        business_date,
        origin,
        currency
    from sales
    union distinct
    select
        business_date,
        origin,
        currency
    from payments
    union distinct
    select
        business_date,
        origin,
        currency
    from refusals
    union distinct
    select
        business_date,
        origin,
        currency
    from daily_moves
    where business_date <= {{ as_of() }}

), spans as (

    select
        origin,
        currency,
        min(business_date) as first_date
    from activity
    group by origin, currency

), days as (

    select
        dates.calendar_date as business_date,
        spans.origin,
        spans.currency
    from spans
    inner join {{ ref('dim_date') }} as dates
        on dates.calendar_date >= spans.first_date and dates.calendar_date <= {{ as_of() }}
    union distinct
    -- The calendar begins one day; trade that is older counts all the same.
    select
        business_date,
        origin,
        currency
    from activity

), final as (

    select
        days.business_date,
        days.origin,
        days.currency,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.total_paisa, 0) as total_paisa,
        coalesce(orders.active_retailers, 0) as active_retailers,
        coalesce(orders.active_vendors, 0) as active_vendors,
        coalesce(sales.delivered_paisa, 0) as delivered_paisa,
        coalesce(sales.returned_paisa, 0) as returned_paisa,
        coalesce(payments.paid_paisa, 0) as paid_paisa,
        coalesce(refusals.refusals, 0) as refusals,
        coalesce(refusals.refused_paisa, 0) as refused_paisa,
        cast(sum(coalesce(daily_moves.receivable_delta, 0)) over level as bigint) as receivable_paisa,
        cast(sum(coalesce(daily_moves.overdue_delta, 0)) over level as bigint) as overdue_paisa,
        cast(sum(coalesce(daily_moves.disputed_delta, 0)) over level as bigint) as disputed_paisa
    from days
    left join orders
        on
            days.business_date = orders.business_date
            and days.origin = orders.origin
            and days.currency = orders.currency
    left join sales
        on days.business_date = sales.business_date and days.origin = sales.origin and days.currency = sales.currency
    left join payments
        on
            days.business_date = payments.business_date
            and days.origin = payments.origin
            and days.currency = payments.currency
    left join refusals
        on
            days.business_date = refusals.business_date
            and days.origin = refusals.origin
            and days.currency = refusals.currency
    left join daily_moves
        on
            days.business_date = daily_moves.business_date
            and days.origin = daily_moves.origin
            and days.currency = daily_moves.currency
    window level as (partition by days.origin, days.currency order by days.business_date)

)

select * from final
