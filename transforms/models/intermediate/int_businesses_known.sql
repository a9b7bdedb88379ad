-- Grain: one row per business that had joined by the end of the as-of day.
-- known_before is the first moment after that day where the business stands: what was recorded before it is known.
with businesses as (

    select
        *,
        {{ end_of_day(as_of(), 'time_zone') }} as known_before,
        {{ business_date('joined_at', 'time_zone') }} as joined_date
    from {{ ref('stg_app__businesses') }}

), known as (

    select * from businesses
    where joined_at < known_before

)

select * from known
