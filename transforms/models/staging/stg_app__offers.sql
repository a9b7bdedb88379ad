-- Grain: one row per dated terms of a vendor for a product.
with source as (

    select * from {{ source('app', 'offers') }}

), renamed as (

    select
        cast(id as text) as offer_id,
        cast(vendor_id as text) as vendor_id,
        cast(product_id as text) as product_id,
        unit,
        unit_price,
        currency,
        minimum_quantity,
        carton_multiple,
        availability,
        is_tax_inclusive,
        is_listed,
        lead_time_days,
        valid_from
    from source

)

select * from renamed
