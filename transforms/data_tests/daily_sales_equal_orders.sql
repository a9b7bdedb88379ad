-- Fails if the orders of a day, seller and currency differ between daily sales and orders, because a line was then
-- lost or doubled on its way.
with daily as (

    select
        business_date,
        vendor_id,
        currency,
        sum(ordered_paisa) as ordered_paisa
    from {{ ref('fct_daily_sales') }}
    group by business_date, vendor_id, currency

), orders as (

    select
        order_date as business_date,
        vendor_id,
        currency,
        sum(ordered_paisa) as ordered_paisa
    from {{ ref('fct_orders') }}
    group by order_date, vendor_id, currency

)

select
    coalesce(daily.business_date, orders.business_date) as business_date,
    coalesce(daily.vendor_id, orders.vendor_id) as vendor_id,
    daily.ordered_paisa as daily_paisa,
    orders.ordered_paisa
from daily
full outer join orders
    on
        daily.business_date = orders.business_date
        and daily.vendor_id = orders.vendor_id
        and daily.currency = orders.currency
where coalesce(daily.ordered_paisa, 0) <> coalesce(orders.ordered_paisa, 0)
