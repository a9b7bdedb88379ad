-- Grain: one row per line of an order placed by the as-of day. Quantities are in the line's own unit:
-- never sum them over lines of different units; base units are what adds up within a product.
with lines as (

    select
        order_id,
        line_no,
        vendor_id,
        retailer_id,
        origin,
        currency,
        order_date,
        product_id,
        unit,
        base_quantity,
        unit_price,
        asked_quantity,
        ordered_quantity,
        cast(cancelled_quantity as numeric(14, 3)) as cancelled_quantity,
        cast(delivered_quantity as numeric(14, 3)) as delivered_quantity,
        cast(returned_quantity as numeric(14, 3)) as returned_quantity,
        cast(ordered_quantity * base_quantity as numeric(18, 3)) as ordered_base_units,
        asked_paisa,
        ordered_paisa,
        total_paisa,
        delivered_paisa,
        returned_paisa
    from {{ ref('int_order_lines_measured') }}

)

select * from lines
