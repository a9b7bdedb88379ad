-- Grain: one row per payment or reversal that was recorded, and dated, by the as-of day.
-- amount_paisa is negative for a reversal.
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
        coalesce(payments.reversal_reason = 'bounced', false) as is_bounce,
        payments.is_assumed
    from {{ ref('stg_app__payments') }} as payments
    inner join {{ ref('int_businesses_known') }} as vendors
        on payments.vendor_id = vendors.business_id
    where payments.recorded_at < vendors.known_before and payments.paid_date <= {{ as_of() }}

), final as (

    select
        payments.*,
        reversals.payment_id is not null as is_reversed
    from payments
    left join payments as reversals
        on payments.payment_id = reversals.reverses_id

)

select * from final
