-- Fails if the lines of a shop's bill do not add up to it, because each paisa of a bill is of one good.
with lines as (

    select
        paper_id,
        movement,
        {{ sum_paisa('taxable_paisa') }} as taxable_paisa,
        {{ sum_paisa('tax_paisa') }} as tax_paisa,
        {{ sum_paisa('discount_paisa') }} as discount_paisa
    from {{ ref('fct_shop_sales') }}
    group by paper_id, movement

)

select
    bills.paper_id,
    bills.movement
from {{ ref('fct_shop_bills') }} as bills
left join lines
    on bills.paper_id = lines.paper_id and bills.movement = lines.movement
where
    lines.paper_id is null
    or bills.taxable_paisa <> lines.taxable_paisa
    or bills.tax_paisa <> lines.tax_paisa
    or bills.discount_paisa <> lines.discount_paisa
    or bills.total_paisa <> bills.taxable_paisa + bills.tax_paisa
