-- Grain: one row per order placed by the as-of day, in its state of that day.
with lines as (

    select
        order_id,
        count(*) as line_count,
        count(*) filter (where ordered_quantity < asked_quantity) as cut_line_count,
        {{ sum_paisa('asked_paisa') }} as asked_paisa,
        {{ sum_paisa('ordered_paisa') }} as ordered_paisa,
        {{ sum_paisa('total_paisa') }} as total_paisa,
        {{ sum_paisa('delivered_paisa') }} as delivered_paisa,
        {{ sum_paisa('returned_paisa') }} as returned_paisa,
        sum(delivered_quantity) as delivered_quantity,
        sum(returned_quantity) as returned_quantity,
        sum(ordered_quantity - cancelled_quantity) as wanted_quantity
    from {{ ref('fct_order_lines') }}
    group by order_id

), deliveries as (

    select
        order_id,
        min(document_date) as first_delivered_date,
        max(document_date) as last_delivered_date
    from {{ ref('int_delivery_lines_known') }}
    where kind = 'delivery'
    group by order_id

), items as (

    select
        order_id,
        {{ sum_paisa('amount_paisa', 'is_debit') }} as charged_paisa,
        {{ sum_paisa('open_paisa', 'is_debit') }} as open_paisa
    from {{ ref('fct_receivable_balance') }}
    where order_id is not null and valid_to = {{ end_of_time() }}
    group by order_id

), combined as (

    select
        orders.*,
        lines.line_count,
        lines.cut_line_count,
        lines.asked_paisa,
        lines.ordered_paisa,
        lines.total_paisa,
        lines.delivered_paisa,
        lines.returned_paisa,
        deliveries.first_delivered_date,
        deliveries.last_delivered_date,
        items.charged_paisa,
        items.open_paisa,
        case
            when coalesce(lines.delivered_quantity, 0) = 0 then 'none'
            when lines.delivered_quantity < lines.wanted_quantity then 'part_delivered'
            when lines.returned_quantity >= lines.delivered_quantity then 'returned'
            else 'delivered'
        end as fulfilment_state
    from {{ ref('int_orders_stated') }} as orders
    left join lines
        on orders.order_id = lines.order_id
    left join deliveries
        on orders.order_id = deliveries.order_id
    left join items
        on orders.order_id = items.order_id

), final as (

    select
        order_id,
        order_number,
        vendor_id,
        retailer_id,
        origin,
        zone,
        currency,
        settlement,
        channel,
        is_imported,
        placed_at,
        order_date,
        order_state,
        fulfilment_state,
        case
            when coalesce(charged_paisa, 0) <= 0 then 'none'
            when open_paisa <= 0 then 'paid'
            when open_paisa < charged_paisa then 'part_paid'
            else 'unpaid'
        end as payment_state,
        accepted_at,
        promised_date,
        first_delivered_date,
        last_delivered_date,
        -- Unknown while an order is neither delivered in full nor overdue, and where no day was promised.
        case
            when promised_date is null or order_state in ('cancelled', 'declined', 'expired') then null
            when fulfilment_state in ('delivered', 'returned') then last_delivered_date <= promised_date
            when promised_date < {{ as_of() }} then false
        end as is_on_time,
        cast(coalesce(line_count, 0) as integer) as line_count,
        cast(coalesce(cut_line_count, 0) as integer) as cut_line_count,
        coalesce(asked_paisa, 0) as asked_paisa,
        coalesce(ordered_paisa, 0) as ordered_paisa,
        coalesce(total_paisa, 0) as total_paisa,
        coalesce(delivered_paisa, 0) as delivered_paisa,
        coalesce(returned_paisa, 0) as returned_paisa
    from combined

)

select * from final
