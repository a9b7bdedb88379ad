-- Grain: one row per line of an order placed by the as-of day, with what had become of it by then.
with moved as (

    select
        order_id,
        order_line_no,
        sum(quantity) filter (where kind = 'delivery') as delivered_quantity,
        sum(quantity) filter (where kind = 'return') as returned_quantity,
        {{ sum_paisa('amount_paisa', "kind = 'delivery'") }} as delivered_paisa,
        {{ sum_paisa('amount_paisa', "kind = 'return'") }} as returned_paisa
    from {{ ref('int_delivery_lines_known') }}
    where order_id is not null
    group by order_id, order_line_no

), lines as (

    select
        lines.order_id,
        lines.line_no,
        lines.product_id,
        lines.unit,
        lines.base_quantity,
        lines.unit_price,
        lines.asked_quantity,
        lines.ordered_quantity,
        orders.vendor_id,
        orders.retailer_id,
        orders.origin,
        orders.currency,
        orders.order_date,
        orders.order_state,
        coalesce(moved.delivered_quantity, 0) as delivered_quantity,
        coalesce(moved.returned_quantity, 0) as returned_quantity,
        coalesce(moved.delivered_paisa, 0) as delivered_paisa,
        coalesce(moved.returned_paisa, 0) as returned_paisa
    from {{ ref('stg_app__order_lines') }} as lines
    inner join {{ ref('int_orders_stated') }} as orders
        on lines.order_id = orders.order_id
    left join moved
        on lines.order_id = moved.order_id and lines.line_no = moved.order_line_no

), cancelled as (

    select
        *,
        -- What an order that has ended did not deliver, it never will.
        case
            when order_state in ('placed', 'accepted') then 0
            else ordered_quantity - delivered_quantity
        end as cancelled_quantity
    from lines

), measured as (

    select
        *,
        {{ line_amount_paisa('unit_price', 'asked_quantity') }} as asked_paisa,
        {{ line_amount_paisa('unit_price', 'ordered_quantity') }} as ordered_paisa,
        {{ line_amount_paisa('unit_price', '(ordered_quantity - cancelled_quantity)') }} as total_paisa
    from cancelled

)

select * from measured
