-- Grain: one row per shop and reporting day (month-ends, and the last 90 days to the as-of day) on which something was
-- open in its khatas. All amounts are levels: never sum them across days. Buckets count days past due; what customers
-- paid ahead is negative. All add up to the balance.
with days as (

    select calendar_date as reporting_date
    from {{ ref('dim_date') }}
    where is_reporting_day

), open_items as (

    select
        days.reporting_date,
        items.shop_id,
        items.customer_id,
        items.origin,
        items.currency,
        items.is_debit,
        items.open_paisa,
        {{ days_between('items.due_date', 'days.reporting_date') }} as days_past_due
    from days
    inner join {{ ref('int_khata_items_opened') }} as items
        on days.reporting_date >= items.valid_from and days.reporting_date < items.valid_to
    where items.open_paisa <> 0

), aged as (

    select
        reporting_date,
        shop_id,
        origin,
        currency,
        count(distinct customer_id) filter (where is_debit) as customers_owing,
        {{ sum_paisa('open_paisa') }} as balance_paisa,
        {{ sum_paisa('open_paisa', 'is_debit and days_past_due <= 0') }} as not_due_paisa,
        {{ sum_paisa('open_paisa', 'is_debit and days_past_due between 1 and 30') }} as overdue_1_30_paisa,
        {{ sum_paisa('open_paisa', 'is_debit and days_past_due between 31 and 60') }} as overdue_31_60_paisa,
        {{ sum_paisa('open_paisa', 'is_debit and days_past_due between 61 and 90') }} as overdue_61_90_paisa,
        {{ sum_paisa('open_paisa', 'is_debit and days_past_due > 90') }} as overdue_over_90_paisa,
        {{ sum_paisa('open_paisa', 'is_debit and days_past_due > 0') }} as overdue_paisa,
        {{ sum_paisa('open_paisa', 'not is_debit') }} as advances_paisa
    from open_items
    group by reporting_date, shop_id, origin, currency

)

select * from aged
