-- Grain: one row per product.
with source as (

    select * from {{ source('app', 'products') }}

), renamed as (

    select
        cast(id as text) as product_id,
        cast(owner_id as text) as owner_id,
        sku,
        name,
        category,
        base_unit,
        hsn,
        is_active,
        created_at
    from source

)

select * from renamed
