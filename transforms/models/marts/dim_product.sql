-- Grain: one row per product known by the end of the as-of day. Without an owner it is the platform's own, and
-- that day ends by UTC.
with products as (

    select
        products.product_id,
        products.owner_id,
        products.sku,
        products.name,
        products.category,
        products.base_unit,
        products.hsn,
        products.is_active
    from {{ ref('stg_app__products') }} as products
    left join {{ ref('int_businesses_known') }} as owners
        on products.owner_id = owners.business_id
    where products.created_at < coalesce(owners.known_before, {{ end_of_day(as_of(), "'UTC'") }})

)

select * from products
