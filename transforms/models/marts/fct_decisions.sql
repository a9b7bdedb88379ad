-- Grain: one row per decision, refusals too. Decisions are given in the currency of the trade they were about.
with decisions as (

    select
        decision_id,
        decision_date,
        decided_at,
        kind,
        vendor_id,
        retailer_id,
        origin,
        currency,
        order_id,
        outcome,
        reason_code,
        asked_paisa,
        granted_paisa,
        limit_paisa,
        score_version,
        policy_version,
        channel
    from {{ ref('int_decisions_known') }}

)

select * from decisions
