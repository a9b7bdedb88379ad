-- Grain: one row per payment or bounce that was recorded, and dated, by the as-of day.
-- amount_paisa is negative for a bounce.
with payments as (

    select
        payments.payment_id,
        payments.vendor_id,
        payments.retailer_id,
        vendors.origin,
        payments.currency,
        case
            when payments.reverses_id is null then payments.amount_paisa
            else -payments.amount_paisa
        end as amount_paisa,
        payments.mode,
        payments.paid_date,
        payments.recorded_at,
        payments.reverses_id,
        payments.reverses_id is not null as is_bounce,
        payments.is_assumed
    from {{ ref('stg_app__payments') }} as payments
    inner join {{ ref('int_businesses_known') }} as vendors
        on payments.vendor_id = vendors.business_id
    where payments.recorded_at < vendors.known_before and payments.paid_date <= {{ as_of() }}

)

select * from payments
