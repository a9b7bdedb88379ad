-- Grain: one row per line of a delivery or return.
with source as (

    select * from {{ source('app', 'delivery_lines') }}

), renamed as (

    select
        cast(delivery_id as text) as delivery_id,
        line_no,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        cast(order_id as text) as order_id,
        order_line_no,
        cast(product_id as text) as product_id,
        unit,
        base_quantity,
        quantity,
        unit_price,
        amount_paisa
    from source

)

select * from renamed
