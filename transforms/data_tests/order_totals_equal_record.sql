-- Fails if an order to which nothing happened after the as-of day stands differently in the mart and in the record,
-- because the mart works its past out from the timeline and the deliveries, and must arrive at the present.
with touched_later as (

    select timeline.order_id
    from {{ ref('stg_app__order_timeline') }} as timeline
    inner join {{ ref('int_businesses_known') }} as vendors
        on timeline.vendor_id = vendors.business_id
    where timeline.happened_at >= vendors.known_before
    union distinct
    select deliveries.order_id
    from {{ ref('stg_app__deliveries') }} as deliveries
    inner join {{ ref('int_businesses_known') }} as vendors
        on deliveries.vendor_id = vendors.business_id
    where
        deliveries.order_id is not null
        and (deliveries.recorded_at >= vendors.known_before or deliveries.document_date > {{ as_of() }})

)

select
    orders.order_id,
    orders.order_state,
    records.present_order_state,
    orders.fulfilment_state,
    records.present_fulfilment_state,
    orders.total_paisa,
    records.present_total_paisa
from {{ ref('fct_orders') }} as orders
inner join {{ ref('stg_app__orders') }} as records
    on orders.order_id = records.order_id
left join touched_later
    on orders.order_id = touched_later.order_id
where
    touched_later.order_id is null
    and (
        orders.order_state <> records.present_order_state
        or orders.fulfilment_state <> records.present_fulfilment_state
        or orders.total_paisa <> records.present_total_paisa
    )
