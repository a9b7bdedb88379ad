-- Grain: one row per receivable account and reporting day (month-ends, and the last 90 days to the as-of day)
-- on which something stood open. All amounts are levels: never sum them across days.
-- Buckets count days past due: not due, 1-30, 31-60, 61-90, more. What was in dispute as the day ended stands beside
-- them, due or not: it is owed, and late for nobody. Unallocated credit is negative. All add up to the balance.
with days as (

    select calendar_date as reporting_date
    from {{ ref('dim_date') }}
    where is_reporting_day

), open_items as (

    select
        days.reporting_date,
        balances.account_id,
        balances.vendor_id,
        balances.retailer_id,
        balances.origin,
        balances.currency,
        balances.is_debit,
        balances.open_paisa,
        balances.disputed_paisa,
        balances.open_paisa - balances.disputed_paisa as agreed_paisa,
        {{ days_between('balances.due_date', 'days.reporting_date') }} as days_past_due
    from days
    inner join {{ ref('fct_receivable_balance') }} as balances
        on days.reporting_date >= balances.valid_from and days.reporting_date < balances.valid_to
    where balances.open_paisa <> 0

), aged as (

    select
        reporting_date,
        account_id,
        vendor_id,
        retailer_id,
        origin,
        currency,
        {{ sum_paisa('open_paisa') }} as balance_paisa,
        {{ sum_paisa('agreed_paisa', 'is_debit and days_past_due <= 0') }} as not_due_paisa,
        {{ sum_paisa('agreed_paisa', 'is_debit and days_past_due between 1 and 30') }} as overdue_1_30_paisa,
        {{ sum_paisa('agreed_paisa', 'is_debit and days_past_due between 31 and 60') }} as overdue_31_60_paisa,
        {{ sum_paisa('agreed_paisa', 'is_debit and days_past_due between 61 and 90') }} as overdue_61_90_paisa,
        {{ sum_paisa('agreed_paisa', 'is_debit and days_past_due > 90') }} as overdue_over_90_paisa,
        {{ sum_paisa('disputed_paisa') }} as disputed_paisa,
        {{ sum_paisa('open_paisa', 'not is_debit') }} as unallocated_credit_paisa,
        {{ sum_paisa('agreed_paisa', 'is_debit and days_past_due > 0') }} as overdue_paisa,
        cast(
            coalesce(max(days_past_due) filter (where is_debit and agreed_paisa > 0 and days_past_due > 0), 0)
            as integer
        ) as days_past_due_max
    from open_items
    group by reporting_date, account_id, vendor_id, retailer_id, origin, currency

)

select * from aged
