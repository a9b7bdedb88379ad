-- Grain: one row per money taken for a bill of nobody by name; below zero: given back.
with source as (

    select * from {{ source('app', 'bill_tenders') }}

), renamed as (

    select
        cast(id as text) as tender_id,
        cast(business_id as text) as business_id,
        cast(invoice_id as text) as invoice_id,
        mode,
        amount_paisa,
        currency,
        taken_on as taken_date,
        recorded_at
    from source

)

select * from renamed
