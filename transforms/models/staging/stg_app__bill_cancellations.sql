-- Grain: one row per bill that holds no longer.
with source as (

    select * from {{ source('app', 'bill_cancellations') }}

), renamed as (

    select
        cast(invoice_id as text) as invoice_id,
        cast(business_id as text) as business_id,
        cancelled_on as cancelled_date,
        cancelled_at
    from source

)

select * from renamed
