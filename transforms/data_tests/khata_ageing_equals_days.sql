-- Fails if the buckets of a shop's khatas do not add up to their balance, or the balance of the as-of day is not the
-- level of the shop's last day, because both are what its customers owe.
with ageing as (

    select * from {{ ref('fct_khata_ageing') }}

), levels as (

    select
        shop_id,
        currency,
        outstanding_paisa,
        row_number() over (partition by shop_id, currency order by business_date desc) as recency
    from {{ ref('mart_shop_daily') }}

)

select
    shop_id,
    currency,
    'buckets' as what
from ageing
where
    balance_paisa <> not_due_paisa + overdue_paisa + advances_paisa
    or overdue_paisa <> overdue_1_30_paisa + overdue_31_60_paisa + overdue_61_90_paisa + overdue_over_90_paisa
union all
select
    levels.shop_id,
    levels.currency,
    'level' as what
from levels
left join ageing
    on
        levels.shop_id = ageing.shop_id
        and levels.currency = ageing.currency
        and ageing.reporting_date = {{ as_of() }}
where levels.recency = 1 and levels.outstanding_paisa <> coalesce(ageing.balance_paisa, 0)
