-- Grain: one row per item of a receivable account that was recorded, and dated, by the as-of day.
-- amount_paisa is signed: debts are positive, what settles them negative.
with items as (

    select
        items.item_id,
        items.account_id,
        items.business_id as vendor_id,
        accounts.party_id as retailer_id,
        vendors.origin,
        items.currency,
        items.kind,
        items.amount_paisa,
        items.document_date,
        items.due_date,
        items.source_id,
        items.order_id,
        items.is_assumed,
        vendors.time_zone,
        vendors.known_before
    from {{ ref('stg_app__receivable_items') }} as items
    inner join {{ ref('stg_app__accounts') }} as accounts
        on items.account_id = accounts.account_id
    inner join {{ ref('int_businesses_known') }} as vendors
        on items.business_id = vendors.business_id
    where
        accounts.code = 'receivable'
        and items.recorded_at < vendors.known_before
        and items.document_date <= {{ as_of() }}

)

select * from items
