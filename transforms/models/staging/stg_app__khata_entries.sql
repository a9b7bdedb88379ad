-- Grain: one row per entry of a khata beside bills: what was owed before, a debit, a payment, or what undoes one.
-- amount_paisa is what the customer owes more; below zero: less.
with source as (

    select * from {{ source('app', 'khata_entries') }}

), renamed as (

    select
        cast(id as text) as entry_id,
        cast(business_id as text) as business_id,
        cast(customer_id as text) as customer_id,
        kind,
        amount_paisa,
        currency,
        mode,
        entered_on as entered_date,
        recorded_at,
        cast(reverses_id as text) as reverses_id,
        reversal_reason
    from source

)

select * from renamed
