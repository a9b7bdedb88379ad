-- Grain: one row per retailer that had joined by the as-of day: its transparent score, or grade NH without one.
with scored as (

    {{ transparent_score(
        {
            'allocations': source('app', 'allocations'),
            'bill_cancellations': source('app', 'bill_cancellations'),
            'bill_tenders': source('app', 'bill_tenders'),
            'businesses': source('app', 'businesses'),
            'credit_agreements': source('app', 'credit_agreements'),
            'credit_limits': source('app', 'credit_limits'),
            'deliveries': source('app', 'deliveries'),
            'disputed_items': source('app', 'disputed_items'),
            'disputes': source('app', 'disputes'),
            'invoices': source('app', 'invoices'),
            'khata_entries': source('app', 'khata_entries'),
            'payments': source('app', 'payments'),
            'receivable_items': source('app', 'receivable_items'),
        },
        as_of(),
        dialect=target.type,
    ) }}

), final as (

    select
        scored.as_of_date as as_of,
        businesses.business_id as retailer_id,
        businesses.origin,
        scored.score_version as model_version,
        {{ predicted_at() }} as predicted_at,
        {{ run_id() }} as run_id,
        scored.score,
        scored.grade,
        scored.payment_points,
        scored.debt_points,
        scored.volume_points,
        scored.age_points,
        scored.own_points,
        scored.matured_items,
        scored.late_items,
        scored.worst_days_late,
        scored.bounced_payments,
        scored.debt_ratio,
        scored.order_days,
        scored.account_days,
        scored.own_bill_days,
        scored.own_sales_ratio,
        scored.own_money_ratio,
        scored.reason_codes
    from scored
    inner join {{ ref('int_businesses_known') }} as businesses
        on cast(scored.retailer_id as text) = businesses.business_id

)

select * from final
