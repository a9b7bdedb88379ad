-- Fails if a mart holds a day after the as-of day, because a figure that knows the future cannot be defended.
select 'fct_orders' as mart from {{ ref('fct_orders') }}
where order_date > {{ as_of() }} or last_delivered_date > {{ as_of() }}
union all
select 'fct_payments' as mart from {{ ref('fct_payments') }}
where paid_date > {{ as_of() }}
union all
select 'fct_receivable_balance' as mart from {{ ref('fct_receivable_balance') }}
where valid_from > {{ as_of() }}
union all
select 'fct_daily_sales' as mart from {{ ref('fct_daily_sales') }}
where business_date > {{ as_of() }}
union all
select 'fct_decisions' as mart from {{ ref('fct_decisions') }}
where decision_date > {{ as_of() }}
union all
select 'mart_executive_daily' as mart from {{ ref('mart_executive_daily') }}
where business_date > {{ as_of() }}
union all
select 'fct_shop_bills' as mart from {{ ref('fct_shop_bills') }}
where business_date > {{ as_of() }}
union all
select 'mart_shop_daily' as mart from {{ ref('mart_shop_daily') }}
where business_date > {{ as_of() }}
