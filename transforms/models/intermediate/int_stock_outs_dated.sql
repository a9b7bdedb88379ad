-- Grain: one row per vendor, product and day that opened with an empty shelf (tracked goods).
-- A level is read off the last movement of each day; it holds until the day of the next one.
with movements as (

    select
        movements.business_id as vendor_id,
        movements.product_id,
        vendors.origin,
        vendors.currency,
        movements.on_hand_after,
        {{ business_date('movements.moved_at', 'vendors.time_zone') }} as moved_date,
        movements.moved_at,
        movements.movement_id
    from {{ ref('stg_app__stock_movements') }} as movements
    inner join {{ ref('int_businesses_known') }} as vendors
        on movements.business_id = vendors.business_id
    where
        vendors.is_vendor
        and movements.on_hand_after is not null
        and movements.recorded_at < vendors.known_before
        and movements.moved_at < vendors.known_before

), closing as (

    select
        *,
        row_number() over (
            partition by vendor_id, product_id, moved_date order by moved_at desc, movement_id desc
        ) as recency
    from movements

), levels as (

    select
        *,
        lead(moved_date) over (partition by vendor_id, product_id order by moved_date) as next_moved_date
    from closing
    where recency = 1

), stock_outs as (

    select
        levels.vendor_id,
        levels.product_id,
        levels.origin,
        levels.currency,
        days.calendar_date as business_date
    from levels
    inner join {{ ref('calendar_days') }} as days
        on
            days.calendar_date > levels.moved_date
            and days.calendar_date <= coalesce(levels.next_moved_date, {{ as_of() }})
    where levels.on_hand_after <= 0

)

select * from stock_outs
