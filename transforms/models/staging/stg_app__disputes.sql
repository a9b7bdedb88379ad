-- Grain: one row per dispute between a vendor and a retailer, in its present state.
with source as (

    select * from {{ source('app', 'disputes') }}

), renamed as (

    select
        cast(id as text) as dispute_id,
        cast(credit_note_id as text) as credit_note_id,
        opened_at,
        settled_at
    from source

)

select * from renamed
