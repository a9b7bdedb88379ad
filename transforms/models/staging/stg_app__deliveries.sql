-- Grain: one row per delivery or return.
with source as (

    select * from {{ source('app', 'deliveries') }}

), renamed as (

    select
        cast(id as text) as delivery_id,
        kind,
        cast(order_id as text) as order_id,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        currency,
        total_paisa,
        delivered_at,
        document_date,
        recorded_at
    from source

)

select * from renamed
