-- Grain: one row per vendor and currency it sells in, over the 90 days to the as-of day; receivables are levels.
-- Every ratio keeps both parts as columns; vendors without orders in the window have zeros, not full marks. Imported
-- orders count as trade alone: a file of sales holds no refusal and no promise, so of conduct it says nothing.
with vendors as (

    select * from {{ ref('dim_business') }}
    where is_vendor

), recent_orders as (

    select * from {{ ref('fct_orders') }}
    where order_date > {{ days_after(as_of(), -90) }}

), trades as (

    select
        vendor_id,
        currency,
        count(*) as orders,
        count(distinct retailer_id) as retailers,
        max(order_date) as last_order_date,
        count(*) filter (where is_imported) as orders_imported,
        count(*) filter (
            where not is_imported and order_state <> 'placed' and order_state <> 'cancelled'
        ) as orders_answered,
        count(*) filter (
            where not is_imported and accepted_at is not null and order_state <> 'cancelled'
        ) as orders_accepted,
        count(*) filter (where is_on_time is not null) as orders_promised,
        count(*) filter (where is_on_time) as orders_on_time,
        {{ sum_paisa('total_paisa') }} as total_paisa,
        {{ sum_paisa('delivered_paisa') }} as delivered_paisa,
        {{ sum_paisa('returned_paisa') }} as returned_paisa
    from recent_orders
    group by vendor_id, currency

), fills as (

    -- Filled is judged once an order has ended: what is still on its way is no shortfall yet.
    select
        lines.vendor_id,
        lines.currency,
        count(*) as lines_closed,
        count(*) filter (where lines.delivered_quantity >= lines.asked_quantity) as lines_filled,
        {{ sum_paisa('lines.asked_paisa') }} as asked_paisa,
        {{ sum_paisa('least(lines.delivered_paisa, lines.asked_paisa)') }} as filled_paisa
    from {{ ref('fct_order_lines') }} as lines
    inner join recent_orders
        on lines.order_id = recent_orders.order_id
    where
        not recent_orders.is_imported
        and (
            recent_orders.order_state in ('completed', 'declined', 'expired')
            or recent_orders.fulfilment_state in ('delivered', 'returned')
        )
    group by lines.vendor_id, lines.currency

), prices as (

    select
        vendor_id,
        currency,
        count(price_ratio) as products_compared,
        cast(avg(price_ratio) as numeric(12, 4)) as price_ratio
    from {{ ref('int_offers_compared') }}
    group by vendor_id, currency

), debts as (

    select
        vendor_id,
        currency,
        {{ sum_paisa('balance_paisa') }} as receivable_paisa,
        {{ sum_paisa('overdue_paisa') }} as overdue_paisa,
        {{ sum_paisa('disputed_paisa') }} as disputed_paisa
    from {{ ref('fct_receivable_ageing') }}
    where reporting_date = {{ as_of() }}
    group by vendor_id, currency

), pairs as (

    select
        business_id as vendor_id,
        currency
    from vendors
    union distinct
    select
        vendor_id,
        currency
    from trades
    union distinct
    select
        vendor_id,
        currency
    from debts

), final as (

    select
        {{ as_of() }} as as_of_date,
        pairs.vendor_id,
        pairs.currency,
        vendors.origin,
        vendors.zone,
        coalesce(trades.orders, 0) as orders_90d,
        coalesce(trades.retailers, 0) as retailers_90d,
        trades.last_order_date,
        coalesce(trades.orders_imported, 0) as orders_imported_90d,
        coalesce(trades.orders_answered, 0) as orders_answered_90d,
        coalesce(trades.orders_accepted, 0) as orders_accepted_90d,
        coalesce(trades.orders_promised, 0) as orders_promised_90d,
        coalesce(trades.orders_on_time, 0) as orders_on_time_90d,
        coalesce(fills.lines_closed, 0) as lines_closed_90d,
        coalesce(fills.lines_filled, 0) as lines_filled_90d,
        coalesce(fills.asked_paisa, 0) as asked_90d_paisa,
        coalesce(fills.filled_paisa, 0) as filled_90d_paisa,
        coalesce(prices.products_compared, 0) as products_compared,
        prices.price_ratio,
        coalesce(trades.total_paisa, 0) as total_90d_paisa,
        coalesce(trades.delivered_paisa, 0) as delivered_90d_paisa,
        coalesce(trades.returned_paisa, 0) as returned_90d_paisa,
        coalesce(debts.receivable_paisa, 0) as receivable_paisa,
        coalesce(debts.overdue_paisa, 0) as overdue_paisa,
        coalesce(debts.disputed_paisa, 0) as disputed_paisa
    from pairs
    inner join vendors
        on pairs.vendor_id = vendors.business_id
    left join trades
        on pairs.vendor_id = trades.vendor_id and pairs.currency = trades.currency
    left join fills
        on pairs.vendor_id = fills.vendor_id and pairs.currency = fills.currency
    left join prices
        on pairs.vendor_id = prices.vendor_id and pairs.currency = prices.currency
    left join debts
        on pairs.vendor_id = debts.vendor_id and pairs.currency = debts.currency

)

select * from final
