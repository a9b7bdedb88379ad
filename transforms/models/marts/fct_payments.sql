-- Grain: one row per payment or reversal. A reversal is negative, so that sums are what was really received.
with payments as (

    select
        payment_id,
        vendor_id,
        retailer_id,
        origin,
        currency,
        amount_paisa,
        mode,
        paid_date,
        reverses_id,
        is_bounce,
        is_reversed,
        is_assumed
    from {{ ref('int_payments_known') }}

)

select * from payments
