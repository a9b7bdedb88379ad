-- Fails if an order's total differs from the sum of its lines, each rounded half-even once, because a page that
-- adds up lines and one that adds up orders would then disagree.
with lines as (

    select
        order_id,
        sum({{ line_amount_paisa('unit_price', '(ordered_quantity - cancelled_quantity)') }}) as total_paisa,
        sum(delivered_paisa) as delivered_paisa
    from {{ ref('fct_order_lines') }}
    group by order_id

)

select
    orders.order_id,
    orders.total_paisa,
    lines.total_paisa as lines_paisa
from {{ ref('fct_orders') }} as orders
left join lines
    on orders.order_id = lines.order_id
where
    orders.total_paisa <> coalesce(lines.total_paisa, 0)
    or orders.delivered_paisa <> coalesce(lines.delivered_paisa, 0)
