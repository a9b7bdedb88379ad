-- Grain: one row per product. Without an owner it is the platform's own.
with products as (

    select
        product_id,
        owner_id,
        sku,
        name,
        category,
        base_unit,
        hsn,
        is_active
    from {{ ref('stg_app__products') }}

)

select * from products
