-- Grain: one row per bill of a shop, credit note of one, or cancellation of one. Amounts are signed: a note and a
-- cancellation take away, each on its own day, so that sums are what was really sold. This is sell-out, what shops sell
-- to people: never add it to the orders and deliveries of wholesale.
with bills as (

    select
        paper_id,
        movement,
        shop_id,
        customer_id,
        origin,
        currency,
        business_date,
        sign * taxable_paisa as taxable_paisa,
        sign * tax_paisa as tax_paisa,
        sign * total_paisa as total_paisa,
        sign * round_off_paisa as round_off_paisa,
        sign * (total_paisa + round_off_paisa) as payable_paisa,
        sign * discount_paisa as discount_paisa
    from {{ ref('int_shop_papers_known') }}

)

select * from bills
