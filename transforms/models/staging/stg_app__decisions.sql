-- Grain: one row per decision about an order or a limit, refusals too.
with source as (

    select * from {{ source('app', 'decisions') }}

), renamed as (

    select
        cast(id as text) as decision_id,
        kind,
        cast(vendor_id as text) as vendor_id,
        cast(retailer_id as text) as retailer_id,
        cast(order_id as text) as order_id,
        outcome,
        reason_code,
        asked_paisa,
        granted_paisa,
        currency,
        asked_lines,
        limit_paisa,
        score_version,
        policy_version,
        channel,
        decided_at
    from source

)

select * from renamed
