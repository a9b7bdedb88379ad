-- Grain: one row per dated credit limit.
with source as (

    select * from {{ source('app', 'credit_limits') }}

), renamed as (

    select
        cast(id as text) as limit_id,
        cast(agreement_id as text) as agreement_id,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        limit_paisa,
        policy_version,
        valid_from,
        recorded_at
    from source

)

select * from renamed
