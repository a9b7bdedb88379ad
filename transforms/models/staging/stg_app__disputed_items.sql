-- Grain: one row per debt that a dispute marks.
with source as (

    select * from {{ source('app', 'disputed_items') }}

), renamed as (

    select
        cast(dispute_id as text) as dispute_id,
        cast(item_id as text) as item_id,
        amount_paisa
    from source

)

select * from renamed
