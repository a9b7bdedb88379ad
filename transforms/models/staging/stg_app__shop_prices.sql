-- Grain: one row per dated price of a good at a shop's counter, the tax in it; one without a price ends the one before.
with source as (

    select * from {{ source('app', 'shop_prices') }}

), renamed as (

    select
        cast(id as text) as shop_price_id,
        cast(business_id as text) as business_id,
        cast(product_id as text) as product_id,
        unit,
        unit_price,
        mrp,
        currency,
        valid_from
    from source

)

select * from renamed
