-- Grain: one row per product and unit it is sold in.
with source as (

    select * from {{ source('app', 'product_units') }}

), renamed as (

    select
        cast(product_id as text) as product_id,
        unit,
        base_quantity
    from source

)

select * from renamed
