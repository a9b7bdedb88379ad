-- Grain: one row per retailer and currency it trades or owes in, as of one day; the walk-in of an imported history is
-- many people, so no retailer, and stands in the facts alone. Levels and 90-day flows stand side
-- by side: sum flows over retailers of one currency and origin, never over currencies.
with trades as (

    select
        retailer_id,
        currency,
        count(distinct vendor_id) as vendors,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(*) as orders,
        count(*) filter (where order_date > {{ days_after(as_of(), -90) }}) as orders_90d,
        {{ sum_paisa('total_paisa') }} as total_paisa,
        {{ sum_paisa('total_paisa', 'order_date > ' ~ days_after(as_of(), -30)) }} as total_30d_paisa,
        {{ sum_paisa('total_paisa', 'order_date > ' ~ days_after(as_of(), -90)) }} as total_90d_paisa
    from {{ ref('fct_orders') }}
    group by retailer_id, currency

), debts as (

    select
        retailer_id,
        currency,
        {{ sum_paisa('balance_paisa') }} as receivable_paisa,
        {{ sum_paisa('not_due_paisa') }} as not_due_paisa,
        {{ sum_paisa('overdue_paisa') }} as overdue_paisa,
        {{ sum_paisa('disputed_paisa') }} as disputed_paisa,
        {{ sum_paisa('unallocated_credit_paisa') }} as unallocated_credit_paisa,
        max(days_past_due_max) as days_past_due_max
    from {{ ref('fct_receivable_ageing') }}
    where reporting_date = {{ as_of() }}
    group by retailer_id, currency

), limits as (

    select
        retailer_id,
        currency,
        {{ sum_paisa('limit_paisa') }} as limit_paisa
    from {{ ref('int_credit_limits_current') }}
    group by retailer_id, currency

), payments as (

    select
        retailer_id,
        currency,
        max(paid_date) filter (where reverses_id is null and not is_reversed) as last_paid_date,
        count(*) filter (where is_bounce and paid_date > {{ days_after(as_of(), -365) }}) as bounces_365d,
        {{ sum_paisa('amount_paisa', 'paid_date > ' ~ days_after(as_of(), -90)) }} as paid_90d_paisa
    from {{ ref('fct_payments') }}
    where not is_assumed
    group by retailer_id, currency

), refusals as (

    select
        retailer_id,
        currency,
        count(*) as refusals_90d
    from {{ ref('fct_decisions') }}
    where outcome = 'refused' and decision_date > {{ days_after(as_of(), -90) }}
    group by retailer_id, currency

), counters as (

    -- What the retailer sells to people, by its own bills: sell-out, beside the sell-in of the columns before.
    select
        shop_id as retailer_id,
        currency,
        {{ sum_paisa('sales_paisa', 'business_date > ' ~ days_after(as_of(), -30)) }} as sold_30d_paisa,
        {{ sum_paisa('sales_paisa', 'business_date > ' ~ days_after(as_of(), -90)) }} as sold_90d_paisa,
        cast(
            coalesce(sum(bills) filter (where business_date > {{ days_after(as_of(), -90) }}), 0) as bigint
        ) as bills_90d,
        {{ sum_paisa('khata_given_paisa', 'business_date > ' ~ days_after(as_of(), -90)) }} as khata_given_90d_paisa,
        {{ sum_paisa('khata_collected_paisa', 'business_date > ' ~ days_after(as_of(), -90)) }}
            as khata_collected_90d_paisa
    from {{ ref('mart_shop_daily') }}
    group by shop_id, currency

), khatas as (

    select
        shop_id as retailer_id,
        currency,
        balance_paisa as khata_outstanding_paisa,
        overdue_paisa as khata_overdue_paisa
    from {{ ref('fct_khata_ageing') }}
    where reporting_date = {{ as_of() }}

), pairs as (

    select
        retailer_id,
        currency
    from trades
    union distinct
    select
        retailer_id,
        currency
    from debts
    union distinct
    select
        retailer_id,
        currency
    from limits
    union distinct
    select
        retailer_id,
        currency
    from payments

), final as (

    select
        {{ as_of() }} as as_of_date,
        pairs.retailer_id,
        pairs.currency,
        businesses.origin,
        businesses.zone,
        businesses.joined_date,
        cast(coalesce(trades.vendors, 0) as integer) as vendors,
        trades.first_order_date,
        trades.last_order_date,
        coalesce(trades.orders, 0) as orders,
        coalesce(trades.orders_90d, 0) as orders_90d,
        coalesce(trades.total_paisa, 0) as total_paisa,
        coalesce(trades.total_30d_paisa, 0) as total_30d_paisa,
        coalesce(trades.total_90d_paisa, 0) as total_90d_paisa,
        coalesce(limits.limit_paisa, 0) as limit_paisa,
        coalesce(debts.receivable_paisa, 0) as receivable_paisa,
        coalesce(debts.not_due_paisa, 0) as not_due_paisa,
        coalesce(debts.overdue_paisa, 0) as overdue_paisa,
        coalesce(debts.disputed_paisa, 0) as disputed_paisa,
        coalesce(debts.unallocated_credit_paisa, 0) as unallocated_credit_paisa,
        coalesce(debts.days_past_due_max, 0) as days_past_due_max,
        coalesce(payments.paid_90d_paisa, 0) as paid_90d_paisa,
        payments.last_paid_date,
        cast(coalesce(payments.bounces_365d, 0) as integer) as bounces_365d,
        cast(coalesce(refusals.refusals_90d, 0) as integer) as refusals_90d,
        coalesce(counters.sold_30d_paisa, 0) as sold_30d_paisa,
        coalesce(counters.sold_90d_paisa, 0) as sold_90d_paisa,
        coalesce(counters.bills_90d, 0) as bills_90d,
        coalesce(counters.khata_given_90d_paisa, 0) as khata_given_90d_paisa,
        coalesce(counters.khata_collected_90d_paisa, 0) as khata_collected_90d_paisa,
        coalesce(khatas.khata_outstanding_paisa, 0) as khata_outstanding_paisa,
        coalesce(khatas.khata_overdue_paisa, 0) as khata_overdue_paisa,
        scores.score,
        coalesce(scores.grade, 'NH') as grade
    from pairs
    inner join {{ ref('int_businesses_known') }} as businesses
        on pairs.retailer_id = businesses.business_id
    left join trades
        on pairs.retailer_id = trades.retailer_id and pairs.currency = trades.currency
    left join debts
        on pairs.retailer_id = debts.retailer_id and pairs.currency = debts.currency
    left join limits
        on pairs.retailer_id = limits.retailer_id and pairs.currency = limits.currency
    left join payments
        on pairs.retailer_id = payments.retailer_id and pairs.currency = payments.currency
    left join refusals
        on pairs.retailer_id = refusals.retailer_id and pairs.currency = refusals.currency
    left join counters
        on pairs.retailer_id = counters.retailer_id and pairs.currency = counters.currency
    left join khatas
        on pairs.retailer_id = khatas.retailer_id and pairs.currency = khatas.currency
    left join {{ ref('credit_score') }} as scores
        on pairs.retailer_id = scores.retailer_id
    where not businesses.is_walk_in

)

select * from final
