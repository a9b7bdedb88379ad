-- Grain: one row per business.
with source as (

    select * from {{ source('app', 'businesses') }}

), renamed as (

    select
        cast(id as text) as business_id,
        is_vendor,
        is_retailer,
        keeps_books,
        is_walk_in,
        country,
        state,
        zone,
        currency,
        time_zone,
        origin,
        joined_at
    from source

)

select * from renamed
