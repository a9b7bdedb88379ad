-- Grain: one row per customer of a shop; who they are stays at the source.
with source as (

    select * from {{ source('app', 'customers') }}

), renamed as (

    select
        cast(id as text) as customer_id,
        cast(business_id as text) as business_id,
        cast(account_id as text) as account_id,
        currency,
        created_at,
        erased_at
    from source

)

select * from renamed
