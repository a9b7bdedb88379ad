-- Grain: one row per entry of one book.
with source as (

    select * from {{ source('app', 'ledger_transactions') }}

), renamed as (

    select
        cast(id as text) as transaction_id,
        cast(business_id as text) as business_id,
        kind,
        source,
        cast(source_id as text) as source_id,
        effective_date,
        recorded_at,
        is_assumed,
        cast(reverses_id as text) as reverses_id
    from source

)

select * from renamed
