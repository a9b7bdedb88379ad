-- Grain: one row per account of a book.
with source as (

    select * from {{ source('app', 'accounts') }}

), renamed as (

    select
        cast(id as text) as account_id,
        cast(business_id as text) as business_id,
        code,
        type as account_type,
        currency,
        cast(party_id as text) as party_id,
        opened_at
    from source

)

select * from renamed
