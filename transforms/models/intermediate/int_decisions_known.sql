-- Grain: one row per decision taken by the end of the as-of day.
with decisions as (

    select
        decisions.*,
        vendors.origin,
        {{ business_date('decisions.decided_at', 'vendors.time_zone') }} as decision_date
    from {{ ref('stg_app__decisions') }} as decisions
    inner join {{ ref('int_businesses_known') }} as vendors
        on decisions.vendor_id = vendors.business_id
    where decisions.decided_at < vendors.known_before

)

select * from decisions
