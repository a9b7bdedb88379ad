-- Grain: one row per line of a shop's bill, credit note or cancellation. Quantities and amounts are signed: a note and
-- a cancellation take away, each on its own day. quantity is in the unit of the line, base_quantity in the good's base
-- unit. This is sell-out, what shops sell to people: never add it to the orders and deliveries of wholesale.
with lines as (

    select
        papers.paper_id,
        papers.movement,
        cast(lines.line_no as integer) as line_no,
        papers.shop_id,
        papers.customer_id,
        lines.product_id,
        papers.origin,
        papers.currency,
        papers.business_date,
        lines.unit,
        cast(papers.sign * lines.quantity as numeric(14, 3)) as quantity,
        cast(papers.sign * lines.quantity * units.base_quantity as numeric(18, 3)) as base_quantity,
        lines.unit_price,
        lines.tax_rate,
        papers.sign * lines.taxable_paisa as taxable_paisa,
        papers.sign * lines.tax_paisa as tax_paisa,
        papers.sign * lines.total_paisa as total_paisa,
        papers.sign * lines.discount_paisa as discount_paisa
    from {{ ref('int_shop_papers_known') }} as papers
    inner join {{ ref('stg_app__invoice_lines') }} as lines
        on papers.paper_id = lines.invoice_id
    left join {{ ref('int_product_units_completed') }} as units
        on lines.product_id = units.product_id and lines.unit = units.unit

)

select * from lines
