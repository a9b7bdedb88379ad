-- Grain: one row per item of a customer's khata that was recorded, and dated, by the as-of day.
-- amount_paisa is signed: debts are positive, what settles them negative.
with items as (

    select
        items.item_id,
        items.account_id,
        items.business_id as shop_id,
        customers.customer_id,
        shops.origin,
        items.currency,
        items.kind,
        items.amount_paisa,
        items.document_date,
        items.due_date,
        shops.known_before
    from {{ ref('stg_app__receivable_items') }} as items
    inner join {{ ref('stg_app__customers') }} as customers
        on items.account_id = customers.account_id
    inner join {{ ref('int_businesses_known') }} as shops
        on items.business_id = shops.business_id
    where items.recorded_at < shops.known_before and items.document_date <= {{ as_of() }}

)

select * from items
