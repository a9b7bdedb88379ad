-- Grain: one row per line of an order.
with source as (

    select * from {{ source('app', 'order_lines') }}

), renamed as (

    select
        cast(order_id as text) as order_id,
        line_no,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        cast(product_id as text) as product_id,
        unit,
        base_quantity,
        unit_price,
        asked_quantity,
        ordered_quantity,
        delivered_quantity as present_delivered_quantity,
        cancelled_quantity as present_cancelled_quantity,
        returned_quantity as present_returned_quantity,
        is_stock_tracked
    from source

)

select * from renamed
