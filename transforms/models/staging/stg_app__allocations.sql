-- Grain: one row per settlement of a debit item by a credit item, or its reversal.
with source as (

    select * from {{ source('app', 'allocations') }}

), renamed as (

    select
        cast(id as text) as allocation_id,
        cast(business_id as text) as business_id,
        cast(account_id as text) as account_id,
        cast(credit_item_id as text) as credit_item_id,
        cast(debit_item_id as text) as debit_item_id,
        amount_paisa,
        effective_date,
        recorded_at,
        cast(reverses_id as text) as reverses_id
    from source

)

select * from renamed
