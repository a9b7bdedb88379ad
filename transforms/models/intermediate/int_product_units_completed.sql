-- Grain: one row per product and unit: how many base units it holds, the base unit itself included.
with units as (

    select
        product_id,
        unit,
        base_quantity
    from {{ ref('stg_app__product_units') }}
    union all
    select
        products.product_id,
        products.base_unit as unit,
        cast(1 as numeric(14, 3)) as base_quantity
    from {{ ref('stg_app__products') }} as products
    where
        not exists (
            select 1
            from {{ ref('stg_app__product_units') }} as known
            where known.product_id = products.product_id and known.unit = products.base_unit
        )

)

select * from units
