-- Grain: one row per thing that happened to an order.
with source as (

    select * from {{ source('app', 'order_timeline') }}

), renamed as (

    select
        cast(id as text) as timeline_entry_id,
        cast(order_id as text) as order_id,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        verb,
        order_state,
        fulfilment_state,
        credit_state,
        channel,
        happened_at
    from source

)

select * from renamed
