-- Grain: one row per order placed by the as-of day, in its state of that day.
-- The stored state is the present one; the state of a past day is that of the newest timeline entry then known.
with orders as (

    select
        orders.*,
        vendors.origin,
        vendors.zone,
        vendors.known_before
    from {{ ref('stg_app__orders') }} as orders
    inner join {{ ref('int_businesses_known') }} as vendors
        on orders.vendor_id = vendors.business_id
    where orders.placed_at < vendors.known_before and orders.order_date <= {{ as_of() }}

), entries as (

    select
        timeline.order_id,
        timeline.order_state,
        row_number() over (
            partition by timeline.order_id order by timeline.happened_at desc, timeline.timeline_entry_id desc
        ) as recency
    from {{ ref('stg_app__order_timeline') }} as timeline
    inner join orders
        on timeline.order_id = orders.order_id
    where timeline.happened_at < orders.known_before

), stated as (

    select
        orders.order_id,
        orders.order_number,
        orders.vendor_id,
        orders.retailer_id,
        orders.origin,
        orders.zone,
        orders.currency,
        orders.settlement,
        orders.channel,
        orders.is_imported,
        orders.placed_at,
        orders.order_date,
        -- An import brings no timeline; its orders were closed before they came.
        coalesce(
            entries.order_state, case when orders.is_imported then orders.present_order_state else 'placed' end
        ) as order_state,
        case when orders.accepted_at < orders.known_before then orders.accepted_at end as accepted_at,
        -- A file of sales holds no promise: the day that an import writes is that of the sale.
        case
            when orders.accepted_at < orders.known_before and not orders.is_imported then orders.promised_date
        end as promised_date
    from orders
    left join entries
        on orders.order_id = entries.order_id and entries.recency = 1

)

select * from stated
