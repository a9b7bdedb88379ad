-- Grain: one row per line of a delivery or return that was recorded, and dated, by the as-of day.
-- Quantities and amounts are positive in both kinds: never add them over kinds.
with deliveries as (

    select
        deliveries.*,
        vendors.origin
    from {{ ref('stg_app__deliveries') }} as deliveries
    inner join {{ ref('int_businesses_known') }} as vendors
        on deliveries.vendor_id = vendors.business_id
    where deliveries.recorded_at < vendors.known_before and deliveries.document_date <= {{ as_of() }}

), lines as (

    select
        lines.delivery_id,
        lines.line_no,
        deliveries.kind,
        lines.order_id,
        lines.order_line_no,
        lines.vendor_id,
        lines.retailer_id,
        deliveries.origin,
        deliveries.currency,
        lines.product_id,
        lines.quantity,
        cast(lines.quantity * lines.base_quantity as numeric(18, 3)) as base_units,
        lines.amount_paisa,
        deliveries.document_date
    from {{ ref('stg_app__delivery_lines') }} as lines
    inner join deliveries
        on lines.delivery_id = deliveries.delivery_id

)

select * from lines
