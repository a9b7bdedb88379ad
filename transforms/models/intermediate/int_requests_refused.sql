-- Grain: one row per line of an order that was refused whole, in the product's base unit.
-- Such a line is demand that no order line shows. An order that was asked wrongly (a unit or a quantity that
-- is not sold, a line twice) is none: it is asked again at once, rightly.
with refusals as (

    select * from {{ ref('int_decisions_known') }}
    where
        kind = 'order' and outcome = 'refused'
        and reason_code not in ('order-invalid', 'quantity-invalid', 'unit-not-sold')

), lines as (

    {{ asked_lines_of('refusals') }}

), requests as (

    select
        refusals.decision_id,
        refusals.vendor_id,
        refusals.retailer_id,
        refusals.origin,
        refusals.currency,
        refusals.decision_date as business_date,
        refusals.reason_code,
        lines.product_id,
        cast(lines.asked_quantity * units.base_quantity as numeric(18, 3)) as refused_units
    from lines
    inner join refusals
        on lines.decision_id = refusals.decision_id
    inner join {{ ref('int_product_units_completed') }} as units
        on lines.product_id = units.product_id and lines.unit = units.unit

)

select * from requests
