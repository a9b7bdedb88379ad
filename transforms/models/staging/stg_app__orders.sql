-- Grain: one row per order, in its present state.
with source as (

    select * from {{ source('app', 'orders') }}

), renamed as (

    select
        cast(id as text) as order_id,
        number as order_number,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        currency,
        settlement,
        order_state as present_order_state,
        fulfilment_state as present_fulfilment_state,
        total_paisa as present_total_paisa,
        placed_at,
        placed_on as order_date,
        accepted_at,
        promised_on as promised_date,
        closed_at,
        channel,
        import_id is not null as is_imported
    from source

)

select * from renamed
