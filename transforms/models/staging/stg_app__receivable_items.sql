-- Grain: one row per item of debt (positive) or of its settlement (negative).
with source as (

    select * from {{ source('app', 'receivable_items') }}

), renamed as (

    select
        cast(id as text) as item_id,
        cast(business_id as text) as business_id,
        cast(account_id as text) as account_id,
        kind,
        amount_paisa,
        currency,
        document_date,
        due_date,
        cast(source_id as text) as source_id,
        cast(order_id as text) as order_id,
        cast(transaction_id as text) as transaction_id,
        is_assumed,
        recorded_at
    from source

)

select * from renamed
