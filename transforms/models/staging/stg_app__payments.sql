-- Grain: one row per payment, or the reversal of one.
with source as (

    select * from {{ source('app', 'payments') }}

), renamed as (

    select
        cast(id as text) as payment_id,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        cast(agreement_id as text) as agreement_id,
        amount_paisa,
        currency,
        mode,
        paid_on as paid_date,
        recorded_at,
        cast(reverses_id as text) as reverses_id,
        reversal_reason,
        is_assumed
    from source

)

select * from renamed
