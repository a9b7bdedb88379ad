-- Grain: one row per credit agreement: the limit in force at the end of the as-of day.
with ranked as (

    select
        limits.agreement_id,
        limits.vendor_id,
        limits.retailer_id,
        agreements.currency,
        agreements.receivable_account_id as account_id,
        limits.limit_paisa,
        limits.valid_from,
        row_number() over (
            partition by limits.agreement_id
            order by limits.valid_from desc, limits.recorded_at desc, limits.limit_id desc
        ) as recency
    from {{ ref('stg_app__credit_limits') }} as limits
    inner join {{ ref('stg_app__credit_agreements') }} as agreements
        on limits.agreement_id = agreements.agreement_id
    inner join {{ ref('int_businesses_known') }} as vendors
        on limits.vendor_id = vendors.business_id
    where limits.recorded_at < vendors.known_before and limits.valid_from < vendors.known_before

), current_limits as (

    select
        agreement_id,
        vendor_id,
        retailer_id,
        currency,
        account_id,
        limit_paisa,
        valid_from
    from ranked
    where recency = 1

)

select * from current_limits
