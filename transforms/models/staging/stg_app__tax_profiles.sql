-- Grain: one row per dated tax profile of a business.
with source as (

    select * from {{ source('app', 'tax_profiles') }}

), renamed as (

    select
        cast(id as text) as tax_profile_id,
        cast(business_id as text) as business_id,
        valid_from,
        profile,
        recorded_at
    from source

)

select * from renamed
