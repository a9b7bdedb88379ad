-- Fails if a day of the executive figures differs from the orders, sales, payments and refusals of that day, because
-- something that was traded is then missing from the picture, or counted twice.
with both_sides as (

    select
        business_date,
        origin,
        currency,
        orders,
        total_paisa,
        delivered_paisa,
        returned_paisa,
        paid_paisa,
        refused_paisa
    from {{ ref('mart_executive_daily') }}
    union all
    select
        order_date as business_date,
        origin,
        currency,
        -1 as orders,
        -total_paisa as total_paisa,
        0 as delivered_paisa,
        0 as returned_paisa,
        0 as paid_paisa,
        0 as refused_paisa
    from {{ ref('fct_orders') }}
    union all
    select
        business_date,
        origin,
        currency,
        0 as orders,
        0 as total_paisa,
        -delivered_paisa as delivered_paisa,
        -returned_paisa as returned_paisa,
        0 as paid_paisa,
        0 as refused_paisa
    from {{ ref('fct_daily_sales') }}
    union all
    select
        paid_date as business_date,
        origin,
        currency,
        0 as orders,
        0 as total_paisa,
        0 as delivered_paisa,
        0 as returned_paisa,
        -amount_paisa as paid_paisa,
        0 as refused_paisa
    from {{ ref('fct_payments') }}
    union all
    select
        decision_date as business_date,
        origin,
        currency,
        0 as orders,
        0 as total_paisa,
        0 as delivered_paisa,
        0 as returned_paisa,
        0 as paid_paisa,
        -asked_paisa as refused_paisa
    from {{ ref('fct_decisions') }}
    where outcome = 'refused'

), differences as (

    select
        business_date,
        origin,
        currency,
        sum(orders) as orders,
        sum(total_paisa) as total_paisa,
        sum(delivered_paisa) as delivered_paisa,
        sum(returned_paisa) as returned_paisa,
        sum(paid_paisa) as paid_paisa,
        sum(refused_paisa) as refused_paisa
    from both_sides
    group by business_date, origin, currency

)

select * from differences
where
    orders <> 0
    or total_paisa <> 0
    or delivered_paisa <> 0
    or returned_paisa <> 0
    or paid_paisa <> 0
    or refused_paisa <> 0
