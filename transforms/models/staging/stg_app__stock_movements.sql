-- Grain: one row per movement of a good on a shelf, in its base unit.
with source as (

    select * from {{ source('app', 'stock_movements') }}

), renamed as (

    select
        cast(id as text) as movement_id,
        cast(business_id as text) as business_id,
        cast(product_id as text) as product_id,
        kind,
        quantity,
        on_hand_after,
        moved_at,
        recorded_at
    from source

)

select * from renamed
